//! Faults that a server injects: which requests fail, how and how often.

mod table;

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::Method;

use crate::text::suggest::did_you_mean;
pub(crate) use table::Kind;
use table::STATUS;
pub use table::{FAULTS, FaultRow, Side};

/// The methods in a fault specification; `read` and `write` stand for several.
const METHODS: [&str; 7] = ["read", "write", "GET", "PUT", "POST", "DELETE", "PATCH"];

/// A fault and the requests it applies to.
#[derive(Debug)]
pub struct Fault {
    /// The specification without the requests.
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) side: Side,
    pub(crate) retry_after: Option<String>,
    requests: Requests,
    times: Times,
    /// The number of matching requests so far.
    seen: AtomicU64,
}

#[derive(Debug)]
struct Requests {
    method: Option<&'static str>,
    /// A pattern for the path; `*` matches any characters.
    path: Option<String>,
}

/// Which of the matching requests fail, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    All,
    First(u64),
    Only(u64),
    Every(u64),
}

impl Fault {
    /// Reads `REQUESTS: FAULT`, as `portgate help faults` explains it.
    ///
    /// ```
    /// use portgate::sandbox::Fault;
    /// assert!(Fault::parse("PUT /v3/product/vxc/*: 503 after x2").is_ok());
    /// assert!(Fault::parse("write: 429 retry-after=1 every 3rd").is_ok());
    /// assert!(Fault::parse("write: restet").unwrap_err().ends_with("did you mean 'reset'?"));
    /// ```
    pub fn parse(spec: &str) -> Result<Self, String> {
        let (requests, fault) = spec.split_once(':').ok_or(
            "expected REQUESTS: FAULT, such as 'PUT /v3/product/vxc/*: 503 after'; see portgate help faults",
        )?;
        let requests = Requests::parse(requests)?;
        let mut words = fault.split_whitespace().peekable();
        let name = words.next().ok_or("missing fault after the colon; see portgate help faults")?;
        let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
        let row = FAULTS
            .iter()
            .find(|row| if row.name == STATUS { is_number } else { row.name == name })
            .ok_or_else(|| unknown_word("fault", name, FAULTS.iter().map(|row| row.name)))?;
        let mut argument = is_number.then_some(name);
        let (mut side, mut times, mut retry_after) = (row.sides[0], Times::All, None);
        while let Some(word) = words.next() {
            if let Some(named) = [Side::Before, Side::After].into_iter().find(|side| side.word() == word) {
                if !row.sides.contains(&named) {
                    return Err(format!("'{name}' can't be used with {word}"));
                }
                side = named;
            } else if let Some(value) = word.strip_prefix("retry-after=").filter(|_| row.name == STATUS) {
                retry_after = Some(value.to_owned());
            } else if word == "every" {
                let nth = words.next().and_then(ordinal).ok_or("'every' expects a number, such as 3rd")?;
                times = Times::Every(nth);
            } else if let Some(first) = word.strip_prefix('x').and_then(count) {
                times = Times::First(first);
            } else if let Some(nth) = ordinal(word) {
                times = Times::Only(nth);
            } else if row.argument.is_some()
                && argument.is_none()
                && word.starts_with(|c: char| c.is_ascii_digit())
            {
                argument = Some(word);
            } else {
                return Err(unknown_word("option", word, ["before", "after", "every", "retry-after=1"]));
            }
        }
        Ok(Fault {
            text: fault.trim().to_owned(),
            kind: (row.kind)(argument)?,
            side,
            retry_after,
            requests,
            times,
            seen: AtomicU64::new(0),
        })
    }

    /// Whether a request fails. Counts the request if it matches.
    pub(crate) fn is_for(&self, method: &Method, path: &str) -> bool {
        if !self.requests.contain(method, path) {
            return false;
        }
        let number = self.seen.fetch_add(1, Ordering::SeqCst) + 1;
        match self.times {
            Times::All => true,
            Times::First(first) => number <= first,
            Times::Only(nth) => number == nth,
            Times::Every(nth) => number.is_multiple_of(nth),
        }
    }
}

impl Requests {
    fn parse(text: &str) -> Result<Self, String> {
        let mut requests = Requests { method: None, path: None };
        for word in text.split_whitespace() {
            if word.starts_with(['/', '*']) && requests.path.is_none() {
                requests.path = Some(word.to_owned());
            } else if requests.method.is_none() && requests.path.is_none() {
                let method = METHODS.into_iter().find(|method| method.eq_ignore_ascii_case(word));
                requests.method = Some(method.ok_or_else(|| unknown_word("method", word, METHODS))?);
            } else {
                return Err(format!("unexpected '{word}': give a method, a path or both"));
            }
        }
        match requests {
            Requests { method: None, path: None } => {
                Err("missing requests before the colon: give a method, a path or both".to_owned())
            }
            requests => Ok(requests),
        }
    }

    fn contain(&self, method: &Method, path: &str) -> bool {
        let is_read = method == Method::GET || method == Method::HEAD;
        let has_method = match self.method {
            None => true,
            Some("read") => is_read,
            Some("write") => !is_read && path != "/oauth2/token",
            Some(named) => method == named,
        };
        has_method && self.path.as_ref().is_none_or(|pattern| is_like(pattern, path))
    }
}

/// Whether a text matches a pattern in which `*` matches any characters.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| is_like(rest, &text[at..]))
        }),
    }
}

fn unknown_word(what: &str, word: &str, known: impl IntoIterator<Item = &'static str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let meant = did_you_mean(word, &known).unwrap_or_else(|| format!("use one of {}", known.join(", ")));
    format!("unknown {what} '{word}'; {meant}")
}

/// A number from 1.
fn count(text: &str) -> Option<u64> {
    text.parse().ok().filter(|count| *count > 0)
}

/// An ordinal number: 1st, 2nd, 3rd, 4th.
fn ordinal(word: &str) -> Option<u64> {
    ["st", "nd", "rd", "th"].into_iter().find_map(|letters| count(word.strip_suffix(letters)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(spec: &str, requests: &[(&str, &str)]) -> Vec<bool> {
        let fault = Fault::parse(spec).unwrap();
        let method = |name: &str| Method::from_bytes(name.as_bytes()).unwrap();
        requests.iter().map(|(name, path)| fault.is_for(&method(name), path)).collect()
    }

    #[test]
    fn a_fault_is_for_the_requests_that_it_names() {
        let requests = [
            ("GET", "/v2/products"),
            ("PUT", "/v3/product/vxc/1"),
            ("POST", "/oauth2/token"),
            ("DELETE", "/v2/x"),
        ];
        for (spec, expected) in [
            ("write: reset", [false, true, false, true]),
            ("read: reset", [true, false, false, false]),
            ("put: reset", [false, true, false, false]),
            ("*: reset", [true; 4]),
            ("/v3/product/*: reset", [false, true, false, false]),
            ("DELETE /v3/*: reset", [false; 4]),
            ("GET */prod*s: reset", [true, false, false, false]),
            ("POST /oauth2/token: 401", [false, false, true, false]),
        ] {
            assert_eq!(played(spec, &requests), expected, "{spec}");
        }
    }

    #[test]
    fn a_fault_is_injected_as_often_as_it_says() {
        let requests = [("GET", "/"); 6];
        for (times, expected) in [
            ("", [true; 6]),
            ("x2", [true, true, false, false, false, false]),
            ("3rd", [false, false, true, false, false, false]),
            ("every 2nd", [false, true, false, true, false, true]),
        ] {
            assert_eq!(played(&format!("read: reset {times}"), &requests), expected, "{times}");
        }
    }

    #[test]
    fn a_wrong_fault_is_refused_with_a_suggestion() {
        for (spec, why) in [
            ("503", "expected REQUESTS: FAULT"),
            (": 503", "missing requests before the colon"),
            ("GET:", "missing fault after the colon"),
            ("GTE /: 503", "unknown method 'GTE'; did you mean 'GET'?"),
            ("GET / /: 503", "unexpected '/'"),
            ("GET: trunctated", "did you mean 'truncated'?"),
            ("GET: 503 aftr", "did you mean 'after'?"),
            ("GET: 200", "'200' is not a status from 400 to 599"),
            ("GET: 600", "'600' is not a status"),
            ("GET: page 99", "'99' is not a status from 200 to 599"),
            ("GET: cut before", "'cut' can't be used with before"),
            ("GET: yes after", "'yes' can't be used with after"),
            ("GET: reset x0", "unknown option 'x0'"),
            ("GET: reset every", "'every' expects a number"),
            ("GET: reset retry-after=1", "unknown option 'retry-after=1'"),
            ("GET: slow 5", "5"),
        ] {
            let error = Fault::parse(spec).unwrap_err();
            assert!(error.contains(why), "{spec}: {error}");
        }
    }
}

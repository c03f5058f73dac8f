//! What `--verbose` shows of each request: a line, and with more detail headers and bodies, without their secrets.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::api::body;
use crate::api::call::Call;
use crate::api::key_code::HANDLE;
use crate::error::{LEFT_OUT, without};

/// Bytes of a body that are shown.
const LONGEST_BODY: usize = 16 * 1024;

/// Where requests are shown, if anywhere.
#[derive(Clone, Default)]
pub(crate) struct Trace(Option<Rc<Shown>>);

struct Shown {
    bodies: bool,
    write: Box<dyn Fn(&str)>,
    secrets: RefCell<Vec<String>>,
}

impl Shown {
    fn write(&self, line: &str) {
        let secrets = self.secrets.borrow();
        let line = secrets.iter().fold(line.to_owned(), |line, secret| without(&line, secret).into_owned());
        (self.write)(&line);
    }
}

impl Trace {
    /// Shows a line for each request, and with `bodies` their headers and bodies.
    pub(crate) fn new(bodies: bool, write: impl Fn(&str) + 'static) -> Self {
        Trace(Some(Rc::new(Shown { bodies, write: Box::new(write), secrets: RefCell::default() })))
    }

    /// Leaves this out of everything shown from here on: a backend may repeat what it was sent.
    pub(crate) fn hide(&self, secret: &str) {
        let Some(shown) = &self.0 else { return };
        let mut secrets = shown.secrets.borrow_mut();
        if !secrets.iter().any(|known| known == secret) {
            secrets.push(secret.to_owned());
        }
    }

    /// A request that is being sent. `attempt` counts from 1.
    pub(crate) fn start(&self, method: &Method, url: &Url, attempt: u32) -> Exchange<'_> {
        let name = self.0.as_ref().map(|_| {
            let query = url.query().map_or_else(String::new, |query| format!("?{query}"));
            masked_keys(&format!("{method} {}{query}", url.path())).into_owned()
        });
        Exchange { trace: self, name: name.unwrap_or_default(), started: Instant::now(), attempt }
    }

    /// Shows the headers and the body of a request or answer, each line after `mark`.
    pub(crate) fn message(&self, mark: char, headers: &HeaderMap, body: Option<&[u8]>) {
        let Some(shown) = self.0.as_ref().filter(|shown| shown.bodies) else { return };
        for (name, value) in headers {
            let value = match value.is_sensitive() || name.as_str().contains("cookie") {
                true => LEFT_OUT.into(),
                false => String::from_utf8_lossy(value.as_bytes()),
            };
            shown.write(&format!("{mark} {name}: {}", masked_keys(&value)));
        }
        let Some(body) = body.filter(|body| !body.is_empty()) else { return };
        let text = match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                mask(&mut value);
                value.to_string()
            }
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        let end = text.floor_char_boundary(LONGEST_BODY);
        text[..end].lines().for_each(|line| shown.write(&format!("{mark} {line}")));
        if end < text.len() {
            shown.write(&format!("{mark} ... ({} bytes in all)", text.len()));
        }
    }
}

/// A request under way.
pub(crate) struct Exchange<'a> {
    trace: &'a Trace,
    name: String,
    started: Instant,
    attempt: u32,
}

impl Exchange<'_> {
    pub(crate) fn hide(&self, secret: &str) {
        self.trace.hide(secret);
    }

    pub(crate) fn trace_response(&self, response: &reqwest::Response) {
        let trace_id = body::trace_id(response.headers());
        let trace_id = trace_id.map_or_else(String::new, |id| format!(", trace ID {id}"));
        self.end(&format!("{}{trace_id}", response.status().as_u16()));
    }

    pub(crate) fn trace_failure(&self, error: &dyn std::fmt::Display) {
        self.end(&format!("no response ({error})"));
    }

    fn end(&self, outcome: &str) {
        let Some(shown) = &self.trace.0 else { return };
        let attempt = if self.attempt > 1 { format!(", attempt {}", self.attempt) } else { String::new() };
        let time = self.started.elapsed().as_millis();
        shown.write(&format!("{}: {outcome}, {time} ms{attempt}", self.name));
    }
}

/// A request as it is sent, without secrets.
pub(crate) struct Shareable {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

impl Shareable {
    pub(crate) fn new(call: &Call) -> Self {
        let path = path_without_keys(&call.path);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &call.query {
            let value = match () {
                () if is_secret(name) => LEFT_OUT.into(),
                () if is_key(name) => handle(value),
                () => masked_keys(value),
            };
            query.append_pair(name, &value);
        }
        let query = query.finish();
        let body = call.body.clone().map(|mut body| {
            mask(&mut body);
            body
        });
        let path = if query.is_empty() { path } else { format!("{path}?{query}") };
        Shareable { method: call.method.to_string(), path, body }
    }
}

/// A path with service keys cut to their handles: what follows a segment `key`.
pub(crate) fn path_without_keys(path: &str) -> String {
    let mut follows_key = false;
    let segments = path.split('/').map(|segment| {
        let shown = if follows_key { handle(segment) } else { masked_keys(segment) };
        follows_key = segment.eq_ignore_ascii_case("key") || segment.eq_ignore_ascii_case("keys");
        shown
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Whether a field of that name holds a secret.
fn is_secret(name: &str) -> bool {
    const PARTS: [&str; 8] =
        ["token", "secret", "password", "passwd", "passphrase", "authorization", "credential", "privatekey"];
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    PARTS.iter().any(|part| name.contains(part))
}

/// Whether a field of that name holds a service key.
fn is_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("key") || name.ends_with("keys")
}

/// A text with service keys cut to their handles, as they stand in a look-up's address.
fn masked_keys(text: &str) -> Cow<'_, str> {
    const MARKS: [&str; 2] = ["key=", "key%3D"];
    let found = MARKS.iter().filter_map(|mark| Some(text.find(mark)? + mark.len())).min();
    let Some(start) = found else { return text.into() };
    let (before, rest) = text.split_at(start);
    let value = rest.split(['&', ' ']).next().unwrap_or_default();
    format!("{before}{}{}", handle(value), masked_keys(&rest[value.len()..])).into()
}

fn handle(key: &str) -> Cow<'_, str> {
    match key.char_indices().nth(HANDLE) {
        Some((end, _)) => format!("{}...", &key[..end]).into(),
        None => key.into(),
    }
}

/// Leaves secrets out of a body: tokens and passwords altogether, service keys but for their handles.
fn mask(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(mask),
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret(name) {
                    *value = LEFT_OUT.into();
                } else if is_key(name) {
                    cut_keys(value);
                } else {
                    mask(value);
                }
            }
        }
        Value::String(text) => *text = masked_keys(text).into_owned(),
        _ => {}
    }
}

/// Cuts the texts of a field for service keys.
fn cut_keys(value: &mut Value) {
    match value {
        Value::String(text) => *text = handle(text).into_owned(),
        Value::Array(elements) => elements.iter_mut().for_each(cut_keys),
        value => mask(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_left_out() {
        let mut body = json!({
            "access_token": "t", "data": [{"key": "3f0c2a91-1111", "description": "see key=3f0c2a91-1111", "vlan": 7}]
        });
        mask(&mut body);
        let shown = json!({
            "access_token": LEFT_OUT, "data": [{"key": "3f0c2a91...", "description": "see key=3f0c2a91...", "vlan": 7}]
        });
        assert_eq!(body, shown);
        let mut body = json!({
            "keys": ["3f0c2a91-1111"], "apiSecretKey": "abc", "token": {"value": 1}, "passphrase": ["a"], "note": "x"
        });
        mask(&mut body);
        let shown = json!({
            "keys": ["3f0c2a91..."], "apiSecretKey": LEFT_OUT, "token": LEFT_OUT, "passphrase": LEFT_OUT, "note": "x"
        });
        assert_eq!(body, shown);
        let call = Call {
            method: Method::PUT,
            path: "/v2/service/key/3f0c2a91-1111/activate".to_owned(),
            query: Vec::new(),
            body: None,
        };
        let call = call.query("KEY", "3f0c2a91-1111").query("client_secret", "s").query("x", "a b&");
        assert_eq!(
            Shareable::new(&call).path,
            format!(
                "/v2/service/key/3f0c2a91.../activate?KEY=3f0c2a91...&client_secret={}&x=a+b%26",
                url::form_urlencoded::byte_serialize(LEFT_OUT.as_bytes()).collect::<String>()
            )
        );
        for (address, shown) in [
            ("GET /v2/service/key?key=3f0c2a91-1111&a=b", "GET /v2/service/key?key=3f0c2a91...&a=b"),
            ("GET /v2/service/key%3Fkey=3f0c2a91-1111", "GET /v2/service/key%3Fkey=3f0c2a91..."),
            ("GET /v2/service/key?key=3f0c2a91", "GET /v2/service/key?key=3f0c2a91"),
        ] {
            assert_eq!(masked_keys(address), shown);
        }
    }
}

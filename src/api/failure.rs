//! Turns failed requests into errors.

use std::error::Error as _;
use std::time::Duration;

use serde_json::Value;

use crate::api::transport::chain;
use crate::api::{lenient, retry};
use crate::error::{Error, Hint, without};
use crate::exit::Exit;
use crate::text::fit;
use crate::text::words::seconds;

/// Maximum length of the API's own message, in bytes.
const LONGEST_MESSAGE: usize = 2000;
/// Maximum number of characters quoted from an unexpected response.
const QUOTED: usize = 300;

/// How a write can fail, which decides whether it may be sent again.
#[derive(Debug, Clone)]
pub(crate) enum SendFailure {
    /// It was not sent: no connection or no token. Nothing changed.
    NotSent(Error),
    /// The backend refused it. Nothing changed.
    Refused(Error),
    /// It was sent, but there is no trustworthy response: it may have taken effect.
    Lost(Error),
}

impl SendFailure {
    pub(crate) fn error(&self) -> &Error {
        let (SendFailure::NotSent(error) | SendFailure::Refused(error) | SendFailure::Lost(error)) = self;
        error
    }
}

/// A response with an error status, and its request.
pub(crate) struct ErrorAnswer<'a> {
    pub(crate) status: u16,
    pub(crate) trace_id: Option<String>,
    pub(crate) body: &'a [u8],
    pub(crate) call: &'a str,
    /// Whether a ready-made token was given, which portgate can't renew.
    pub(crate) token_only: bool,
    /// What the request contained that must not be shown, even if the response repeats it.
    pub(crate) secrets: &'a [&'a str],
}

impl ErrorAnswer<'_> {
    /// Whether it certainly had no effect: a refusal by the API, or a rate limit, which is checked first. Server errors
    /// and pages of gateways leave it open.
    pub(crate) fn is_verdict(&self) -> bool {
        self.status == 429 || (self.status < 500 && envelope_of(self.body).is_ok())
    }

    pub(crate) fn into_error(self) -> Error {
        let said = body_message(self.body, self.secrets);
        let is_page = matches!(self.status, 400..=428 | 430..=499) && !self.is_verdict();
        let trace_id = self.trace_id.or_else(|| {
            let body: Value = serde_json::from_slice(self.body).ok()?;
            lenient::as_text(body.get("trace_id").or_else(|| body.get("traceId"))?)
        });
        let (exit, message, hint) = match self.status {
            401 if self.token_only => (
                Exit::SessionExpired,
                "the access token was rejected (401)".to_owned(),
                Some("get a new token for this environment, or use an API key instead".into()),
            ),
            401 => (
                Exit::Authentication,
                "the session was rejected (401)".to_owned(),
                Some("a key only works in the environment it was created in: check --env".into()),
            ),
            403 => (
                Exit::Forbidden,
                "this key's role doesn't allow this (403)".to_owned(),
                Some(hint_on_roles()),
            ),
            404 => (Exit::NotFound, "not found (404)".to_owned(), None),
            // A missing product may be reported this way (confirmed).
            400 if said.as_ref().is_some_and(|said| said.contains("Could not find a service with UID")) => {
                (Exit::NotFound, "not found (400)".to_owned(), None)
            }
            409 => (Exit::Conflict, "not possible in the current state (409)".to_owned(), None),
            429 => (
                Exit::RateLimited,
                "the rate limit was exceeded (429)".to_owned(),
                Some("try again later, or use a longer --timeout".into()),
            ),
            status @ 500.. => (
                Exit::Api,
                format!("the API returned an error ({status})"),
                Some("try again; if the problem persists, contact Megaport support with the trace ID".into()),
            ),
            status @ 300..=399 => (
                Exit::Api,
                format!("the API redirects to another host ({status})"),
                Some("portgate doesn't send your token to another host: check --api-url".into()),
            ),
            status => (Exit::Api, format!("the API rejected the request ({status})"), None),
        };
        let (exit, message, hint) = match is_page {
            true => (
                Exit::Api,
                format!("the response ({}) did not come from the API", self.status),
                Some("check --api-url, and whether a proxy or firewall intercepts the request".into()),
            ),
            false => (exit, message, hint),
        };
        let mut error = Error::new(exit, message);
        error.reason = Some(said.unwrap_or_else(|| format!("{} gave no reason", self.call)));
        error.hints = hint.into_iter().collect();
        error.http_status = Some(self.status);
        error.trace_id = trace_id;
        error.retryable = is_page || retry::may_pass(self.status);
        self.secrets.iter().fold(error, |error, secret| error.without(secret))
    }
}

/// The envelope of a response from the API: a JSON object with `data` or `message` (confirmed: the envelope of every
/// response).
///
/// # Errors
/// Why it isn't one.
pub(crate) fn envelope_of(body: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice::<Value>(body) {
        Ok(body) if body.get("data").is_some() || body.get("message").is_some() => Ok(body),
        Ok(_) => Err("it has neither data nor message".to_owned()),
        Err(error) => Err(decode_problem(&error)),
    }
}

/// Why a response can't be read, without the text that was found in it: it may be anything, a secret included.
pub(crate) fn decode_problem(error: &serde_json::Error) -> String {
    const QUOTE: &str = "string \"";
    let text = error.to_string();
    let Some(start) = text.find(QUOTE) else { return text };
    // What is quoted may contain quotes; serde's own words after it don't.
    let Some(end) = text.rfind('"') else { return text };
    let after = text.get(end + 1..).unwrap_or_default();
    format!("{}string{after}", &text[..start])
}

/// The message of an error body: the envelope's `message` and `data` (confirmed), or the start of anything else.
fn body_message(body: &[u8], secrets: &[&str]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    // Before it is cut: a part of a secret would remain.
    let text = secrets.iter().fold(text, |text, secret| without(&text, secret).into_owned().into());
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(Value::Object(envelope)) = serde_json::from_str::<Value>(text) {
        let part =
            |name: &str| envelope.get(name).and_then(Value::as_str).filter(|part| !part.trim().is_empty());
        let parts: Vec<&str> = match (part("message"), part("data")) {
            (Some(message), Some(data)) if message != data => vec![message, data],
            (Some(message), _) => vec![message],
            (None, Some(data)) => vec![data],
            (None, None) => ["error_description", "error"].into_iter().filter_map(part).take(1).collect(),
        };
        if !parts.is_empty() {
            return Some(fit::cut_to_bytes(&parts.join(": "), LONGEST_MESSAGE));
        }
    }
    let mut quoted: String = text.chars().take(QUOTED).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    Some(if looks_like_html(text.as_bytes()) {
        format!("the response is a web page: {quoted}")
    } else {
        quoted
    })
}

/// Whether a response is a web page, as sent by a proxy or portal.
pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    let start: Vec<u8> = body.iter().copied().skip_while(u8::is_ascii_whitespace).take(15).collect();
    let start = String::from_utf8_lossy(&start).to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")
}

pub(crate) fn unreadable_answer_error(call: &str, body_start: &[u8], why: &str) -> Error {
    let error = Error::new(Exit::Api, "could not parse the response");
    // A proxy or portal may answer in place of the API for a short time only.
    let error = if body_start.iter().all(u8::is_ascii_whitespace) {
        error.reason(format!("{call} returned an empty body")).retryable()
    } else if looks_like_html(body_start) {
        error.reason(format!("{call} returned a web page instead of JSON")).retryable()
    } else {
        error.reason(format!("{call}: {why}"))
    };
    error.hint(
        "check --api-url and whether a proxy intercepts the request; the API may be down for maintenance",
    )
}

pub(crate) fn network_error(call: &str, error: reqwest::Error) -> Error {
    // Our own messages name the request; reqwest's, which contain the URL, are used only if there are no others.
    let host = error.url().map(|url| format!(" at {}", url.origin().ascii_serialization()));
    let error = error.without_url();
    let why = error.source().map_or_else(|| error.to_string(), chain);
    if error.is_timeout() {
        return Error::new(Exit::Timeout, format!("timed out waiting for {call}"))
            .reason(why)
            .hint("use a longer --timeout, for example 5m")
            .retryable();
    }
    if why.contains("invalid peer certificate") {
        return Error::new(Exit::Network, "the API's certificate is not trusted")
            .reason(why)
            .hint("if a proxy inspects TLS, set SSL_CERT_FILE to a file with its certificate")
            .hint("otherwise, another server may be impersonating the API: check --api-url and the network");
    }
    let message = if error.is_connect() {
        format!("could not connect to the API{}", host.unwrap_or_default())
    } else {
        format!("the connection was lost during {call}")
    };
    Error::new(Exit::Network, message)
        .reason(why)
        .hint("check the network, HTTPS_PROXY and --api-url, then try again")
        .retryable()
}

pub(crate) fn timeout_error(call: &str, timeout: Duration) -> Error {
    Error::new(Exit::Timeout, format!("no response to {call} within {}", seconds(timeout)))
        .hint("use a longer --timeout, for example 5m")
        .retryable()
}

/// What to do about a 403, whichever role is required.
pub(crate) fn hint_on_roles() -> Hint {
    Hint::call("run ", "auth status")
        .and(" to see the current identity; a Company Admin can create a key with another role")
}

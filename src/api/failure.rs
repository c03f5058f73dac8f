//! From what went wrong on the wire to the error a person reads.

use std::error::Error as _;
use std::time::Duration;

use serde_json::Value;

use crate::api::transport::chain;
use crate::api::{lenient, retry};
use crate::error::{Error, Hint};
use crate::exit::Exit;

/// The most of the API's own message that is told, in bytes.
const LONGEST_MESSAGE: usize = 2000;
/// Characters of a foreign answer quoted in an error.
const QUOTED: usize = 300;

/// How sending something that changes the world can fail. The difference decides whether it may be sent again.
#[derive(Debug, Clone)]
pub(crate) enum SendFailure {
    /// It never left: no connection, no token. Nothing changed.
    NotSent(Error),
    /// The backend said no. Nothing changed by this request.
    Refused(Error),
    /// It was sent and no answer, or none that can be trusted, came back: it may have taken effect.
    Lost(Error),
}

/// An HTTP answer that isn't a success, and what was asked.
pub(crate) struct ErrorAnswer<'a> {
    pub(crate) status: u16,
    pub(crate) trace_id: Option<String>,
    pub(crate) body: &'a [u8],
    pub(crate) call: &'a str,
    /// Whether a ready token was given, which portgate can't renew.
    pub(crate) token_only: bool,
}

impl ErrorAnswer<'_> {
    /// Whether it says for certain that nothing was done: the API's own refusal, or a rate limit, which stands before
    /// anything is done. A failure says nothing of what happened, nor does a gateway's page.
    pub(crate) fn is_verdict(&self) -> bool {
        self.status == 429 || (self.status < 500 && envelope_of(self.body).is_ok())
    }

    pub(crate) fn into_error(self) -> Error {
        let said = body_message(self.body);
        let is_page = matches!(self.status, 400..=428 | 430..=499) && !self.is_verdict();
        let trace_id = self.trace_id.or_else(|| {
            let body: Value = serde_json::from_slice(self.body).ok()?;
            lenient::as_text(body.get("trace_id").or_else(|| body.get("traceId"))?)
        });
        let (exit, message, hint) = match self.status {
            401 if self.token_only => (
                Exit::SessionExpired,
                "the access token is not accepted (401)".to_owned(),
                Some("it has expired or belongs to another environment: get a new one, or use an API key instead".into()),
            ),
            401 => (
                Exit::Authentication,
                "the session is not accepted (401)".to_owned(),
                Some("a key works only in the environment that made it: check --env".into()),
            ),
            403 => (
                Exit::Forbidden,
                "this key's role may not do that (403)".to_owned(),
                Some(
                    Hint::call("see with `", "auth status")
                        .and("` as whom you act; a Company Admin can make a key with another role"),
                ),
            ),
            404 => (Exit::NotFound, "there is no such thing (404)".to_owned(), None),
            // A product that isn't there may be answered so (confirmed).
            400 if said.as_ref().is_some_and(|said| said.contains("Could not find a service with UID")) => {
                (Exit::NotFound, "there is no such thing (400)".to_owned(), None)
            }
            409 => (Exit::Conflict, "it is not in the state for that (409)".to_owned(), None),
            429 => (
                Exit::RateLimited,
                "the backend limits the rate of requests (429)".to_owned(),
                Some("try again later, or give it more time with --timeout".into()),
            ),
            status @ 500.. => (
                Exit::Api,
                format!("the backend failed ({status})"),
                Some("try again; if it stays, tell Megaport's support the trace id".into()),
            ),
            status @ 300..=399 => (
                Exit::Api,
                format!("the backend redirects elsewhere ({status})"),
                Some("portgate doesn't take your token to another host: check --api-url".into()),
            ),
            status => (Exit::Api, format!("the backend refused the request ({status})"), None),
        };
        let (exit, message, hint) = match is_page {
            true => (
                Exit::Api,
                format!("the answer ({}) is not the API's own", self.status),
                Some("check --api-url and whether a proxy or a firewall stands between".into()),
            ),
            false => (exit, message, hint),
        };
        let mut error = Error::new(exit, message);
        error.reason = Some(said.unwrap_or_else(|| format!("{} gave no reason", self.call)));
        error.hints = hint.into_iter().collect();
        error.http_status = Some(self.status);
        error.trace_id = trace_id;
        error.retryable = is_page || retry::may_pass(self.status);
        error
    }
}

/// The envelope of an answer, if it is the API's own: a JSON object with `data` or `message` (confirmed: the envelope of
/// every answer).
///
/// # Errors
/// Why it is none.
pub(crate) fn envelope_of(body: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice::<Value>(body) {
        Ok(body) if body.get("data").is_some() || body.get("message").is_some() => Ok(body),
        Ok(_) => Err("it has neither data nor message".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// What an error body says: the envelope's `message` and `data` (confirmed), or the start of whatever came.
fn body_message(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
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
            return Some(lenient::bounded(&parts.join(": "), LONGEST_MESSAGE));
        }
    }
    let mut quoted: String = text.chars().take(QUOTED).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    Some(if looks_like_html(text.as_bytes()) { format!("it answered a web page: {quoted}") } else { quoted })
}

/// Whether an answer is a web page: a proxy's or a portal's, not the API's.
pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    let start: Vec<u8> = body.iter().copied().skip_while(u8::is_ascii_whitespace).take(15).collect();
    let start = String::from_utf8_lossy(&start).to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")
}

pub(crate) fn unreadable_answer_error(call: &str, body_start: &[u8], why: &str) -> Error {
    let error = Error::new(Exit::Api, "the backend's answer could not be read");
    // Whoever answers in the backend's place may be gone a little later.
    let error = if body_start.iter().all(u8::is_ascii_whitespace) {
        error.because(format!("{call} answered with an empty body")).retryable()
    } else if looks_like_html(body_start) {
        error.because(format!("{call} answered with a web page instead of JSON")).retryable()
    } else {
        error.because(format!("{call}: {why}"))
    };
    error.hint(
        "check --api-url and whether a proxy stands between; the backend may also be down for maintenance",
    )
}

pub(crate) fn network_error(call: &str, error: reqwest::Error) -> Error {
    // Our messages say the call already, so reqwest's own words, which say its URL, count only where there are no others.
    let error = error.without_url();
    let why = error.source().map_or_else(|| error.to_string(), chain);
    if error.is_timeout() {
        return Error::new(Exit::Timeout, format!("no answer in time to {call}"))
            .because(why)
            .hint("give it more time with --timeout, such as --timeout 5m")
            .retryable();
    }
    if why.contains("invalid peer certificate") {
        return Error::new(Exit::Network, "the certificate of the backend is not trusted")
            .because(why)
            .hint("if a proxy of your company inspects TLS, name its certificate in SSL_CERT_FILE")
            .hint("if not, somebody else answers in the backend's place: check --api-url and the network");
    }
    let message = if error.is_connect() {
        "could not connect to the backend".to_owned()
    } else {
        format!("the connection was lost during {call}")
    };
    Error::new(Exit::Network, message)
        .because(why)
        .hint("check the network, HTTPS_PROXY and --api-url, then try again")
        .retryable()
}

pub(crate) fn timeout_error(call: &str, timeout: Duration) -> Error {
    Error::new(Exit::Timeout, format!("no answer within {} to {call}", seconds_text(timeout)))
        .hint("give it more time with --timeout, such as --timeout 5m")
        .retryable()
}

fn seconds_text(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

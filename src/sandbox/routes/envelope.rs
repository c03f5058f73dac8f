//! The envelope of every response: `{"message", "terms", "data"}` (confirmed, megaport-api.md).

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::sandbox::refusal::Refusal;

pub(crate) const TERMS: &str = "portgate sandbox: nothing here is real, and nothing is billed.";

/// The body of a response that succeeded, unless `operations.json` says that it is raw.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<T> {
    message: String,
    terms: &'static str,
    data: T,
}

/// The start of a streamed list, which ends with `]}`.
pub(crate) fn list_head(message: &str) -> String {
    let [message, terms] = [message, TERMS].map(serde_json::Value::from);
    format!("{{\"message\":{message},\"terms\":{terms},\"data\":[")
}

impl<T: Serialize> Envelope<T> {
    pub(crate) fn new(message: impl Into<String>, data: T) -> Self {
        Envelope { message: message.into(), terms: TERMS, data }
    }
}

impl Envelope<Option<String>> {
    pub(crate) fn failed(message: String, detail: Option<String>) -> Self {
        Envelope { message, terms: TERMS, data: detail }
    }
}

impl<T: Serialize> IntoResponse for Envelope<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = Envelope::failed(self.message, self.detail).into_response();
        *response.status_mut() = self.status;
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

//! What is answered where no handler does: in the envelope, like everything.

use std::any::Any;

use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

use crate::sandbox::refusal::Refusal;

pub(crate) async fn unknown_route(method: Method, uri: Uri) -> Refusal {
    Refusal::not_found(format!("Nothing is served at {method} {}", uri.path()))
}

pub(crate) async fn wrong_method(method: Method, uri: Uri) -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not take {method}", uri.path()))
}

pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Refusal::panicked().into_response()
}

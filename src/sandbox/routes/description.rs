//! `/openapi.json`: what is served, described.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::sandbox::openapi;

pub(crate) async fn show() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], openapi::document())
}

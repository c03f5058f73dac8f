//! The status for a product that doesn't exist: 404, or 400, which Megaport may return (megaport-api.md).

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::sandbox::refusal::Refusal;
use crate::text::word::Word;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotFound {
    #[default]
    Status404,
    /// "Could not find a service with UID ...".
    Status400,
}

impl Word for NotFound {
    const ALL: &[Self] = &[NotFound::Status404, NotFound::Status400];

    fn word(self) -> &'static str {
        match self {
            NotFound::Status404 => "404",
            NotFound::Status400 => "400",
        }
    }
}

/// Returns 400 for products that don't exist.
pub(crate) async fn say_400(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    let is_product = ["/v2/product/", "/v3/product/"].iter().any(|start| path.starts_with(start));
    if response.status() == StatusCode::NOT_FOUND && is_product {
        return unknown_uid(&path).into_response();
    }
    response
}

/// 400 for the UID in a path.
pub(crate) fn unknown_uid(path: &str) -> Refusal {
    let mut parts = path.split('/');
    let uid = parts.clone().find(|part| Uuid::parse_str(part).is_ok()).or_else(|| parts.next_back());
    Refusal::bad(format!("Could not find a service with UID {}", uid.unwrap_or_default()))
}

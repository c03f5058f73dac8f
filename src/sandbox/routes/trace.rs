//! The `Trace-Id` of every answer.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

const TRACE_ID: HeaderName = HeaderName::from_static("trace-id");

pub(crate) async fn add_trace_id(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().simple().to_string()) {
        response.headers_mut().insert(TRACE_ID, id);
    }
    response
}

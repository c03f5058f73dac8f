//! HTTP: one table of routes, one file per resource.

mod actions;
mod body;
mod call;
mod decide;
mod envelope;
mod managed_companies;
mod notifications;
mod openapi;
mod order_approvals;
mod ordering;
mod places;
mod ports;
mod products;
mod request;
mod route;
mod service_keys;
mod table;
mod token;
mod users;
mod views;
mod vlan;

use std::any::Any;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Router};
use serde_json::Value;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use uuid::Uuid;

use crate::sandbox::app::{App, Call};
use crate::sandbox::refusal::{Answer, Refusal};
use envelope::Envelope;
use openapi::Served;
use table::ROUTES;

/// The server's routes, ready to serve. Every answer has a `Trace-Id`.
pub(crate) fn router(app: App) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        router = router.route(route.path, (route.handler)());
    }
    let trace_id = |_: &Response| HeaderValue::from_str(&Uuid::new_v4().simple().to_string()).ok();
    router
        .fallback(answer_unknown_path)
        .method_not_allowed_fallback(refuse_method)
        .layer(Extension(Served(ROUTES)))
        .layer(DefaultBodyLimit::max(request::BODY_LIMIT_BYTES))
        .layer(CatchPanicLayer::custom(refuse_after_panic))
        .layer(SetResponseHeaderLayer::overriding(HeaderName::from_static("trace-id"), trace_id))
        .with_state(app)
}

async fn answer_unknown_path(
    method: Method,
    uri: Uri,
    call: Result<Call, Refusal>,
) -> Answer<Envelope<Value>> {
    match service_keys::escaped_code(uri.path()) {
        Some(code) if method == Method::GET => service_keys::show_escaped(call?, code.to_owned()).await,
        _ => Err(Refusal::not_found(format!("Nothing is served at {method} {}", uri.path()))),
    }
}

async fn refuse_method(method: Method, uri: Uri) -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not take {method}", uri.path()))
}

fn refuse_after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    Refusal::panicked().into_response()
}

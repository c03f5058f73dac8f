//! HTTP: one table of routes, one file per resource.

mod actions;
mod basic;
mod body;
mod call;
mod decide;
mod description;
mod envelope;
mod fallback;
mod notifications;
mod order_approvals;
mod ordering;
mod ports;
mod products;
mod request;
mod service_keys;
mod table;
mod token;
mod trace;
mod users;
mod views;
mod vlan;

use axum::Router;
use axum::middleware;
use tower_http::catch_panic::CatchPanicLayer;

use super::app::App;
pub(crate) use table::{ROUTES, Route};

/// The server's routes, ready to serve.
pub(crate) fn router(app: App) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        router = router.route(route.path, (route.handler)());
    }
    router
        .fallback(fallback::unknown_route)
        .method_not_allowed_fallback(fallback::wrong_method)
        .layer(axum::extract::DefaultBodyLimit::max(request::BODY_LIMIT_BYTES))
        .layer(CatchPanicLayer::custom(fallback::panicked))
        .layer(middleware::from_fn(trace::add_trace_id))
        .with_state(app)
}

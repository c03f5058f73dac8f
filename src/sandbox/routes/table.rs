//! The one table of routes: what is served, and what a description of it is made from.

use axum::routing::{MethodRouter, get, post, put};

use super::{decide, employment, order_approvals, products, token, vlan};
use crate::sandbox::app::App;

/// One route.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) handler: fn() -> MethodRouter<App>,
}

const fn route(path: &'static str, handler: fn() -> MethodRouter<App>) -> Route {
    Route { path, handler }
}

/// Everything served.
pub(crate) const ROUTES: &[Route] = &[
    route("/oauth2/token", || post(token::issue)),
    route("/v2/products", || get(products::list)),
    route("/v2/product/{uid}", || get(products::show)),
    route("/v2/product/port/{uid}/vlan", || get(vlan::check)),
    route("/v3/product/vxc/{uid}", || put(decide::by_vxc)),
    route("/v2/order/vxc/{uid}", || put(decide::by_order)),
    route("/v3/order_approvals", || get(order_approvals::list)),
    route("/v3/order_approvals/{uid}/approve", || post(order_approvals::approve)),
    route("/v3/order_approvals/{uid}/reject", || post(order_approvals::reject)),
    route("/v3/order_approvals/{uid}/withdraw", || post(order_approvals::withdraw)),
    route("/v2/employment", || get(employment::list)),
];

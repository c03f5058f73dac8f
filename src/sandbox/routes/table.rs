//! The one table of routes: what is served, and what a description of it is made from.

use axum::routing::{MethodRouter, get, post, put};

use super::{
    actions, decide, notifications, order_approvals, ordering, ports, products, service_keys, token, users,
    vlan,
};
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
    route("/v2/product/megaport/{uid}", || put(ports::change)),
    route("/v2/product/{uid}/tags", || get(ports::show_tags).put(ports::replace_tags)),
    route("/v3/product/{uid}/action/{action}", || post(actions::act)),
    route("/v3/networkdesign/validate", || post(ordering::validate)),
    route("/v3/networkdesign/buy", || post(ordering::buy_bare)),
    route("/v4/networkdesign/buy", || post(ordering::buy_design)),
    route("/v2/dropdowns/partner/megaports", || get(ports::marketplace)),
    route("/v3/locations", || get(ports::all_locations)),
    route("/v2/service/key", || {
        get(service_keys::list).post(service_keys::create).put(service_keys::replace)
    }),
    route("/v2/service/key/validate", || get(service_keys::validate)),
    route("/v2/notificationPreferences", || get(notifications::show).put(notifications::replace)),
    route("/v3/notificationPreferences", || get(notifications::show_v3).put(notifications::replace_v3)),
    route("/v2/employment", || get(users::list).post(users::invite)),
    route("/v2/employee/{personId}", || get(users::show).put(users::change)),
    route("/v3/activity", || get(users::activity)),
];

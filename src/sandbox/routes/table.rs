//! The one table of routes: what is served, and what a description of it is made from.

use axum::routing::{self, MethodRouter};

use super::{
    actions, decide, managed_companies, notifications, openapi, order_approvals, ordering, places, ports,
    products, service_keys, token, users, vlan,
};
use crate::sandbox::app::App;

/// One method of one path.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// What it does, in a line.
    pub(crate) summary: &'static str,
    pub(crate) handler: fn() -> MethodRouter<App>,
}

impl Route {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Writes a table whose methods can't differ from their handlers'.
macro_rules! table {
    ($($method:ident $path:literal $handler:path, $summary:literal;)*) => {
        &[$(Route {
            method: stringify!($method),
            path: $path,
            summary: $summary,
            handler: || routing::$method($handler),
        }),*]
    };
}

/// Everything served.
#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = table! {
    post "/oauth2/token" token::issue, "An access token for an API key";
    get "/openapi.json" openapi::show, "This document";
    get "/v2/products" products::list, "The company's ports with the VXCs on them";
    get "/v2/product/{uid}" products::show, "One port or VXC";
    get "/v2/product/port/{uid}/vlan" vlan::check, "Whether a VLAN is free on a port";
    put "/v2/product/megaport/{uid}" ports::change, "Change a port: name, visibility, automatic approval";
    get "/v2/product/{uid}/tags" ports::show_tags, "The tags of a product";
    put "/v2/product/{uid}/tags" ports::replace_tags, "Replace the tags of a product";
    put "/v3/product/vxc/{uid}" decide::by_vxc, "Decide what is pending on a VXC, or change the VXC";
    put "/v2/order/vxc/{uid}" decide::by_order, "Decide a pending order";
    post "/v3/product/{uid}/action/{action}" actions::act, "Cancel a VXC";
    get "/v3/order_approvals" order_approvals::list, "The service approval queue";
    post "/v3/order_approvals/{uid}/approve" order_approvals::settle, "Accept an entry of the queue";
    post "/v3/order_approvals/{uid}/reject" order_approvals::settle, "Deny an entry of the queue";
    post "/v3/order_approvals/{uid}/withdraw" order_approvals::settle, "Withdraw one's own entry of the queue";
    post "/v3/networkdesign/validate" ordering::validate, "What an order would cost, or why it can't be";
    post "/v3/networkdesign/buy" ordering::buy_bare, "Order VXCs";
    post "/v4/networkdesign/buy" ordering::buy_design, "Order VXCs, with discount codes";
    get "/v2/dropdowns/partner/megaports" ports::marketplace, "Ports that one may order to";
    get "/v3/locations" places::locations, "Locations";
    get "/v2/networkRegions" places::regions, "Countries with locations";
    get "/v2/locations/rtt" places::round_trip_times, "Round trip times from a location";
    get "/v2/service/key" service_keys::list, "The company's service keys, or one by its code";
    post "/v2/service/key" service_keys::create, "Make a service key";
    put "/v2/service/key" service_keys::replace, "Replace a service key's terms";
    get "/v2/service/key/validate" service_keys::validate, "Whether a service key may be ordered with";
    get "/v2/notificationPreferences" notifications::show, "What the key's owner hears of by e-mail";
    put "/v2/notificationPreferences" notifications::replace, "Choose what to hear of";
    get "/v3/notificationPreferences" notifications::show_v3, "What the key's owner hears of by e-mail";
    put "/v3/notificationPreferences" notifications::replace_v3, "Choose what to hear of";
    get "/v2/managedCompanies" managed_companies::list, "The accounts that the company manages";
    post "/v2/managedCompanies" managed_companies::create, "Make a managed account";
    put "/v2/managedCompanies/{companyUid}" managed_companies::change, "Change a managed account";
    get "/v2/employment" users::list, "The company's users";
    post "/v2/employment" users::invite, "Invite a user";
    get "/v2/employee/{personId}" users::show, "One user";
    put "/v2/employee/{personId}" users::change, "Change a user";
    delete "/v2/employee/{personId}" users::delete, "Delete a user who was invited and has not come yet";
    get "/v3/activity" users::activity, "What happened in the company";
};

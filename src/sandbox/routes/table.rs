//! The table of routes, used by the server and the OpenAPI document.

use axum::routing;

use super::route::Route;
use super::{
    actions, decide, managed_companies, notifications, openapi, order_approvals, ordering, places, ports,
    products, service_keys, token, users, vlan,
};

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

#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = table! {
    post "/oauth2/token" token::issue, "An access token for an API key";
    get "/openapi.json" openapi::show, "This document";
    get "/v2/products" products::list, "The company's ports with the VXCs on them";
    get "/v2/product/{uid}" products::show, "One port or VXC";
    get "/v2/product/port/{uid}/vlan" vlan::check, "Check whether a VLAN is free on a port";
    put "/v2/product/megaport/{uid}" ports::change, "Change a port: name, visibility, automatic approval";
    get "/v2/product/{uid}/tags" ports::show_tags, "The tags of a product";
    put "/v2/product/{uid}/tags" ports::replace_tags, "Replace the tags of a product";
    put "/v3/product/vxc/{uid}" decide::by_vxc, "Decide what is pending on a VXC, or change the VXC";
    put "/v2/order/vxc/{uid}" decide::by_order, "Decide a pending order";
    post "/v3/product/{uid}/action/{action}" actions::act, "Cancel a VXC";
    get "/v3/order_approvals" order_approvals::list, "The service approval queue";
    post "/v3/order_approvals/{uid}/approve" order_approvals::settle, "Accept an entry of the queue";
    post "/v3/order_approvals/{uid}/reject" order_approvals::settle, "Deny an entry of the queue";
    post "/v3/order_approvals/{uid}/withdraw" order_approvals::settle, "Withdraw your own entry from the queue";
    post "/v3/networkdesign/validate" ordering::validate, "Validate an order and return its price";
    post "/v3/networkdesign/buy" ordering::buy_bare, "Order VXCs";
    post "/v4/networkdesign/buy" ordering::buy_design, "Order VXCs, with discount codes";
    get "/v2/dropdowns/partner/megaports" ports::marketplace, "Ports available for orders";
    get "/v3/locations" places::locations, "Locations";
    get "/v2/networkRegions" places::regions, "Countries with locations";
    get "/v2/locations/rtt" places::round_trip_times, "Round trip times from a location";
    get "/v2/service/key" service_keys::list, "The company's service keys, or one by its code";
    post "/v2/service/key" service_keys::create, "Create a service key";
    put "/v2/service/key" service_keys::replace, "Replace a service key's terms";
    get "/v2/service/key/validate" service_keys::validate, "Check whether a service key can be used for orders";
    get "/v2/notificationPreferences" notifications::show, "Email notifications of the key's owner";
    put "/v2/notificationPreferences" notifications::replace, "Update email notifications";
    get "/v3/notificationPreferences" notifications::show_v3, "Email notifications of the key's owner";
    put "/v3/notificationPreferences" notifications::replace_v3, "Update email notifications";
    get "/v2/managedCompanies" managed_companies::list, "The accounts that the company manages";
    post "/v2/managedCompanies" managed_companies::create, "Create a managed account";
    put "/v2/managedCompanies/{companyUid}" managed_companies::change, "Change a managed account";
    get "/v2/employment" users::list, "The company's users";
    post "/v2/employment" users::invite, "Invite a user";
    get "/v2/employee/{personId}" users::show, "One user";
    put "/v2/employee/{personId}" users::change, "Change a user";
    delete "/v2/employee/{personId}" users::delete, "Delete a user who has not accepted the invitation";
    get "/v3/activity" users::activity, "Activities in the company";
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Map, Value};

    use super::*;
    use crate::sandbox::routes::openapi::{OPERATIONS, make};

    #[test]
    fn routes_and_descriptions_are_the_same() {
        let described: Map<String, Value> = serde_json::from_str(OPERATIONS).unwrap();
        let described: BTreeSet<String> = described.keys().cloned().collect();
        let served: BTreeSet<String> = ROUTES.iter().map(Route::name).collect();
        assert_eq!(served.len(), ROUTES.len(), "no route is there twice");
        assert_eq!(served, described);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = make(ROUTES);
        let mut left = vec![&document];
        let mut seen = 0;
        while let Some(value) = left.pop() {
            match value {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref") {
                        let path = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(path).is_some(), "{reference}");
                        seen += 1;
                    }
                    left.extend(fields.values());
                }
                Value::Array(elements) => left.extend(elements),
                _ => {}
            }
        }
        assert!(seen > 30);
    }
}

//! Requests that decide: a profile's limits for decisions apply to raw requests, too.

use serde_json::Value;

use crate::api::{Call, Method};
use crate::commands::approvals::decide::sold;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;
use crate::session::connection::Connection;

/// Verbs below `/v3/order_approvals/{uid}/` (confirmed: megaport-api.md).
const VERBS: [&str; 3] = ["approve", "reject", "withdraw"];

/// Refuses a decision if the profile or a variable limits decisions, or if the ledger is shared: reason, ticket, sold
/// capacity, claims and proposals can't be checked here.
pub(super) fn check(
    connection: &Connection,
    environment: &ProcessEnvironment,
    call: &Call,
) -> Result<(), Error> {
    let limits = &connection.limits;
    let by_profile = limits.require_reason
        || limits.require_ticket
        || limits.max_sold_percent.is_some()
        || limits.second_person.is_some();
    let by_variable = environment.raw(sold::VARIABLE).is_some();
    let is_shared = connection.ledger.is_shared();
    if !(by_profile || by_variable || is_shared) || !decides(call) {
        return Ok(());
    }
    let refused = |what: &str| {
        Error::new(Exit::Refused, format!("{what} limits decisions, so raw decisions aren't allowed"))
    };
    let error = match (by_profile, by_variable) {
        (true, _) => limits.refused_error("limits decisions, so raw decisions aren't allowed"),
        (false, true) => refused(sold::VARIABLE),
        (false, false) => refused("a ledger in a database"),
    };
    Err(error
        .reason("reason, ticket, sold capacity, claims and proposals can't be checked for a raw request")
        .hint(Hint::call("decide with: ", "approvals accept or deny")))
}

/// Whether it decides a connection request, a speed change or an entry of the service approval queue: `isApproved` in a
/// body, or a verb of the queue.
fn decides(call: &Call) -> bool {
    let path = call.path.trim_end_matches('/').to_ascii_lowercase();
    let verb = path.rsplit('/').next().unwrap_or_default();
    let in_queue = call.method == Method::POST && path.contains("/order_approvals/") && VERBS.contains(&verb);
    in_queue || call.body.as_ref().is_some_and(holds_decision)
}

fn holds_decision(body: &Value) -> bool {
    match body {
        Value::Object(fields) => fields.contains_key("isApproved") || fields.values().any(holds_decision),
        Value::Array(items) => items.iter().any(holds_decision),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn decisions_are_told_from_other_writes() {
        let put = |path: &str, body| decides(&Call::with_body(Method::PUT, path.to_owned(), body));
        assert!(put("/v3/product/vxc/one", json!({"isApproved": true})));
        assert!(put("/v2/order/vxc/one", json!({"isApproved": false, "vlan": 2})));
        assert!(!put("/v3/product/vxc/one", json!({"name": "isApproved"})));
        let post = |path: &str| decides(&Call::with_body(Method::POST, path.to_owned(), json!({})));
        assert!(post("/v3/order_approvals/one/approve") && post("/v3/order_approvals/one/REJECT/"));
        assert!(!post("/v3/order_approvals") && !post("/v2/service/approve"));
    }
}

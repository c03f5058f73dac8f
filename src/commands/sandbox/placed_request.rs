//! What `request` and `speed-change` say when they have placed.

use serde_json::json;

use crate::exit::Exit;
use crate::options::GlobalArgs;
use crate::sandbox::PlacedRequest;
use crate::session::context::{Context, invocation_of};

/// Prints the id of what was asked for, and what answers it.
pub(super) fn show(context: &Context, placed: &PlacedRequest, speed: &str) -> anyhow::Result<Exit> {
    let object = json!({
        "id": placed.request_uid,
        "vxc_uid": placed.vxc_uid,
        "name": placed.vxc_name,
        "customer": placed.customer,
        "provider": placed.provider,
        "port": placed.port,
        "rate_limit_mbps": placed.rate_limit_mbps,
        "new_rate_limit_mbps": placed.new_rate_limit_mbps,
        "status": if placed.accepted { "approved" } else { "pending" },
    });
    context.write_record(std::slice::from_ref(&placed.request_uid), &object)?;
    let (customer, port) = (&placed.customer, &placed.port);
    if placed.accepted {
        context.terminal.say(&format!("{customer} got {speed} on {port}; nobody had to decide."));
    } else {
        context.terminal.say(&format!("{customer} asks for {speed} on {port}. Answer it with:"));
        let id: String = placed.request_uid.chars().take(8).collect();
        let globals = GlobalArgs {
            env: Some("sandbox".to_owned()),
            act_as: placed.decided_as.clone(),
            db: context.globals.db.clone(),
            ..GlobalArgs::default()
        };
        context.terminal.say(&format!("  {} approvals accept {id}", invocation_of(&globals)));
    }
    Ok(Exit::Done)
}

//! What `request` and `speed-change` say when they have asked.

use serde_json::json;

use crate::exit::Exit;
use crate::options::GlobalArgs;
use crate::sandbox::Asked;
use crate::session::context::{Context, invocation_of};

/// Prints the id of what was asked for, and what answers it.
pub(super) fn show(context: &Context, asked: &Asked, speed: &str) -> anyhow::Result<Exit> {
    let object = json!({
        "id": asked.request_uid,
        "vxc_uid": asked.vxc_uid,
        "name": asked.vxc_name,
        "customer": asked.customer,
        "provider": asked.provider,
        "port": asked.port,
        "rate_limit_mbps": asked.rate_limit_mbps,
        "new_rate_limit_mbps": asked.new_rate_limit_mbps,
        "status": if asked.accepted { "approved" } else { "pending" },
    });
    context.write_record(std::slice::from_ref(&asked.request_uid), &object)?;
    let (customer, port) = (&asked.customer, &asked.port);
    if asked.accepted {
        context.terminal.say(&format!("{customer} got {speed} on {port}; nobody had to decide."));
    } else {
        context.terminal.say(&format!("{customer} asks for {speed} on {port}. Answer it with:"));
        let id: String = asked.request_uid.chars().take(8).collect();
        let globals = GlobalArgs {
            env: Some("sandbox".to_owned()),
            act_as: asked.decided_as.clone(),
            db: context.globals.db.clone(),
            ..GlobalArgs::default()
        };
        context.terminal.say(&format!("  {} approvals accept {id}", invocation_of(&globals)));
    }
    Ok(Exit::Done)
}

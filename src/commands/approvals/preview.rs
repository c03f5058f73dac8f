//! What `--dry-run` shows: the request that would be sent, and what would change.

use serde_json::json;

use super::view;
use crate::approvals::Approval;
use crate::approvals::decide::Prepared;
use crate::capacity::Excess;
use crate::context::Context;
use crate::render::sanitize;

/// Shows what would be sent; for programs it is collected instead.
pub(super) fn preview(
    context: &Context,
    prepared: &Prepared,
    excess: Option<&Excess>,
) -> anyhow::Result<serde_json::Value> {
    let call = prepared.calls.first();
    let body = call.and_then(|call| call.body.clone()).unwrap_or_default();
    if let Some(excess) = excess {
        let what = excess.sentence();
        context.terminal.warn(&sanitize::line(&format!("{what}: without a yes to that it would be refused")));
    }
    if context.output.is_for_people() {
        let name = call.map_or_else(String::new, crate::api::Call::name);
        context.terminal.result_line(&sanitize::line(&format!("would send {name} {body}")))?;
        let what = format!(
            "would be {} {}: {}",
            prepared.order.decision.participle(),
            prepared.named.id,
            view::sentence(&as_applied(prepared))
        );
        context.terminal.result_line(&sanitize::line(&what))?;
    }
    Ok(json!({
        "id": prepared.named.id,
        "decision": prepared.order.decision,
        "method": call.map(|call| call.method.as_str().to_owned()),
        "path": call.map(|call| call.path.clone()),
        "body": body,
        "above_limit": excess.map(Excess::sentence),
        "approval": prepared.approval,
    }))
}

/// The request as it will be with what goes along.
fn as_applied(prepared: &Prepared) -> Approval {
    let mut approval = prepared.approval.clone();
    if let Some(end) = approval.b_end.as_mut() {
        end.vlan = prepared.fields.vlan.or(end.vlan);
        end.inner_vlan = prepared.fields.inner_vlan.or(end.inner_vlan);
        if let Some(port) = &prepared.fields.move_to {
            end.product_uid = Some(port.clone());
            end.product_name = None;
        }
    }
    approval
}

//! What `--dry-run` shows: the request that would be sent, and what would change.

use serde_json::json;

use crate::change::Preview;
use crate::commands::approvals::decision::Prepared;
use crate::commands::approvals::view;
use crate::domain::approvals::Approval;
use crate::domain::ports::Excess;
use crate::session::context::Context;

/// Shows what would be sent; for programs it is collected instead.
pub(crate) fn preview_decision(
    context: &Context,
    prepared: &Prepared,
    seen: Option<&Approval>,
    excess: Option<&Excess>,
    oversold: Option<&str>,
) -> Preview {
    let call = prepared.calls.first();
    let body = call.and_then(|call| call.body.clone()).unwrap_or_default();
    if let Some(excess) = excess {
        let (id, what) = (&prepared.named.id, excess.sentence());
        context.terminal.warn(&format!("{id}: {what}: you would be asked about it"));
    }
    let applied = as_applied(prepared, seen);
    if let Some(oversold) = oversold {
        context.terminal.say(&format!("note: {oversold}"));
    }
    let name = call.map_or_else(String::new, crate::api::Call::name);
    let action = prepared.order.decision.participle();
    let lines = vec![
        format!("would send {name} {body}"),
        format!("would be {action} {}: {}", prepared.named.id, view::sentence(&applied)),
    ];
    let object = json!({
        "id": prepared.named.id,
        "decision": prepared.order.decision,
        "outcome": format!("would-{}", prepared.order.decision.word()),
        "error": null,
        "vlan": applied.b_end.as_ref().and_then(|end| end.vlan),
        "status": applied.status,
        "notes": oversold.as_slice(),
        "method": call.map(|call| call.method.as_str().to_owned()),
        "path": call.map(|call| call.path.clone()),
        "body": body,
        "above_limit": excess.map(Excess::sentence),
        "approval": as_listed(prepared, seen),
    });
    Preview { lines, would_send: vec![object] }
}

/// The request, with what only the list tells of it.
fn as_listed(prepared: &Prepared, seen: Option<&Approval>) -> Approval {
    let mut approval = prepared.approval.clone();
    if let Some(seen) = seen {
        approval.room_after_mbps = seen.room_after_mbps;
        approval.port_speed_mbps = seen.port_speed_mbps;
        approval.customer.is_new = approval.customer.is_new.or(seen.customer.is_new);
        if let (Some(end), Some(listed)) = (approval.b_end.as_mut(), &seen.b_end) {
            end.product_name = end.product_name.take().or_else(|| listed.product_name.clone());
        }
    }
    approval
}

/// The request as it will be with what goes along.
fn as_applied(prepared: &Prepared, seen: Option<&Approval>) -> Approval {
    let mut approval = as_listed(prepared, seen);
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

//! Output of `--dry-run`: the request that would be sent, and its result.

use serde_json::{Value, json};

use crate::change::{Planned, Preview};
use crate::commands::approvals::request::Prepared;
use crate::commands::approvals::view;
use crate::domain::approvals::Approval;
use crate::domain::ports::Excess;

/// The request that would be sent, and its result.
pub(crate) fn preview_decision(
    prepared: &Prepared,
    listed: Approval,
    excess: Option<&Excess>,
    is_proposal: bool,
) -> Preview<Approval> {
    let applied = as_applied(prepared, listed.clone());
    let action = if is_proposal { "propose" } else { prepared.order.decision.word() };
    let sentence = format!("would {action} {}: {}", prepared.named.id, view::sentence(&applied));
    let planned = prepared.calls.first().map(|call| Planned {
        call: call.clone(),
        sentences: vec![sentence],
        changes: Value::Null,
    });
    let above_limit = excess.map(Excess::sentence);
    let asked = above_limit.as_ref().map(|what| format!("{what}; a confirmation would be required"));
    let more = [("above_limit", json!(above_limit)), ("approval", json!(listed))];
    Preview {
        planned: planned.into_iter().collect(),
        seen: Some(applied),
        notes: asked.into_iter().chain(prepared.oversold.as_ref().map(Excess::sentence)).collect(),
        is_proposal,
        more: more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    }
}

/// The request, completed from the list.
pub(super) fn as_listed(prepared: &Prepared, seen: Option<&Approval>) -> Approval {
    let mut approval = prepared.approval.clone();
    if let Some(seen) = seen {
        approval.room_after_mbps = seen.room_after_mbps;
        approval.port_speed_mbps = seen.port_speed_mbps;
        approval.vlan_free = seen.vlan_free;
        approval.customer.is_new = approval.customer.is_new.or(seen.customer.is_new);
        if let (Some(end), Some(listed)) = (approval.b_end.as_mut(), &seen.b_end) {
            end.product_name = end.product_name.take().or_else(|| listed.product_name.clone());
        }
    }
    approval
}

/// The request with the decision's fields applied.
fn as_applied(prepared: &Prepared, mut approval: Approval) -> Approval {
    if let Some(end) = approval.b_end.as_mut() {
        end.vlan = prepared.fields.vlan.or(end.vlan);
        end.inner_vlan = prepared.fields.inner_vlan.or(end.inner_vlan);
        if let Some(port) = &prepared.fields.move_to {
            end.product_uid = Some(port.clone());
            end.product_name.clone_from(&prepared.order.move_to_name);
        }
    }
    approval
}

//! Which VLANs several requests would get, before anything is sent.

use crate::api::vlan::Vlan;
use crate::api::vxc::DecisionFields;
use crate::commands::approvals::decision::batch::LARGE;
use crate::commands::approvals::decision::order::Order;
use crate::commands::approvals::decision::prepare::{Prepared, choose_vlan};
use crate::commands::approvals::decision::subject::{Decider, Named};
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::vlan::VlanChoice;

/// The VLAN that each of these decisions would give its request, one after the other; `None` if it keeps its own, or if it
/// isn't known. Many ports aren't read for this.
pub(crate) async fn vlans_ahead<'a>(
    decider: &Decider<'_>,
    decisions: impl ExactSizeIterator<Item = Option<(&'a Approval, &'a Order)>>,
) -> Vec<Option<Vlan>> {
    if decisions.len() >= LARGE {
        return vec![None; decisions.len()];
    }
    let mut vlans = Vec::with_capacity(decisions.len());
    let mut given = Vec::new();
    for one in decisions {
        let accepted = one.filter(|(_, order)| order.decision == Decision::Accept);
        let Some((approval, order)) = accepted else {
            vlans.push(None);
            continue;
        };
        let mut prepared = Prepared::unread(approval, order);
        if matches!(order.vlan, Some(VlanChoice::Next | VlanChoice::KeepOrNext)) {
            prepared.fields.vlan = choose_vlan(decider, &prepared, None).await.ok().flatten();
        }
        vlans.push(prepared.fields.vlan);
        if order.vlan.is_some() || approval.vlan_free != Some(false) {
            decider.recent_vlans.give(&prepared);
            given.push(prepared);
        }
    }
    for one in &given {
        decider.recent_vlans.release(one);
    }
    vlans
}

impl Prepared {
    /// A decision about a request as it was listed.
    fn unread(approval: &Approval, order: &Order) -> Self {
        let fields = DecisionFields {
            vlan: match order.vlan {
                Some(VlanChoice::Exactly(vlan)) => Some(vlan),
                _ => None,
            },
            inner_vlan: order.inner_vlan,
            move_to: order.move_to.clone(),
            message: None,
        };
        Prepared {
            named: Named::of(approval),
            approval: approval.clone(),
            order: order.clone(),
            fields,
            calls: Vec::new(),
            rule: None,
            quota: None,
            oversold: None,
        }
    }
}

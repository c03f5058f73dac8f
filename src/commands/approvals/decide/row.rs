//! A request as it will be after its order, in the table of several decisions.

use crate::api::vlan::Vlan;
use crate::commands::approvals::request::Order;
use crate::commands::approvals::view;
use crate::domain::approvals::Approval;
use crate::domain::ports::book::Clash;
use crate::domain::ports::scan::Port;
use crate::domain::ports::vlan::VlanChoice;
use crate::text::tone::{Tone, Toned};

/// The VLAN cell where it isn't that which was asked for or is given in the order: a free one, if known by its number, or why
/// there is none.
pub(super) fn vlan_by_order(
    approval: &Approval,
    order: &Order,
    found: Option<&Result<Option<Vlan>, Clash>>,
) -> Option<Toned> {
    let is_certain = matches!(order.vlan, Some(VlanChoice::Exactly(_)));
    let bad = |text: String| Some(Toned::new(Tone::Bad, text));
    match found {
        Some(Ok(Some(vlan))) if !is_certain => Some(view::free_vlan(approval, Some(*vlan)).into()),
        Some(Ok(_)) => None,
        Some(Err(Clash::NoneFree)) => bad("none free".to_owned()),
        Some(Err(Clash::Given(other))) => bad(format!("{} TWICE", other.vlan)),
        Some(Err(Clash::Taken(other))) => bad(format!("{} TAKEN", other.vlan)),
        None => {
            let is_asked = approval.my_end().is_some_and(|end| end.vlan.is_some());
            let may_look = order.vlan.is_some_and(VlanChoice::may_look);
            let keeps = order.vlan == Some(VlanChoice::KeepOrNext) && is_asked;
            (may_look && !keeps).then(|| view::free_vlan(approval, None).into())
        }
    }
}

/// A request as it will be after its order.
pub(super) struct Row<'a> {
    pub(super) shown: Approval,
    pub(super) order: &'a Order,
    /// Replaces the VLAN cell; with a tone if the VLAN is not available.
    pub(super) vlan: Option<Toned>,
}

/// The request with the order applied to my end.
pub(super) fn as_ordered(approval: &Approval, order: &Order, ports: &[Port]) -> Approval {
    let mut approval = approval.clone();
    if order.vlan.is_some() || order.move_to.is_some() {
        approval.vlan_free = None;
    }
    if let Some(end) = approval.b_end.as_mut() {
        end.vlan = match order.vlan {
            Some(VlanChoice::Exactly(vlan)) => Some(vlan),
            Some(VlanChoice::Next | VlanChoice::KeepOrNext) | None => end.vlan,
        };
        if let Some(uid) = &order.move_to {
            let port = ports.iter().find(|port| port.product.product_uid.as_ref() == Some(uid));
            end.product_name = port.and_then(|port| port.product.product_name.clone());
            end.product_uid = Some(uid.clone());
        }
    }
    approval
}

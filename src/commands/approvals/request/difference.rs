//! Compares a request with the order to accept it.

use crate::api::vlan::Vlan;
use crate::commands::approvals::request::order::Order;
use crate::domain::approvals::model::Approval;
use crate::domain::approvals::stage::Stage;
use crate::domain::ports::vlan::VlanChoice;

/// How the B-End differs from the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    None,
    /// `with VLAN 7, not 8`
    Differs(String),
    /// The part that doesn't show yet: `VLAN 8`.
    NotShown(String),
}

/// Compares the B-End with the order. A part missing on a VXC that is up was not applied; on one still being deployed,
/// it may not show yet.
pub(super) fn difference(approval: &Approval, order: &Order) -> Difference {
    let Some(end) = &approval.b_end else { return Difference::None };
    let is_up = || {
        let status = approval.extra.get("provisioningStatus");
        Stage::from_status(status.as_ref().and_then(serde_json::Value::as_str)) == Stage::Up
    };
    let absent = |what: String| {
        if is_up() { Difference::Differs(format!("without {what}")) } else { Difference::NotShown(what) }
    };
    if let Some(VlanChoice::Exactly(asked)) = order.vlan {
        match end.vlan {
            Some(real) if real == asked => {}
            Some(real) => return Difference::Differs(format!("with VLAN {real}, not {asked}")),
            None if asked == Vlan::Untagged => {}
            None => return absent(format!("VLAN {asked}")),
        }
    }
    if let Some(asked) = order.inner_vlan {
        match end.inner_vlan {
            Some(real) if real == asked => {}
            Some(real) => return Difference::Differs(format!("with inner VLAN {real}, not {asked}")),
            None if asked == Vlan::Untagged => {}
            None => return absent(format!("inner VLAN {asked}")),
        }
    }
    if let (Some(asked), Some(real)) = (&order.move_to, &end.product_uid)
        && asked != real
    {
        let real = end.product_name.as_deref().unwrap_or(real.as_str());
        let asked = order.move_to_name.as_deref().unwrap_or(asked.as_str());
        return Difference::Differs(format!("on port {real}, not {asked}"));
    }
    Difference::None
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;

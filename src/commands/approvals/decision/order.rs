//! A decision to carry out, and its outcome.

use crate::api::vlan::Vlan;
use crate::change::{self, Action};
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::vlan::VlanChoice;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) decision: Decision,
    pub(crate) vlan: Option<VlanChoice>,
    pub(crate) inner_vlan: Option<Vlan>,
    /// The UID of another of my ports for the B-End.
    pub(crate) move_to: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Order {
    /// A decision without VLANs, port or reason.
    pub(crate) fn new(decision: Decision) -> Self {
        Order { decision, vlan: None, inner_vlan: None, move_to: None, reason: None }
    }
}

pub(crate) type Outcome = change::Outcome<Approval>;

/// The words of a decision for reports.
pub(crate) fn action_of(decision: Decision) -> Action {
    Action { verb: decision.word(), participle: decision.participle() }
}

//! What is to be done about a request, and what became of it.

use crate::api::vlan::Vlan;
use crate::change::{self, Action};
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::vlan::VlanChoice;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) decision: Decision,
    pub(crate) vlan: Option<VlanChoice>,
    pub(crate) inner_vlan: Option<Vlan>,
    /// The uid of another of my ports to take the B-End.
    pub(crate) move_to: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Order {
    /// An answer with nothing that goes along.
    pub(crate) fn new(decision: Decision) -> Self {
        Order { decision, vlan: None, inner_vlan: None, move_to: None, reason: None }
    }
}

pub(crate) type Outcome = change::Outcome<Approval>;

/// A decision in the words of a report.
pub(crate) fn action_of(decision: Decision) -> Action {
    Action { verb: decision.word(), participle: decision.participle() }
}

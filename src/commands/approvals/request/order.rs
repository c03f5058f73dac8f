//! A decision to carry out, and its outcome.

use crate::api::vlan::Vlan;
use crate::change::{self, Action};
use crate::domain::approvals::second_person::SecondPerson;
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::book::Seeker;
use crate::domain::ports::vlan::{VlanChoice, VlanPool};
use crate::text::Uid;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) decision: Decision,
    /// `None` leaves it as requested.
    pub(crate) vlan: Option<VlanChoice>,
    /// Where a free VLAN is looked for.
    pub(crate) pool: VlanPool,
    pub(crate) inner_vlan: Option<Vlan>,
    /// The UID of another of my ports for the B-End; until it is looked up, what was typed for it.
    pub(crate) move_to: Option<Uid>,
    /// The name of that port, if known.
    pub(crate) move_to_name: Option<String>,
    /// As it is sent, with the ticket in front.
    pub(crate) reason: Option<String>,
    pub(crate) ticket: Option<String>,
    /// Who proposed it, if it confirms what somebody else proposed.
    pub(crate) proposed_by: Option<String>,
}

impl Order {
    /// A decision without VLANs, port or reason.
    pub(crate) fn new(decision: Decision) -> Self {
        Order {
            decision,
            vlan: None,
            pool: VlanPool::default(),
            inner_vlan: None,
            move_to: None,
            move_to_name: None,
            reason: None,
            ticket: None,
            proposed_by: None,
        }
    }

    /// Whether it confirms what somebody else proposed.
    pub(crate) fn is_confirmation(&self) -> bool {
        self.proposed_by.is_some()
    }

    /// The options that change my end of a connection, if any are given.
    pub(crate) fn end_options(&self) -> Vec<&'static str> {
        let given = [
            ("--vlan", self.vlan.is_some()),
            ("--inner-vlan", self.inner_vlan.is_some()),
            ("--move-to", self.move_to.is_some()),
        ];
        given.into_iter().filter(|(_, given)| *given).map(|(option, _)| option).collect()
    }

    /// The request as it gets a VLAN; `None` if it is no connection, or its port isn't known.
    pub(crate) fn seeker<'a>(&'a self, approval: &'a Approval) -> Option<Seeker<'a>> {
        Seeker::from_approval(approval, self.move_to.as_ref(), self.inner_vlan)
    }

    /// Whether its request gets another place than it asked for: a certain or free VLAN, or another port.
    pub(crate) fn gives_vlan(&self) -> bool {
        self.vlan.is_some() || self.move_to.is_some()
    }

    /// Whether its request may keep the VLAN that it names.
    pub(crate) fn may_keep_vlan(&self) -> bool {
        matches!(self.vlan, None | Some(VlanChoice::KeepOrNext))
    }

    /// Whether it sets a certain VLAN, which only one request of a port can have.
    pub(crate) fn sets_exact_vlan(&self) -> bool {
        matches!(self.vlan, Some(VlanChoice::Exactly(_)))
    }

    /// Whether it gives every request one certain VLAN, or one port.
    pub(crate) fn gives_place(&self) -> bool {
        self.sets_exact_vlan() || self.move_to.is_some()
    }

    /// The same decision without changes of my end.
    pub(crate) fn without_end(&self) -> Self {
        Order { reason: self.reason.clone(), ticket: self.ticket.clone(), ..Order::new(self.decision) }
    }
}

/// The policy rule behind a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// The SHA-256 of the policy file, if known.
    pub(crate) policy: Option<String>,
    /// What the policy requires a second person for.
    pub(crate) second_person: Option<SecondPerson>,
}

impl Rule {
    /// A rule of which only the name is known.
    pub(crate) fn with_name(name: &str) -> Self {
        Rule { name: name.to_owned(), policy: None, second_person: None }
    }
}

pub(crate) type Outcome = change::Outcome<Approval>;

/// The words of a decision for reports.
pub(crate) fn action_of(decision: Decision) -> Action {
    Action { verb: decision.word(), participle: decision.participle() }
}

//! A decision that can be sent.

use crate::api::Call;
use crate::api::vxc::DecisionFields;
use crate::change::OutcomeKind;
use crate::commands::approvals::request::named::Named;
use crate::commands::approvals::request::order::{Order, Outcome, Rule, action_of};
use crate::domain::approvals::model::Approval;
use crate::domain::ports::Excess;
use crate::error::Error;
use crate::ledger::{Quota, Second};
use crate::session::profiles::Limits;

pub(crate) type Preparation = crate::change::Preparation<Prepared, Approval>;

#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) named: Named,
    /// The request as it was just read.
    pub(crate) approval: Approval,
    pub(crate) order: Order,
    /// Fields sent with the decision.
    pub(crate) fields: DecisionFields,
    /// Alternative API requests, in order of preference.
    pub(crate) calls: Vec<Call>,
    /// The policy rule behind it, for the ledger.
    pub(crate) rule: Option<Rule>,
    /// What the policy allows in a time, whatever the runs.
    pub(crate) quota: Option<Quota>,
    /// Whether its VLAN was taken when it was sent, and nobody was shown that one: another will do.
    pub(crate) may_get_another_vlan: bool,
    /// That its port will be oversubscribed, where nobody is asked about that.
    pub(crate) oversold: Option<Excess>,
}

impl Prepared {
    /// An outcome with the request as last read.
    pub(crate) fn outcome(&self, kind: OutcomeKind, seen: Option<Approval>) -> Outcome {
        let seen = seen.unwrap_or_else(|| self.approval.clone());
        Outcome::new(&self.named.id, action_of(self.order.decision), kind).seen(seen)
    }

    /// What a second person has to do with it.
    pub(crate) fn second(&self, limits: &Limits) -> Second {
        let of_policy = self.rule.as_ref().and_then(|rule| rule.second_person.as_ref());
        match limits.needs_second_person(of_policy, self.order.decision, &self.approval) {
            _ if self.order.is_confirmation() => Second::Confirms,
            true => Second::Needed,
            false => Second::NotNeeded,
        }
    }

    /// An outcome with an error, which determines its kind.
    pub(crate) fn failure(&self, error: Error, seen: Option<Approval>) -> Outcome {
        self.outcome(OutcomeKind::of_error(&error), seen).error(error.resource(&self.named.id))
    }
}

#[cfg(test)]
pub(super) mod example {
    use super::*;

    /// As it is ready to be sent, without a VLAN that was chosen.
    pub(crate) fn prepared(approval: Approval, order: Order) -> Prepared {
        Prepared {
            named: Named::from_approval(&approval),
            approval,
            order,
            fields: DecisionFields { vlan: None, inner_vlan: None, move_to: None, message: None },
            calls: Vec::new(),
            rule: None,
            quota: None,
            may_get_another_vlan: false,
            oversold: None,
        }
    }
}

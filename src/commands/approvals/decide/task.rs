//! A decision to carry out, and what is checked beside it.

use super::expect::Expected;
use crate::api::vlan::Vlan;
use crate::change::Together;
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::request::{Order, Prepared, Rule};
use crate::domain::approvals::Approval;
use crate::domain::ports::Excess;
use crate::error::Error;
use crate::ledger::Quota;

#[derive(Debug)]
pub(in crate::commands) struct Task {
    pub(crate) chosen: Chosen,
    pub(crate) order: Order,
    /// The policy rule behind it, for the ledger.
    pub(crate) rule: Option<Rule>,
    /// Why it must not be sent.
    pub(crate) stopped: Option<Error>,
    /// The request as listed or shown; it must be unchanged when decided.
    pub(crate) seen: Option<Approval>,
    /// The VLAN that the question about several showed; no other is sent.
    pub(crate) shown_vlan: Option<Vlan>,
    pub(crate) expected: Expected,
}

impl Task {
    /// A task without rule, earlier reading or expectations.
    pub(crate) fn new(chosen: Chosen, order: Order) -> Self {
        Task {
            chosen,
            order,
            rule: None,
            stopped: None,
            seen: None,
            shown_vlan: None,
            expected: Expected::default(),
        }
    }
}

/// Where decisions come from: the command line or a file, or a policy, which judges each request again once it has been read
/// again.
pub(in crate::commands) trait Origin {
    /// The decisions shown together, if not as what was read of their requests.
    fn together(&self, _width: Option<usize>) -> Option<Together<Excess>> {
        None
    }

    /// Whether a person may consent to exceed a limit.
    fn may_exceed(&self) -> bool {
        true
    }

    /// Takes what all decisions need before the first is made.
    async fn begin(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Why the decision no longer applies; the request is skipped.
    async fn refuses(&self, position: usize, prepared: &Prepared) -> Option<Error>;

    /// What the ledger must have room for when the decision is recorded.
    fn quota(&self, _position: usize, _prepared: &Prepared) -> Option<Quota> {
        None
    }

    /// Counts a decision that is about to be made, or was already.
    fn reserve(&self, _position: usize) {}

    /// Takes back [`Origin::reserve`] for a decision that was not made.
    fn release(&self, _position: usize) {}
}

impl Origin for () {
    async fn refuses(&self, _: usize, _: &Prepared) -> Option<Error> {
        None
    }
}

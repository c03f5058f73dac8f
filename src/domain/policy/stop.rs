//! Why a rule's verdict is not carried out.

use super::Verdict;

/// Why a decision is not made: a limit, a VLAN that is taken, or another person who has the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) verdict: Verdict,
    /// The limit, as in the file; [`Stop::MAX_SOLD`] for the oversubscription limit, [`Stop::VLAN`] for a VLAN.
    pub(crate) limit: &'static str,
    /// The explanation: `at most 10 decisions per run`.
    pub(crate) says: String,
}

impl Stop {
    /// The value of `limit` if the requested VLAN is taken: people have to choose another.
    pub(crate) const VLAN: &'static str = "vlan";
    /// The value of `limit` above the oversubscription limit.
    pub(crate) const MAX_SOLD: &'static str = "max_sold";
    /// The values of `limit` if another person has it in work, or must confirm it.
    pub(crate) const CLAIMED: &'static str = "claimed";
    pub(crate) const PROPOSED: &'static str = "proposed";

    /// Whether it is a limit; others only leave the request to people.
    pub(super) fn is_limit(&self) -> bool {
        !matches!(self.limit, Stop::VLAN | Stop::CLAIMED | Stop::PROPOSED)
    }
}

//! Why a rule's verdict is not carried out.

use super::Verdict;

/// Why a decision is not made: a limit, a VLAN that is taken, or another person who has the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) verdict: Verdict,
    pub(crate) by: StopBy,
    /// The explanation: `at most 10 decisions per run`.
    pub(crate) says: String,
}

/// What a decision is stopped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopBy {
    /// A limit of the policy, by its key in the file.
    Quota(&'static str),
    /// The oversubscription limit.
    MaxSold,
    /// The requested VLAN is taken, or none is free: people have to choose another.
    Vlan,
    /// Another person has the request in work.
    Claimed,
    /// Another person must confirm it.
    Proposed,
}

impl StopBy {
    /// The value of `stopped_by`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            StopBy::Quota(key) => key,
            StopBy::MaxSold => "max_sold",
            StopBy::Vlan => "vlan",
            StopBy::Claimed => "claimed",
            StopBy::Proposed => "proposed",
        }
    }
}

impl Stop {
    /// Whether it is a limit; others only leave the request to people.
    pub(super) fn is_limit(&self) -> bool {
        matches!(self.by, StopBy::Quota(_) | StopBy::MaxSold)
    }
}

//! Limits on what policies decide, checked against the ledger in the same step that records a decision.

use std::fmt;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::claim::Second;
use super::{Attempt, Entry, join};
use crate::error::Error;

/// What must hold for a decision to be recorded.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) second: Second,
    pub(crate) quota: Option<Quota>,
}

impl Terms {
    /// Nothing but that nobody else has the request.
    pub(crate) const NONE: Terms = Terms { second: Second::NotNeeded, quota: None };
}

/// Returns the error if one more decision is too many, after these.
type Check = dyn Fn(&[Attempt]) -> Option<Error>;

/// A limit on the decisions of policies.
#[derive(Clone)]
pub(crate) struct Quota {
    /// How far it looks back.
    longest: SignedDuration,
    check: Rc<Check>,
}

impl fmt::Debug for Quota {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "Quota({})", self.longest)
    }
}

impl Quota {
    /// `check` gets all decisions of policies that are at most `longest` old, of any company and backend, and returns the
    /// error if one more is too many.
    pub(crate) fn new(
        longest: SignedDuration,
        check: impl Fn(&[Attempt]) -> Option<Error> + 'static,
    ) -> Self {
        Quota { longest, check: Rc::new(check) }
    }
}

/// The decisions of policies that quotas count.
pub(super) struct PastDecisions(Vec<Attempt>);

impl PastDecisions {
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        PastDecisions(join(entries))
    }

    /// Why one more is too many.
    pub(super) fn refusal(&self, quota: &Quota) -> Option<Error> {
        (quota.check)(&self.0)
    }

    /// Counts a decision that is recorded now.
    pub(super) fn count(&mut self, entry: &Entry) {
        if is_by_rule(entry) {
            self.0.push(Attempt { sent: entry.clone(), answered: None });
        }
    }
}

/// The time after which decisions are counted for these entries, whose quotas they are; `None` if none has any.
pub(super) fn counted_since<'a>(
    quotas: impl Iterator<Item = (&'a Entry, Option<&'a Quota>)>,
) -> Option<Timestamp> {
    let since = |(entry, quota): (&Entry, Option<&Quota>)| {
        quota.map(|quota| entry.at.saturating_sub(quota.longest).unwrap_or(Timestamp::MIN))
    };
    quotas.filter_map(since).min()
}

pub(super) fn is_by_rule(entry: &Entry) -> bool {
    entry.object.rule.is_some()
}

//! Limits on what policies decide, checked against the ledger in the same step that records a decision.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::claim::Second;
use super::{Attempt, Entry, Step, join};
use crate::error::Error;
use crate::text::Uid;

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
type Check = dyn Fn(&PastDecisions) -> Option<Error>;

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
        check: impl Fn(&PastDecisions) -> Option<Error> + 'static,
    ) -> Self {
        Quota { longest, check: Rc::new(check) }
    }
}

/// The decisions of policies that quotas count: each request once, however many attempts or proposals there were.
#[derive(Debug, Default)]
pub(crate) struct PastDecisions(HashMap<Request, Attempt>);

/// The backend, and the ID.
type Request = (String, Uid);

impl PastDecisions {
    /// Those that these lines tell of, and that are not known to have come to nothing.
    pub(super) fn new(entries: Vec<Entry>) -> Self {
        let mut past = PastDecisions::default();
        join(entries).into_iter().for_each(|attempt| past.add(attempt));
        past
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Attempt> {
        self.0.values()
    }

    /// Why one more is too many.
    pub(super) fn refusal(&self, quota: &Quota) -> Option<Error> {
        (quota.check)(self)
    }

    /// Counts a decision that is recorded now, or proposed.
    pub(super) fn count(&mut self, entry: &Entry) {
        if is_by_rule(entry) {
            self.add(Attempt { sent: entry.clone(), answered: None });
        }
    }

    fn add(&mut self, attempt: Attempt) {
        let Entry { backend, object, .. } = &attempt.sent;
        let request = (backend.clone(), object.id.clone());
        if attempt.sent.step == Step::Dropped {
            if self.0.get(&request).is_some_and(|known| known.sent.step == Step::Proposed) {
                self.0.remove(&request);
            }
        } else if matches!(attempt.outcome(), "done" | "already" | "unknown" | "proposed") {
            self.0.insert(request, attempt);
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

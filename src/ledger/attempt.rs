//! The lines of one attempt at a change, joined.

use std::collections::HashMap;

use super::{Entry, Step};

/// One attempt at a change: as it was sent, and how it ended, if a line says so.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) sent: Entry,
    pub(crate) answered: Option<Entry>,
}

impl Attempt {
    /// The outcome; unknown if the run was interrupted before the second line.
    pub(crate) fn outcome(&self) -> &str {
        self.answered.as_ref().and_then(|entry| entry.outcome.as_deref()).unwrap_or("unknown")
    }
}

/// An attempt that nothing says the end of.
#[derive(Debug, Clone)]
pub(crate) struct OpenAttempt {
    pub(crate) entry: Entry,
    /// Whether whoever made it has had all the time they could have.
    pub(crate) is_over: bool,
}

/// Joins the lines of each attempt, oldest first. Lines of other machines may have been imported later.
pub(crate) fn join(entries: Vec<Entry>) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for entry in entries {
        let attempt = places.get(&entry.attempt).and_then(|&place| attempts.get_mut(place));
        match (entry.step, attempt) {
            (Step::Answered | Step::Closed, Some(attempt)) => {
                // The sender's own result takes precedence over a later read.
                let answered = attempt.answered.take();
                attempt.answered = answered
                    .filter(|known| known.is_conclusive() && entry.step == Step::Closed)
                    .or(Some(entry));
            }
            // Another form of the same request, or the same again: how that ended, later lines say.
            (Step::Sending, Some(attempt)) => attempt.answered = None,
            (Step::Claimed | Step::Released | Step::Proposed | Step::Dropped, Some(_)) => {}
            (step, None) => {
                places.insert(entry.attempt.clone(), attempts.len());
                let answered = (step != Step::Sending).then(|| entry.clone());
                attempts.push(Attempt { sent: entry, answered });
            }
        }
    }
    attempts.sort_by_key(|attempt| attempt.sent.at);
    attempts
}

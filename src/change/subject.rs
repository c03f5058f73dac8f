//! What a report tells of the thing a change was made to.

use serde_json::{Map, Value};

use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::error::Hint;

/// What a report tells of the thing a change was made to.
pub(crate) trait Subject: Sized {
    /// What a row of the batch document has beside id, decision, outcome, error and notes; null where nothing was read.
    fn fields(seen: Option<&Self>) -> Map<String, Value>;

    /// What it is, in a few words: "connection request from Globex Bank, 500 Mbps on SYD1-A".
    fn sentence(&self) -> String;

    /// How one ended that is as asked: "accepted 7c1e09ab: connection request from Globex Bank, 500 Mbps on SYD1-A".
    fn line(outcome: &Outcome<Self>) -> String {
        let Outcome { id, action: Action { participle, .. }, .. } = outcome;
        let what = outcome.seen.as_ref().map(|seen| format!(": {}", seen.sentence())).unwrap_or_default();
        match outcome.kind {
            OutcomeKind::Already => format!("{id} is already {participle}{what}"),
            _ => format!("{participle} {id}{what}"),
        }
    }

    /// What people read of how it ended, on stdout.
    fn lines(outcome: &Outcome<Self>) -> Vec<String> {
        if outcome.kind.is_ok() { vec![Self::line(outcome)] } else { Vec::new() }
    }

    /// Whether it can still be changed: nobody else has settled it.
    fn is_open(&self) -> bool {
        true
    }

    /// Where to see what was done, if it couldn't be written.
    fn look(&self) -> Hint {
        "see the output above".into()
    }
}

//! The record of a single change.

use serde_json::{Map, Value};

use crate::change::document;
use crate::change::outcome::Outcome;
use crate::change::subject::Subject;
use crate::error::Hint;

/// What was changed, as it is now.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// What people read of it.
    pub(crate) lines: Vec<String>,
    /// What programs read of it.
    pub(crate) value: Value,
    /// What was done, in one line.
    pub(crate) done: String,
    /// Where to see it, if it couldn't be written.
    pub(crate) look: Hint,
}

impl Subject for Record {
    fn fields(_: Option<&Self>) -> Map<String, Value> {
        Map::new()
    }

    fn sentence(&self) -> String {
        self.done.clone()
    }

    fn line(outcome: &Outcome<Self>) -> String {
        outcome.seen.as_ref().map_or_else(|| outcome.id.clone(), Record::sentence)
    }

    fn lines(outcome: &Outcome<Self>) -> Vec<String> {
        outcome.seen.as_ref().map(|record| record.lines.clone()).unwrap_or_default()
    }

    fn look(&self) -> Hint {
        self.look.clone()
    }
}

/// The fields of a row of a dry run, for a command whose results have these.
pub(crate) fn dry_run_fields(of_results: Vec<String>) -> Vec<String> {
    let is_batch = of_results.iter().any(|field| field == "decision");
    let mut fields = if is_batch { of_results } else { document::fields::<Record>() };
    fields.extend(["method", "path", "body"].map(str::to_owned));
    fields
}

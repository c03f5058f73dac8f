//! One change by itself, whose result is a record of its own and not a row of several.

use serde_json::{Map, Value};

use crate::change::consent::Permit;
use crate::change::document::{Subject, conclusion};
use crate::change::outcome::Outcome;
use crate::change::plan::Change;
use crate::change::report;
use crate::change::run::{Manner, run};
use crate::exit::Exit;
use crate::session::context::Context;

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
    pub(crate) look: String,
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

    fn look(&self) -> &str {
        &self.look
    }
}

/// Carries it out as the permit says, and writes its record. `next` says what to do with what was done.
pub(crate) async fn run_one<C: Change<Item = (), Seen = Record>>(
    context: &Context,
    permit: Permit,
    change: &mut C,
    next: impl FnOnce(&Outcome<Record>),
) -> anyhow::Result<Exit> {
    let manner = Manner { asks_about_one: permit.must_ask, ..Manner::default() };
    let report = Box::pin(run(context, &permit, change, vec![()], manner)).await?;
    let write = |outcomes: &[Outcome<Record>]| {
        let Some(outcome) = outcomes.first() else { return Ok(()) };
        if let Some(record) = &outcome.seen {
            report::write_record(context, outcome, &record.value)?;
        }
        if outcome.kind.is_ok() {
            next(outcome);
        }
        Ok(())
    };
    report.end(context, permit, write, conclusion)
}

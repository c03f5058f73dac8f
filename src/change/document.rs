//! JSON documents of changes (batch and dry run).

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::subject::Subject;
use crate::domain::approvals::Account;
use crate::error::{Error, Invocation};
use crate::exit::Exit;
use crate::ledger::Head;
use crate::render::error::object;
use crate::render::fields;

/// The schema of what was done.
const BATCH: &str = "portgate.batch/v1";
/// The schema of what would be done.
const DRY_RUN: &str = "portgate.dry-run/v1";

/// A document with the managed account that it was done on behalf of, where it was.
pub(crate) fn on_behalf_of(mut document: Value, account: Option<&Account>) -> Value {
    if let (Some(fields), Some(account)) = (document.as_object_mut(), account) {
        fields.shift_insert(1, "on_behalf_of".to_owned(), json!(account));
    }
    document
}

/// How many ended how: `ok` counts done and already, `failed` conflicts as well.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    ok: usize,
    failed: usize,
    /// Not allowed: by a limit, or by the role.
    refused: usize,
    unknown: usize,
    /// Declined, or not tried.
    skipped: usize,
    /// To be confirmed by a second person.
    proposed: usize,
}

impl Summary {
    /// Of these outcomes, and so many more that were not tried.
    pub(crate) fn count<S>(outcomes: &[Outcome<S>], skipped: usize) -> Self {
        let mut summary = Summary { skipped, ..Summary::default() };
        outcomes.iter().for_each(|outcome| summary.add(outcome.kind));
        summary
    }

    pub(super) fn add(&mut self, kind: OutcomeKind) {
        let count = match kind {
            OutcomeKind::Done | OutcomeKind::Already => &mut self.ok,
            OutcomeKind::Unknown => &mut self.unknown,
            OutcomeKind::Skipped => &mut self.skipped,
            OutcomeKind::Proposed => &mut self.proposed,
            OutcomeKind::Refused => &mut self.refused,
            OutcomeKind::Conflict | OutcomeKind::Failed => &mut self.failed,
        };
        *count += 1;
    }

    pub(super) fn ended_count(&self) -> usize {
        self.ok + self.counts_not_ok().map(|(count, ..)| count).sum::<usize>()
    }

    /// Those that are not ok, for people: 2 failed, 1 not allowed.
    pub(crate) fn counts_not_ok(&self) -> impl Iterator<Item = (usize, OutcomeKind, &'static str)> {
        let Summary { failed, refused, unknown, skipped, proposed, .. } = *self;
        let counts = [
            (failed, OutcomeKind::Failed, "failed"),
            (refused, OutcomeKind::Refused, "not allowed"),
            (unknown, OutcomeKind::Unknown, "with unknown outcome"),
            (skipped, OutcomeKind::Skipped, "skipped"),
            (proposed, OutcomeKind::Proposed, "proposed"),
        ];
        counts.into_iter().filter(|(count, ..)| *count > 0)
    }
}

/// The document for these outcomes, with so many more that nothing was tried of; `call` is for what errors propose, and
/// `head` the end of the ledger that has them.
pub(crate) fn batch<S: Subject>(
    outcomes: &[Outcome<S>],
    skipped: usize,
    call: &Invocation,
    head: Option<&Head>,
) -> Value {
    let summary = Summary::count(outcomes, skipped);
    let rows: Vec<Value> = outcomes.iter().map(|outcome| row(outcome, call)).collect();
    let head = head.map(|head| &head.hash);
    json!({ "schema": BATCH, "summary": summary, "ledger_head": head, "results": rows })
}

/// The fields of a row.
pub(crate) fn fields<S: Subject>() -> Vec<String> {
    let action = Action { verb: "", participle: "" };
    fields::paths_of(&row::<S>(
        &Outcome::failure("", action, Error::new(Exit::Other, "")),
        &Invocation::default(),
    ))
}

/// What programs read of an outcome; `call` is for what its error proposes.
pub(super) fn row<S: Subject>(outcome: &Outcome<S>, call: &Invocation) -> Value {
    let error = outcome.error.as_ref().map_or(Value::Null, |error| {
        object(&error.clone().into(), call).get_mut("error").map(Value::take).unwrap_or_default()
    });
    let mut row = Map::new();
    row.insert("id".to_owned(), json!(outcome.id));
    row.insert("decision".to_owned(), json!(outcome.action.verb));
    row.insert("outcome".to_owned(), json!(outcome.kind));
    row.insert("error".to_owned(), error);
    row.extend(S::fields(outcome.seen.as_ref()));
    row.insert("notes".to_owned(), json!(outcome.all_notes().collect::<Vec<_>>()));
    Value::Object(row)
}

/// The document of a dry run: the requests that would be sent, and how the others ended without.
pub(crate) fn dry_run(would_send: Vec<Value>, settled: Value) -> Value {
    json!({ "schema": DRY_RUN, "would_send": would_send, "settled": settled })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;

    impl Subject for Thing {
        fn fields(_: Option<&Self>) -> Map<String, Value> {
            Map::new()
        }

        fn sentence(&self) -> String {
            String::new()
        }
    }

    const ACCEPT: Action = Action { verb: "accept", participle: "accepted" };

    #[test]
    fn the_summary_counts_what_is_as_asked_and_what_nobody_knows() {
        let kinds = [
            OutcomeKind::Done,
            OutcomeKind::Already,
            OutcomeKind::Conflict,
            OutcomeKind::Refused,
            OutcomeKind::Failed,
            OutcomeKind::Unknown,
            OutcomeKind::Skipped,
        ];
        let outcomes = kinds.map(|kind| Outcome::<Thing>::new("x", ACCEPT, kind));
        let document = batch(&outcomes, 2, &Invocation::default(), None);
        assert_eq!(
            document["summary"],
            json!({"ok": 2, "failed": 2, "refused": 1, "unknown": 1, "skipped": 3, "proposed": 0})
        );
        let words: Vec<&str> = document["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(words, kinds.map(OutcomeKind::word));
    }
}

//! The document `activate` and `deactivate` print, for one key or many, and their exit code.

use serde::Serialize;
use serde_json::{Value, json};

use crate::commands::approvals::decision::OutcomeKind;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::error::object;
use crate::render::fields::Known;

/// The fields of one result.
pub(in crate::commands) const FIELDS: Known = &["key", "action", "outcome", "error.*", "state", "notes"];

/// What became of one key.
pub(super) struct Outcome {
    /// Its first eight characters, as it was given where it wasn't found.
    pub key: String,
    /// How it ended.
    pub kind: OutcomeKind,
    /// What went wrong, unless it is as asked.
    pub error: Option<Error>,
    /// Its description and state as read back.
    pub seen: Option<crate::domain::keys::KeyRecord>,
    /// What else a person should know.
    pub notes: Vec<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    key: &'a str,
    action: &'a str,
    outcome: OutcomeKind,
    error: Value,
    state: Option<crate::domain::keys::State>,
    notes: &'a [String],
}

/// The document: `portgate.batch/v1`.
pub(super) fn document(action: &str, outcomes: &[Outcome]) -> Value {
    let count = |kinds: &[OutcomeKind]| outcomes.iter().filter(|one| kinds.contains(&one.kind)).count();
    let results: Vec<Row<'_>> = outcomes
        .iter()
        .map(|one| Row {
            key: &one.key,
            action,
            outcome: one.kind,
            error: one.error.as_ref().map_or(Value::Null, |error| {
                object(&error.clone().into()).get_mut("error").map(Value::take).unwrap_or_default()
            }),
            state: one.seen.as_ref().map(|seen| seen.state),
            notes: &one.notes,
        })
        .collect();
    json!({
        "schema": "portgate.batch/v1",
        "summary": {
            "ok": count(&[OutcomeKind::Done, OutcomeKind::Already]),
            "failed": count(&[OutcomeKind::Failed, OutcomeKind::Conflict, OutcomeKind::Refused]),
            "unknown": count(&[OutcomeKind::Unknown]),
            "skipped": count(&[OutcomeKind::Skipped]),
        },
        "results": results,
    })
}

/// The exit code of the whole: for one key its own, for several 12 as soon as one failed.
pub(super) fn conclusion(outcomes: &[Outcome]) -> Result<Exit, Error> {
    let failed: Vec<&Error> = outcomes.iter().filter_map(|one| one.error.as_ref()).collect();
    match (outcomes.len(), failed.first()) {
        (_, None) => Ok(Exit::Done),
        (1, Some(&error)) => Err(error.clone()),
        (all, Some(_)) => {
            let named: Vec<&str> =
                outcomes.iter().filter(|one| one.error.is_some()).map(|one| one.key.as_str()).collect();
            Err(Error::new(Exit::Partial, format!("{} of {all} failed", failed.len()))
                .hint(format!("once the cause is mended, name these again: {}", named.join(" "))))
        }
    }
}

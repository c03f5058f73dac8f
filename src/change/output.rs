//! Writes the document of a run, or the record of a single change, for programs. What can't be written is shown on stderr.

use serde_json::{Value, json};

use crate::change::document::{batch, dry_run, on_behalf_of};
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::renderer::{Event, show};
use crate::change::subject::Subject;
use crate::change::unwritten::{look, reason_of, write_error};
use crate::error::Error;
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::session::context::Context;

/// Writes the document for programs; `skipped` more were not tried.
pub(crate) fn write<S: Subject>(
    context: &Context,
    outcomes: &[Outcome<S>],
    skipped: usize,
) -> anyhow::Result<()> {
    if context.tells_people() {
        return Ok(());
    }
    let head = context.ledger_head();
    let document = batch(outcomes, skipped, &context.invocation(), head.as_ref());
    let document = on_behalf_of(document, context.account());
    let Err(error) = context.write_document(&document, "results") else {
        return Ok(());
    };
    for outcome in outcomes {
        let line = match &outcome.error {
            None => S::line(outcome),
            Some(error) => format!("{}: {}: {error}", outcome.id, outcome.kind.word()),
        };
        show(context, &Event::Said(&line));
    }
    let is_made = |one: &Outcome<S>| one.kind.is_ok() || one.kind == OutcomeKind::Unknown;
    match outcomes.iter().any(is_made) {
        true => Err(write_error(reason_of(&error), "it is named above".into())),
        false => Err(Error::new(Exit::Other, "could not write the result")
            .reason(reason_of(&error))
            .hint("nothing was changed; see above")
            .into()),
    }
}

/// Writes the document of a dry run: what would be sent, and how the others end. As rows, in one list.
pub(super) fn write_dry_run<S: Subject>(
    context: &Context,
    outcomes: &[Outcome<S>],
    would_send: Vec<Value>,
) -> anyhow::Result<()> {
    let settled = batch(outcomes, 0, &context.invocation(), None);
    match context.output {
        _ if context.tells_people() => {}
        OutputFormat::Table | OutputFormat::Csv | OutputFormat::Jsonl => {
            let mut rows = would_send;
            rows.extend(settled["results"].as_array().cloned().unwrap_or_default());
            context.write_document(&json!({ "rows": rows }), "rows")?;
        }
        _ => {
            let document = on_behalf_of(dry_run(would_send, settled), context.account());
            context.write_document(&document, "would_send")?;
        }
    }
    Ok(context.terminal.flush()?)
}

/// Writes the record that a change by itself has made, for programs: people were told.
pub(crate) fn write_record<S: Subject>(
    context: &Context,
    outcome: &Outcome<S>,
    record: &Value,
) -> anyhow::Result<()> {
    if context.tells_people() {
        return Ok(());
    }
    // A record has no room for them.
    for note in outcome.all_notes() {
        show(context, &Event::Noted { about: None, note });
    }
    context.write_record(&[], record).map_err(|error| unwritten_error(context, outcome, &error))
}

/// The error for a result that could not be written; the result is shown on stderr.
pub(crate) fn unwritten_error<S: Subject>(
    context: &Context,
    outcome: &Outcome<S>,
    error: &anyhow::Error,
) -> anyhow::Error {
    show(context, &Event::Said(&S::line(outcome)));
    write_error(reason_of(error), look(outcome))
}

//! Tells people and programs how changes ended. Nothing of what was done may get lost with a stdout that takes nothing.

use serde_json::{Value, json};

use crate::change::document::{Subject, batch, dry_run};
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::error::Error;
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::render::error::Style;
use crate::session::context::Context;
use crate::text::words;

/// Says how one ended: the result on stdout, what went wrong on stderr. One that stands alone ends the run with its error,
/// which is told there.
pub(crate) fn tell<S: Subject>(context: &Context, outcome: &Outcome<S>, alone: bool) -> anyhow::Result<()> {
    let mut written = Ok(());
    match &outcome.error {
        _ if outcome.kind.is_ok() => {
            let line = line(outcome);
            written = context.terminal.result_line(&line).and_then(|()| context.terminal.flush());
            if context.terminal.is_lost() {
                context.terminal.say(&line);
            }
        }
        // It is no failure of its own: the whole ends with the signal.
        Some(error) if error.exit.is_signal() => context.terminal.say(&error.message),
        Some(error) if !alone => {
            // Among several, each says which one it is about.
            let mut error = error.clone();
            if !error.message.contains(&outcome.id) {
                error.message = format!("{}: {}", outcome.id, error.message);
            }
            crate::render::error::print(&context.terminal, Style::Text, &error.into());
        }
        _ => {}
    }
    for note in &outcome.notes {
        context.terminal.say(&format!("note: {note}"));
    }
    written.map_err(|error| unwritten(error.to_string(), "see the lines above"))
}

/// Writes the document for programs; `skipped` more were not tried.
pub(crate) fn write<S: Subject>(
    context: &Context,
    outcomes: &[Outcome<S>],
    skipped: usize,
) -> anyhow::Result<()> {
    let Err(error) = context.write_document(&batch(outcomes, skipped), "results") else { return Ok(()) };
    for outcome in outcomes {
        let line = match &outcome.error {
            None => line(outcome),
            Some(error) => format!("{}: {}: {error}", outcome.id, outcome.kind.name()),
        };
        context.terminal.say(&line);
    }
    Err(unwritten(reason_of(&error), "it is named above"))
}

/// Writes the document of a dry run: what would be sent, and how the others end. As rows, in one list.
pub(crate) fn write_dry_run<S: Subject>(
    context: &Context,
    outcomes: &[Outcome<S>],
    would_send: Vec<Value>,
) -> anyhow::Result<()> {
    let settled = batch(outcomes, 0);
    match context.output {
        _ if context.tells_people() => {}
        OutputFormat::Table | OutputFormat::Csv | OutputFormat::Jsonl => {
            let mut rows = would_send;
            rows.extend(settled["results"].as_array().cloned().unwrap_or_default());
            context.write_document(&json!({ "rows": rows }), "rows")?;
        }
        _ => context.write_document(&dry_run(would_send, Some(settled)), "would_send")?,
    }
    Ok(context.terminal.flush()?)
}

/// Writes the record of a single change, lines for people; `done` says it on stderr where that fails.
pub(crate) fn write_record(
    context: &Context,
    lines: &[String],
    record: &Value,
    done: &str,
    look: &str,
) -> anyhow::Result<()> {
    context.write_record(lines, record).map_err(|error| {
        context.terminal.say(done);
        unwritten(reason_of(&error), look)
    })
}

/// "accepted 7c1e09ab…: connection request of Globex Bank: 500 Mbps on SYD1-A, VLAN 1201"
fn line<S: Subject>(outcome: &Outcome<S>) -> String {
    let already = if outcome.kind == OutcomeKind::Already { "already " } else { "" };
    let what = outcome.seen.as_ref().map(|seen| format!(": {}", seen.sentence())).unwrap_or_default();
    format!("{already}{} {}{what}", outcome.action.participle, outcome.id)
}

/// The error of a signal: how many were sent before it, and how many not.
pub(crate) fn interruption<S>(exit: Exit, outcomes: &[Outcome<S>]) -> Error {
    let of_kinds =
        |kinds: &[OutcomeKind]| outcomes.iter().filter(|outcome| kinds.contains(&outcome.kind)).count();
    let left = words::count(of_kinds(&[OutcomeKind::Skipped]), "was", "were");
    let sent = match of_kinds(&[OutcomeKind::Done, OutcomeKind::Unknown]) {
        0 => "nothing was sent".to_owned(),
        sent => format!("{} sent", words::count(sent, "change was", "changes were")),
    };
    Error::new(exit, format!("interrupted; {sent}, {left} not tried"))
}

fn reason_of(error: &anyhow::Error) -> String {
    match Error::of(error) {
        Some(Error { message, reason: Some(reason), .. }) => format!("{message}: {reason}"),
        Some(known) => known.message.clone(),
        None => error.to_string(),
    }
}

fn unwritten(why: String, look: &str) -> anyhow::Error {
    Error::new(Exit::Other, "the result could not be written as asked")
        .because(why)
        .hint(format!("what was done stays done: {look}"))
        .into()
}

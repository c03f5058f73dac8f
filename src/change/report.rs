//! Reports changes to people and programs. Results must not be lost if stdout can't be written.

use serde_json::{Value, json};

use crate::change::conclusion::{Retry, Wording, conclusion, hint_on_unknown};
use crate::change::consent::Permit;
use crate::change::document::{batch, dry_run, on_behalf_of};
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::renderer::{Event, Renderer};
use crate::change::stop::Stop;
use crate::change::subject::Subject;
use crate::change::unsent::Unsent;
use crate::change::unwritten::{look, reason_of, write_error};
use crate::error::Error;
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::session::context::Context;
use crate::text::words;

/// How all of them ended.
pub(crate) struct Report<S> {
    /// How each ended, but for those that a dry run would send.
    pub(crate) outcomes: Vec<Outcome<S>>,
    /// What a dry run would send.
    pub(super) would_send: Vec<Value>,
    all: usize,
    /// How many were not tried.
    pub(crate) left: usize,
    /// The signal that stopped the run.
    pub(crate) stopped_by: Option<Exit>,
    /// A result that could not be written.
    unwritten: Option<anyhow::Error>,
    /// Whether notes that several have are still to be told.
    has_untold_notes: bool,
    /// Those that were not sent because the run ended before, until people are told.
    unsent: Unsent,
    /// How those that failed are sent again.
    pub(crate) retry: Retry,
}

impl<S: Subject> Report<S> {
    pub(crate) fn new(all: usize) -> Self {
        let (outcomes, would_send) = (Vec::new(), Vec::new());
        Report {
            outcomes,
            would_send,
            all,
            left: 0,
            stopped_by: None,
            unwritten: None,
            has_untold_notes: false,
            unsent: Unsent::default(),
            retry: Retry::default(),
        }
    }

    /// Adds what was carried out by itself.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.outcomes.extend(other.outcomes);
        self.all += other.all;
        self.stopped_by = self.stopped_by.or(other.stopped_by);
        self.unwritten = self.unwritten.take().or(other.unwritten);
        self.has_untold_notes |= other.has_untold_notes;
    }

    /// Reports an outcome. A result that can't be written must not stop the others.
    pub(super) fn add(&mut self, renderer: &Renderer<'_>, ended: Outcome<S>) {
        let told = renderer.end(&ended);
        self.unwritten = self.unwritten.take().or(told.err());
        self.has_untold_notes |= renderer.many && ended.common_note.is_some();
        self.outcomes.push(ended);
    }

    /// Adds a change that a signal or the end of the run has left unsent.
    pub(super) fn leave(&mut self, (id, action): (String, Action), stop: Stop) {
        let (exit, why, is_wish) = match stop {
            Stop::Signal(exit) => (exit, "interrupted".to_owned(), true),
            Stop::Halt(why) => (why.exit, why.message, false),
        };
        if is_wish {
            self.stopped_by = Some(exit);
        }
        self.unsent.add(&id, &why, is_wish);
        let error = Error::new(exit, format!("{id} was not sent: {why}")).about(&id);
        self.outcomes.push(Outcome::new(id, action, OutcomeKind::Skipped).error(error));
    }

    /// Tells people what was not sent.
    pub(super) fn tell_unsent(&mut self, renderer: &Renderer<'_>, noun: &str) {
        if renderer.context.tells_people() {
            for group in self.unsent.take() {
                renderer.show(&Event::Unsent { line: group.line(noun), by_signal: group.by_signal });
            }
        }
    }

    /// How the run ends: with the signal that stopped it, a result that wasn't written, or the exit code of all outcomes; a dry
    /// run with what the profile in use has against the real one. `write` writes what programs read of the outcomes.
    pub(crate) fn end(
        mut self,
        context: &Context,
        permit: Permit,
        write: impl FnOnce(&[Outcome<S>]) -> anyhow::Result<()>,
    ) -> anyhow::Result<Exit> {
        if self.has_untold_notes && context.tells_people() {
            for note in common_notes(&self.outcomes) {
                context.terminal.say(&note);
            }
        }
        let written = match permit.dry_run {
            true => write_dry_run(context, &self.outcomes, std::mem::take(&mut self.would_send)),
            false => write(&self.outcomes),
        };
        let unwritten = self.unwritten.or(written.err());
        let told =
            Wording { is_dry_run: permit.dry_run, is_above: context.tells_people(), retry: self.retry };
        let ended = match (self.stopped_by, conclusion(&self.outcomes, self.all, told)) {
            (Some(exit), _) => Err(interruption(exit, &self.outcomes, self.left).into()),
            // The error of a single change takes precedence over an unwritten result.
            (None, Err(error)) if self.all == 1 => {
                if let Some(unwritten) = unwritten {
                    context.terminal.warn(&unwritten.to_string());
                }
                Err(error.into())
            }
            (None, concluded) => unwritten.map_or_else(|| Ok(concluded?), Err),
        };
        if let waiting @ 1.. = context.waiting_entries() {
            let entries = words::count(
                waiting,
                "entry kept on this machine waits",
                "entries kept on this machine wait",
            );
            context.terminal.warn(&format!("{entries} to be recorded: portgate ledger sync"));
        }
        if let Some(head) = context.ledger_head().filter(|_| context.globals.verbose > 0) {
            context.terminal.say(&format!("ledger head: {}", head.hash));
        }
        permit.end(context, ended)
    }
}

/// The notes that several changes have, each with their number: "note (8 of 11): your reason was sent as a comment".
fn common_notes<S>(outcomes: &[Outcome<S>]) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for note in outcomes.iter().filter_map(|one| one.common_note.as_deref()) {
        match counts.iter_mut().find(|(known, _)| *known == note) {
            Some((_, count)) => *count += 1,
            None => counts.push((note, 1)),
        }
    }
    let all = outcomes.len();
    let line = |(note, count): (&str, usize)| match all {
        1 => format!("note: {note}"),
        _ if count == all => format!("note (all {all}): {note}"),
        _ => format!("note ({count} of {all}): {note}"),
    };
    counts.into_iter().map(line).collect()
}

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
        context.terminal.say(&line);
    }
    let is_made = |one: &Outcome<S>| one.kind.is_ok() || one.kind == OutcomeKind::Unknown;
    match outcomes.iter().any(is_made) {
        true => Err(write_error(reason_of(&error), "it is named above".into())),
        false => Err(Error::new(Exit::Other, "could not write the result")
            .because(reason_of(&error))
            .hint("nothing was changed; see above")
            .into()),
    }
}

/// Writes the document of a dry run: what would be sent, and how the others end. As rows, in one list.
fn write_dry_run<S: Subject>(
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
        context.terminal.say(&format!("note: {note}"));
    }
    context.write_record(&[], record).map_err(|error| unwritten_error(context, outcome, &error))
}

/// The error for a result that could not be written; the result is shown on stderr.
pub(crate) fn unwritten_error<S: Subject>(
    context: &Context,
    outcome: &Outcome<S>,
    error: &anyhow::Error,
) -> anyhow::Error {
    context.terminal.say(&S::line(outcome));
    write_error(reason_of(error), look(outcome))
}

/// The error after a signal: the outcome of a single change, or how many were sent and how many not.
fn interruption<S: Subject>(exit: Exit, outcomes: &[Outcome<S>], left: usize) -> Error {
    let count = |kinds: &[OutcomeKind]| outcomes.iter().filter(|one| kinds.contains(&one.kind)).count();
    if let ([one], 0) = (outcomes, left) {
        let error = one.error.clone().unwrap_or_else(|| Error::new(exit, S::line(one)));
        return match one.kind {
            // Hints are only kept for partly sent changes.
            OutcomeKind::Skipped if error.hints.is_empty() => {
                Error::new(exit, "interrupted; nothing was sent")
            }
            OutcomeKind::Unknown | OutcomeKind::Skipped => {
                Error { exit, message: format!("interrupted; {}", error.message), ..error }
            }
            _ => {
                let message = format!("interrupted; the change in progress was completed: {}", error.message);
                Error { exit, message, ..error }
            }
        };
    }
    let counts = [
        (count(&[OutcomeKind::Done, OutcomeKind::Already]), "change is done", "changes are done"),
        (count(&[OutcomeKind::Proposed]), "was proposed", "were proposed"),
        (count(&[OutcomeKind::Failed, OutcomeKind::Refused, OutcomeKind::Conflict]), "failed", "failed"),
        (count(&[OutcomeKind::Unknown]), "has an unknown outcome", "have an unknown outcome"),
    ];
    let untried = left + count(&[OutcomeKind::Skipped]);
    let error = if counts.iter().all(|(count, ..)| *count == 0) {
        Error::new(exit, "interrupted; nothing was sent")
    } else {
        let counts = counts.into_iter().chain([(untried, "was not tried", "were not tried")]);
        let counts = counts.filter(|(count, ..)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, one, many)| words::count(count, one, many)).collect();
        Error::new(exit, format!("interrupted; {}", counts.join(", ")))
    };
    match hint_on_unknown(outcomes) {
        None => error,
        Some(hint) => error.hint(hint),
    }
}

//! Keeps how all changes ended, and ends the run. Results must not be lost if stdout can't be written.

use serde_json::Value;

use crate::change::conclusion::{Retry, Wording, conclusion, hint_on_unknown};
use crate::change::consent::Permit;
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::output::write_dry_run;
use crate::change::renderer::{Event, Renderer, show};
use crate::change::stop::Stop;
use crate::change::subject::Subject;
use crate::change::unsent::Unsent;
use crate::error::Error;
use crate::exit::Exit;
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
        let (why, is_wish) = match stop {
            Stop::Signal(exit) => (Error::new(exit, "interrupted"), true),
            Stop::Halt(why) => (why, false),
        };
        if is_wish {
            self.stopped_by = Some(why.exit);
        }
        self.unsent.add(&id, &why.message, is_wish);
        let message = format!("{id} was not sent: {}", why.message);
        let error = Error::new(why.exit, message).of_kind(why.kind).resource(&id);
        self.outcomes.push(Outcome::new(id, action, OutcomeKind::Skipped).error(error));
    }

    /// Tells people what was not sent.
    pub(super) fn tell_unsent(&mut self, renderer: &Renderer<'_>, noun: &str) {
        if renderer.context.tells_people() {
            for group in self.unsent.take() {
                let line = group.line(noun);
                show(renderer.context, &Event::Unsent { line, by_signal: group.by_signal });
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
            common_notes(&self.outcomes).iter().for_each(|note| show(context, &Event::Said(note)));
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
                    show(context, &Event::Warned(&unwritten.to_string()));
                }
                Err(error.into())
            }
            (None, concluded) => unwritten.map_or_else(|| Ok(concluded?), Err),
        };
        let head = context.ledger_head().filter(|_| context.globals.verbose > 0);
        show(context, &Event::Recorded { kept: context.waiting_entries(), head });
        permit.end(ended, |error| show(context, &Event::Warned(&error.to_string())))
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
            OutcomeKind::Unknown | OutcomeKind::Skipped | OutcomeKind::Conflict => {
                Error { exit, message: format!("interrupted; {}", error.message), ..error }
            }
            kind => {
                let how = if kind.is_ok() { "was completed" } else { "failed" };
                let message = format!("interrupted; the change in progress {how}: {}", error.message);
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

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;

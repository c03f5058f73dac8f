//! One attempt at a change, and whether another may follow.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::stage::Track;
use crate::error::Error;

/// Earlier attempts without effect.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// What joins its lines in the ledger, once it was sent.
    pub(super) id: OnceCell<String>,
    /// The failure of an attempt that may still take effect.
    pub(super) lost: Option<Box<Error>>,
    /// Pauses that a rate limit asked for so far.
    pub(super) pauses: u32,
    /// How often it was refused and prepared anew.
    pub(super) other_ways: u32,
    pub(super) track: Rc<Track>,
}

impl Attempt {
    /// The first one: only a run has it, so that nothing is sent in a dry run.
    pub(super) fn first(track: &Rc<Track>) -> Self {
        Attempt { id: OnceCell::new(), lost: None, pauses: 0, other_ways: 0, track: Rc::clone(track) }
    }

    /// The first one of what is sent next within the same change.
    pub(crate) fn for_next_step(&self) -> Self {
        Attempt::first(&self.track)
    }
}

/// The result of sending a change.
pub(crate) enum Sent<S> {
    Ended(Outcome<S>),
    Again(Again<S>),
}

/// Nothing has changed: it may be sent again.
pub(crate) struct Again<S> {
    /// Not before this.
    pub(super) pause: Duration,
    pub(super) attempt: Attempt,
    /// How it ends if it is not.
    pub(super) otherwise: Outcome<S>,
}

impl<S> Sent<S> {
    /// With another form of the outcome.
    pub(crate) fn map<T>(self, form: impl FnOnce(Outcome<S>) -> Outcome<T>) -> Sent<T> {
        match self {
            Sent::Ended(ended) => Sent::Ended(form(ended)),
            Sent::Again(Again { pause, attempt, otherwise }) => {
                Sent::Again(Again { pause, attempt, otherwise: form(otherwise) })
            }
        }
    }

    /// How it ended, or would if it were not sent again.
    pub(crate) fn outcome_mut(&mut self) -> &mut Outcome<S> {
        match self {
            Sent::Ended(outcome) | Sent::Again(Again { otherwise: outcome, .. }) => outcome,
        }
    }
}

impl<S> Again<S> {
    /// Whether it was refused, and is to be prepared as something else.
    pub(crate) fn is_other_way(&self) -> bool {
        self.attempt.other_ways > 0
    }

    /// Whether the backend asked for a pause, or lost a response.
    pub(super) fn shows_strain(&self) -> bool {
        !self.pause.is_zero() || self.attempt.lost.is_some()
    }

    /// How it ended where reading it anew kept it from being sent again.
    pub(super) fn settle(self, settled: Outcome<S>) -> Outcome<S> {
        match (&self.attempt.lost, settled.kind) {
            (None, _) => settled,
            (Some(_), OutcomeKind::Already) => {
                let notes = vec!["the API's response was lost, but the change took effect".to_owned()];
                Outcome { kind: OutcomeKind::Done, notes, ..settled }
            }
            // What was sent may still arrive.
            (Some(_), _) => match settled.error {
                Some(why) => self.otherwise.note(format!("not sent again: {why}")),
                None => self.otherwise,
            },
        }
    }

    /// How it ended where a signal came first, or the end of the run.
    pub(super) fn interrupt(self, why: &Error) -> Outcome<S> {
        if self.attempt.lost.is_some() {
            return self.otherwise;
        }
        let Outcome { id, action, .. } = &self.otherwise;
        let message = format!("{id} was not {}: {}", action.participle, why.message);
        let mut error = Error::new(why.exit, message).of_kind(why.kind).resource(id);
        error.hints = self.otherwise.error.map(|error| error.hints).unwrap_or_default();
        Outcome { kind: OutcomeKind::Skipped, error: Some(error), ..self.otherwise }
    }
}

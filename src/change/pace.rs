//! How many changes are under way at once: fewer after a rate limit, and none once the backend is out of reach.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::change::outcome::{Outcome, OutcomeKind};
use crate::error::{Error, Kind};
use crate::exit::Exit;
use crate::ledger;

/// So many in a row that don't reach the backend, or get nowhere for its rate limit, end the run.
const MOST_OUT_OF_REACH: usize = 5;

#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    stops_at_failure: bool,
    /// How many may be under way now.
    now: Cell<usize>,
    /// How many went well since that changed.
    well: Cell<usize>,
    /// Nothing is sent before this moment.
    not_before: Cell<Option<Instant>>,
    /// How many in a row did not reach the backend.
    out_of_reach: Cell<usize>,
    /// How often the backend has said yes.
    pub(super) answers: Rc<Cell<usize>>,
    /// Positions of changes during which the backend has said yes: however they ended, it is alive.
    alive: RefCell<HashSet<usize>>,
    halt: RefCell<Option<Error>>,
    changed: Notify,
}

impl Pace {
    pub(super) fn new(most: usize, stops_at_failure: bool) -> Self {
        let most = most.max(1);
        Pace {
            most,
            stops_at_failure,
            now: Cell::new(most),
            well: Cell::new(0),
            not_before: Cell::new(None),
            out_of_reach: Cell::new(0),
            answers: Rc::default(),
            alive: RefCell::default(),
            halt: RefCell::new(None),
            changed: Notify::new(),
        }
    }

    /// How many may be under way now.
    pub(super) fn now(&self) -> usize {
        self.now.get()
    }

    /// The backend asks for a pause: it is one for all, and half as many go on after it.
    pub(super) fn slow_down(&self, pause: Duration) {
        let until = Instant::now() + pause;
        if self.not_before.get().is_none_or(|before| before < until) {
            self.not_before.set(Some(until));
        }
        self.now.set((self.now.get() / 2).max(1));
        self.well.set(0);
    }

    /// Waits for the end of the pause.
    pub(super) async fn until_ready(&self) {
        while let Some(until) = self.not_before.get().filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Whether nothing is sent now.
    pub(super) fn is_paused(&self) -> bool {
        self.not_before.get().is_some_and(|until| until > Instant::now())
    }

    /// The backend has said yes to something while this one was sent.
    pub(super) fn note_alive(&self, position: usize) {
        self.alive.borrow_mut().insert(position);
    }

    /// The backend has answered, in a dry run.
    pub(super) fn note_answered(&self) {
        self.out_of_reach.set(0);
    }

    /// Takes account of how one ended.
    pub(super) fn learn<S>(&self, position: usize, ended: &Outcome<S>) {
        if ended.kind.is_ok() {
            self.well.set(self.well.get() + 1);
            if self.well.get() >= self.now.get() && self.now.get() < self.most {
                self.now.set(self.now.get() + 1);
                self.well.set(0);
            }
        }
        if is_limited(ended) {
            // It can't wait as long as the backend asks; the others go on more slowly.
            self.slow_down(Duration::ZERO);
        }
        let is_dead = !self.alive.borrow_mut().remove(&position) && is_out_of_reach(ended);
        self.out_of_reach.set(if is_dead { self.out_of_reach.get() + 1 } else { 0 });
        let why = if self.out_of_reach.get() >= MOST_OUT_OF_REACH {
            let of_ledger = ended.error.as_ref().filter(|error| ledger::is_unusable(error));
            let of_api =
                if is_limited(ended) { "the rate limit doesn't end" } else { "the API can't be reached" };
            Some(of_ledger.map_or(of_api, |error| &error.message).to_owned())
        } else if let Some(broken) = ended.error.as_ref().filter(|error| ledger::is_broken(error)) {
            Some(broken.message.clone())
        } else if self.stops_at_failure && !ended.kind.is_ok() && ended.kind != OutcomeKind::Proposed {
            let how = if ended.kind == OutcomeKind::Skipped { "was skipped" } else { "failed" };
            Some(format!("{} {how}, and --fail-fast is set", ended.id))
        } else {
            None
        };
        if let (Some(why), None) = (why, self.halt_error()) {
            let kind = ended.error.as_ref().map_or(Kind::Other, |error| error.kind);
            self.halt.replace(Some(Error::new(ended.exit(), why).of_kind(kind)));
            self.changed.notify_waiters();
        }
    }

    /// Why nothing more is sent.
    pub(super) fn halt_error(&self) -> Option<Error> {
        self.halt.borrow().clone()
    }

    /// Waits until nothing more is to be sent.
    pub(super) async fn until_halted(&self) -> Error {
        loop {
            if let Some(error) = self.halt_error() {
                return error;
            }
            self.changed.notified().await;
        }
    }
}

fn is_limited<S>(ended: &Outcome<S>) -> bool {
    ended.error.as_ref().is_some_and(|error| error.exit == Exit::RateLimited)
}

fn is_out_of_reach<S>(ended: &Outcome<S>) -> bool {
    let error = ended.error.as_ref().filter(|error| !ended.kind.is_ok() && !ledger::is_refused(error));
    let Some(error) = error else { return false };
    let is_dead = matches!(error.exit, Exit::Network | Exit::Timeout | Exit::RateLimited)
        || error.http_status >= Some(500);
    is_dead && matches!(ended.kind, OutcomeKind::Failed | OutcomeKind::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Action;

    const ACCEPT: Action = Action { verb: "accept", participle: "accepted" };

    fn ended(kind: OutcomeKind, exit: Exit) -> Outcome<()> {
        let outcome = Outcome::new("id", ACCEPT, kind);
        if kind.is_ok() { outcome } else { outcome.error(Error::new(exit, "x")) }
    }

    #[test]
    fn a_rate_limit_halves_the_pace_and_success_restores_it() {
        let pace = Pace::new(8, false);
        pace.slow_down(Duration::ZERO);
        pace.slow_down(Duration::ZERO);
        assert_eq!(pace.now(), 2);
        let well = || pace.learn(0, &ended(OutcomeKind::Done, Exit::Done));
        (0..2).for_each(|_| well());
        assert_eq!(pace.now(), 3);
        (0..100).for_each(|_| well());
        assert_eq!(pace.now(), 8, "never more than at the start");
    }

    #[test]
    fn a_dead_backend_ends_the_run_and_a_single_failure_only_if_asked() {
        let pace = Pace::new(8, false);
        let dead = || pace.learn(0, &ended(OutcomeKind::Failed, Exit::Network));
        (0..4).for_each(|_| dead());
        pace.learn(0, &ended(OutcomeKind::Conflict, Exit::Conflict));
        (0..4).for_each(|_| dead());
        assert!(pace.halt_error().is_none());
        dead();
        assert_eq!(pace.halt_error().map(|error| error.exit), Some(Exit::Network));
        let pace = Pace::new(8, false);
        pace.learn(0, &ended(OutcomeKind::Failed, Exit::RateLimited));
        assert_eq!((pace.now(), pace.halt_error().is_none()), (4, true), "the others go on more slowly");
        (0..4).for_each(|_| pace.learn(0, &ended(OutcomeKind::Failed, Exit::RateLimited)));
        let halted = pace.halt_error().unwrap();
        assert_eq!((halted.exit, halted.message.as_str()), (Exit::RateLimited, "the rate limit doesn't end"));
        let pace = Pace::new(8, true);
        pace.learn(0, &ended(OutcomeKind::Done, Exit::Done));
        pace.learn(0, &ended(OutcomeKind::Proposed, Exit::Proposed));
        assert!(pace.halt_error().is_none());
        pace.learn(0, &ended(OutcomeKind::Refused, Exit::Refused));
        assert_eq!(pace.halt_error().map(|error| error.exit), Some(Exit::Refused));
    }
}

//! Wakes and stops the courier.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Clone, Default)]
pub(crate) struct Bell {
    inner: Arc<(Mutex<BellState>, Condvar)>,
}

#[derive(Default)]
struct BellState {
    rung: bool,
    rung_at: Option<Instant>,
    /// The deadline for stopping, if requested.
    stop_by: Option<Instant>,
    gone: bool,
}

impl Bell {
    fn state(&self) -> MutexGuard<'_, BellState> {
        self.inner.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signals that there may be emails to deliver.
    pub(crate) fn ring(&self) {
        let mut state = self.state();
        state.rung = true;
        state.rung_at = Some(Instant::now());
        drop(state);
        self.inner.1.notify_all();
    }

    pub(crate) fn stop_by(&self) -> Option<Instant> {
        self.state().stop_by
    }

    /// Waits for a signal, a stop request or a timeout.
    pub(crate) fn wait(&self, at_most: Duration) {
        let mut state = self.state();
        let deadline = Instant::now() + at_most;
        while !state.rung && state.stop_by.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (state, _) = self.inner.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        state.rung = false;
    }

    /// Waits until there was no signal for a while, until a stop request or a timeout.
    pub(crate) fn wait_for_quiet(&self, quiet: Duration, at_most: Duration) {
        let mut state = self.state();
        let deadline = Instant::now() + at_most;
        while let Some(rung_at) = state.rung_at
            && state.stop_by.is_none()
        {
            let left = deadline.min(rung_at + quiet).saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (state, _) = self.inner.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks the courier to stop, and waits for at most `grace`.
    pub(crate) fn stop(&self, grace: Duration) {
        let until = Instant::now() + grace;
        let mut state = self.state();
        state.stop_by.get_or_insert(until);
        self.inner.1.notify_all();
        while !state.gone {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            (state, _) = self.inner.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn note_gone(&self) {
        self.state().gone = true;
        self.inner.1.notify_all();
    }
}

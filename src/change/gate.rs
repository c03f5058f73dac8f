//! The order among changes that are carried out at once: they are booked one at a time, in the order given.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use tokio::sync::Notify;

/// Where changes wait for their turn to be booked.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// The position whose turn it is.
    next: Cell<usize>,
    /// Positions after it that don't wait for a turn any more.
    passed: RefCell<BTreeSet<usize>>,
    is_taken: Cell<bool>,
    /// How many are booked and have not ended.
    unsettled: Cell<usize>,
    /// How many wait here.
    blocked: Cell<usize>,
    changed: Notify,
}

/// The turn of one change; the next one has its turn when this is dropped.
pub(super) struct Turn<'a> {
    gate: &'a Gate,
    position: Option<usize>,
    /// Whether it is left to others for a while.
    is_lent: Cell<bool>,
}

impl Turn<'_> {
    /// Waits until all that are booked have ended. Those that are sent again have their turns meanwhile: it may be them.
    pub(super) async fn until_settled(&self) {
        self.is_lent.set(true);
        self.gate.is_taken.set(false);
        self.gate.changed.notify_waiters();
        self.gate.wait_until(|| !self.gate.has_unsettled() && !self.gate.is_taken.get()).await;
        self.gate.is_taken.set(true);
        self.is_lent.set(false);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_lent.get() {
            self.gate.is_taken.set(false);
        }
        if let Some(position) = self.position {
            self.gate.pass(position);
        }
        self.gate.changed.notify_waiters();
    }
}

struct Blocked<'a>(&'a Cell<usize>);

impl<'a> Blocked<'a> {
    fn new(gate: &'a Gate) -> Self {
        gate.blocked.set(gate.blocked.get() + 1);
        Blocked(&gate.blocked)
    }
}

impl Drop for Blocked<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Gate {
    /// Waits until all changes before this one have been booked.
    pub(super) async fn turn(&self, position: usize) -> Turn<'_> {
        self.wait_until(|| !self.is_taken.get() && self.next.get() == position).await;
        self.is_taken.set(true);
        Turn { gate: self, position: Some(position), is_lent: Cell::new(false) }
    }

    /// Waits for a turn in between: for a change that had its own, and is to be sent again.
    pub(super) async fn turn_again(&self) -> Turn<'_> {
        self.wait_until(|| !self.is_taken.get()).await;
        self.is_taken.set(true);
        Turn { gate: self, position: None, is_lent: Cell::new(false) }
    }

    /// This one needs no turn any more.
    pub(super) fn pass(&self, position: usize) {
        if position < self.next.get() {
            return;
        }
        let mut passed = self.passed.borrow_mut();
        passed.insert(position);
        while passed.remove(&self.next.get()) {
            self.next.set(self.next.get() + 1);
        }
        self.changed.notify_waiters();
    }

    pub(super) fn book(&self) {
        self.unsettled.set(self.unsettled.get() + 1);
    }

    pub(super) fn settle(&self) {
        self.unsettled.set(self.unsettled.get() - 1);
        self.changed.notify_waiters();
    }

    /// Whether some are booked and have not ended.
    pub(super) fn has_unsettled(&self) -> bool {
        self.unsettled.get() > 0
    }

    pub(super) fn blocked_count(&self) -> usize {
        self.blocked.get()
    }

    async fn wait_until(&self, is_so: impl Fn() -> bool) {
        if is_so() {
            return;
        }
        let _blocked = Blocked::new(self);
        while !is_so() {
            self.changed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn turns_come_one_at_a_time_and_in_order() {
        let gate = Gate::default();
        let mut third = pin!(gate.turn(2));
        assert!(third.as_mut().now_or_never().is_none());
        assert_eq!(gate.blocked_count(), 1);
        gate.pass(1);
        let first = gate.turn(0).now_or_never().expect("it is its turn");
        assert!(third.as_mut().now_or_never().is_none());
        assert!(gate.turn_again().now_or_never().is_none());
        drop(first);
        let third = third.now_or_never().expect("the second needs no turn");
        assert_eq!(gate.blocked_count(), 0);
        drop(third);
        assert!(gate.turn_again().now_or_never().is_some());
    }

    #[test]
    fn those_booked_can_be_waited_for() {
        let gate = Gate::default();
        gate.book();
        let turn = gate.turn(0).now_or_never().expect("it is its turn");
        {
            let mut all = pin!(turn.until_settled());
            assert!(all.as_mut().now_or_never().is_none());
            // What is to be sent again is not held up by who waits for it.
            let again = gate.turn_again().now_or_never().expect("the turn is lent");
            assert!(gate.turn(1).now_or_never().is_none());
            gate.settle();
            assert!(all.as_mut().now_or_never().is_none());
            drop(again);
            assert!(all.now_or_never().is_some());
        }
        assert!(gate.turn_again().now_or_never().is_none());
        drop(turn);
        assert!(gate.turn(1).now_or_never().is_some());
    }
}

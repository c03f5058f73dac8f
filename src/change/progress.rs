//! The progress of several changes, in words: "120 of 500, 3 failed, 45 per second, about 10 s left".

use std::cell::RefCell;
use std::time::Instant;

use crate::change::document::Summary;
use crate::change::outcome::OutcomeKind;

/// Nothing is said about the rate before so many have ended.
const FIRST_RATE: usize = 10;

#[derive(Debug)]
pub(super) struct Progress {
    started: Instant,
    ended: RefCell<Summary>,
}

impl Default for Progress {
    fn default() -> Self {
        Progress { started: Instant::now(), ended: RefCell::default() }
    }
}

impl Progress {
    pub(super) fn add(&self, kind: OutcomeKind) {
        self.ended.borrow_mut().add(kind);
    }

    pub(super) fn words(&self, all: usize) -> String {
        words(all, &self.ended.borrow(), self.started.elapsed().as_secs_f64())
    }
}

fn words(all: usize, summary: &Summary, seconds: f64) -> String {
    let ended = summary.ended_count();
    let mut words = format!("{ended} of {all}");
    for (count, _, how) in summary.counts_not_ok() {
        words.push_str(&format!(", {count} {how}"));
    }
    let rate = ended as f64 / seconds.max(0.001);
    if ended >= FIRST_RATE && ended < all {
        let left = ((all - ended) as f64 / rate).ceil() as u64;
        let rate = if rate < 10.0 { format!("{rate:.1}") } else { format!("{rate:.0}") };
        let left = if left < 120 { format!("{left} s") } else { format!("{} min", left.div_ceil(60)) };
        words.push_str(&format!(", {rate} per second, about {left} left"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{OutcomeKind, Summary, words};

    #[test]
    fn the_rate_and_the_time_left_are_told_once_they_are_known() {
        for (progress, expected) in [
            ((500, 0, 0, 0, 0.0), "0 of 500"),
            ((500, 9, 1, 0, 1.0), "9 of 500, 1 failed"),
            ((500, 9, 1, 2, 1.0), "9 of 500, 1 failed, 2 not allowed"),
            ((500, 120, 3, 0, 10.0), "120 of 500, 3 failed, 12 per second, about 32 s left"),
            ((5000, 50, 0, 0, 20.0), "50 of 5000, 2.5 per second, about 33 min left"),
            ((500, 500, 0, 0, 20.0), "500 of 500"),
        ] {
            let (all, ended, failed, refused, seconds) = progress;
            let mut summary = Summary::default();
            (0..ended - failed - refused).for_each(|_| summary.add(OutcomeKind::Done));
            (0..failed).for_each(|_| summary.add(OutcomeKind::Conflict));
            (0..refused).for_each(|_| summary.add(OutcomeKind::Refused));
            assert_eq!(words(all, &summary, seconds), expected);
        }
    }
}

//! The progress of several changes, in words: "120 of 500 done, 3 not, 45 per second, about 10 s left".

use std::cell::Cell;
use std::time::Instant;

use crate::change::outcome::OutcomeKind;

/// Nothing is said about the rate before so many have ended.
const FIRST_RATE: usize = 10;

#[derive(Debug)]
pub(super) struct Progress {
    started: Instant,
    ended: Cell<usize>,
    failed: Cell<usize>,
}

impl Default for Progress {
    fn default() -> Self {
        Progress { started: Instant::now(), ended: Cell::new(0), failed: Cell::new(0) }
    }
}

impl Progress {
    pub(super) fn add(&self, kind: OutcomeKind) {
        self.ended.set(self.ended.get() + 1);
        self.failed.set(self.failed.get() + usize::from(!kind.is_ok()));
    }

    pub(super) fn words(&self, all: usize) -> String {
        words(all, self.ended.get(), self.failed.get(), self.started.elapsed().as_secs_f64())
    }
}

fn words(all: usize, ended: usize, failed: usize, seconds: f64) -> String {
    let mut words = format!("{ended} of {all}");
    if failed > 0 {
        words.push_str(&format!(", {failed} failed"));
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
    use super::words;

    #[test]
    fn the_rate_and_the_time_left_are_told_once_they_are_known() {
        for (progress, expected) in [
            ((500, 0, 0, 0.0), "0 of 500"),
            ((500, 9, 1, 1.0), "9 of 500, 1 failed"),
            ((500, 120, 3, 10.0), "120 of 500, 3 failed, 12 per second, about 32 s left"),
            ((5000, 50, 0, 20.0), "50 of 5000, 2.5 per second, about 33 min left"),
            ((500, 500, 0, 20.0), "500 of 500"),
        ] {
            let (all, ended, failed, seconds) = progress;
            assert_eq!(words(all, ended, failed, seconds), expected);
        }
    }
}

//! Polling intervals.

use std::time::{Duration, Instant};

use rand::RngExt as _;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::text::span::parse_limit;

/// The shortest pause between two checks.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(600);

pub(in crate::commands::approvals) fn parse_interval(text: &str) -> Result<Duration, String> {
    match parse_limit(text)? {
        interval if interval < SHORTEST => {
            Err(format!("'{text}' is too short: the minimum is 1 second, because the API has a rate limit"))
        }
        interval => Ok(interval),
    }
}

pub(in crate::commands::approvals) struct Pace {
    interval: Duration,
    failures: u32,
}

impl Pace {
    pub(in crate::commands::approvals) fn every(interval: Duration) -> Self {
        Pace { interval, failures: 0 }
    }

    /// The pause after a check that took this long. A slow backend is asked less often, and never busy for us more than
    /// half of the time.
    pub(in crate::commands::approvals) fn pause_after(&mut self, took: Duration) -> Duration {
        self.failures = 0;
        jitter(self.interval.max(took))
    }

    /// The pause after a failed check: doubled each time, and never shorter than `Retry-After`.
    fn pause_after_failure(&mut self, error: &Error) -> Duration {
        self.failures += 1;
        let grown = self.interval.saturating_mul(1 << self.failures.min(6)).min(LONGEST);
        jitter(grown).max(error.retry_after.unwrap_or_default().min(LONGEST_ASKED))
    }

    /// The pause after a temporary failure; warns only about the first of several in a row.
    pub(in crate::commands::approvals) fn ride_out(
        &mut self,
        context: &Context,
        error: Error,
    ) -> Result<Duration, Error> {
        if !error.retryable && !matches!(error.exit, Exit::Network | Exit::Timeout | Exit::RateLimited) {
            return Err(error);
        }
        let is_first = !self.has_failed();
        let pause = self.pause_after_failure(&error);
        if is_first {
            let seconds = pause.as_secs().max(1);
            context.terminal.warn(&format!("{error}; retrying in {seconds} s until it succeeds"));
        }
        Ok(pause)
    }

    /// Whether the last check failed.
    pub(in crate::commands::approvals) fn has_failed(&self) -> bool {
        self.failures > 0
    }
}

/// The longest pause that the backend may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// Varies a pause by 10%, to spread clients that were started together.
fn jitter(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.9..=1.1))
}

pub(in crate::commands::approvals) fn deadline(limit: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(limit?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_followed_by_longer_pauses_and_the_backend_s_wish_counts() {
        let mut pace = Pace::every(Duration::from_secs(10));
        let failed = Error::new(Exit::Network, "x");
        assert!(pace.pause_after_failure(&failed) < pace.pause_after_failure(&failed));
        let wish =
            Error { retry_after: Some(Duration::from_secs(900)), ..Error::new(Exit::RateLimited, "x") };
        assert_eq!(pace.pause_after_failure(&wish), Duration::from_secs(900));
        for _ in 0..40 {
            assert!(pace.pause_after_failure(&failed) <= LONGEST.mul_f64(1.1));
        }
        assert!(pace.pause_after(Duration::ZERO) <= Duration::from_secs(11));
        assert!(pace.pause_after(Duration::from_secs(50)) >= Duration::from_secs(45));
    }

    #[test]
    fn an_interval_is_at_least_a_second() {
        assert_eq!(parse_interval("30s").unwrap(), Duration::from_secs(30));
        assert!(parse_interval("500ms").unwrap_err().contains("the minimum is 1 second"));
        assert!(parse_interval("0s").is_err());
    }
}

//! The delay before a read is retried.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use rand::RngExt as _;

use crate::error::Error;

/// The first delay; it doubles with each try.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest delay chosen by portgate.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The delay before try number `attempt + 2`: exponential, with the upper half random, so that clients that failed
/// together don't retry together.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(attempt.min(16))).min(LONGEST_PAUSE);
    full.mul_f64(rand::rng().random_range(0.5..=1.0))
}

/// Whether a retry may help after this status.
pub(crate) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..) && !matches!(status, 501 | 505)
}

/// Parses `Retry-After`: seconds or an HTTP date. `None` for anything else.
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// The tries of a read: how many were made, and how many may be.
pub(super) struct Tries {
    pub(super) made: u32,
    pub(super) most: u32,
    pub(super) deadline: Instant,
    pub(super) timeout: Duration,
}

impl Tries {
    /// Waits before the next try.
    ///
    /// # Errors
    /// There are no more tries, or the wait would end after the deadline.
    pub(super) async fn pause(&mut self, error: Error) -> Result<(), Error> {
        if self.made >= self.most {
            return Err(error);
        }
        let pause = error.retry_after.unwrap_or_else(|| backoff(self.made));
        if pause >= self.deadline.saturating_duration_since(Instant::now()) {
            return Err(match error.retry_after {
                Some(asked) => error.hint(format!(
                    "the API asks to wait {} s, but the limit is {} s",
                    asked.as_secs(),
                    self.timeout.as_secs()
                )),
                None => error,
            });
        }
        self.made += 1;
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Thu, 01 Jan 2026 00:00:09 GMT", now), Some(Duration::from_secs(9)));
        assert_eq!(retry_after("Wed, 31 Dec 2025 00:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
        assert_eq!(retry_after("99999999999999999999999", now), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn backoff_grows_and_is_bounded() {
        for attempt in 0..40 {
            let pause = backoff(attempt);
            assert!(pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE);
        }
        assert!(backoff(10) > backoff(0));
    }
}

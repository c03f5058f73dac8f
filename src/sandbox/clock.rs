//! The sandbox's clock: the real time plus an offset.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::SignedDuration;

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The clock of a process. The offset stored in the database is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    fixed_ms: Option<i64>,
    offset_ms: i64,
}

impl Clock {
    pub fn system() -> Self {
        Clock::default()
    }

    /// A clock stopped at a time, in milliseconds since the Unix epoch.
    pub fn fixed_at(at_ms: i64) -> Self {
        Clock { fixed_ms: Some(at_ms), offset_ms: 0 }
    }

    /// The same clock with an offset.
    #[must_use]
    pub fn with_offset(self, by: SignedDuration) -> Self {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Clock { offset_ms: self.offset_ms.saturating_add(by_ms), ..self }
    }

    /// Now, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        let base = self.fixed_ms.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        });
        base.saturating_add(self.offset_ms)
    }
}

/// A time in milliseconds since the Unix epoch, as RFC 3339 in UTC with whole seconds.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_second(at_ms.div_euclid(1000))
        .map_or_else(|_| at_ms.to_string(), |timestamp| timestamp.to_string())
}

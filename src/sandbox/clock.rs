//! What time it is in the sandbox: the real time, moved by an offset that tests and people set.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{Span, SpanRelativeTo, Unit};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where a process takes its time from. The offset stored in the database is added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    fixed_ms: Option<i64>,
    offset_ms: i64,
}

impl Clock {
    pub fn system() -> Self {
        Clock::default()
    }

    /// A clock that stands still at a time, in milliseconds since the Unix epoch.
    pub fn fixed(at_ms: i64) -> Self {
        Clock { fixed_ms: Some(at_ms), offset_ms: 0 }
    }

    /// The same clock, moved by an offset in milliseconds.
    #[must_use]
    pub fn moved(self, by_ms: i64) -> Self {
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

/// Reads an offset such as `+59d`, `-2h`, `90m`, `45s`, `250ms`, or several parts as in `+1d12h`. Answers milliseconds.
///
/// # Errors
/// A sentence that says what would be right.
///
/// ```
/// use portgate::sandbox::parse_offset;
/// assert_eq!(parse_offset("+59d"), Ok(59 * 86_400_000));
/// assert_eq!(parse_offset("-1h30m"), Ok(-5_400_000));
/// assert_eq!(parse_offset("2s"), Ok(2_000));
/// assert!(parse_offset("tomorrow").is_err());
/// ```
pub fn parse_offset(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is not a span of time; write for example +59d, -2h or 90s");
    text.parse().ok().and_then(span_ms).ok_or_else(wrong)
}

/// A span in milliseconds; nothing for one of months or years, which have no length of their own.
pub(crate) fn span_ms(span: Span) -> Option<i64> {
    let millis = span.total((Unit::Millisecond, SpanRelativeTo::days_are_24_hours()));
    millis.ok().map(|millis| millis as i64)
}

/// Reads by how much a clock is moved: as [`parse_offset`], with the sign that says which way.
///
/// # Errors
/// A sentence that says what would be right.
///
/// ```
/// use portgate::sandbox::parse_shift;
/// assert_eq!(parse_shift("+59d"), Ok(59 * 86_400_000));
/// assert_eq!(parse_shift("59d").unwrap_err(), "59d doesn't say which way: say +59d or -59d");
/// ```
pub fn parse_shift(text: &str) -> Result<i64, String> {
    let shift = parse_offset(text)?;
    if text.starts_with(['+', '-']) {
        return Ok(shift);
    }
    Err(format!("{text} doesn't say which way: say +{text} or -{text}"))
}

/// A time in milliseconds since the Unix epoch, as RFC 3339 in UTC with whole seconds.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    jiff::Timestamp::from_second(at_ms.div_euclid(1000))
        .map_or_else(|_| at_ms.to_string(), |timestamp| timestamp.to_string())
}

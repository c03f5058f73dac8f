//! Validity periods of keys, as entered by people.

use jiff::{SignedDuration, Timestamp};

use crate::api::lenient;
use crate::error::Error;
use crate::text::span::parse_span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    In(SignedDuration),
    At(Timestamp),
}

impl Moment {
    /// The moment itself, in whole seconds: the backend may keep no more. One that the API doesn't tell again is too far away
    /// ([`lenient::is_time`]).
    pub(crate) fn timestamp(self, now: Timestamp) -> Result<Timestamp, Error> {
        let at = match self {
            Moment::At(at) => Ok(at),
            Moment::In(time) => now.checked_add(time),
        };
        at.ok()
            .and_then(|at| Timestamp::from_second(at.as_second()).ok())
            .filter(lenient::is_time)
            .ok_or_else(|| Error::usage("the date is too far in the future"))
    }
}

/// Reads a moment: a span from now (`3d`), a date (`2026-03-01`, its first moment in UTC), or a time in RFC 3339.
pub(crate) fn parse_moment(text: &str) -> Result<Moment, Error> {
    let text = text.trim();
    // What begins as a span is told as one what is wrong with it.
    if text.ends_with(char::is_alphabetic)
        && text.starts_with(|first: char| first.is_ascii_digit())
        && !text.contains(['-', ':'])
    {
        return parse_span(text).map(Moment::In).map_err(Error::usage);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(Moment::At(at));
    }
    text.parse::<jiff::civil::Date>()
        .ok()
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|date| Moment::At(date.timestamp()))
        .ok_or_else(|| {
            Error::usage(format!(
                "invalid time '{text}': use a duration from now such as 3d, or a date such as 2026-03-01"
            ))
        })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// Then, counted from its start.
    At(Moment),
    Never,
}

/// Reads an answer to "expires in": `30d`, a date, or `never`.
pub(crate) fn parse_expiry(text: &str) -> Result<Expiry, Error> {
    match text.trim().to_ascii_lowercase().as_str() {
        "never" | "no" | "none" => Ok(Expiry::Never),
        other => parse_moment(other).map(Expiry::At),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_a_span_from_now() {
        assert!(matches!(parse_moment("3d").unwrap(), Moment::In(_)));
        assert_eq!(parse_moment("2026-03-01").unwrap(), parse_moment("2026-03-01T00:00:00Z").unwrap());
        assert!(parse_moment("soon").is_err());
        assert!(parse_moment("99999d").unwrap_err().message.contains("more than 100 years"));
    }
}

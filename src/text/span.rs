//! Spans of time, wherever a person gives one.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// 100 years.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 36_500);

/// Reads a span of time: a number with a unit from `ms` to `w`, several of them, or what ISO 8601 writes.
///
/// ```
/// use portgate::text::span::parse_span;
/// assert_eq!(parse_span("7d").unwrap().as_hours(), 168);
/// assert_eq!(parse_span("1d12h").unwrap(), parse_span("P1DT12H").unwrap());
/// assert!(parse_span("7").is_err());
/// assert!(parse_span("-7d").is_err());
/// ```
pub fn parse_span(text: &str) -> Result<SignedDuration, String> {
    parse_signed(text).and_then(|span| if span.is_negative() { Err(no_span(text)) } else { Ok(span) })
}

/// Reads by how much a clock is moved: a span with the sign that says which way.
///
/// ```
/// use portgate::text::span::parse_shift;
/// assert_eq!(parse_shift("-1h30m").unwrap().as_mins(), -90);
/// assert_eq!(parse_shift("59d").unwrap_err(), "59d doesn't say which way: say +59d or -59d");
/// ```
pub fn parse_shift(text: &str) -> Result<SignedDuration, String> {
    match parse_signed(text) {
        Ok(_) if !text.starts_with(['+', '-']) => {
            Err(format!("{text} doesn't say which way: say +{text} or -{text}"))
        }
        shift => shift,
    }
}

/// Reads a time that something may take at most: a span, or a number of seconds; never nothing.
///
/// ```
/// use portgate::text::span::parse_limit;
/// assert_eq!(parse_limit("2m"), parse_limit("120"));
/// assert!(parse_limit("0s").is_err());
/// ```
pub fn parse_limit(text: &str) -> Result<Duration, String> {
    let is_bare = text.trim().ends_with(|last: char| last.is_ascii_digit());
    let limit =
        if is_bare { parse_span(&format!("{text}s")).map_err(|_| no_span(text))? } else { parse_span(text)? };
    match limit.unsigned_abs() {
        Duration::ZERO => Err(format!("'{text}' is no time at all: give more")),
        limit => Ok(limit),
    }
}

fn parse_signed(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.trim().parse().map_err(|_| no_span(text))?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| no_span(text))?;
    if span.abs() > LONGEST {
        return Err(format!("'{text}' is more than 100 years"));
    }
    Ok(span)
}

fn no_span(text: &str) -> String {
    format!("'{text}' is no time: give a number with s, m, h, d or w, as in 7d, 90s or 1d12h")
}

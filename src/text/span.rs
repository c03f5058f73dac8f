//! Durations in user input.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;
use jiff::{SignedDuration, Span, SpanRelativeTo};

/// 100 years.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 36_500);

/// Parses a duration: a number with a unit from `ms` to `w`, several of them, or ISO 8601.
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

/// Parses a shift of the clock: a duration with a sign.
///
/// ```
/// use portgate::text::span::parse_shift;
/// assert_eq!(parse_shift("-1h30m").unwrap().as_mins(), -90);
/// assert_eq!(parse_shift("59d").unwrap_err(), "the sign is missing: use +59d or -59d");
/// ```
pub fn parse_shift(text: &str) -> Result<SignedDuration, String> {
    let text = text.trim();
    match parse_signed(text) {
        Ok(_) if !text.starts_with(['+', '-']) => Err(format!("the sign is missing: use +{text} or -{text}")),
        shift => shift,
    }
}

/// Parses a time limit: a duration that isn't zero.
///
/// ```
/// use portgate::text::span::parse_limit;
/// assert_eq!(parse_limit("2m"), parse_limit("120s"));
/// assert!(parse_limit("0s").is_err());
/// ```
pub fn parse_limit(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    match parse_span(text)?.unsigned_abs() {
        Duration::ZERO => Err(format!("'{text}' is too short: use more than zero")),
        limit => Ok(limit),
    }
}

fn parse_signed(text: &str) -> Result<SignedDuration, String> {
    let text = text.trim();
    let written = text;
    // "7 Days" is as good as "7 days", but M alone may be meant as months.
    let text =
        &if text.contains('M') && text.ends_with('M') { text.to_owned() } else { text.to_ascii_lowercase() };
    let in_order = text.parse().or_else(|_| written.parse()).ok().and_then(day_of_24_hours);
    let span = in_order.or_else(|| sum_of_parts(text)).ok_or_else(|| no_span(written))?;
    if span.abs() > LONGEST {
        return Err(format!("'{text}' is more than 100 years"));
    }
    Ok(span)
}

/// Parses units in any order, as in `12h1d`: jiff requires the largest first, so each part is parsed separately.
fn sum_of_parts(text: &str) -> Option<SignedDuration> {
    let (is_negative, parts) = match text.strip_prefix('-') {
        Some(parts) => (true, parts),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let sum = parts
        .as_bytes()
        .chunk_by(|one, next| one.is_ascii_digit() || !next.is_ascii_digit())
        .map(|part| SpanParser::new().parse_span(part).ok().filter(|_| part[0].is_ascii_digit()))
        .try_fold(SignedDuration::ZERO, |sum, part| sum.checked_add(day_of_24_hours(part?)?))
        .filter(|_| !parts.is_empty())?;
    Some(if is_negative { -sum } else { sum })
}

fn day_of_24_hours(span: Span) -> Option<SignedDuration> {
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

fn no_span(text: &str) -> String {
    let unit = text.trim_start_matches(|character: char| !character.is_alphabetic());
    let varies = ["month", "months", "mo", "mos", "M", "year", "years", "y", "yr", "yrs"];
    if unit.len() < text.len() && varies.iter().any(|known| known.eq_ignore_ascii_case(unit)) && unit != "m" {
        return format!(
            "'{text}' is in months or years, which vary: use days or weeks, for example 30d or 52w"
        );
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let what = if is_number { "has no unit" } else { "is not a valid duration" };
    format!("'{text}' {what}: use a number with s, m, h, d or w, for example 90s, 2h or 7d")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_span_is_parts_in_any_order() {
        for (text, milliseconds) in [
            ("7d", 168 * HOUR),
            (" 7 d ", 168 * HOUR),
            ("15min", HOUR / 4),
            ("2w", 336 * HOUR),
            ("0s", 0),
            ("007h", 7 * HOUR),
            ("90m", HOUR * 3 / 2),
            ("1d12h", 36 * HOUR),
            ("12h1d", 36 * HOUR),
            ("12h 1d", 36 * HOUR),
            ("1h1h", 2 * HOUR),
            ("250ms1s", 1_250),
            ("P1DT12H", 36 * HOUR),
            ("36500d", 876_000 * HOUR),
        ] {
            assert_eq!(parse_span(text), Ok(SignedDuration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "7", "d", "1d12", "12h-1d", "h1d", "1d7", "7x", "-7d", "7d ago", "12h1d ago", "soon"]
        {
            assert_eq!(parse_span(text), Err(no_span(text)), "{text}");
        }
        for text in ["36501d", "1h36500d"] {
            assert_eq!(parse_span(text), Err(format!("'{text}' is more than 100 years")));
        }
    }

    #[test]
    fn a_shift_says_which_way() {
        for (text, milliseconds) in
            [("+59d", 1_416 * HOUR), ("-1h30m", -HOUR * 3 / 2), ("-30m1h", -HOUR * 3 / 2), (" +250ms", 250)]
        {
            assert_eq!(parse_shift(text), Ok(SignedDuration::from_millis(milliseconds)), "{text}");
        }
        for text in ["59d", "12h1d", "+", "-", "+-1d", "tomorrow"] {
            assert!(parse_shift(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_has_a_unit_and_is_never_nothing() {
        for (text, milliseconds) in [
            ("90s", 90_000),
            (" 5s ", 5_000),
            ("90 s", 90_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(parse_limit(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "0", "0ms", "-5", "90", "soon", "5 x"] {
            assert!(parse_limit(text).is_err(), "{text}");
        }
    }
}

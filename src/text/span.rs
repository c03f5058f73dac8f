//! Spans of time as they are given on the command line.

use jiff::SignedDuration;

use crate::error::Error;

/// The longest time that is taken for one: 100 years, in minutes.
const LONGEST_AGE_MINUTES: i64 = 60 * 24 * 36_500;

/// Reads an age: a whole number with `m`, `h`, `d` or `w`.
///
/// ```
/// use portgate::text::span::parse_age;
/// assert_eq!(parse_age("7d").unwrap().as_hours(), 168);
/// assert!(parse_age("7").is_err());
/// ```
pub fn parse_age(text: &str) -> Result<SignedDuration, Error> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let minutes: Option<i64> = match unit.trim() {
        "m" | "min" => Some(1),
        "h" => Some(60),
        "d" => Some(60 * 24),
        "w" => Some(60 * 24 * 7),
        _ => None,
    };
    number
        .parse::<i64>()
        .ok()
        .zip(minutes)
        .ok_or_else(|| {
            Error::usage(format!("'{text}' is no time: give a number with m, h, d or w, as in 7d"))
        })
        .and_then(|(number, minutes)| {
            let minutes = number.checked_mul(minutes).filter(|&minutes| minutes <= LONGEST_AGE_MINUTES);
            let minutes = minutes.ok_or_else(|| Error::usage(format!("'{text}' is more than 100 years")))?;
            Ok(SignedDuration::from_mins(minutes))
        })
}

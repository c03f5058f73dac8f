//! Validity periods of keys, as entered by people.

use jiff::Timestamp;

use crate::api::lenient;
use crate::error::Error;
use crate::text::moment::{Moment, parse_moment};

impl Moment {
    /// When it is, counted from `now`, in whole seconds: the backend may keep no more. One that the API doesn't tell again is
    /// too far away ([`lenient::is_time`]).
    pub(crate) fn timestamp(self, now: Timestamp) -> Result<Timestamp, Error> {
        let at = match self {
            Moment::At(at) => Ok(at),
            Moment::Span(time) => now.checked_add(time),
        };
        at.ok()
            .and_then(|at| Timestamp::from_second(at.as_second()).ok())
            .filter(lenient::is_time)
            .ok_or_else(|| Error::usage("the date is too far in the future"))
    }
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
        other => parse_moment(other).map(Expiry::At).map_err(Error::usage),
    }
}

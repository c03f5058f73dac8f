//! Cells with a colour for their meaning, which is always in the text, too.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use crate::render::bar::Meter;
use crate::text::tone::{Tone, Toned};
use crate::text::{Mbps, words};

/// What stands in a cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Text(Toned),
    Meter(Meter),
}

impl Cell {
    /// As text.
    pub(crate) fn toned(&self) -> Cow<'_, Toned> {
        match self {
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Meter(meter) => Cow::Owned(meter.drawn()),
        }
    }
}

impl Default for Cell {
    fn default() -> Self {
        Cell::Text(Toned::default())
    }
}

impl<T: Into<Toned>> From<T> for Cell {
    fn from(text: T) -> Self {
        Cell::Text(text.into())
    }
}

/// Nothing for an unknown one.
impl From<Option<Meter>> for Cell {
    fn from(meter: Option<Meter>) -> Self {
        meter.map_or_else(Cell::default, Cell::Meter)
    }
}

/// The available capacity of a port, in Mbps.
pub(crate) fn room(left: Option<i64>, of: Option<Mbps>) -> Toned {
    let words = words::room(left, of);
    if left.is_some_and(|left| left < 0) { Toned::new(Tone::Bad, words) } else { words.into() }
}

/// The time left; highlighted in the last week.
pub(crate) fn expiry(expires: Option<Timestamp>, now: Timestamp) -> Toned {
    let words = words::expiry(expires, now);
    match expires {
        Some(expires) if expires <= now => Toned::new(Tone::Bad, words),
        _ if is_due_soon(expires, now) => Toned::new(Tone::Warn, words),
        _ => words.into(),
    }
}

/// Whether it is the last week, counted in whole days.
pub(crate) fn is_due_soon(expires: Option<Timestamp>, now: Timestamp) -> bool {
    const LAST_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24 + 12);
    expires.is_some_and(|expires| expires.duration_since(now) < LAST_WEEK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_week_asks_for_attention() {
        let now = Timestamp::UNIX_EPOCH;
        let tone = |hours: i64| expiry(Some(now + SignedDuration::from_hours(hours)), now).tone;
        assert_eq!(tone(7 * 24 + 11), Some(Tone::Warn));
        assert_eq!(tone(8 * 24 - 12), None);
        assert_eq!(tone(0), Some(Tone::Bad));
        assert_eq!(expiry(None, now), "-".into());
    }
}

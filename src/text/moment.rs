//! Moments: read from people in their time zone, and written for people in theirs and for programs in UTC.

use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::text::span::parse_span;

/// A moment as entered by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// So far from now; the command says whether before or after.
    Span(SignedDuration),
    At(Timestamp),
}

/// Parses a moment: a duration (`3d`), a date (`2026-03-01`, its first moment) or a date and time (`2026-03-01T09:30`), which are
/// in the local time zone unless they name one (`Z`, `+10:00`, `[Australia/Sydney]`).
pub(crate) fn parse_moment(text: &str) -> Result<Moment, String> {
    parse_in(text, &local_zone().unwrap_or(TimeZone::UTC))
}

fn parse_in(text: &str, local: &TimeZone) -> Result<Moment, String> {
    let text = text.trim();
    if let Some(at) = timestamp(text, local) {
        return Ok(Moment::At(at));
    }
    parse_span(text).map(Moment::Span).map_err(|why| {
        // What looks like a duration gets its own reason.
        let is_span = text.starts_with(|first: char| first.is_ascii_digit() || first == '-')
            && !text[1..].contains(['-', ':']);
        match is_span {
            true => why,
            false => format!(
                "'{text}' is not a valid time: use a duration such as 3d, or a date such as 2026-03-01"
            ),
        }
    })
}

fn timestamp(text: &str, local: &TimeZone) -> Option<Timestamp> {
    let pieces = Pieces::parse(text).ok()?;
    if pieces.time_zone_annotation().is_some() {
        return Some(text.parse::<Zoned>().ok()?.timestamp());
    }
    if pieces.offset().is_some() {
        return text.parse().ok();
    }
    let time = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    // A time that the clocks skip is as much later; of one that they show twice, the first counts.
    local.to_timestamp(time).ok()
}

/// The time zone of this machine (`TZ`, or the system's), if it is known.
fn local_zone() -> Option<TimeZone> {
    TimeZone::try_system().ok().filter(|zone| !zone.is_unknown())
}

/// How times are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moments(TimeZone);

impl Moments {
    pub(crate) fn utc() -> Self {
        Moments(TimeZone::UTC)
    }

    /// In the local time zone, if it is known.
    pub(crate) fn local() -> Option<Self> {
        local_zone().map(Moments)
    }

    /// A text with its RFC 3339 times written this way.
    pub(crate) fn in_text(&self, text: &str) -> String {
        let word = |word: &str| {
            let bare = word.trim_end_matches(['.', ',', ';', ':', ')']);
            match bare.parse::<Timestamp>() {
                Ok(at) if bare.contains('T') => format!("{}{}", self.format(at), &word[bare.len()..]),
                _ => word.to_owned(),
            }
        };
        text.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    /// In whole seconds, with the offset from UTC, or a Z for UTC: `2026-11-27T14:05:03+11:00`.
    pub(crate) fn format(&self, at: Timestamp) -> String {
        let offset = self.0.to_offset(at);
        match offset.seconds() {
            0 => format!("{at:.0}"),
            _ => format!("{:.0}", at.display_with_offset(offset)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(posix: &str) -> TimeZone {
        TimeZone::posix(posix).unwrap()
    }

    #[test]
    fn what_names_no_zone_is_local() {
        let (sydney, new_york) = (zone("AEST-10AEDT,M10.1.0,M4.1.0/3"), zone("EST5EDT,M3.2.0,M11.1.0"));
        for (text, local, expected) in [
            ("2026-03-01", &TimeZone::UTC, "2026-03-01T00:00:00Z"),
            ("2026-03-01", &sydney, "2026-02-28T13:00:00Z"),
            (" 2026-07-01 ", &sydney, "2026-06-30T14:00:00Z"),
            ("2026-03-01", &new_york, "2026-03-01T05:00:00Z"),
            ("2026-03-01 09:30", &sydney, "2026-02-28T22:30:00Z"),
            ("2026-03-01T09:30:15.5", &sydney, "2026-02-28T22:30:15.5Z"),
            // 02:30 doesn't exist that day, and is there twice on the other.
            ("2026-10-04T02:30", &sydney, "2026-10-03T16:30:00Z"),
            ("2026-04-05T02:30", &sydney, "2026-04-04T15:30:00Z"),
        ] {
            let at = Moment::At(expected.parse().unwrap());
            assert_eq!(parse_in(text, local), Ok(at), "{text}");
        }
        // The clocks skip midnight: the day begins at 01:00.
        let havana = zone("CST5CDT,M3.2.0/0,M11.1.0/1");
        assert_eq!(parse_in("2026-03-08", &havana), parse_in("2026-03-08T05:00Z", &havana));
    }

    #[test]
    fn a_zone_that_is_named_counts_anywhere() {
        for local in [TimeZone::UTC, zone("AEST-10AEDT,M10.1.0,M4.1.0/3"), zone("EST5EDT,M3.2.0,M11.1.0")] {
            let expected = Ok(Moment::At("2026-02-28T13:00:00Z".parse().unwrap()));
            for text in [
                "2026-02-28T13:00Z",
                "2026-02-28t13:00:00z",
                "2026-03-01T00:00+11:00",
                "2026-02-28 08:00:00-05:00",
                "2026-03-01T00:00[+11:00]",
                "2026-03-01[+11:00]",
            ] {
                assert_eq!(parse_in(text, &local), expected, "{text}");
            }
        }
    }

    #[test]
    fn a_moment_is_a_time_or_a_duration() {
        let parse = |text: &str| parse_in(text, &TimeZone::UTC);
        for (text, hours) in [("3d", 72), (" 12 h ", 12), ("P1DT12H", 36), ("0s", 0)] {
            assert_eq!(parse(text), Ok(Moment::Span(SignedDuration::from_hours(hours))), "{text}");
        }
        for text in ["7", "-7d", "12h-1d", "36501d"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("7").unwrap_err().contains("has no unit"));
        assert!(parse("99999d").unwrap_err().contains("more than 100 years"));
        for text in [
            "",
            "soon",
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "2026-03-01T25:00",
            "2026-03-01T00:00[Nowhere/Atlantis]",
            "2026-03-01T00:00+05:00[+11:00]",
            "2026-03-01 and more",
        ] {
            assert!(parse(text).unwrap_err().contains("is not a valid time"), "{text}");
        }
    }

    #[test]
    fn the_offset_is_always_told_and_is_that_of_the_time() {
        let sydney = Moments(zone("AEST-10AEDT,M10.1.0,M4.1.0/3"));
        let at = |text: &str| sydney.format(text.parse().unwrap());
        assert_eq!(at("2026-11-27T03:05:03.7Z"), "2026-11-27T14:05:03+11:00");
        assert_eq!(at("2026-06-30T20:00:00Z"), "2026-07-01T06:00:00+10:00");
        assert_eq!(
            sydney.in_text("accepted by Ana at 2026-11-27T03:05:03Z, in T 2026"),
            "accepted by Ana at 2026-11-27T14:05:03+11:00, in T 2026"
        );
        assert_eq!(Moments::utc().format("2026-11-27T03:05:03.7Z".parse().unwrap()), "2026-11-27T03:05:03Z");
    }
}

//! Times for people, in their time zone; programs get UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How times are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moments(TimeZone);

impl Moments {
    pub(crate) fn utc() -> Self {
        Moments(TimeZone::UTC)
    }

    /// In the time zone of this machine (`TZ`, or the system's), if it is known.
    pub(crate) fn local() -> Option<Self> {
        TimeZone::try_system().ok().filter(|zone| !zone.is_unknown()).map(Moments)
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

    #[test]
    fn the_offset_is_always_told_and_is_that_of_the_time() {
        let sydney = Moments(TimeZone::posix("AEST-10AEDT,M10.1.0,M4.1.0/3").unwrap());
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

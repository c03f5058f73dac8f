//! When a policy applies: days and hours in the time zone of the file.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::{Offset, TimeZone};

use crate::text::words::capitalise;

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    /// The days; empty for every day.
    pub(crate) days: Vec<Weekday>,
    /// Start (inclusive) and end (exclusive); crosses midnight if the end is earlier.
    pub(crate) hours: Option<(Time, Time)>,
    pub(crate) time_zone: TimeZone,
    pub(crate) time_zone_name: String,
}

impl Window {
    /// Whether the window is open. Hours past midnight belong to the day they started on.
    pub(crate) fn is_open(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(self.time_zone.clone());
        let (time, today) = (local.time(), local.weekday());
        let on = |day: Weekday| self.days.is_empty() || self.days.contains(&day);
        match self.hours {
            None => on(today),
            Some((from, to)) if from < to => on(today) && from <= time && time < to,
            Some((from, to)) => (time >= from && on(today)) || (time < to && on(today.previous())),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: &Weekday| DAYS.iter().find(|(_, known)| known == day).map_or("", |(name, _)| name);
        match self.days.as_slice() {
            [] => formatter.write_str("every day")?,
            days => formatter.write_str(&days.iter().map(name).collect::<Vec<_>>().join(", "))?,
        }
        if let Some((from, to)) = self.hours {
            let clock = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
            write!(formatter, " {}-{}", clock(from), clock(to))?;
        }
        write!(formatter, " {}", self.time_zone_name)
    }
}

impl Window {
    /// For a sentence: `on Mon, Fri, 08:00–18:00 UTC`; [`Display`](fmt::Display) writes it as in the file.
    pub(crate) fn in_words(&self) -> String {
        let days: Vec<String> = DAYS
            .iter()
            .filter(|(_, day)| self.days.contains(day))
            .map(|(name, _)| capitalise(name))
            .collect();
        let days = if days.is_empty() { "every day".to_owned() } else { format!("on {}", days.join(", ")) };
        let clock = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        let hours =
            self.hours.map(|(from, to)| format!(", {}–{}", clock(from), clock(to))).unwrap_or_default();
        let zone = &self.time_zone_name;
        if hours.is_empty() { format!("{days} ({zone})") } else { format!("{days}{hours} {zone}") }
    }
}

/// Reads a day: `mon` to `sun`, in any case.
pub(crate) fn parse_day(text: &str) -> Result<Weekday, String> {
    let lower = text.to_ascii_lowercase();
    DAYS.iter()
        .find(|(name, _)| *name == lower)
        .map(|(_, day)| *day)
        .ok_or_else(|| format!("invalid day '{text}': use mon, tue, wed, thu, fri, sat or sun"))
}

/// Reads hours: `08:00-18:00`, or past midnight `22:00-06:00`.
pub(crate) fn parse_hours(text: &str) -> Result<(Time, Time), String> {
    text.split_once('-')
        .and_then(|(from, to)| Some((clock_time(from.trim())?, clock_time(to.trim())?)))
        .filter(|(from, to)| from != to)
        .ok_or_else(|| format!("invalid hours '{text}': use a range such as \"08:00-18:00\""))
}

fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit()))
            .then(|| text.parse::<i8>().ok())
            .flatten()
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

/// Reads a time zone: `UTC`, an offset such as `+10:00`, or a name such as `Australia/Sydney`.
pub(crate) fn parse_time_zone(text: &str) -> Result<TimeZone, String> {
    let offset = || {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let from_utc = clock_time(rest)?;
        let seconds = i32::from(from_utc.hour()) * 3600 + i32::from(from_utc.minute()) * 60;
        Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed)
    };
    if text.eq_ignore_ascii_case("UTC") {
        return Ok(TimeZone::UTC);
    }
    offset().or_else(|| TimeZone::get(text).ok()).ok_or_else(|| {
        format!(
            "unknown time zone '{text}': use UTC, an offset such as \"+10:00\", or a name such as \
             \"Australia/Sydney\""
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(days: &[&str], hours: Option<&str>, zone: &str) -> Window {
        Window {
            days: days.iter().map(|day| parse_day(day).unwrap()).collect(),
            hours: hours.map(|hours| parse_hours(hours).unwrap()),
            time_zone: parse_time_zone(zone).unwrap(),
            time_zone_name: zone.to_owned(),
        }
    }

    #[test]
    fn it_is_open_on_its_days_in_its_hours() {
        // 2026-11-23 is a Monday.
        for (days, hours, zone, at, open) in [
            (&["mon"][..], Some("08:00-18:00"), "UTC", "2026-11-23T08:00:00Z", true),
            (&["mon"], Some("08:00-18:00"), "UTC", "2026-11-23T18:00:00Z", false),
            (&["tue"], Some("08:00-18:00"), "UTC", "2026-11-23T08:00:00Z", false),
            (&[], Some("08:00-18:00"), "+10:00", "2026-11-23T00:00:00Z", true),
            (&[], Some("08:00-18:00"), "-05:00", "2026-11-23T08:00:00Z", false),
            (&["mon"], Some("22:00-06:00"), "UTC", "2026-11-24T05:59:00Z", true),
            (&["mon"], Some("22:00-06:00"), "UTC", "2026-11-23T05:00:00Z", false),
            (&["mon"], Some("22:00-06:00"), "UTC", "2026-11-23T22:00:00Z", true),
            (&["mon", "sun"], None, "UTC", "2026-11-23T03:00:00Z", true),
            (&["sun"], None, "UTC", "2026-11-23T03:00:00Z", false),
        ] {
            let window = window(days, hours, zone);
            assert_eq!(window.is_open(at.parse().unwrap()), open, "{window} at {at}");
        }
    }

    #[test]
    fn it_is_told_as_in_the_file() {
        assert_eq!(
            window(&["MON", "fri"], Some("08:00-18:00"), "UTC").to_string(),
            "mon, fri 08:00-18:00 UTC"
        );
        assert_eq!(window(&[], Some("22:00-06:00"), "+05:30").to_string(), "every day 22:00-06:00 +05:30");
    }

    #[test]
    fn in_a_sentence_days_are_capitalised() {
        for (days, hours, words) in [
            (&["fri", "mon"][..], Some("08:00-18:00"), "on Mon, Fri, 08:00–18:00 UTC"),
            (&[], Some("22:00-06:00"), "every day, 22:00–06:00 UTC"),
            (&["sun"], None, "on Sun (UTC)"),
        ] {
            assert_eq!(window(days, hours, "UTC").in_words(), words);
        }
    }

    #[test]
    fn hours_and_time_zones_are_checked() {
        assert!(parse_hours("08:00-18:00").is_ok());
        assert!(parse_hours("8-18").is_err());
        assert!(parse_hours("08:00-08:00").is_err());
        assert!(parse_time_zone("+05:30").is_ok());
        assert!(parse_time_zone("Sydney").is_err());
    }
}

//! Formats speeds, ages and capacity.

use std::fmt::Display;

use jiff::{SignedDuration, Timestamp};

use crate::text::Mbps;

/// A word with a capital letter.
///
/// ```
/// assert_eq!(portgate::text::words::capitalise("accept"), "Accept");
/// ```
pub fn capitalise(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A duration in the largest unit that fits: `5m`, `7h`, `51d`.
///
/// ```
/// use jiff::SignedDuration;
/// use portgate::text::words::span;
/// assert_eq!(span(SignedDuration::from_hours(51 * 24 + 3)), "51d");
/// assert_eq!(span(SignedDuration::from_mins(125)), "2h");
/// assert_eq!(span(SignedDuration::from_secs(20)), "0m");
/// ```
pub fn span(duration: SignedDuration) -> String {
    let minutes = duration.as_secs().max(0) / 60;
    match minutes {
        0..60 => format!("{minutes}m"),
        60..1_440 => format!("{}h", minutes / 60),
        _ => format!("{}d", minutes / 1_440),
    }
}

/// A duration in a sentence, in its two largest units, rounded down.
///
/// ```
/// use std::time::Duration;
/// use portgate::text::words::duration_in_words;
/// assert_eq!(duration_in_words(Duration::from_secs(1)), "1 second");
/// assert_eq!(duration_in_words(Duration::from_secs(12 * 60 + 59)), "12 minutes");
/// assert_eq!(duration_in_words(Duration::from_secs(7199)), "1 hour 59 minutes");
/// assert_eq!(duration_in_words(Duration::from_secs(49 * 3600)), "2 days 1 hour");
/// ```
pub fn duration_in_words(duration: std::time::Duration) -> String {
    let seconds = usize::try_from(duration.as_secs()).unwrap_or(usize::MAX);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |large: String, small: usize, one: &str, many: &str| match small {
        0 => large,
        small => format!("{large} {}", count(small, one, many)),
    };
    match seconds {
        0..60 => count(seconds, "second", "seconds"),
        60..3_600 => count(minutes, "minute", "minutes"),
        3_600..86_400 => two(count(hours, "hour", "hours"), minutes % 60, "minute", "minutes"),
        _ => two(count(days, "day", "days"), hours % 24, "hour", "hours"),
    }
}

/// A time limit in seconds, as it was given: what has passed of it meanwhile is rounded away.
///
/// ```
/// use std::time::Duration;
/// use portgate::text::words::seconds;
/// assert_eq!(seconds(Duration::from_millis(5999)), "6 s");
/// assert_eq!(seconds(Duration::from_millis(1500)), "1.5 s");
/// assert_eq!(seconds(Duration::from_millis(499)), "500 ms");
/// ```
pub fn seconds(duration: std::time::Duration) -> String {
    let milliseconds = duration.as_millis();
    let step = match milliseconds {
        0..10 => 1,
        10..1_000 => 10,
        _ => 100,
    };
    match (milliseconds + step / 2) / step * step {
        few @ 0..1_000 => format!("{few} ms"),
        whole if whole % 1_000 == 0 => format!("{} s", whole / 1_000),
        rounded => format!("{}.{} s", rounded / 1_000, rounded % 1_000 / 100),
    }
}

/// Like [`span`], but rounded to the nearest unit.
fn rounded_span(duration: SignedDuration) -> String {
    let minutes = (duration.as_secs().max(0) + 30) / 60;
    match minutes {
        0..60 => format!("{minutes}m"),
        60..1_410 => format!("{}h", (minutes + 30) / 60),
        _ => format!("{}d", (minutes + 720) / 1_440),
    }
}

/// The age of something created then; `?` if unknown.
pub fn age(created: Option<Timestamp>, now: Timestamp) -> String {
    created.map_or_else(|| "?".to_owned(), |created| span(now.duration_since(created)))
}

/// The remaining time: `in 9d`, `due` if over, `-` without an end.
///
/// ```
/// use portgate::text::words::expiry;
/// let now = "2026-01-01T00:00:00Z".parse().unwrap();
/// assert_eq!(expiry("2026-01-10T00:00:00Z".parse().ok(), now), "in 9d");
/// assert_eq!(expiry(None, now), "-");
/// ```
pub fn expiry(expires: Option<Timestamp>, now: Timestamp) -> String {
    match expires {
        None => "-".to_owned(),
        Some(expires) if expires <= now => "due".to_owned(),
        // Round to the nearest unit: 51 of 60 days leave 9, not 8 and some hours.
        Some(expires) => format!("in {}", rounded_span(expires.duration_since(now))),
    }
}

/// A word for a POSIX shell, quoted if needed.
///
/// ```
/// use portgate::text::words::shell_word;
/// assert_eq!(shell_word("SYD1-A"), "SYD1-A");
/// assert_eq!(shell_word("it's"), r"'it'\''s'");
/// assert_eq!(shell_word(""), "''");
/// ```
pub fn shell_word(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A requested speed or speed change: `500`, `200 → 1000`; in Mbps.
///
/// ```
/// use portgate::text::{Mbps, words::speed};
/// assert_eq!(speed(Some(Mbps(200)), Some(Mbps(1000))), "200 → 1000");
/// assert_eq!(speed(Some(Mbps(500)), None), "500");
/// assert_eq!(speed(Some(Mbps(1000)), Some(Mbps(1000))), "1000");
/// ```
pub fn speed(rate: Option<Mbps>, new_rate: Option<Mbps>) -> String {
    let number = |mbps: Option<Mbps>| mbps.map_or_else(|| "?".to_owned(), |mbps| mbps.to_string());
    match new_rate {
        // A completed change is shown as the new speed.
        Some(new) if rate == Some(new) => number(rate),
        Some(_) => format!("{} → {}", number(rate), number(new_rate)),
        None => or_dash(rate),
    }
}

/// A term or a change of it; `None` if both are unknown.
///
/// ```
/// use portgate::text::words::term;
/// assert_eq!(term(Some(12), None).as_deref(), Some("12 months"));
/// assert_eq!(term(Some(12), Some(24)).as_deref(), Some("12 → 24 months"));
/// assert_eq!(term(None, Some(1)).as_deref(), Some("1 month"));
/// assert_eq!(term(None, None), None);
/// ```
pub fn term(months: Option<u64>, new_months: Option<u64>) -> Option<String> {
    let counted = |months: u64| if months == 1 { "1 month".to_owned() } else { format!("{months} months") };
    match (months, new_months) {
        (Some(months), Some(new)) if months != new => Some(format!("{months} → {}", counted(new))),
        (months, new) => new.or(months).map(counted),
    }
}

/// The available capacity of a port: `1300 of 10000`, `OVER by 400`, `-` if unknown; in Mbps.
///
/// ```
/// use portgate::text::{Mbps, words::room};
/// assert_eq!(room(Some(1300), Some(Mbps(10_000))), "1300 of 10000");
/// assert_eq!(room(Some(-400), Some(Mbps(10_000))), "OVER by 400");
/// ```
pub fn room(left: Option<i64>, of: Option<Mbps>) -> String {
    match (left, of) {
        (Some(left), _) if left < 0 => format!("OVER by {}", left.unsigned_abs()),
        (Some(left), Some(of)) => format!("{left} of {of}"),
        (Some(left), None) => left.to_string(),
        (None, _) => "-".to_owned(),
    }
}

/// The items as a choice.
///
/// ```
/// use portgate::text::words::alternatives;
/// assert_eq!(alternatives(&["a", "b", "c"]), "a, b or c");
/// assert_eq!(alternatives(&["a"]), "a");
/// ```
pub fn alternatives(items: &[impl AsRef<str>]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [first @ .., before, last] => [first, &[&format!("{before} or {last}")]].concat().join(", "),
        few => few.concat(),
    }
}

/// The value, or `-` if there is none.
pub fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// One line per known value, with its label.
pub(crate) fn labelled_lines<const N: usize>(rows: [(&str, Option<String>); N]) -> Vec<String> {
    rows.into_iter().filter_map(|(label, value)| Some(format!("{label:<12} {}", value?))).collect()
}

/// A speed with its unit.
///
/// ```
/// use portgate::text::{Mbps, words::mbps};
/// assert_eq!(mbps(Mbps(500)), "500 Mbps");
/// ```
pub fn mbps(mbps: Mbps) -> String {
    format!("{mbps} Mbps")
}

/// Like [`count`], for a list that may be limited.
///
/// ```
/// use portgate::text::words::count_shown;
/// assert_eq!(count_shown(5, 9, "port", "ports"), "5 of 9 ports");
/// assert_eq!(count_shown(9, 9, "port", "ports"), "9 ports");
/// ```
pub fn count_shown(shown: usize, found: usize, one: &str, many: &str) -> String {
    let all = count(found, one, many);
    if shown < found { format!("{shown} of {all}") } else { all }
}

/// A count with its noun.
///
/// ```
/// use portgate::text::words::count;
/// assert_eq!(count(1, "request", "requests"), "1 request");
/// assert_eq!(count(0, "request", "requests"), "0 requests");
/// ```
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

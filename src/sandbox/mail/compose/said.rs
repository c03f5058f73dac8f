//! What an event's payload says, made harmless: names come from outside.

use serde_json::Value;

use crate::sandbox::clock::DAY_MS;
use crate::text::sanitize;

/// The longest name that is written out, in characters.
const LONGEST: usize = 120;

/// The longest that somebody may write to the other side, in characters.
const LONGEST_WORDS: usize = 2_000;

/// An event's payload. Paths are JSON pointers.
pub(crate) struct Said<'a> {
    payload: &'a Value,
    at_ms: i64,
}

impl<'a> Said<'a> {
    /// A payload and when its event happened.
    pub(crate) fn new(payload: &'a Value, at_ms: i64) -> Self {
        Said { payload, at_ms }
    }

    fn at(&self, path: &str) -> &'a Value {
        self.payload.pointer(path).unwrap_or(&Value::Null)
    }

    /// A text, on one line, cut where it is endless.
    pub(crate) fn maybe(&self, path: &str) -> Option<String> {
        let text = self.at(path).as_str().filter(|text| !text.trim().is_empty())?;
        let mut harmless = sanitize::line(text.trim()).into_owned();
        if let Some((end, _)) = harmless.char_indices().nth(LONGEST) {
            harmless.truncate(end);
            harmless.push('…');
        }
        Some(harmless)
    }

    /// What somebody wrote: one line without breaks, cut only where nobody would read on.
    pub(crate) fn words(&self, path: &str) -> Option<String> {
        let words: Vec<&str> = self.at(path).as_str()?.split_whitespace().collect();
        let mut harmless = sanitize::line(&words.join(" ")).into_owned();
        if let Some((end, _)) = harmless.char_indices().nth(LONGEST_WORDS) {
            harmless.truncate(end);
            harmless.push('…');
        }
        Some(harmless).filter(|text| !text.is_empty())
    }

    /// A text; a dash where there is none.
    pub(crate) fn text(&self, path: &str) -> String {
        self.maybe(path).unwrap_or_else(|| String::from("-"))
    }

    /// Several texts, with commas.
    pub(crate) fn list(&self, path: &str) -> String {
        let texts = self.at(path).as_array().map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<String> =
            texts.iter().filter_map(Value::as_str).map(|text| sanitize::line(text).into_owned()).collect();
        texts.join(", ")
    }

    pub(crate) fn number(&self, path: &str) -> Option<i64> {
        self.at(path).as_i64()
    }

    /// How many there are in a list.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.at(path).as_array().map_or(0, Vec::len)
    }

    pub(crate) fn is(&self, path: &str) -> bool {
        self.at(path).as_bool().unwrap_or(false)
    }

    /// A speed: "500 Mbps".
    pub(crate) fn speed(&self, path: &str) -> String {
        self.number(path).map_or_else(|| String::from("-"), |mbps| format!("{mbps} Mbps"))
    }

    /// An amount of money a month.
    pub(crate) fn charge(&self) -> String {
        let amount = self.at("/monthly_charge").as_f64().unwrap_or_default();
        format!("{} {amount:.2} a month", self.text("/currency"))
    }

    /// A time: "2026-03-01 21:00 UTC".
    pub(crate) fn time(&self, path: &str) -> Option<String> {
        self.instant(path).map(in_utc)
    }

    /// When the event happened.
    pub(crate) fn when(&self) -> String {
        jiff::Timestamp::from_millisecond(self.at_ms).map_or_else(|_| String::from("-"), in_utc)
    }

    /// A time and how many days there are until then: "2026-03-01 21:00 UTC, 60 days left".
    pub(crate) fn deadline(&self, path: &str) -> Option<String> {
        let at = self.instant(path)?;
        // Times are told in whole seconds; what is sixty days must not read as less for a part of one.
        let now_ms = self.at_ms.div_euclid(1000) * 1000;
        let left = match (at.as_millisecond() - now_ms).div_euclid(DAY_MS) {
            ..=0 => String::from("less than a day left"),
            1 => String::from("1 day left"),
            days => format!("{days} days left"),
        };
        Some(format!("{}, {left}", in_utc(at)))
    }

    fn instant(&self, path: &str) -> Option<jiff::Timestamp> {
        self.at(path).as_str()?.parse().ok()
    }

    /// A port with its place: "SYD1-A, Example Sydney 1".
    pub(crate) fn end(&self, path: &str) -> String {
        let name = self.text(&format!("{path}/product_name"));
        match self.maybe(&format!("{path}/location")) {
            Some(location) => format!("{name}, {location}"),
            None => name,
        }
    }

    /// The VLAN of an end: "1201", "1201 (inner 30)", "untagged", or what is said where none is set.
    pub(crate) fn vlan(&self, path: &str, unset: &str) -> String {
        let inner = self.number(&format!("{path}/inner_vlan")).filter(|inner| *inner > 0);
        match (self.number(&format!("{path}/vlan")), inner) {
            (Some(-1), _) => String::from("untagged"),
            (None | Some(0), _) => String::from(unset),
            (Some(vlan), Some(inner)) => format!("{vlan} (inner {inner})"),
            (Some(vlan), None) => vlan.to_string(),
        }
    }
}

fn in_utc(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_one_harmless_line_of_bearable_length() {
        let payload = json!({"name": " a\r\nBcc: x\u{202e} ", "long": "é".repeat(500), "empty": " "});
        let said = Said::new(&payload, 0);
        assert_eq!(said.text("/name"), r"a\r\nBcc: x\u{202e}");
        assert_eq!(said.text("/long").chars().count(), LONGEST + 1);
        assert_eq!(said.words("/name").as_deref(), Some(r"a Bcc: x\u{202e}"));
        assert_eq!(said.words("/long").map(|words| words.chars().count()), Some(500));
        assert_eq!(said.words("/empty"), None);
        assert_eq!(said.text("/empty"), "-");
        assert_eq!(said.text("/missing/deep"), "-");
    }

    #[test]
    fn deadlines_count_whole_days() {
        let payload = json!({"expires_at": "1970-03-02T00:00:00Z"});
        let left = |at_ms| Said::new(&payload, at_ms).deadline("/expires_at").unwrap();
        assert_eq!(left(0), "1970-03-02 00:00 UTC, 60 days left");
        assert_eq!(left(999), "1970-03-02 00:00 UTC, 60 days left");
        assert_eq!(left(58 * DAY_MS + 1_000), "1970-03-02 00:00 UTC, 1 day left");
        assert_eq!(left(59 * DAY_MS + 1_000), "1970-03-02 00:00 UTC, less than a day left");
    }
}

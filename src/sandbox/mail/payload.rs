//! Values from an event's payload, sanitized because names come from users.

use serde_json::Value;

use crate::sandbox::clock::DAY_MS;
use crate::sandbox::event::automatic_because;
use crate::text::sanitize;

/// The longest name shown, in characters.
const LONGEST: usize = 120;

/// The longest reason or comment shown, in characters.
const LONGEST_WORDS: usize = 2_000;

/// The number of VXCs listed for one order.
pub(super) const LISTED: usize = 10;

/// An event's payload and time. Paths are JSON pointers without the leading slash.
pub(super) struct Payload<'a> {
    pub(super) value: &'a Value,
    pub(super) at_ms: i64,
}

impl Payload<'_> {
    fn find(&self, path: &str) -> &Value {
        self.value.pointer(&format!("/{path}")).unwrap_or(&Value::Null)
    }

    /// A value formatted by a filter, if it exists.
    pub(super) fn value(&self, path: &str, filter: &str) -> Option<String> {
        let (filter, argument) = filter.split_once(':').unwrap_or((filter, ""));
        match filter {
            "text" => Some(self.text(path)),
            "maybe" => self.line(path),
            "words" => self.words(path),
            "list" => Some(self.list(path)),
            "number" => self.number(path).map(|number| number.to_string()),
            "count" => Some(self.count(path).to_string()),
            "beyond" => self.count(path).checked_sub(LISTED + 1).map(|more| (more + 1).to_string()),
            "mbps" => self.number(path).map(|mbps| format!("{mbps} Mbps")),
            "speed" => self.value(path, "mbps").or_else(|| Some(String::from("-"))),
            "term" => self.number(path).map(|months| match months {
                1 => String::from("1 month"),
                _ => format!("{months} months"),
            }),
            "time" => self.instant(path).map(in_utc),
            "deadline" => self.instant(path).map(|at| self.deadline(at)),
            "end" => Some(self.end(path)),
            "vlan" => Some(self.vlan(path, argument)),
            "because" => automatic_because(self.find(path).as_str()?),
            _ => unreachable!("no filter {filter:?}; the letters are tested"),
        }
    }

    /// Evaluates a test: `path`, `path=word`, `path!=word` or `path>path`.
    pub(super) fn holds(&self, test: &str) -> bool {
        let is = |path, word| match self.find(path) {
            Value::String(text) => text == word,
            Value::Number(number) => number.to_string() == word,
            _ => false,
        };
        if let Some((path, word)) = test.split_once("!=") {
            !is(path, word)
        } else if let Some((path, word)) = test.split_once('=') {
            is(path, word)
        } else if let Some((larger, smaller)) = test.split_once('>') {
            self.number(larger).zip(self.number(smaller)).is_some_and(|(larger, smaller)| larger > smaller)
        } else {
            !matches!(self.find(test), Value::Null | Value::Bool(false))
        }
    }

    pub(super) fn count(&self, path: &str) -> usize {
        self.find(path).as_array().map_or(0, Vec::len)
    }

    /// The monthly charge, such as "AUD 75.00 per month".
    pub(super) fn charge(&self) -> String {
        let amount = self.find("monthly_charge").as_f64().unwrap_or_default();
        format!("{} {amount:.2} per month", self.text("currency"))
    }

    pub(super) fn utc_time(&self) -> String {
        jiff::Timestamp::from_millisecond(self.at_ms).map_or_else(|_| String::from("-"), in_utc)
    }

    /// A text on one line, truncated if too long.
    fn line(&self, path: &str) -> Option<String> {
        let text = self.find(path).as_str().filter(|text| !text.trim().is_empty())?;
        Some(cut(sanitize::line(text.trim()).into_owned(), LONGEST))
    }

    /// A reason or comment on one line, truncated if too long.
    fn words(&self, path: &str) -> Option<String> {
        let words: Vec<&str> = self.find(path).as_str()?.split_whitespace().collect();
        let harmless = cut(sanitize::line(&words.join(" ")).into_owned(), LONGEST_WORDS);
        Some(harmless).filter(|text| !text.is_empty())
    }

    /// A text, or a dash if missing.
    fn text(&self, path: &str) -> String {
        self.line(path).unwrap_or_else(|| String::from("-"))
    }

    fn list(&self, path: &str) -> String {
        let texts = self.find(path).as_array().map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<_> = texts.iter().filter_map(Value::as_str).map(sanitize::line).collect();
        texts.join(", ")
    }

    fn number(&self, path: &str) -> Option<i64> {
        self.find(path).as_i64()
    }

    /// A time and the days left until then: "2026-03-01 21:00 UTC, 60 days left".
    fn deadline(&self, at: jiff::Timestamp) -> String {
        // Times are shown in whole seconds: 60 days must not become 59 because of a fraction.
        let now_ms = self.at_ms.div_euclid(1000) * 1000;
        let left = match (at.as_millisecond() - now_ms).div_euclid(DAY_MS) {
            ..=0 => String::from("less than a day left"),
            1 => String::from("1 day left"),
            days => format!("{days} days left"),
        };
        format!("{}, {left}", in_utc(at))
    }

    fn instant(&self, path: &str) -> Option<jiff::Timestamp> {
        self.find(path).as_str()?.parse().ok()
    }

    /// A port with its location: "SYD1-A, Example Sydney 1".
    fn end(&self, path: &str) -> String {
        let name = self.text(&format!("{path}/product_name"));
        match self.line(&format!("{path}/location")) {
            Some(location) => format!("{name}, {location}"),
            None => name,
        }
    }

    /// The VLAN of an end: "1201", "1201 (inner 30)", "untagged", or `unset` if it has none.
    fn vlan(&self, path: &str, unset: &str) -> String {
        let inner = self.number(&format!("{path}/inner_vlan")).filter(|inner| *inner > 0);
        match (self.number(&format!("{path}/vlan")), inner) {
            (Some(-1), _) => String::from("untagged"),
            (None | Some(0), _) => String::from(unset),
            (Some(vlan), Some(inner)) => format!("{vlan} (inner {inner})"),
            (Some(vlan), None) => vlan.to_string(),
        }
    }
}

fn cut(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
    text
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
        let value = json!({"name": " a\r\nBcc: x\u{202e} ", "long": "é".repeat(500), "empty": " "});
        let payload = Payload { value: &value, at_ms: 0 };
        assert_eq!(payload.text("name"), r"a\r\nBcc: x\u{202e}");
        assert_eq!(payload.text("long").chars().count(), LONGEST + 1);
        assert_eq!(payload.words("name").as_deref(), Some(r"a Bcc: x\u{202e}"));
        assert_eq!(payload.words("long").map(|words| words.chars().count()), Some(500));
        assert_eq!(payload.words("empty"), None);
        assert_eq!(payload.text("empty"), "-");
        assert_eq!(payload.text("missing/deep"), "-");
    }

    #[test]
    fn deadlines_count_whole_days() {
        let value = json!({"expires_at": "1970-03-02T00:00:00Z"});
        let left = |at_ms| Payload { value: &value, at_ms }.value("expires_at", "deadline").unwrap();
        assert_eq!(left(0), "1970-03-02 00:00 UTC, 60 days left");
        assert_eq!(left(999), "1970-03-02 00:00 UTC, 60 days left");
        assert_eq!(left(58 * DAY_MS + 1_000), "1970-03-02 00:00 UTC, 1 day left");
        assert_eq!(left(59 * DAY_MS + 1_000), "1970-03-02 00:00 UTC, less than a day left");
    }
}

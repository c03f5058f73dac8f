//! Lenient deserialization: a value of an unexpected type reads as absent and never fails. The API sends
//! some numbers as strings, times as milliseconds or ISO 8601, and `null` for absent (confirmed).

use jiff::Timestamp;
use serde::Deserialize as _;
use serde::de::MapAccess;
use serde::de::value::MapAccessDeserializer;
use serde_json::Value;

use crate::text::fit::cut_to_bytes;
use crate::text::{Mbps, Uid};

/// The type of a wire value.
pub(crate) trait Wire: Sized {
    fn from_wire(value: Value) -> Self;

    /// The same for text.
    fn from_text(text: &str) -> Self {
        Self::from_wire(Value::from(text))
    }

    /// The same for an object. A struct fails on a name that is there twice.
    fn from_fields<'de, A: MapAccess<'de>>(fields: A) -> Result<Self, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(fields)).map(Self::from_wire)
    }
}

impl Wire for Value {
    fn from_wire(value: Value) -> Self {
        value
    }
}

/// Numbers are read as their digits.
impl Wire for Option<String> {
    fn from_wire(value: Value) -> Self {
        as_text(&value)
    }

    fn from_text(text: &str) -> Self {
        (!text.is_empty()).then(|| cut_to_bytes(text, LONGEST_TEXT))
    }
}

impl Wire for Option<Uid> {
    fn from_wire(value: Value) -> Self {
        as_uid(&value)
    }

    fn from_text(text: &str) -> Self {
        Option::<String>::from_text(text).map(Uid::from)
    }
}

/// A whole number, also from a string or a float without a fraction.
impl Wire for Option<i64> {
    fn from_wire(value: Value) -> Self {
        as_integer(&value)
    }
}

/// As above; negative numbers read as absent.
impl Wire for Option<Mbps> {
    fn from_wire(value: Value) -> Self {
        as_integer(&value).and_then(|number| number.try_into().ok()).map(Mbps)
    }
}

/// Also from `"true"` and `"false"`.
impl Wire for Option<bool> {
    fn from_wire(value: Value) -> Self {
        as_flag(&value)
    }
}

/// Milliseconds since the Unix epoch (also as a string), or ISO 8601.
impl Wire for Option<Timestamp> {
    fn from_wire(value: Value) -> Self {
        as_time(&value)
    }
}

/// Other values than text are skipped.
impl Wire for Vec<String> {
    fn from_wire(value: Value) -> Self {
        value.as_array().into_iter().flatten().filter_map(as_text).collect()
    }
}

/// Maximum length of text, in bytes: more than any name, address or comment of the API.
const LONGEST_TEXT: usize = 4096;

pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Wire::from_text(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(crate) fn as_uid(value: &Value) -> Option<Uid> {
    as_text(value).map(Uid::from)
}

pub(crate) fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| text.parse::<f64>().ok().and_then(whole))
        }
        _ => None,
    }
}

pub(crate) fn as_flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

/// Whether it is between the years 2000 and 2100; other values, such as 0, are not times (confirmed).
pub(crate) fn is_time(time: &Timestamp) -> bool {
    (946_684_800..4_102_444_800).contains(&time.as_second())
}

pub(crate) fn as_time(value: &Value) -> Option<Timestamp> {
    if let Some(milliseconds) = as_integer(value) {
        return Timestamp::from_millisecond(milliseconds).ok().filter(is_time);
    }
    let text = value.as_str()?.trim();
    let time = text.parse().ok().or_else(|| {
        // Without an offset, assume UTC.
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(civil).ok()
    });
    time.filter(is_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_times_are_read_in_each_form() {
        assert_eq!(as_integer(&json!("1000")), Some(1000));
        assert_eq!(as_integer(&json!(500.0)), Some(500));
        assert_eq!(as_integer(&json!({"a": 1})), None);
        assert_eq!(as_text(&json!("é".repeat(100_000))).unwrap(), format!("{}…", "é".repeat(2048)));
        let expected = "2026-01-01T00:00:00Z".parse().ok();
        assert_eq!(as_time(&json!(1767225600000u64)), expected);
        assert_eq!(as_time(&json!("2026-01-01T01:00:00+01:00")), expected);
        for unknown in [
            json!("yesterday"),
            json!(0),
            json!("0"),
            json!("20261105"),
            json!("1970-01-01"),
            json!("2261-01-01T00:00:00Z"),
        ] {
            assert_eq!(as_time(&unknown), None, "{unknown}");
        }
        assert!(as_time(&json!("2026-11-05")).is_some() && as_time(&json!("2026-11-05 10:00:00")).is_some());
    }
}

//! Readers for wire values that forgive: a value of an unexpected type reads as absent, never as a failure. The API sends
//! numbers as strings in places, times as milliseconds or ISO 8601, and `null` for absent (confirmed).

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text; a number is taken as its digits.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(as_text(&Value::deserialize(deserializer)?))
}

/// A whole number, also from a string or a float without a fraction.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(as_integer(&Value::deserialize(deserializer)?))
}

/// A speed in Mbps; negative ones are absent.
pub(crate) fn mbps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(as_integer(&Value::deserialize(deserializer)?).and_then(|number| u64::try_from(number).ok()))
}

/// A yes or no, also from `"true"` and `"false"`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => Some(flag),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    })
}

/// A moment: milliseconds since the Unix epoch (also as a string), or ISO 8601.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(as_time(&Value::deserialize(deserializer)?))
}

/// An object or list read as `T` where it fits, else its default.
pub(crate) fn nested<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + serde::de::DeserializeOwned,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
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

#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
}

pub(crate) fn as_time(value: &Value) -> Option<Timestamp> {
    if let Some(milliseconds) = as_integer(value) {
        return Timestamp::from_millisecond(milliseconds).ok();
    }
    let text = value.as_str()?.trim();
    text.parse().ok().or_else(|| {
        // Without an offset it is UTC.
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(civil).ok()
    })
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
        let expected = "2026-01-01T00:00:00Z".parse().ok();
        assert_eq!(as_time(&json!(1767225600000u64)), expected);
        assert_eq!(as_time(&json!("2026-01-01T01:00:00+01:00")), expected);
        assert_eq!(as_time(&json!("yesterday")), None);
    }
}

//! Lenient deserialization: a value of an unexpected type reads as absent and never fails. The API sends
//! some numbers as strings, times as milliseconds or ISO 8601, and `null` for absent (confirmed).

use std::fmt;

use jiff::Timestamp;
use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::Value;

use crate::text::fit::bounded;
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

/// Reads a struct from an object alone: serde would take an array for its fields in their order.
pub(crate) struct OnlyObject<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for OnlyObject<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Reads a struct from an object in which a name may be there twice deeper down: the last counts, as in a [`Value`].
pub(crate) fn from_doubled<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    struct Fields;
    impl<'de> Visitor<'de> for Fields {
        type Value = Vec<(String, Value)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
            std::iter::from_fn(|| fields.next_entry().transpose()).collect()
        }
    }
    let fields = serde_json::Deserializer::from_str(text).deserialize_map(Fields)?;
    T::deserialize(MapDeserializer::new(fields.into_iter()))
}

/// Reads a struct from a body that is an object.
pub(crate) fn from_object<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = T::deserialize(OnlyObject(&mut json))?;
    json.end().map(|()| read)
}

/// An object on the wire with leniently read fields; anything else reads as an empty object.
macro_rules! wire {
    ($(#[$about:meta])* $visible:vis struct $name:ident {
        $($(#[$about_field:meta])* $field_visible:vis $field:ident: $type:ty,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default, remote = "Self")]
        $visible struct $name {
            $(
                $(#[$about_field])*
                #[serde(deserialize_with = "crate::api::lenient_read::read")]
                $field_visible $field: $type,
            )*
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $name::deserialize(crate::api::lenient::OnlyObject(deserializer))
            }
        }

        impl crate::api::lenient::Wire for $name {
            fn from_wire(value: serde_json::Value) -> Self {
                serde_json::from_value(value).unwrap_or_default()
            }

            fn from_fields<'de, A: serde::de::MapAccess<'de>>(fields: A) -> Result<Self, A::Error> {
                $name::deserialize(serde::de::value::MapAccessDeserializer::new(fields))
            }
        }
    };
}
pub(crate) use wire;

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
        (!text.is_empty()).then(|| bounded(text, LONGEST_TEXT))
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
    fn of_a_name_that_is_there_twice_deeper_down_the_last_counts() {
        let json = r#"{"aEnd":{"vlan":7,"vlan":8,"vlan":"9"},"productUid":"v"}"#;
        let vxc: crate::api::vxc::Vxc = from_doubled(json).unwrap();
        assert_eq!(vxc.a_end.vlan, Some(crate::api::vlan::Vlan::Number(9)));
        assert!(serde_json::from_str::<crate::api::vxc::Vxc>(json).is_err());
        assert!(from_doubled::<crate::api::vxc::Vxc>(r#"{"productUid":"v","productUid":"v"}"#).is_err());
    }

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

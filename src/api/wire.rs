//! Objects on the wire, read as structs with lenient fields.

use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::Value;

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
                $name::deserialize(crate::api::wire::OnlyObject(deserializer))
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

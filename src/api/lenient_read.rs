//! Reads a wire type straight from its JSON, as if from a [`Value`]: text is borrowed, and only what is nested and unknown
//! becomes one.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::api::lenient::Wire;

/// Reads a field according to its type.
pub(crate) fn read<'de, D: Deserializer<'de>, T: Wire>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Reading(PhantomData))
}

struct Reading<T>(PhantomData<T>);

/// The methods of a visitor for the plain values of JSON other than text.
macro_rules! visit_plain {
    ($become:expr) => {
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("any JSON value")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($become(Value::Null))
        }

        fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
            Ok($become(flag.into()))
        }

        fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
            Ok($become(number.into()))
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok($become(number.into()))
        }

        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            Ok($become(number.into()))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Value::deserialize(SeqAccessDeserializer::new(list)).map($become)
        }
    };
}

impl<'de, T: Wire> Visitor<'de> for Reading<T> {
    type Value = T;

    visit_plain!(T::from_wire);

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::from_fields(fields)
    }
}

/// A value of which the text is borrowed where it can be.
enum Item<'de> {
    Text(Cow<'de, str>),
    Other(Value),
}

impl<'de> Deserialize<'de> for Item<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Item<'de>;

            visit_plain!(Item::Other);

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Item<'de>, E> {
                Ok(Item::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Item<'de>, E> {
                Ok(Item::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Item<'de>, A::Error> {
                Value::deserialize(MapAccessDeserializer::new(fields)).map(Item::Other)
            }
        }
        deserializer.deserialize_any(Items)
    }
}

impl Item<'_> {
    /// The text of a name; a name is always text.
    fn name(&self) -> &str {
        match self {
            Item::Text(text) => text,
            Item::Other(_) => "",
        }
    }

    fn into_value(self) -> Value {
        match self {
            Item::Text(text) => Value::String(text.into_owned()),
            Item::Other(value) => value,
        }
    }
}

impl<'de> IntoDeserializer<'de, serde_json::Error> for &'de Item<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de Item<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, serde_json::Error> {
        match self {
            Item::Text(text) => visitor.visit_borrowed_str(text),
            Item::Other(value) => value.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The fields of an object, to read a struct from by its derived `read`. Of a field that is there twice, the last counts.
pub(crate) fn from_fields<'de, A: MapAccess<'de>, T: Wire>(
    mut fields: A,
    read: impl for<'a> FnOnce(Fields<'a>) -> Result<T, serde_json::Error>,
) -> Result<T, A::Error> {
    let mut items: Vec<(Item<'de>, Item<'de>)> = Vec::with_capacity(16);
    while let Some(entry) = fields.next_entry()? {
        items.push(entry);
    }
    Ok(read(Fields(&items)).unwrap_or_else(|_| {
        let entries = items.into_iter().map(|(name, value)| (name.name().to_owned(), value.into_value()));
        let fields: Map<String, Value> = entries.collect();
        T::from_wire(Value::Object(fields))
    }))
}

pub(crate) struct Fields<'a>(&'a [(Item<'a>, Item<'a>)]);

impl<'de> Deserializer<'de> for Fields<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, serde_json::Error> {
        let entries = self.0.iter().map(|(name, value)| (name.name(), value));
        visitor.visit_map(MapDeserializer::new(entries))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

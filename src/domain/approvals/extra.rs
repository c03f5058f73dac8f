//! The fields of the API that a request has beside those that portgate names.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// Kept as JSON: as values, those of a request take about 6 KB, and a list of thousands shows none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extra(Option<Box<str>>);

impl Extra {
    pub(crate) fn fields(&self) -> Map<String, Value> {
        self.0.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Option<Value> {
        self.fields().shift_remove(name)
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(fields: Map<String, Value>) -> Self {
        Extra((!fields.is_empty()).then(|| Value::Object(fields).to_string().into_boxed_str()))
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.fields().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_come_back_as_they_were_and_in_their_order() {
        let value = json!({"z": {"b": [1.5, 18_446_744_073_709_551_615_u64]}, "a": "\u{202e}\"", "m": null});
        let Value::Object(fields) = value.clone() else { unreachable!() };
        let extra = Extra::from(fields);
        assert_eq!(json!(extra).to_string(), value.to_string());
        assert_eq!((extra.get("a"), extra.get("b")), (Some(value["a"].clone()), None));
        assert_eq!((json!(Extra::default()), Extra::from(Map::new())), (json!({}), Extra::default()));
    }
}

//! What `activate` and `deactivate` tell of a key.

use serde_json::{Map, Value, json};

use crate::change::Subject;
use crate::domain::keys::KeyRecord;

impl Subject for KeyRecord {
    fn fields(seen: Option<&Self>) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("state".to_owned(), json!(seen.map(|key| key.state)));
        fields
    }

    fn sentence(&self) -> String {
        format!("{} on {}", self.description.as_deref().unwrap_or("no description"), self.port())
    }
}

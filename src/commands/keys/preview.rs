//! What a write to a key would send, for `--dry-run`.

use serde_json::{Value, json};

use crate::api::Call;
use crate::api::service_keys::handle;
use crate::change::Planned;
use crate::domain::keys::terms::Difference;

/// A request that would be sent, with no more of the key than its handle.
pub(super) fn planned(mut call: Call, changes: &[Difference], sentence: String) -> Planned {
    if let Some(Value::String(key)) = call.body.as_mut().and_then(|body| body.get_mut("key")) {
        *key = format!("{}…", handle(key));
    }
    Planned { call, sentences: vec![sentence], changes: json!(changes) }
}

pub(super) fn changes_sentence(handle: &str, changes: &[Difference]) -> String {
    let changes: Vec<String> = changes.iter().map(Difference::sentence).collect();
    format!("{handle}: {}", changes.join(", "))
}

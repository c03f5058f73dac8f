//! What a write would send, for `--dry-run`.

use serde_json::{Value, json};

use crate::api::Call;
use crate::api::service_keys::handle;
use crate::domain::keys::terms::Difference;
use crate::session::context::Context;

/// One request that would be sent, and what it would change.
pub(super) struct Step {
    /// The request.
    pub call: Call,
    /// What it would change; empty for a new key.
    pub changes: Vec<Difference>,
    /// What it would come to, in a sentence.
    pub sentence: String,
}

/// Writes the steps instead of sending them.
///
/// # Errors
/// stdout can't be written to.
pub(super) fn write(context: &Context, steps: &[Step]) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    let mut would_send = Vec::new();
    for step in steps {
        let body = masked(step.call.body.clone().unwrap_or_default());
        lines.push(format!("would send {} {body}", step.call.name()));
        lines.push(step.sentence.clone());
        would_send.push(json!({
            "method": step.call.method.as_str(),
            "path": step.call.path,
            "body": body,
            "changes": step.changes,
        }));
    }
    if steps.is_empty() {
        lines.push("would send nothing: it is already as asked".to_owned());
    }
    context.write_record(&lines, &json!({ "schema": "portgate.dry-run/v1", "would_send": would_send }))
}

/// A body with no more of the key than its handle.
fn masked(mut body: Value) -> Value {
    if let Some(Value::String(key)) = body.get_mut("key") {
        *key = format!("{}…", handle(key));
    }
    body
}

/// Changes in one sentence.
pub(super) fn changes_sentence(handle: &str, changes: &[Difference]) -> String {
    let changes: Vec<String> = changes.iter().map(Difference::sentence).collect();
    format!("{handle}: {}", changes.join(", "))
}

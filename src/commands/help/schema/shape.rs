//! The shape of objects: what isn't text is told by a field's name.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::render::fields;
use crate::text::word::Word;

/// Fields that are there only where they apply.
const OPTIONAL: [&str; 9] = [
    "html",
    "account",
    "wire_type",
    "wire_status",
    "on_behalf_of",
    "above_limit",
    "approval",
    "changes",
    "body",
];

pub(super) fn paths(names: &str) -> Vec<String> {
    names.split(' ').map(str::to_owned).collect()
}

/// An object with the fields of a type, of which this is a value with all of them; those in `known` have that schema.
pub(super) fn record(whole: &impl Serialize, known: &[(&str, Value)]) -> Value {
    object(&fields::paths_of(whole), known)
}

pub(super) fn list(item: Value) -> Value {
    json!({ "type": "array", "items": item })
}

pub(super) fn words<T: Word>() -> Value {
    let words: Vec<&str> = T::ALL.iter().map(|value| value.word()).collect();
    json!({ "enum": words })
}

pub(super) fn or_null(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// An object with exactly these properties.
pub(super) fn closed_object(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> =
        properties.iter().map(|(name, _)| *name).filter(|name| !OPTIONAL.contains(name)).collect();
    let properties: Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// An object with the fields of these paths; those in `known` have that schema.
pub(super) fn object(paths: &[String], known: &[(&str, Value)]) -> Value {
    let mut properties: Vec<(&str, Value)> = Vec::new();
    for path in paths {
        let name = path.split('.').next().unwrap_or(path);
        if properties.iter().any(|(there, _)| *there == name) {
            continue;
        }
        let below: Vec<String> = paths
            .iter()
            .filter_map(|path| path.strip_prefix(&format!("{name}.")))
            .map(str::to_owned)
            .collect();
        let schema = match known.iter().find(|(known, _)| *known == name) {
            Some((_, schema)) => schema.clone(),
            None if below.is_empty() => leaf(name),
            None if below == ["*"] => json!({ "type": "object" }),
            None => or_null(object(&below, &[])),
        };
        properties.push((name, schema));
    }
    closed_object(&properties)
}

/// The type of a field without known words, by its name.
pub(super) fn leaf(name: &str) -> Value {
    match name {
        "vlan" | "inner_vlan" | "next_free_vlan" => json!({ "type": ["integer", "string", "null"] }),
        "notes" | "details" | "features" | "why_not" | "roles" | "conditions" | "unread" => {
            json!({ "type": "array", "items": { "type": "string" } })
        }
        "at" | "since" => json!({ "type": ["string", "null"], "format": "date-time" }),
        _ if name.ends_with("_at") => json!({ "type": ["string", "null"], "format": "date-time" }),
        "vxcs" | "ports" | "attempts" | "line" | "code" | "http_status" | "live_vxcs" | "free" | "taken" => {
            json!({ "type": ["integer", "null"] })
        }
        _ if ["_mbps", "_percent", "_months"].iter().any(|end| name.ends_with(end)) || name == "rate" => {
            json!({ "type": ["integer", "null"] })
        }
        "active"
        | "single_use"
        | "pre_approved"
        | "default"
        | "works"
        | "valid"
        | "visible"
        | "vxc_permitted"
        | "auto_approval"
        | "invitation_pending"
        | "email_enabled"
        | "could_hear_of_approvals"
        | "mfa_enabled"
        | "subscribed"
        | "retryable"
        | "is_new"
        | "modified"
        | "vlan_free"
        | "read_only"
        | "require_reason"
        | "require_ticket" => json!({ "type": ["boolean", "null"] }),
        _ => json!({ "type": ["string", "null"] }),
    }
}

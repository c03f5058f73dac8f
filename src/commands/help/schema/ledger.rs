//! The schemas of the ledger.

use serde_json::{Map, Value, json};

use super::shape::{closed_object, list, object, or_null, record, words};
use crate::commands::fields;
use crate::commands::ledger::verify::{ChainRecord, FaultRecord};
use crate::domain::approvals::{Account, Company, Kind, Source};
use crate::ledger::{AnswerSeen, Machine, ObjectKind, RequestSeen, SentRequest};

/// A line of the ledger.
pub(super) fn entry() -> Value {
    let hash = || json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" });
    let integer = || json!({ "type": "integer" });
    with_optional(
        &[
            ("schema", json!({ "const": "portgate.ledger/v1" })),
            ("sequence", integer()),
            ("previous", hash()),
            ("at", time()),
            (
                "step",
                json!({ "enum": ["sending", "answered", "closed", "claimed", "released", "proposed", "dropped"] }),
            ),
            ("attempt", text()),
            ("who", person()),
            ("where", record(&Machine::default(), &[("process", number_or_null())])),
            ("environment", text()),
            ("backend", text()),
            ("company", company()),
            ("command", text()),
            ("object", subject()),
            ("hash", hash()),
        ],
        &[
            ("partner", company()),
            ("sent", record(&SentRequest::default(), &[("body", json!({}))])),
            ("answer", record(&AnswerSeen::default(), &[])),
            ("outcome", text()),
            ("error", text()),
            ("read_back", text()),
            ("lease_s", integer()),
            ("accepted_broken_chain", text()),
            ("proposed_by", person()),
            ("imported", closed_object(&[("sequence", integer()), ("previous", hash()), ("hash", hash())])),
        ],
    )
}

fn person() -> Value {
    let text_or_null = || json!({ "type": ["string", "null"] });
    with_optional(
        &[
            ("actor", text()),
            ("actor_from", text()),
            ("client_id", text_or_null()),
            ("key_owner", text_or_null()),
        ],
        &[("login", text())],
    )
}

/// What was changed, in a line of the ledger.
fn subject() -> Value {
    with_optional(
        &[("type", words::<ObjectKind>()), ("id", text()), ("action", text())],
        &[
            ("request", request()),
            ("vlan", vlan()),
            ("inner_vlan", vlan()),
            ("move_to", text()),
            ("reason", text()),
            ("ticket", text()),
            ("rule", text()),
            ("policy", text()),
        ],
    )
}

/// A change in `ledger list`.
pub(super) fn change() -> Value {
    let known = [
        ("type", words::<ObjectKind>()),
        ("company", company()),
        ("on_behalf_of", or_null(record(&Account::default(), &[]))),
        ("request", or_null(request())),
        ("process", number_or_null()),
    ];
    list(object(&fields::for_command(&["ledger", "list"]), &known))
}

pub(super) fn status() -> Value {
    let number = || json!({ "type": "integer" });
    let known = [
        ("home", json!({ "enum": ["file", "postgresql"] })),
        ("access", json!({ "enum": ["reader", "writer", null] })),
        ("files", number_or_null()),
        ("chains", list(chain())),
        ("kept", number()),
        ("entries", number()),
        ("changes", number()),
        ("unknown", number()),
        ("intact", json!({ "type": "boolean" })),
    ];
    object(&fields::for_command(&["ledger", "status"]), &known)
}

fn chain() -> Value {
    record(&ChainRecord::default(), &[("entries", json!({ "type": "integer" }))])
}

pub(super) fn verification() -> Value {
    let fault = record(&FaultRecord::default(), &[]);
    let known = [
        ("ok", json!({ "type": "boolean" })),
        ("entries", json!({ "type": "integer" })),
        ("has_head", json!({ "type": ["boolean", "null"] })),
        ("chains", list(chain())),
        ("faults", list(fault)),
    ];
    object(&fields::for_command(&["ledger", "verify"]), &known)
}

pub(super) fn import() -> Value {
    let number = || json!({ "type": "integer" });
    list(object(&fields::for_command(&["ledger", "import"]), &[("added", number()), ("known", number())]))
}

pub(super) fn sync() -> Value {
    let number = || json!({ "type": "integer" });
    object(
        &fields::for_command(&["ledger", "sync"]),
        &[("added", number()), ("known", number()), ("refused", number())],
    )
}

pub(super) fn setup() -> Value {
    let names = || list(text());
    let known = [
        ("created", json!({ "type": "boolean" })),
        ("version_before", number_or_null()),
        ("version", json!({ "type": "integer" })),
        ("writers", names()),
        ("readers", names()),
    ];
    object(&fields::for_command(&["ledger", "init"]), &known)
}

fn request() -> Value {
    let known = [("source", words::<Source>()), ("type", words::<Kind>())];
    record(&RequestSeen::new(Source::default(), Kind::default()), &known)
}

fn company() -> Value {
    record(&Company::default(), &[("id", number_or_null())])
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn vlan() -> Value {
    json!({ "type": ["integer", "string"] })
}

fn number_or_null() -> Value {
    json!({ "type": ["integer", "null"] })
}

/// An object with these properties, and those that are there only where they apply.
fn with_optional(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let all = required.iter().chain(optional);
    let properties: Map<String, Value> =
        all.map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

//! `portgate help schema`: a JSON Schema of each document and list, derived from the fields of the commands
//! (`commands/fields.rs`), so that a field is declared once. Only what isn't text by its name is listed here.

mod ledger;
mod shape;

use serde_json::{Map, Value, json};

use self::shape::{closed_object, leaf, list, object, or_null, paths, record, words};
use crate::change::document::Summary;
use crate::commands::notify::settings;
use crate::commands::{fields, keys, sandbox};
use crate::domain::approvals::{Account, Decision, Direction, Kind, Source, Status};
use crate::domain::notifications::Owner;
use crate::domain::policy::problem::Problem;
use crate::domain::policy::quota::{self, CountedBy};
use crate::domain::policy::record::PassedOver;
use crate::error::{Error, Invocation};
use crate::exit::Exit;
use crate::sandbox::{Mail, PlacedRequest};
use crate::text::suggest::did_you_mean;

/// A schema, by the command that prints it or the name of the document.
struct Schema {
    names: &'static [&'static str],
    about: &'static str,
    build: fn() -> Value,
}

const fn schema(names: &'static [&'static str], about: &'static str, build: fn() -> Value) -> Schema {
    Schema { names, about, build }
}

const SCHEMAS: [Schema; 40] = [
    schema(&["error"], "An error, on stderr", || document("error", [("error", error())])),
    schema(
        &[
            "batch",
            "approvals accept",
            "approvals confirm",
            "approvals deny",
            "approvals withdraw",
            "approvals review",
            "approvals apply",
            "speed accept",
            "speed deny",
            "policy apply",
            "keys activate",
            "keys deactivate",
        ],
        "Results of several changes, and of any decision",
        batch,
    ),
    schema(&["dry-run"], "What --dry-run of any command prints", dry_run),
    schema(&["plan", "policy plan"], "What a policy would decide", plan),
    schema(&["plans"], "What a policy would decide for several profiles", plans),
    schema(&["policy-check", "policy check"], "Rules and problems of a policy file", policy_check),
    schema(&["approvals list"], "Pending requests", || {
        list(of_each_profile(approval(&["approvals", "list"])))
    }),
    schema(&["approvals watch", "approvals wait"], "A request; watch prints one per line", || {
        approval(&["approvals", "list"])
    }),
    schema(&["approvals show", "speed show"], "A request with the room on its port", || {
        approval(&["approvals", "show"])
    }),
    schema(&["speed list"], "Pending speed changes", || list(of_each_profile(approval(&["speed", "list"])))),
    schema(&["approvals history"], "Decisions in the ledger", || {
        list(of_each_profile(approval(&["approvals", "history"])))
    }),
    schema(&["approvals proposals", "approvals drop"], "Decisions that were proposed", || {
        list(schema_for(&["approvals", "proposals"], &[]))
    }),
    schema(&["approvals claim", "approvals release"], "Requests that were claimed or released", || {
        list(schema_for(&["approvals", "claim"], &[]))
    }),
    schema(&["ledger list"], "Changes in the ledger", ledger::change),
    schema(&["ledger", "ledger export"], "A line of the ledger", ledger::entry),
    schema(&["ledger status"], "The state of the ledger", ledger::status),
    schema(&["ledger verify"], "What was found in the ledger", ledger::verification),
    schema(&["ledger import"], "Entries added to the ledger", ledger::import),
    schema(&["ledger sync"], "Entries that were kept and are recorded now", ledger::sync),
    schema(&["ledger init", "ledger migrate"], "A ledger in a database", ledger::setup),
    schema(&["ports list"], "Ports with sold capacity and room", || {
        list(of_each_profile(schema_for(&["ports", "list"], &[])))
    }),
    schema(&["ports vlans"], "Taken or free VLANs of a port", || list(vlan())),
    schema(&["users list"], "Users and their roles", || list(user())),
    schema(&["users show"], "A user", user),
    schema(&["users update"], "A user after a change", || {
        closed_object(&[("changed", json!({"type": "boolean"})), ("user", user())])
    }),
    schema(&["notify list"], "Notification settings", || list(setting())),
    schema(
        &["notify subscribe", "notify unsubscribe", "notify edit"],
        "Notification settings after a change",
        settings,
    ),
    schema(&["keys list"], "Service keys", || list(of_each_profile(key()))),
    schema(&["keys show", "keys create", "keys update"], "A service key", || {
        let mut key = key();
        // Only with --handout.
        key["properties"]["handout"] = json!({ "type": "string" });
        key
    }),
    schema(&["keys rotate"], "The new and the old service key", || {
        closed_object(&[("new", key()), ("old", key())])
    }),
    schema(&["keys validate"], "Whether a service key can be used", || {
        record(&keys::validate::Validity::default(), &[])
    }),
    schema(&["auth status"], "The current identity; with --all-profiles, a list", identity),
    schema(&["whoami"], "The current identity; with --all-profiles, a list", || {
        one_or_list(schema_for(&["whoami"], &[]))
    }),
    schema(&["doctor"], "The checks, each with what to do", || {
        let results = json!({ "enum": ["ok", "warning", "failed"] });
        list(schema_for(&["doctor"], &[("result", results)]))
    }),
    schema(&["version"], "The version and target platform", || {
        schema_for(&["version"], &[("features", list(json!({ "type": "string" })))])
    }),
    schema(&["profile show"], "The settings in effect", || list(schema_for(&["profile", "show"], &[]))),
    schema(&["profile list"], "Profiles", || list(schema_for(&["profile", "list"], &[]))),
    schema(&["sandbox request", "sandbox speed-change"], "A request in the sandbox", || {
        record(&sandbox::request::record(&PlacedRequest::default()), &[])
    }),
    schema(&["sandbox inbox"], "Emails of the sandbox", || list(email())),
    schema(&["sandbox inbox show"], "An email of the sandbox", email),
];

/// The names of all schemas, or the schema of a name.
pub(super) fn text(words: &[&str]) -> Result<String, Error> {
    if words.is_empty() {
        return Ok(overview());
    }
    let name = words.join(" ");
    let found = SCHEMAS
        .iter()
        .find(|one| one.names.iter().any(|known| *known == name || known.replace(' ', "-") == name));
    let Some(found) = found else {
        let names = || SCHEMAS.iter().flat_map(|one| one.names.iter().copied());
        return Err(Error::usage(format!("no schema for '{name}'"))
            .hint_each(did_you_mean(&name, names()))
            .hint("list them: portgate help schema"));
    };
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!(found.names.join(", ")));
    schema.insert("description".to_owned(), json!(found.about));
    if let Value::Object(rest) = (found.build)() {
        schema.extend(rest);
    }
    Ok(crate::render::json::pretty(&Value::Object(schema)))
}

fn overview() -> String {
    let mut text = String::from(
        "The JSON Schemas (2020-12) of the output of commands with -o json. With\n\
         -o jsonl, each line is an item of the list. Fields can be added to any object in\n\
         a later version; the schemas describe this version. In lists over several\n\
         profiles, each record also has profile, company and environment.\n\n\
         Run `portgate help schema NAME`, for example `portgate help schema batch`.\n\n",
    );
    for one in &SCHEMAS {
        for name in one.names {
            let about =
                if *name == one.names[0] { one.about.to_owned() } else { format!("as {}", one.names[0]) };
            text.push_str(&format!("  {name:<22} {about}\n"));
        }
    }
    text
}

/// The record of a command with fields.
fn schema_for(path: &[&str], known: &[(&str, Value)]) -> Value {
    object(&fields::for_command(path), known)
}

/// A record of a list, which `--all-profiles` gives the profile that it is from.
fn of_each_profile(mut record: Value) -> Value {
    for name in ["profile", "company", "environment"] {
        record["properties"][name] = leaf(name);
    }
    record
}

/// A document with the name of its schema.
fn document<const N: usize>(name: &str, parts: [(&str, Value); N]) -> Value {
    let mut all = vec![("schema", json!({ "const": format!("portgate.{name}/v1") }))];
    all.extend(parts);
    closed_object(&all)
}

/// A record about a request, whose words are known.
fn approval(path: &[&str]) -> Value {
    let known = [
        ("type", or_null(words::<Kind>())),
        ("source", or_null(words::<Source>())),
        ("status", or_null(words::<Status>())),
        ("direction", or_null(words::<Direction>())),
        ("decision", or_null(words::<Decision>())),
        ("waiting_on", json!({ "enum": ["me", "them", null] })),
        ("decisions", json!({ "type": "array" })),
        ("account", or_null(record(&Account::default(), &[]))),
    ];
    object(&fields::for_command(path), &known)
}

fn identity() -> Value {
    one_or_list(schema_for(&["auth", "status"], &[]))
}

fn one_or_list(record: Value) -> Value {
    json!({ "anyOf": [record, list(record.clone())] })
}

fn user() -> Value {
    schema_for(&["users", "list"], &[("id", json!({ "type": ["integer", "null"] }))])
}

fn setting() -> Value {
    schema_for(&["notify", "list"], &[])
}

fn settings() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let owner = or_null(record(&settings::owner_record(&Owner::OfToken), &[]));
    closed_object(&[
        ("owner", owner),
        ("changed", texts.clone()),
        ("already", texts),
        ("groups", list(setting())),
    ])
}

fn key() -> Value {
    schema_for(&["keys", "list"], &[])
}

fn email() -> Value {
    record(&Mail::default(), &[])
}

fn vlan() -> Value {
    let free = closed_object(&[("vlan", leaf("vlan")), ("state", json!({ "const": "free" }))]);
    json!({ "anyOf": [schema_for(&["ports", "vlans"], &[]), free] })
}

fn error() -> Value {
    let sample = Error::new(Exit::Other, "").into();
    record(&crate::render::error::object(&sample, &Invocation::default())["error"], &[])
}

/// The rows of a batch: of decisions, service keys and other changes.
fn row(more: &[(&str, Value)]) -> Value {
    let mut properties = vec![
        ("id", json!({ "type": "string" })),
        ("decision", json!({ "type": "string" })),
        ("outcome", json!({ "type": "string" })),
        ("error", or_null(error())),
        ("notes", leaf("notes")),
    ];
    properties.extend(more.iter().cloned());
    let mut row = closed_object(&properties);
    for (name, schema) in [
        ("vlan", leaf("vlan")),
        ("status", or_null(words::<Status>())),
        ("state", leaf("state")),
        ("record", json!({})),
    ] {
        row["properties"][name] = schema;
    }
    row
}

fn account() -> (&'static str, Value) {
    ("on_behalf_of", or_null(record(&Account::default(), &[])))
}

fn batch() -> Value {
    let count = || json!({ "type": "integer" });
    let counts = crate::render::fields::paths_of(&Summary::default());
    let summary = closed_object(&counts.iter().map(|name| (name.as_str(), count())).collect::<Vec<_>>());
    let head = json!({ "type": ["string", "null"] });
    document("batch", [account(), ("summary", summary), ("ledger_head", head), ("results", list(row(&[])))])
}

fn dry_run() -> Value {
    let row = row(&[
        account(),
        ("method", json!({ "type": "string" })),
        ("path", json!({ "type": "string" })),
        ("body", json!({})),
        ("above_limit", json!({})),
        ("approval", approval(&["approvals", "list"])),
        ("changes", json!({})),
    ]);
    document("dry-run", [account(), ("would_send", list(row)), ("settled", batch())])
}

/// The plans of several profiles: what each says but for its decisions, and the decisions of all.
fn plans() -> Value {
    let plan = plan();
    let of_profile = |schema: &Value| {
        let mut schema = schema.clone();
        schema["properties"]["profile"] = leaf("profile");
        schema["properties"]["company"] = object(&paths("uid name"), &[]);
        schema["properties"]["environment"] = leaf("environment");
        schema
    };
    let decisions = list(of_profile(&plan["properties"]["decisions"]["items"]));
    let mut head = of_profile(&plan);
    if let Some(fields) = head["properties"].as_object_mut() {
        fields.shift_remove("decisions");
    }
    if let Some(names) = head["required"].as_array_mut() {
        names.retain(|name| name != "decisions");
    }
    document("plans", [("plans", list(head)), ("decisions", decisions)])
}

fn plan() -> Value {
    let count = || json!({ "type": "integer" });
    let names = ["accept", "deny", "leave", "stopped", "accepted_mbps", "needs_second_person"];
    let text = || json!({ "type": "string" });
    let passed = record(&PassedOver::default(), &[("rule", text()), ("because", text())]);
    let known = [
        ("decision", json!({ "enum": ["accept", "deny", "leave"] })),
        ("source", words::<Source>()),
        ("type", words::<Kind>()),
        ("passed_over", list(passed)),
        ("needs_second_person", json!({ "type": "boolean" })),
    ];
    document(
        "plan",
        [
            account(),
            ("policy", leaf("policy")),
            ("environment", leaf("environment")),
            ("api_url", leaf("api_url")),
            ("company", object(&paths("uid name"), &[])),
            ("made_at", leaf("made_at")),
            ("summary", closed_object(&names.map(|name| (name, count())))),
            ("decisions", list(schema_for(&["policy", "plan"], &known))),
        ],
    )
}

fn policy_check() -> Value {
    let yes = || json!({ "type": "boolean" });
    let text = || json!({ "type": "string" });
    let condition = closed_object(&[("condition", text()), ("held", text()), ("because", text())]);
    let line = json!({ "type": "integer" });
    let trial = closed_object(&[
        ("rule", text()),
        ("line", line),
        ("matches", yes()),
        ("conditions", list(condition)),
    ]);
    let known = [("id", text()), ("considered", yes()), ("trials", list(trial))];
    let of_request = object(&paths("id decision rule considered stopped_by vlan reason trials"), &known);
    let number = || json!({ "type": ["integer", "null"] });
    let quotas = quota::KEYS.iter().map(|(key, ..)| (*key, number()));
    let limits = closed_object(&quotas.chain([("window", leaf("window"))]).collect::<Vec<_>>());
    let of_rule = [("limits", json!({ "type": "object" })), ("counted_by", words::<CountedBy>())];
    let rule =
        object(&paths("name line decision conditions vlan vlan_pool reason limits counted_by"), &of_rule);
    let whole = document(
        "policy-check",
        [
            ("file", leaf("file")),
            ("valid", leaf("valid")),
            ("environment", leaf("environment")),
            ("company", leaf("company")),
            ("rules", or_null(list(rule))),
            ("limits", or_null(limits)),
            ("problems", list(record(&Problem::error(1, ""), &[]))),
        ],
    );
    json!({ "anyOf": [whole, of_request] })
}

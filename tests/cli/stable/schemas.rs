//! The documents, by their JSON Schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::compare::words;
use crate::common::Home;

/// Documents that portgate also reads: those of an earlier version must still be accepted.
const READ: [&str; 2] = ["plan", "ledger"];

#[test]
fn documents_stay() {
    let home = Home::new();
    let listed = home.portgate("help schema").run().exits(0).stdout.clone();
    let mut all = Map::new();
    for line in listed.lines().filter(|line| line.starts_with("  ")) {
        let (name, about) = line.trim_start().split_once("  ").unwrap();
        let name = name.trim();
        let schema = match about.trim().strip_prefix("as ") {
            Some(same) => Value::String(same.to_owned()),
            None => {
                let mut schema = home.portgate(&format!("help schema {name}")).run().exits(0).json();
                let keywords = schema.as_object_mut().unwrap();
                for text in ["$schema", "title", "description"] {
                    keywords.shift_remove(text);
                }
                schema
            }
        };
        all.insert(name.to_owned(), schema);
    }
    super::check("schemas", &Value::Object(all), broken);
}

/// What breaks a reader of the documents, or the reading of an earlier one.
fn broken(before: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for name in before.as_object().into_iter().flatten().map(|(name, _)| name) {
        match schema_of(now, name) {
            Some(now) => {
                let is_read = READ.contains(&name.as_str());
                changes(schema_of(before, name).unwrap_or(&Value::Null), now, name, is_read, &mut found);
            }
            None => found.push(format!("the document of `{name}` has no schema anymore")),
        }
    }
    found
}

/// A schema by name; some names stand for another one.
fn schema_of<'a>(all: &'a Value, name: &str) -> Option<&'a Value> {
    match all.get(name)? {
        Value::String(same) => all.get(same),
        schema => Some(schema),
    }
}

/// The types that a value can have.
fn types(schema: &Value) -> BTreeSet<&str> {
    let of_value = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match (&schema["type"], &schema["enum"], schema.get("const")) {
        (Value::String(one), ..) => [one.as_str()].into(),
        (Value::Array(_), ..) => words(schema.get("type")).into_iter().collect(),
        (_, Value::Array(values), _) => values.iter().map(of_value).collect(),
        (.., Some(value)) => [of_value(value)].into(),
        _ => ["null", "boolean", "integer", "number", "string", "array", "object"].into(),
    }
}

fn changes(before: &Value, now: &Value, at: &str, is_read: bool, found: &mut Vec<String>) {
    if before.get("anyOf").is_some() || now.get("anyOf").is_some() {
        return alternatives(before, now, at, is_read, found);
    }
    let (earlier, later) = (types(before), types(now));
    let gone = earlier.difference(&later).copied().collect::<Vec<_>>();
    let new = later.difference(&earlier).copied().collect::<Vec<_>>();
    if !new.is_empty() {
        found.push(format!("{at} can be {} now, and was {}", joined(&new), joined(&earlier)));
    } else if is_read && !gone.is_empty() {
        found.push(format!("{at} can't be {} anymore", joined(&gone)));
    }
    if before.get("const").is_some() && before["const"] != now["const"] {
        found.push(format!("{at} was {} and is {}", before["const"], now["const"]));
    }
    if let (Some(earlier), Some(later)) = (before["enum"].as_array(), now["enum"].as_array()) {
        for word in earlier.iter().filter(|word| !later.contains(word)) {
            found.push(format!("{at} is never {word} anymore"));
        }
    } else if is_read && now.get("enum").is_some() && before.get("enum").is_none() {
        found.push(format!("{at} has only certain values now"));
    }
    for keyword in ["format", "pattern"] {
        let is_narrower = is_read && before.get(keyword).is_none() && now.get(keyword).is_some();
        if is_narrower || before.get(keyword).is_some_and(|rule| now.get(keyword) != Some(rule)) {
            found.push(format!("{at} has another {keyword}"));
        }
    }
    for (name, property) in before["properties"].as_object().into_iter().flatten() {
        match now["properties"].get(name) {
            Some(now) => changes(property, now, &format!("{at}.{name}"), is_read, found),
            None => found.push(format!("{at}.{name} was removed")),
        }
    }
    let (earlier, later) = (words(before.get("required")), words(now.get("required")));
    for name in earlier.iter().filter(|name| !later.contains(name)) {
        if now["properties"].get(name).is_some() {
            found.push(format!("{at}.{name} isn't always there anymore"));
        }
    }
    for name in later.iter().filter(|name| is_read && !earlier.contains(name)) {
        found.push(format!("{at}.{name} is required now, and earlier documents may lack it"));
    }
    match (before.get("items"), now.get("items")) {
        (Some(before), Some(now)) => changes(before, now, &format!("{at}[]"), is_read, found),
        (Some(_), None) => found.push(format!("{at}[] isn't described anymore")),
        (None, Some(_)) if is_read && earlier_array(before) => {
            found.push(format!("{at}[] has only certain items now"));
        }
        _ => {}
    }
}

fn earlier_array(before: &Value) -> bool {
    types(before).contains("array")
}

/// Each alternative of now must be compatible with one before; if it is read, each of before with one of now.
fn alternatives(before: &Value, now: &Value, at: &str, is_read: bool, found: &mut Vec<String>) {
    let (earlier, later) = (split(before), split(now));
    let least = |ways: Vec<Vec<String>>| ways.into_iter().min_by_key(Vec::len);
    let between = |before: &Value, now: &Value| {
        let mut found = Vec::new();
        changes(before, now, at, is_read, &mut found);
        found
    };
    let meets = |one: &Value, other: &Value| !types(one).is_disjoint(&types(other));
    let mut told: Vec<String> = Vec::new();
    for now in &later {
        let ways = earlier.iter().filter(|before| meets(before, now)).map(|before| between(before, now));
        told.extend(least(ways.collect()).unwrap_or_else(|| {
            let was: BTreeSet<&str> = earlier.iter().flat_map(types).collect();
            vec![format!("{at} can be {} now, and was {}", joined(&types(now)), joined(&was))]
        }));
    }
    for before in earlier.iter().filter(|_| is_read) {
        let ways = later.iter().filter(|now| meets(before, now)).map(|now| between(before, now));
        let gone = || vec![format!("{at} can't be {} anymore", joined(&types(before)))];
        told.extend(least(ways.collect()).unwrap_or_else(gone));
    }
    for one in told {
        if !found.contains(&one) {
            found.push(one);
        }
    }
}

/// The alternatives of a schema, each of one type if it lists several.
fn split(schema: &Value) -> Vec<Value> {
    match (&schema["anyOf"], &schema["type"]) {
        (Value::Array(all), _) => all.iter().flat_map(split).collect(),
        (_, Value::Array(types)) => {
            let of_type = |one: &Value| {
                let mut schema = schema.clone();
                schema["type"] = one.clone();
                schema
            };
            types.iter().map(of_type).collect()
        }
        _ => vec![schema.clone()],
    }
}

fn joined<'a>(words: impl IntoIterator<Item = &'a &'a str>) -> String {
    words.into_iter().copied().collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(before: &Value, now: &Value, name: &str) -> Vec<String> {
        broken(&json!({ name: before }), &json!({ name: now }))
    }

    fn record() -> Value {
        json!({ "type": "object", "required": ["id", "speed", "kind", "port", "at", "schema", "tags"], "properties": {
            "id": { "type": "string" },
            "schema": { "const": "portgate.plan/v1" },
            "speed": { "type": ["integer", "null"] },
            "kind": { "enum": ["a", "b"] },
            "at": { "type": ["string", "null"], "format": "date-time" },
            "tags": { "type": "array", "items": { "type": "string" } },
            "port": { "anyOf": [
                { "type": "object", "required": ["uid"], "properties": { "uid": { "type": "string" } } },
                { "type": "null" }
            ] },
            "more": { "type": "string" }
        } })
    }

    fn changed(change: impl Fn(&mut Value)) -> Value {
        let mut record = record();
        change(&mut record);
        record
    }

    fn without(name: &str) -> Value {
        changed(|record| drop(record["properties"].as_object_mut().unwrap().remove(name)))
    }

    fn with(name: &str, schema: Value) -> Value {
        changed(|record| record["properties"][name] = schema.clone())
    }

    #[test]
    fn what_breaks_a_reader_is_found() {
        let port = |properties: Value| {
            with(
                "port",
                json!({ "anyOf": [{ "type": "object", "required": ["uid"], "properties": properties },
                { "type": "null" }] }),
            )
        };
        let cases = [
            (without("more"), "x.more was removed"),
            (without("id"), "x.id was removed"),
            (
                changed(|record| record["required"] = json!(["id", "speed", "kind", "port", "at", "schema"])),
                "x.tags isn't always there anymore",
            ),
            (with("id", json!({ "type": "integer" })), "x.id can be integer now, and was string"),
            (with("id", json!({ "type": ["string", "null"] })), "x.id can be null now, and was string"),
            (
                with("id", json!({})),
                "x.id can be array or boolean or integer or null or number or object now, and was string",
            ),
            (with("kind", json!({ "enum": ["a"] })), "x.kind is never \"b\" anymore"),
            (with("kind", json!({ "enum": ["a", "b", null] })), "x.kind can be null now, and was string"),
            (
                with("schema", json!({ "const": "portgate.plan/v2" })),
                "x.schema was \"portgate.plan/v1\" and is \"portgate.plan/v2\"",
            ),
            (with("at", json!({ "type": ["string", "null"] })), "x.at has another format"),
            (
                with("tags", json!({ "type": "array", "items": { "type": "integer" } })),
                "x.tags[] can be integer now, and was string",
            ),
            (with("tags", json!({ "type": "array" })), "x.tags[] isn't described anymore"),
            (port(json!({})), "x.port.uid was removed"),
            (port(json!({ "uid": { "type": "integer" } })), "x.port.uid can be integer now, and was string"),
            (with("port", json!({ "type": ["object", "null", "string"] })), "x.port.uid was removed"),
            (
                with("port", json!({ "type": ["string", "null"] })),
                "x.port can be string now, and was null or object",
            ),
        ];
        for (now, expected) in cases {
            assert_eq!(of(&record(), &now, "x")[..1], [expected.to_owned()], "{now}");
        }
        assert_eq!(
            broken(&json!({ "x": record() }), &json!({})),
            ["the document of `x` has no schema anymore"]
        );
        // A name that stood for one document stands for another one.
        let (before, now) =
            (json!({ "x": record(), "y": "x" }), json!({ "x": record(), "y": { "type": "string" } }));
        assert!(broken(&before, &now)[0].starts_with("y can be string now"));
    }

    #[test]
    fn what_adds_to_a_document_is_compatible() {
        let compatible = [
            record(),
            with("new", json!({ "type": "string" })),
            changed(|record| {
                record["properties"]["new"] = json!({ "type": "string" });
                record["required"].as_array_mut().unwrap().push(json!("new"));
            }),
            changed(|record| record["required"].as_array_mut().unwrap().push(json!("more"))),
            with("kind", json!({ "enum": ["a", "b", "c"] })),
            with("speed", json!({ "type": "integer" })),
            with(
                "port",
                json!({ "type": "object", "required": ["uid"], "properties": { "uid": { "type": "string" } } }),
            ),
            with("more", json!({ "const": "always" })),
        ];
        for now in compatible {
            assert_eq!(of(&record(), &now, "x"), [""; 0], "{now}");
        }
    }

    #[test]
    fn an_earlier_document_must_still_be_read() {
        let read = |now: &Value| of(&record(), now, "plan");
        assert_eq!(read(&with("new", json!({ "type": "string" }))), [""; 0]);
        let required = changed(|record| record["required"].as_array_mut().unwrap().push(json!("more")));
        assert_eq!(read(&required), ["plan.more is required now, and earlier documents may lack it"]);
        assert_eq!(read(&with("speed", json!({ "type": "integer" }))), ["plan.speed can't be null anymore"]);
        assert_eq!(read(&with("kind", json!({ "enum": ["a"] }))), ["plan.kind is never \"b\" anymore"]);
        assert_eq!(read(&with("more", json!({ "enum": ["x"] }))), ["plan.more has only certain values now"]);
        assert_eq!(
            read(&with("more", json!({ "type": "string", "format": "date-time" }))),
            ["plan.more has another format"]
        );
        let never_null = json!({ "anyOf": [{ "type": "object", "required": ["uid"],
            "properties": { "uid": { "type": "string" } } }] });
        assert_eq!(read(&with("port", never_null)), ["plan.port can't be null anymore"]);
    }
}

//! The page of JSON documents: a table of the fields of each schema.

use serde_json::Value;

use super::reference::{NOTE, cell, prose};
use crate::common::Home;

pub(super) fn page(home: &Home) -> String {
    let overview = home.portgate("help schema").run().exits(0).stdout.clone();
    let before = overview.split("\n\n").next().unwrap();
    let mut page = format!("{NOTE}# JSON documents\n\n{}\n\n", prose(before));
    page.push_str("`portgate help schema NAME` prints a schema, for example `portgate help schema batch`. ");
    page.push_str("[Output formats](output.md) describes the formats, fields and queries.\n\n");
    // A name of a document stands before those of the commands that print it.
    let names = overview.lines().filter_map(|line| line.strip_prefix("  "));
    for line in names.filter(|line| !line.contains("  as ")) {
        let name = line.split("  ").next().unwrap();
        let schema = home.portgate(&format!("help schema {name}")).run().exits(0).json();
        page.push_str(&section(name, &schema));
    }
    page
}

fn section(name: &str, schema: &Value) -> String {
    let text = |key: &str| schema[key].as_str().unwrap_or_default();
    let others: Vec<String> =
        text("title").split(", ").filter(|other| *other != name).map(|other| format!("`{other}`")).collect();
    let mut section = format!("## {name}\n\n{}.", prose(text("description")));
    if !others.is_empty() {
        section.push_str(&format!(" Also printed by {}.", others.join(", ")));
    }
    section.push_str("\n\n");
    // Documents of different kinds have a table each.
    let kinds: Vec<&Value> = ways(schema).filter(|way| way.get("properties").is_some()).collect();
    let kinds = if kinds.len() > 1 { kinds } else { vec![schema] };
    let tables: Vec<String> = kinds.into_iter().map(table).collect();
    section.push_str(&tables.join("Or:\n\n"));
    section
}

fn table(schema: &Value) -> String {
    let mut rows = Vec::new();
    fields(schema, "", &mut rows);
    let rows: String = rows.iter().map(|(path, kind)| format!("| `{path}` | {} |\n", cell(kind))).collect();
    format!("| Field | Type |\n|---|---|\n{rows}\n")
}

/// The fields of a schema, each with its path and type.
fn fields(schema: &Value, path: &str, rows: &mut Vec<(String, String)>) {
    let of_list = format!("{path}[]");
    for way in ways(schema) {
        if let Some(items) = way.get("items")
            && ways(items).any(|items| items.get("properties").is_some())
        {
            fields(items, &of_list, rows);
        }
        for (name, field) in way.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let is_required =
                way["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
            let optional = if is_required { "" } else { "; left out where it doesn't apply" };
            // A schema of several kinds has fields in common.
            if !rows.iter().any(|(known, _)| *known == path) {
                rows.push((path.clone(), format!("{}{optional}", kind(field))));
                fields(field, &path, rows);
            }
        }
    }
}

/// The schemas of which a value fits one.
fn ways(schema: &Value) -> impl Iterator<Item = &Value> {
    let several = schema.get("anyOf").and_then(Value::as_array);
    let one = if several.is_some() { None } else { Some(schema) };
    one.into_iter().chain(several.into_iter().flatten())
}

/// A type in words.
fn kind(schema: &Value) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for way in ways(schema) {
        if let Some(value) = way.get("const") {
            kinds.push(format!("`{}`", word(value)));
        } else if let Some(values) = way.get("enum").and_then(Value::as_array) {
            let words = values
                .iter()
                .map(|value| if value.is_null() { "null".to_owned() } else { format!("`{}`", word(value)) });
            kinds.extend(words);
        } else if let Some(format) = way.get("format") {
            assert_eq!(format, "date-time");
            kinds.extend(
                ["time", "null"]
                    .iter()
                    .filter(|kind| **kind == "time" || types(way).any(|one| one == "null"))
                    .map(|kind| (*kind).to_owned()),
            );
        } else if way.get("type").is_none() {
            kinds.push("any".to_owned());
        } else {
            kinds.extend(types(way).map(|kind| match kind {
                "string" => "text".to_owned(),
                "boolean" => "true or false".to_owned(),
                "array" => {
                    let items = way.get("items").map(kind_of_items).unwrap_or_default();
                    format!("list{items}")
                }
                other => other.to_owned(),
            }));
        }
    }
    let mut distinct: Vec<String> = Vec::new();
    kinds.into_iter().for_each(|kind| {
        if !distinct.contains(&kind) {
            distinct.push(kind)
        }
    });
    match distinct.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

fn kind_of_items(items: &Value) -> String {
    match kind(items).as_str() {
        "" => String::new(),
        kind => format!(" of {kind}"),
    }
}

fn types(schema: &Value) -> impl Iterator<Item = &str> {
    let several = schema["type"].as_array().map(Vec::as_slice).unwrap_or_default();
    schema["type"].as_str().into_iter().chain(several.iter().filter_map(Value::as_str))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

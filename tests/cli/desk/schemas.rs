//! The schemas that portgate prints, against everything that the snapshots say it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::common::{Home, Postgres};

/// What doesn't fit a schema; only the keywords that portgate's schemas use are known.
fn problems(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "additionalProperties" => {}
            "type" => {
                let kind = match value {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(number) if number.is_f64() => "number",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                };
                let known = rule.as_array().map_or(std::slice::from_ref(rule), Vec::as_slice);
                if !known.iter().any(|known| known == kind) {
                    found.push(format!("{at} is {value}, not {rule}"));
                }
            }
            "format" => {
                // Snapshots have no minutes.
                let text = value.as_str().unwrap_or_default().replace("mm:ss", "00:00");
                if value.is_string() && text.parse::<jiff::Timestamp>().is_err() {
                    found.push(format!("{at} is {value}, not a time"));
                }
            }
            "const" if rule != value => found.push(format!("{at} is {value}, not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                found.push(format!("{at} is {value}, not one of {rule}"));
            }
            "const" | "enum" => {}
            "pattern" => {
                assert_eq!(rule, "^[0-9a-f]{64}$", "the only one");
                let digits = value.as_str().unwrap_or_default();
                if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    found.push(format!("{at} is {value}, not a hash"));
                }
            }
            "properties" => {
                for (name, below) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(rule) => problems(rule, below, &format!("{at}.{name}"), found),
                        None => found.push(format!("{at}.{name} is not in the schema")),
                    }
                }
            }
            "required" => {
                for name in rule.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.is_object() && value.get(name).is_none() {
                        found.push(format!("{at}.{name} is missing"));
                    }
                }
            }
            "items" => {
                for (position, item) in value.as_array().into_iter().flatten().enumerate() {
                    problems(rule, item, &format!("{at}[{position}]"), found);
                }
            }
            "anyOf" => {
                let ways = rule.as_array().unwrap().iter().map(|way| {
                    let mut found = Vec::new();
                    problems(way, value, at, &mut found);
                    found
                });
                let ways: Vec<Vec<String>> = ways.collect();
                if !ways.iter().any(Vec::is_empty) {
                    found.extend(ways.into_iter().next().unwrap());
                }
            }
            other => panic!("the keyword {other} is not checked"),
        }
    }
}

fn names(home: &Home) -> Vec<String> {
    let listed = home.portgate("help schema").run();
    let lines = listed.exits(0).stdout.lines().filter(|line| line.starts_with("  "));
    lines.map(|line| line.trim_start().split("  ").next().unwrap().trim().to_owned()).collect()
}

/// The schemas by name, each read once.
struct Schemas<'h> {
    home: &'h Home,
    names: Vec<String>,
    known: BTreeMap<String, Value>,
    used: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Schemas<'_> {
    fn check(&mut self, name: &str, value: &Value, place: &str) {
        let schema = self
            .known
            .entry(name.to_owned())
            .or_insert_with(|| self.home.portgate(&format!("help schema {name}")).run().exits(0).json());
        let mut found = Vec::new();
        problems(schema, value, "", &mut found);
        self.wrong.extend(found.into_iter().map(|what| format!("{name}: {what} ({place})")));
        self.used.insert(name.to_owned());
    }

    /// The schema of a command, by the longest name that its words begin with.
    fn of_command(&self, words: &[&str]) -> Option<String> {
        let path = words.join(" ");
        let fitting =
            self.names.iter().filter(|name| path == **name || path.starts_with(&format!("{name} ")));
        fitting.max_by_key(|name| name.len()).cloned()
    }
}

#[test]
fn d18_all_that_is_printed_as_json_fits_its_schema() {
    let home = Home::new();
    let names = names(&home);
    assert!(names.len() > 30, "{names:?}");
    let mut schemas =
        Schemas { home: &home, names, known: BTreeMap::new(), used: BTreeSet::new(), wrong: Vec::new() };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots/snap");
    let nouns = std::fs::read_dir(folder).unwrap().map(|noun| noun.unwrap().path());
    for noun in nouns.filter(|noun| noun.is_dir()) {
        for file in std::fs::read_dir(noun).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let command = text.lines().find(|line| line.starts_with("$ portgate ")).unwrap_or_default();
            let chosen = ["--query", "--fields", " api ", "help "].iter().any(|word| command.contains(word));
            let is_json = command.contains("-o json") && !chosen;
            let Some((stdout, stderr)) = text
                .split_once("--- stdout\n")
                .and_then(|(_, rest)| rest.split_once("--- stderr\n"))
                .filter(|_| is_json)
            else {
                continue;
            };
            // A number that differs from run to run is redacted.
            let stdout = &stdout.replace(": <number>", ": 0");
            let place = path.display().to_string();
            if let Some(error) = stderr.lines().rev().find(|line| line.starts_with("{\"")) {
                schemas.check("error", &serde_json::from_str(error).unwrap(), &place);
            }
            let words: Vec<&str> = command
                .trim_start_matches("$ portgate ")
                .split(' ')
                .filter(|word| !word.is_empty())
                .collect();
            let start = words
                .iter()
                .position(|word| portgate::command().find_subcommand(word).is_some() && *word != "sandbox")
                .or_else(|| words.iter().rposition(|word| *word == "sandbox"));
            let Some(name) = start.and_then(|start| schemas.of_command(&words[start..])) else { continue };
            let is_lines = command.contains("-o jsonl");
            for value in serde_json::Deserializer::from_str(stdout).into_iter::<Value>() {
                let value = value.unwrap_or_else(|error| panic!("{place}: {error}"));
                let document = value["schema"].as_str().and_then(|name| name.strip_prefix("portgate."));
                match document.and_then(|name| name.strip_suffix("/v1")) {
                    Some(document) => {
                        schemas.check(document, &value, &place);
                        if document != "dry-run" {
                            schemas.check(&name, &value, &place);
                        }
                    }
                    // A line is an item.
                    None if is_lines && !value.is_array() => {
                        let schema: Value =
                            home.portgate(&format!("help schema {name}")).run().exits(0).json();
                        if schema["type"] == "array" {
                            schemas.check(&name, &Value::Array(vec![value]), &place);
                        }
                    }
                    None => schemas.check(&name, &value, &place),
                }
            }
        }
    }
    // They ask, so no snapshot has them; the documents are those of `notify subscribe` and `approvals accept`.
    schemas.used.extend(["notify edit", "approvals review", "approvals confirm"].map(str::to_owned));
    // Its record is that of `approvals proposals`.
    schemas.used.insert("approvals drop".to_owned());
    home.portgate("--env sandbox sandbox request").run().exits(0);
    let first = home.portgate("--env sandbox sandbox inbox --query [0].id").run().exits(0).stdout.clone();
    let email = home.portgate(&format!("--env sandbox sandbox inbox show {} -o json", first.trim())).run();
    schemas.check("sandbox inbox show", &email.exits(0).json(), "sandbox inbox show");
    home.portgate("profile add lab --env staging").run().exits(0);
    home.portgate("profile add practice --env sandbox").run().exits(0);
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"leave\"\n",
    );
    for (name, line) in [
        ("profile show", "profile show lab"),
        ("auth status", "auth status --all-profiles"),
        ("whoami", "whoami --env sandbox"),
        ("doctor", "doctor --env sandbox"),
        ("version", "version"),
        ("plans", "policy plan --all-profiles --env sandbox"),
    ] {
        let shown = home.portgate(&format!("{line} -o json")).run();
        schemas.check(name, &shown.json(), line);
    }
    home.portgate("--env sandbox keys deactivate f9f3c9ad --yes").run().exits(0);
    home.portgate("--env sandbox approvals accept 7c1e09ab --ticket NET-1").run().exits(0);
    let mut database = None;
    let exported = home.portgate("ledger export").run().exits(0).stdout.clone();
    for line in exported.lines() {
        schemas.check("ledger", &serde_json::from_str(line).unwrap(), "a line of the ledger");
    }
    schemas.used.insert("ledger export".to_owned());
    home.write("runner.jsonl", exported);
    let file = home.path().join("runner.jsonl");
    for line in ["list", "status", "verify", &format!("import {}", file.display())] {
        let shown = home.portgate(&format!("ledger {line} -o json")).run();
        let name = line.split(' ').next().unwrap();
        schemas.check(&format!("ledger {name}"), &shown.exits(0).json(), line);
    }
    for line in [
        "ledger init --writer desk_writer",
        "ledger migrate",
        "ledger sync",
        "approvals claim 33eccbef --env sandbox",
        "approvals release 33eccbef --env sandbox",
        "approvals proposals --env sandbox",
    ] {
        let name = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        match Postgres::shared() {
            None => drop(schemas.used.insert(name)),
            Some(server) => {
                server.login("desk_writer");
                let database = database.get_or_insert_with(|| server.database());
                let ledger = server.address("postgres", &database.name);
                let shown = home.portgate(&format!("{line} -o json")).env("PORTGATE_LEDGER", &ledger).run();
                schemas.check(&name, &shown.exits(0).json(), line);
            }
        }
    }
    let unused: Vec<&String> = schemas.names.iter().filter(|name| !schemas.used.contains(*name)).collect();
    let (wrong, used) = (&schemas.wrong, &schemas.used);
    assert!(wrong.is_empty() && unused.is_empty(), "{wrong:#?}\nno output for {unused:?}, only for {used:?}");
}

#[test]
fn d18_every_command_has_a_schema_or_writes_no_document() {
    const WITHOUT: [&str; 21] = [
        "api",
        "auth import",
        "auth login",
        "auth logout",
        "auth token",
        "completions",
        "help",
        "man",
        "policy init",
        "profile add",
        "profile remove",
        "profile set",
        "profile use",
        "sandbox credentials",
        "sandbox inbox",
        "sandbox port-down",
        "sandbox port-up",
        "sandbox reset",
        "sandbox serve",
        "sandbox inbox show",
        "sandbox inbox list",
    ];
    fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        let below: Vec<_> = command.get_subcommands().filter(|below| !below.is_hide_set()).collect();
        if below.is_empty() {
            found.push(path.trim_start().to_owned());
        }
        below.iter().for_each(|one| leaves(one, &format!("{path} {}", one.get_name()), found));
    }
    let mut tree = portgate::command();
    tree.build();
    let mut found = Vec::new();
    leaves(&tree, "", &mut found);
    let names = names(&Home::new());
    found.retain(|path| !names.contains(path) && !WITHOUT.contains(&path.as_str()));
    assert!(found.is_empty(), "no schema for {found:?}");
}

#[test]
fn d18_schemas_are_found_by_command_and_name() {
    let home = Home::new();
    let plan = home.portgate("help schema policy plan").run();
    assert_eq!(plan.exits(0).json()["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for name in ["plan", "policy-plan"] {
        home.portgate(&format!("help schema {name}")).run().is(0, &plan.stdout, "");
    }
    home.portgate("help schema aprovals list").run().exits(2).stderr_has("did you mean 'approvals list'?");
    home.portgate("help schema nothing").run().exits(2).stderr_has("portgate help schema");
}

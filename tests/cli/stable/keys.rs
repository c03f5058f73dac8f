//! The keys of `config.toml`, of policies and of decision files, as portgate itself tells them.

use serde_json::{Map, Value, json};

use super::compare;
use crate::common::Home;

#[test]
fn keys_of_files_stay() {
    let home = Home::new();
    let mut all = Map::new();
    settings(&home, &mut all);
    policies(&home, &mut all);
    decisions(&home, &mut all);
    super::check("keys", &Value::Object(all), compare::facts);
}

fn add(all: &mut Map<String, Value>, file: &str, key: &str, facts: Value) {
    all.insert(format!("{file}: {key}"), facts);
}

/// `help config` shows each key with a value.
fn settings(home: &Home, all: &mut Map<String, Value>) {
    let help = home.portgate("help config").run().exits(0).stdout.clone();
    let mut table = "";
    for line in help.lines() {
        match line {
            "Keys of the file" => table = "config.toml",
            "Keys of a profile, in [profiles.NAME]" => table = "config.toml [profiles.NAME]",
            "Example" => table = "",
            _ => {}
        }
        let entry = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ') && !table.is_empty());
        let Some((key, example)) = entry.and_then(|entry| entry.split_once(" = ")) else { continue };
        let kind = match example.as_bytes()[0] {
            b'"' => "string",
            b'[' => "array",
            b'{' => "table",
            _ => "boolean",
        };
        add(all, table, key, json!({ "type": kind }));
    }
}

/// An unknown key is answered with the known ones.
fn policies(home: &Home, all: &mut Map<String, Value>) {
    home.write(
        "policy.toml",
        "schema = \"portgate.policy/v1\"\nqqqqqqqq = 1\n[limits]\nqqqqqqqq = 1\n[[rule]]\nqqqqqqqq = 1\nname = \"a\"\n\
         match = \"all\"\ndecision = \"leave\"\n",
    );
    let file = home.path().join("policy.toml");
    let checked = home.portgate(&format!("policy check --file {} -o json", file.display())).run().json();
    let hints: Vec<&str> = checked["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|problem| problem["hint"].as_str())
        .collect();
    assert_eq!(hints.len(), 3, "{checked}");
    for (table, hint) in ["policy", "policy [limits]", "policy [[rule]]"].iter().zip(hints) {
        for key in hint.strip_prefix("use one of ").unwrap().split(", ") {
            add(all, table, key, json!({}));
        }
    }
}

/// The columns of plans and lists, and some of their own, as far as a decision file may have them.
fn decisions(home: &Home, all: &mut Map<String, Value>) {
    let fields = |command: &str| {
        let listed = home.portgate(&format!("{command} --fields help")).run();
        listed.exits(0).stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let own = [
        "id",
        "decision",
        "vlan",
        "vlan_pool",
        "reason",
        "rule",
        "speed",
        "customer",
        "port",
        "type",
        "rate",
    ];
    let mut columns: Vec<String> = own.map(str::to_owned).into();
    columns.extend(fields("approvals list"));
    columns.extend(fields("policy plan"));
    columns.sort_unstable();
    columns.dedup();
    let file = home.path().join("decisions.csv");
    for column in columns {
        home.write("decisions.csv", format!("id,decision,{column}\n7c1e09ab,leave,1\n"));
        let run = home.portgate(&format!("--env sandbox approvals apply {}", file.display())).run();
        if !run.stderr.contains(&format!("unknown column '{column}'")) {
            add(all, "decision file", &column, json!({}));
        }
    }
}

//! What is stable (`docs/src/stability.md`), against the lists in `kept/`: commands and options, exit codes, environment
//! variables, documents, and keys of files. To remove or change one of these fails the test. Additions are compatible:
//! `PORTGATE_REGENERATE=1 cargo test --test cli stable` adds them to the lists.

mod commands;
mod compare;
mod keys;
mod schemas;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::common::Home;

const REGENERATE: &str = "PORTGATE_REGENERATE=1 cargo test --test cli stable";

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/stable/kept").join(format!("{name}.json"))
}

/// Compares a list with the one that is kept; `broken` says which of its changes aren't compatible.
fn check(name: &str, now: &Value, broken: fn(&Value, &Value) -> Vec<String>) {
    let path = kept(name);
    let text = format!("{}\n", laid_out(now, 0));
    let regenerates = std::env::var_os("PORTGATE_REGENERATE").is_some();
    match fs::read_to_string(&path) {
        Ok(before) => {
            let parsed =
                serde_json::from_str(&before).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let found = broken(&parsed, now);
            assert!(found.is_empty(), "{}", explained(&path, &found));
            assert!(
                before == text || regenerates,
                "{} lacks what was added or changed in a compatible way: run {REGENERATE}",
                path.display()
            );
        }
        Err(_) => assert!(regenerates, "{} is missing: run {REGENERATE}", path.display()),
    }
    if regenerates {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
}

/// JSON with each value on one line that fits on it.
fn laid_out(value: &Value, indent: usize) -> String {
    let line = value.to_string();
    if line.len() + indent <= 100 && indent > 0 {
        return line;
    }
    let (inner, outer) = (" ".repeat(indent + 2), " ".repeat(indent));
    let parts = |open: char, parts: Vec<String>, close: char| {
        format!("{open}\n{inner}{}\n{outer}{close}", parts.join(&format!(",\n{inner}")))
    };
    match value {
        Value::Array(items) => parts('[', items.iter().map(|item| laid_out(item, indent + 2)).collect(), ']'),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), laid_out(value, indent + 2))
            };
            parts('{', members.iter().map(member).collect(), '}')
        }
        _ => line,
    }
}

/// What broke, and what to do.
fn explained(path: &Path, found: &[String]) -> String {
    format!(
        "stable things were removed or changed:\n  {}\nScripts depend on them (docs/src/stability.md). Keep the old form too, \
         such as a hidden alias, or a new field beside the old one.\nIf it must break: say in CHANGELOG.md what to do \
         instead, raise the version as docs/src/stability.md says, remove the entries from\n{} by hand, and run\n{REGENERATE}\n",
        found.join("\n  "),
        path.display(),
    )
}

#[test]
fn exit_codes_keep_their_meaning() {
    let now: Map<String, Value> = portgate::Exit::ALL
        .iter()
        .map(|exit| (exit.code().to_string(), json!({ "type": exit.name(), "meaning": exit.meaning() })))
        .collect();
    check("exit-codes", &Value::Object(now), compare::facts);
}

#[test]
fn environment_variables_stay() {
    let help = Home::new().portgate("help environment").run().exits(0).stdout.clone();
    let mut names = Vec::new();
    for line in help.lines().filter_map(|line| line.strip_prefix("  ")) {
        for word in line.split(' ') {
            names.extend(Some(word.trim_end_matches(',')).filter(|name| is_variable(name)));
            if !word.ends_with(',') {
                break;
            }
        }
    }
    names.sort_unstable();
    let now: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    check("environment", &Value::Object(now), compare::facts);
    // What the code reads but the help doesn't name is for the build, the tests, completion scripts and another program.
    let inner = [
        "PORTGATE_BUILD_",
        "PORTGATE_TEST",
        "PORTGATE_REGENERATE",
        "PORTGATE_COMPLETE",
        "MEGAPORT_CONFIG_DIR",
    ];
    for name in in_code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let is_known = names.contains(&name.as_str()) || inner.iter().any(|start| name.starts_with(start));
        assert!(is_known, "{name} is not in `portgate help environment`");
    }
}

/// The variables of portgate that are named in code.
fn in_code(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(in_code(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|word| {
                is_variable(word) && ["PORTGATE_", "MEGAPORT_"].iter().any(|start| word.starts_with(start))
            });
            found.extend(quoted.map(str::to_owned));
        }
    }
    found
}

fn is_variable(word: &str) -> bool {
    !word.ends_with('_')
        && !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

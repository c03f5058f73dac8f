//! Which folder of `src` may use which, read from the code itself. Data flows one way, so no two folders use each other.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The folders and files directly below `src`, lowest first: each may use only what stands before it.
const LAYERS: [&str; 18] = [
    "exit",
    "error",
    "clock",
    "process_environment",
    "text",
    "paths",
    "files",
    "options",
    "terminal",
    "render",
    "api",
    "domain",
    "ledger",
    "sandbox",
    "session",
    "change",
    "commands",
    "properties",
];

/// The folders and files of the sandbox, lowest first, by the same rule.
const SANDBOX: [&str; 29] = [
    "clock",
    "price",
    "role",
    "event",
    "refusal",
    "not_found",
    "store",
    "mail",
    "events",
    "domain",
    "due",
    "seed",
    "bell",
    "turns",
    "writer",
    "app",
    "stream",
    "delivery",
    "pace",
    "connections",
    "fault",
    "options",
    "keys",
    "play",
    "inbox",
    "routes",
    "page",
    "player",
    "server",
];

/// The folders and files of the rules, lowest first, by the same rule.
const DOMAIN: [&str; 7] = ["role", "keys", "notifications", "approvals", "ports", "collect", "policy"];

/// What a layer must not use although it stands below, and why.
const KEPT_APART: [(&str, &str, &str); 6] = [
    ("api", "render", "the client knows nothing of how things look"),
    ("api", "terminal", "the client prints nothing"),
    ("render", "api", "a form knows nothing of where its content comes from"),
    ("domain", "options", "a rule knows no flags"),
    ("domain", "render", "a rule knows no tables"),
    ("domain", "terminal", "a rule prints nothing"),
];

/// Layers that may use these and no others.
const ONLY: [(&str, &[&str]); 2] = [
    // The embedded backend shares no wire types with the client, or both would share a mistake.
    ("sandbox", &["exit", "error", "process_environment", "text", "paths", "files"]),
    ("text", &["exit", "error"]),
];

#[test]
fn each_layer_uses_only_those_below_it() {
    let mut wrong = Vec::new();
    for (layer, used) in uses() {
        let Some(own) = LAYERS.iter().position(|known| *known == layer) else {
            wrong.push(format!("src/{layer} is in no layer: give it one here"));
            continue;
        };
        for (other, files) in used {
            let below = LAYERS[..own].contains(&other.as_str());
            let apart = KEPT_APART.iter().find(|(from, to, _)| *from == layer && *to == other);
            let only = ONLY.iter().find(|(from, _)| *from == layer);
            let reason = match (below, apart, only) {
                (false, ..) => "stands above it",
                (_, Some((.., why)), _) => why,
                (_, _, Some((_, allowed))) if !allowed.contains(&other.as_str()) => {
                    "is not among what it may use"
                }
                _ => continue,
            };
            wrong.push(format!("{layer} uses {other}, which {reason}: {}", files.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_part_of_the_sandbox_uses_only_those_below_it() {
    check_order("sandbox", &SANDBOX);
}

#[test]
fn each_part_of_the_rules_uses_only_those_below_it() {
    check_order("domain", &DOMAIN);
}

#[track_caller]
fn check_order(folder: &str, order: &[&str]) {
    let mut wrong = Vec::new();
    each_source(&mut |_, file, code| {
        let in_folder = file.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
        let Some(below) = in_folder.filter(|below| *below != "mod.rs") else { return };
        let (own, rest) = below.split_once('/').unwrap_or((below.trim_end_matches(".rs"), "mod.rs"));
        let mut used = named_after(code, &format!("crate::{folder}::"));
        if rest == "mod.rs" {
            used.extend(named_after(code, "super::").into_iter().filter(|name| order.contains(&&**name)));
        }
        let below = order.iter().position(|known| *known == own).map(|at| &order[..at]);
        let Some(below) = below else {
            wrong.push(format!("{file} is in no part of {folder}: give it one here"));
            return;
        };
        for other in used.into_iter().filter(|other| other != own && !below.contains(&other.as_str())) {
            wrong.push(format!("{file} uses {other}, which stands above it"));
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn clap_is_known_only_where_the_command_line_is() {
    let mut wrong = Vec::new();
    each_source(&mut |layer, file, code| {
        let reads_the_command_line = ["options", "commands", "render", "lib", "main"].contains(&layer);
        if !reads_the_command_line && code.contains("clap::") {
            wrong.push(file.to_owned());
        }
    });
    assert!(wrong.is_empty(), "clap is used in {}", wrong.join(", "));
}

/// A rule says what is wrong; by which option or command to mend it, the command says.
#[test]
fn the_rules_name_no_option_and_no_command() {
    let mut wrong = Vec::new();
    each_source(&mut |layer, file, code| {
        let names_an_option =
            code.match_indices("--").any(|(at, _)| code[at + 2..].starts_with(char::is_alphabetic));
        if layer == "domain" && (names_an_option || code.contains("Hint::call")) {
            wrong.push(file.to_owned());
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join(", "));
}

/// Of each layer: what it uses, and in which files.
fn uses() -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let mut uses: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    each_source(&mut |layer, file, code| {
        if ["lib", "main"].contains(&layer) {
            return;
        }
        let used: BTreeSet<String> =
            named_after(code, "crate::").into_iter().filter(|name| *name != layer).collect();
        let of_layer = uses.entry(layer.to_owned()).or_default();
        for name in used {
            // What the crate gives to the outside stands for the file it comes from.
            let name = match name.as_str() {
                "Error" => "error".to_owned(),
                "Exit" => "exit".to_owned(),
                "ProcessEnvironment" => "process_environment".to_owned(),
                _ => name,
            };
            of_layer.entry(name).or_default().push(file.to_owned());
        }
    });
    uses
}

/// Hands every source file to `look`: its layer, its path below `src`, its code without comments.
fn each_source(look: &mut dyn FnMut(&str, &str, &str)) {
    fn walk(folder: &Path, root: &Path, look: &mut dyn FnMut(&str, &str, &str)) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, root, look);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let below = path.strip_prefix(root).unwrap();
                let layer = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
                let text = fs::read_to_string(&path).unwrap();
                let code: Vec<&str> =
                    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                look(layer, below.to_str().unwrap(), &code.join("\n"));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walk(&root, &root, look);
}

/// The names that follow a prefix, those in braces too: `crate::{a, b::c}` names a and b.
fn named_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => names.push(first_name(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (position, character) in group.char_indices() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && character.is_alphabetic() => {
                            names.push(first_name(&group[position..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

#[test]
fn names_in_braces_are_read_too() {
    assert_eq!(
        named_after("use crate::{a, b::{c, d}, e};\nuse crate::f::g;", "crate::"),
        ["a", "b", "e", "f"]
    );
}

#[test]
fn only_the_seam_sends() {
    let mut wrong = Vec::new();
    each_source(&mut |layer, file, code| {
        if code.contains(".send_once(") && layer != "api" && file != "change/send.rs" {
            wrong.push(file.to_owned());
        }
    });
    assert!(wrong.is_empty(), "a change is sent past src/change/send.rs in {}", wrong.join(", "));
}

#[test]
fn only_the_renderer_and_the_report_of_a_run_print() {
    let printers = ["renderer.rs", "report.rs", "consent.rs"].map(|file| format!("change/{file}"));
    let mut wrong = Vec::new();
    each_source(&mut |layer, file, code| {
        let prints = [".say(", ".say_field(", ".say_toned(", ".warn(", ".result_line(", "println!"];
        let is_printed = prints.iter().any(|print| code.contains(print));
        if layer == "change" && is_printed && !printers.iter().any(|printer| printer == file) {
            wrong.push(file.to_owned());
        }
    });
    assert!(wrong.is_empty(), "a run prints past its renderer in {}", wrong.join(", "));
}

//! Which part of `src` may use which, read from the code itself. Data flows one way, so no two folders use each other, and
//! no two parts of a folder.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[path = "layering/circles.rs"]
mod circles;
#[path = "layering/paths.rs"]
mod paths;

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
    let sources = sources();
    let mut uses = circles::uses(&sources).remove(&Vec::new()).unwrap();
    let mut wrong = Vec::new();
    let layers: BTreeSet<&str> = sources.iter().map(|(file, _)| layer_of(file)).collect();
    for layer in layers.into_iter().filter(|layer| !["lib", "main"].contains(layer)) {
        let Some(own) = LAYERS.iter().position(|known| *known == layer) else {
            wrong.push(format!("src/{layer} is in no layer: give it one here"));
            continue;
        };
        for (other, files) in uses.remove(layer).unwrap_or_default() {
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
            let files: Vec<String> = files.into_iter().collect();
            wrong.push(format!("{layer} uses {other}, which {reason}: {}", files.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_parts_of_a_folder_use_each_other_in_a_circle() {
    let circles = circles::circles(&sources());
    assert!(circles.is_empty(), "{}", circles.join("\n"));
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

#[test]
fn only_the_seam_sends() {
    let mut wrong = Vec::new();
    each_source(&mut |layer, file, code| {
        if code.contains("send_once(") && layer != "api" && file != "change/send.rs" {
            wrong.push(file.to_owned());
        }
    });
    assert!(wrong.is_empty(), "a change is sent past src/change/send.rs in {}", wrong.join(", "));
}

#[test]
fn only_the_renderer_and_the_output_of_a_run_print() {
    let printers = ["renderer.rs", "output.rs"].map(|file| format!("change/{file}"));
    let mut wrong = Vec::new();
    each_source(&mut |layer, file, code| {
        let prints = [
            ".say(",
            ".say_field(",
            ".say_toned(",
            ".say_next(",
            ".talk(",
            ".warn(",
            ".result_line(",
            ".result_row(",
            "error::print(",
            "write_document(",
            ".write_record(",
            "println!",
        ];
        let is_printed = prints.iter().any(|print| code.contains(print));
        if layer == "change" && is_printed && !printers.iter().any(|printer| printer == file) {
            wrong.push(file.to_owned());
        }
    });
    assert!(wrong.is_empty(), "a run prints past its renderer in {}", wrong.join(", "));
}

/// Hands every source file to `look`: its layer, its path below `src`, its code without comments.
fn each_source(look: &mut dyn FnMut(&str, &str, &str)) {
    for (file, text) in sources() {
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        look(layer_of(&file), &file, &code.join("\n"));
    }
}

/// The folder directly below `src` that a file is in, or its own name.
fn layer_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Every source file: its path below `src`, and its text.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, root: &Path, sources: &mut Vec<(String, String)>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, root, sources);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let names = path.strip_prefix(root).unwrap().iter().map(|name| name.to_str().unwrap());
                let file = names.collect::<Vec<_>>().join("/");
                sources.push((file, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    walk(&root, &root, &mut sources);
    sources
}

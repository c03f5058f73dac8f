//! Which commands have snapshots, at which widths and in which forms, against the tree of commands.
//!
//! What a snapshot shows is read from what the stage wrote into it: the command line that ran, the width of the terminal,
//! what was typed, and the exit code. The stage compares all of that with a run, so that it is true as long as a test makes
//! the snapshot, which is checked, too. A command counts as shown only where the run succeeded.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Command};

/// The widths of a terminal that every command is shown at.
const WIDTHS: [u16; 2] = [80, 200];

/// Commands that print a file for other programs, the same at any width; all of it is compared off-terminal.
const NOT_FOR_PEOPLE: &[&str] = &["completions", "man", "ledger export"];

/// Commands that print only text, or only JSON lines.
const WITHOUT_JSON: &[&str] = &["completions", "help", "man", "ledger export"];

/// Commands that wait for keys though they have neither `--yes` nor `--dry-run`: one is reviewed with keys, the other runs
/// until Ctrl-C.
const ASK: &[&str] = &["approvals review", "sandbox serve"];

/// A run that a snapshot shows.
#[derive(Debug)]
struct Run {
    /// The command with its subcommands, as in `approvals list`.
    command: String,
    /// The value of `-o`.
    form: String,
    /// How wide the terminal is; 0 off-terminal.
    columns: u16,
    typed: bool,
    code: u8,
    is_dry: bool,
}

impl Run {
    fn is_shown_at(&self, columns: u16) -> bool {
        self.columns == columns && self.form == "table"
    }

    fn is_done(&self) -> bool {
        // The one command that runs until it is interrupted.
        let usual = if self.command == "sandbox serve" { 130 } else { 0 };
        self.code == usual && !self.is_dry
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots")
}

/// The snapshots, as in `approvals/list`, with their texts.
fn snapshots() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for noun in fs::read_dir(folder().join("snap")).unwrap() {
        let noun = noun.unwrap();
        if !noun.path().is_dir() {
            continue;
        }
        for file in fs::read_dir(noun.path()).unwrap() {
            let path = file.unwrap().path();
            // A difference that was not accepted is beside it.
            if path.extension().is_none_or(|end| end != "snap") {
                continue;
            }
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let name = format!("{}/{name}", noun.file_name().to_str().unwrap());
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// The runs of a snapshot whose command line is accepted.
fn runs(text: &str) -> Vec<Run> {
    text.split("\n$ portgate").skip(1).filter_map(run).collect()
}

fn run(text: &str) -> Option<Run> {
    let (line, rest) = text.split_once('\n')?;
    let words = std::iter::once("portgate".to_owned()).chain(super::stage::words(line));
    let matches = portgate::command().try_get_matches_from(words).ok()?;
    let (path, last) = deepest(&matches);
    let said = |label: &str| {
        let head = rest.split("\n--- ").next().unwrap_or_default();
        head.lines().find_map(|line| line.strip_prefix(label)).map(str::to_owned)
    };
    let columns = said("on a terminal of ").map_or(0, |said| {
        let width = said.strip_suffix(" columns").unwrap();
        width.parse().unwrap()
    });
    let form = last.get_raw("output").and_then(Iterator::last).map_or("table", |form| form.to_str().unwrap());
    Some(Run {
        command: path.join(" "),
        form: form.split('=').next().unwrap_or_default().to_owned(),
        columns,
        typed: said("at ").is_some(),
        code: said("exit code ")?.parse().unwrap(),
        is_dry: last.try_get_one::<bool>("dry_run").is_ok_and(|dry| dry == Some(&true)),
    })
}

/// The names down to the last subcommand, and what was parsed of it.
fn deepest(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut path, mut last) = (Vec::new(), matches);
    while let Some((name, below)) = last.subcommand() {
        path.push(name);
        last = below;
    }
    (path, last)
}

/// A command that can run.
struct Leaf {
    path: String,
    is_list: bool,
    asks: bool,
}

fn leaves() -> Vec<Leaf> {
    let mut tree = portgate::command();
    tree.build();
    let mut found = Vec::new();
    collect(&tree, "", &mut found);
    found
}

fn collect(command: &Command, path: &str, found: &mut Vec<Leaf>) {
    let has = |long: &str| {
        let mut shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
        shown.any(|argument| argument.get_long() == Some(long))
    };
    if !command.has_subcommands() || !command.is_subcommand_required_set() {
        found.push(Leaf {
            path: path.to_owned(),
            is_list: has("sort"),
            asks: has("yes") || has("dry-run") || ASK.contains(&path),
        });
    }
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, format!("{path} {}", below.get_name()).trim_start(), found);
    }
}

/// The values of `-o`.
fn forms() -> Vec<String> {
    let tree = portgate::command();
    let output = tree.get_arguments().find(|argument| argument.get_id() == "output").unwrap();
    output.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

#[test]
fn every_command_has_its_snapshots() {
    let runs: Vec<Run> = snapshots().values().flat_map(|text| runs(text)).collect();
    let mut missing = Vec::new();
    let leaves = leaves();
    for leaf in &leaves {
        let path = leaf.path.as_str();
        let mut wants = |what: &str, is_excepted: bool, shows: &dyn Fn(&Run) -> bool| {
            let is_there = runs.iter().any(|run| run.command == path && shows(run));
            match (is_there, is_excepted) {
                (false, false) => missing.push(format!("{path}: {what}")),
                (true, true) => missing.push(format!("{path}: an exception, but there is {what}")),
                _ => {}
            }
        };
        for columns in WIDTHS {
            wants(
                &format!("what it prints on a terminal of {columns} columns"),
                NOT_FOR_PEOPLE.contains(&path),
                &|run| run.is_shown_at(columns) && run.is_done(),
            );
            if leaf.asks {
                wants(&format!("what it asks on a terminal of {columns} columns"), false, &|run| {
                    run.is_shown_at(columns) && run.typed
                });
            }
        }
        wants("what it prints with -o json", WITHOUT_JSON.contains(&path), &|run| {
            run.form == "json" && run.is_done()
        });
    }
    // Whoever answers a command at some width shows that it asks.
    for run in runs.iter().filter(|run| run.typed) {
        let asks = leaves.iter().any(|leaf| leaf.path == run.command && leaf.asks);
        if !asks {
            missing.push(format!("{}: is answered in a snapshot, and so belongs to ASK", run.command));
        }
    }
    // Lists have one renderer for each form, and all else has another: one command of both is enough.
    for form in forms().iter().filter(|form| *form != "table") {
        for (kind, of_lists) in [("a list", true), ("a record", false)] {
            let is_there = runs
                .iter()
                .filter(|run| run.form == *form && run.is_done())
                .any(|run| leaves.iter().any(|leaf| leaf.path == run.command && leaf.is_list == of_lists));
            // There are pages of lists only.
            if !is_there && (of_lists || form != "html") {
                missing.push(format!("no command shows {kind} with -o {form}"));
            }
        }
    }
    missing.dedup();
    assert!(missing.is_empty(), "{} snapshots are missing:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn every_snapshot_has_a_test() {
    let mut code = String::new();
    for file in fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "rs") {
            code.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let mut tree = portgate::command();
    tree.build();
    let mut named: BTreeSet<&str> = code.split('"').collect();
    named.extend(tree.get_subcommands().map(Command::get_name));
    // The stage adds a form or a width; the limits are joined with what they hinder.
    let suffixes = ["_80", "_200", "_json", "_jsonl", "_csv", "_yaml"];
    let is_named = |name: &str| {
        let short = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
        let mut parts = name.match_indices('_').map(|(at, _)| (&name[..at], &name[at + 1..]));
        named.contains(name)
            || short.is_some_and(|short| named.contains(short))
            || parts.any(|(before, after)| named.contains(before) && named.contains(after))
    };
    let snapshots = snapshots();
    let stale: Vec<&String> =
        snapshots.keys().filter(|path| path.rsplit('/').next().is_some_and(|name| !is_named(name))).collect();
    assert!(stale.is_empty(), "no test makes these snapshots, delete them: {stale:?}");
}

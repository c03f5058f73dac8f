//! The README shows what a reader will really see: its `console` blocks are run, in order, in one empty home.
//!
//! `PORTGATE_REGENERATE=1 cargo test --test cli readme` writes what was seen into the README.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::common::Home;

/// A command of the README and what stands below it.
struct Shown {
    command: String,
    output: String,
}

#[test]
fn the_readme_shows_what_is_really_seen() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let home = Home::new();
    let mut variables = BTreeMap::new();
    let mut written = String::new();
    let mut differences = Vec::new();
    let mut rest = readme.as_str();
    while let Some(start) = rest.find("```console\n") {
        let (before, block) = rest.split_at(start + "```console\n".len());
        let end = block.find("```").unwrap();
        written.push_str(before);
        for shown in commands_of(&block[..end]) {
            let seen = run(&home, &mut variables, &shown.command);
            if steady(&seen) != steady(&shown.output) {
                differences.push(format!("$ {}\nREADME:\n{}\nseen:\n{seen}", shown.command, shown.output));
            }
            written.push_str(&format!(
                "$ {}\n{seen}",
                shown.command.replace('\n', "\n> ").replace("> \n", ">\n")
            ));
        }
        rest = &block[end..];
    }
    written.push_str(rest);
    if std::env::var_os("PORTGATE_REGENERATE").is_some() {
        if !differences.is_empty() {
            std::fs::write(&path, written).unwrap();
        }
        return;
    }
    assert!(differences.is_empty(), "{}\n(PORTGATE_REGENERATE=1 rewrites it)", differences.join("\n"));
}

fn commands_of(block: &str) -> Vec<Shown> {
    let mut commands: Vec<Shown> = Vec::new();
    for line in block.lines() {
        // "> " goes on with the command, as a shell shows it.
        let more = line.strip_prefix('>').map(|more| more.strip_prefix(' ').unwrap_or(more));
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (None, Some(last)) if last.output.is_empty() && more.is_some() => {
                last.command.push_str(&format!("\n{}", more.unwrap_or_default()));
            }
            (Some(command), _) => commands.push(Shown { command: command.to_owned(), output: String::new() }),
            (None, Some(last)) => last.output.push_str(&format!("{line}\n")),
            (None, None) => panic!("a console block begins with a command, not with {line:?}"),
        }
    }
    commands
}

/// Runs a line as a shell does, both streams as a terminal would mix them. `export` holds for the lines below.
fn run(home: &Home, variables: &mut BTreeMap<String, String>, command: &str) -> String {
    if let Some((name, value)) = command.strip_prefix("export ").and_then(|export| export.split_once('=')) {
        variables.insert(name.to_owned(), value.to_owned());
        return String::new();
    }
    let folder = Path::new(env!("CARGO_BIN_EXE_portgate")).parent().unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .env_clear()
        .env("HOME", home.path())
        .env("USER", "you")
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display()))
        .envs(variables.iter())
        .current_dir(home.path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    // The README's reader has a home of their own.
    String::from_utf8(output.stdout).unwrap().replace(&home.path().display().to_string(), "/home/you")
}

/// What doesn't change from day to day: dates, durations, hashes and the home folder are taken out.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(steady_word).collect();
        let line = words.join(" ");
        // "0.1 s"
        let line = match line.rsplit_once(" · ") {
            Some((before, last)) if last.ends_with(" s") => format!("{before} · N s"),
            _ => line,
        };
        steady.push_str(line.trim_end());
        steady.push('\n');
    }
    steady
}

fn steady_word(word: &str) -> String {
    let core = word.trim_matches(|character: char| "(),;\"".contains(character));
    let is_date = core.len() >= 10
        && core.as_bytes()[4] == b'-'
        && core.as_bytes()[7] == b'-'
        && core[..4].chars().all(|digit| digit.is_ascii_digit());
    if is_date {
        return word.replace(core, "DATE");
    }
    if core.contains("/.local/share/portgate/") {
        return word.replace(core, "LEDGER");
    }
    if core.len() == 64 && core.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return word.replace(core, "HASH");
    }
    word.to_owned()
}

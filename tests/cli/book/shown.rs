//! A page shows what a reader will really see: its `console` blocks are run, in order, in one empty home.
//!
//! They are run in a terminal, where a question that a page doesn't answer fails the test. In a block that begins with
//! "```console answer=y", the question gets that answer; one with "```console pipeline" is run without a terminal.
//! `PORTGATE_REGENERATE=1 cargo test --test cli readme` writes what was seen into the README and the book.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::{blocks, pages, path_of, read};
use crate::common::{Home, PseudoTerminal, without_paste_marks};

/// A test for each page.
macro_rules! pages_with_blocks {
    ($($test:ident $page:literal)*) => {
        const PAGES: &[&str] = &[$($page),*];
        $(
            #[test]
            fn $test() {
                check($page, &Plain);
            }
        )*
    };
}

pages_with_blocks! {
    the_readme_shows_what_is_really_seen "README.md"
    the_first_page_is_shown_as_in_the_readme "docs/src/index.md"
    the_tutorial_shows_what_is_really_seen_as_the_readme_does "docs/src/tutorial.md"
    approvals_are_shown_as_in_the_readme "docs/src/guides/approvals.md"
    keys_are_shown_as_in_the_readme "docs/src/guides/service-keys.md"
    policies_are_shown_as_in_the_readme "docs/src/guides/policies.md"
    managed_accounts_are_shown_as_in_the_readme "docs/src/guides/managed-accounts.md"
    migration_day_is_shown_as_in_the_readme "docs/src/guides/migration-day.md"
    the_sandbox_is_shown_as_in_the_readme "docs/src/guides/sandbox.md"
    any_endpoint_is_shown_as_in_the_readme "docs/src/guides/api.md"
    pipelines_are_shown_as_in_the_readme "docs/src/guides/pipelines.md"
}

#[test]
fn every_page_with_console_blocks_is_run() {
    let has_blocks = |page: &String| {
        let text = read(page);
        blocks(&text).iter().any(|block| block.info.starts_with("console"))
    };
    let mut known = [PAGES, &[super::team::PAGE]].concat();
    known.sort_unstable();
    let mut there: Vec<String> = pages().into_iter().filter(has_blocks).collect();
    there.sort();
    assert_eq!(there, known, "name each page with console blocks here");
}

/// What differs between a reader's machine and the test's.
pub(super) trait Machine {
    /// The command or variable as it is run here.
    fn as_tested(&self, text: &str) -> String;
    /// What was seen as the reader sees it.
    fn as_shown(&self, text: &str) -> String;
}

/// A page that needs nothing but portgate.
struct Plain;

impl Machine for Plain {
    fn as_tested(&self, text: &str) -> String {
        text.to_owned()
    }

    fn as_shown(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// A command of a page and what stands below it.
struct Shown {
    command: String,
    output: String,
}

/// Runs the blocks of a page and compares what is seen, or writes it into the page.
pub(super) fn check(page: &str, machine: &dyn Machine) {
    let text = read(page);
    let home = Home::new();
    let mut variables = BTreeMap::new();
    let (mut written, mut at) = (String::new(), 0);
    let mut differences = Vec::new();
    for block in blocks(&text).iter().filter(|block| block.info.starts_with("console")) {
        written.push_str(&text[at..block.text.start]);
        at = block.text.end;
        for shown in commands_of(&text[block.text.clone()]) {
            let command = machine.as_tested(&shown.command);
            let seen = run(&home, &mut variables, &command, Place::of(block.info));
            // The reader has a home of their own.
            let seen = machine.as_shown(&seen.replace(&home.path().display().to_string(), "/home/you"));
            if !is_same(&seen, &shown.output, &variables) {
                differences.push(format!("$ {}\n{page}:\n{}\nseen:\n{seen}", shown.command, shown.output));
            }
            let command = shown.command.replace('\n', "\n> ").replace("> \n", ">\n");
            written.push_str(&format!("$ {command}\n{seen}"));
        }
    }
    written.push_str(&text[at..]);
    if std::env::var_os("PORTGATE_REGENERATE").is_some() {
        if !differences.is_empty() {
            std::fs::write(path_of(page), written).unwrap();
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

/// How the commands of a block are run.
#[derive(Clone, Copy)]
enum Place<'b> {
    /// In a terminal, where nothing may ask.
    Terminal,
    /// In a terminal, where a question gets this answer.
    Answered(&'b str),
    /// Without one.
    Pipeline,
}

impl<'b> Place<'b> {
    fn of(info: &'b str) -> Self {
        match info.strip_prefix("console").unwrap().trim() {
            "" => Place::Terminal,
            "pipeline" => Place::Pipeline,
            other => Place::Answered(other.strip_prefix("answer=").unwrap_or_else(|| panic!("{info}?"))),
        }
    }
}

/// Runs a line as a shell does, and answers what is seen of both streams. A variable that it sets holds for the lines
/// below.
fn run(home: &Home, variables: &mut BTreeMap<String, String>, line: &str, place: Place<'_>) -> String {
    let name = line.strip_prefix("export ").unwrap_or(line).split_once('=').map(|(name, _)| name);
    let name = name.filter(|name| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_'));
    let kept = home.path().join("value");
    let script = match name {
        Some(name) => format!("{line}\nprintf %s \"${name}\" > '{}'", kept.display()),
        None => line.to_owned(),
    };
    let folder = Path::new(env!("CARGO_BIN_EXE_portgate")).parent().unwrap();
    let mut command = Command::new("sh");
    command
        .env_clear()
        .env("HOME", home.path())
        .env("USER", "you")
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("NO_COLOR", "1")
        .env("TZ", "UTC")
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display()))
        // A reader needs longer for the next command than the sandbox for a VXC.
        .env("PORTGATE_SANDBOX_DEPLOY_TIME", "0s")
        .envs(variables.iter())
        .current_dir(home.path());
    let seen = match place {
        Place::Pipeline => {
            command.args(["-c", &format!("exec 2>&1; {script}")]).stdin(std::process::Stdio::null());
            String::from_utf8(command.output().unwrap().stdout).unwrap()
        }
        Place::Terminal => seen_in(PseudoTerminal::shell(&script, command)),
        Place::Answered(answer) => {
            let mut terminal = PseudoTerminal::shell(&script, command);
            terminal.expect("[y/N]");
            terminal.send_line(answer);
            seen_in(terminal)
        }
    };
    if let Some(name) = name {
        variables.insert(name.to_owned(), std::fs::read_to_string(&kept).unwrap());
        std::fs::remove_file(&kept).unwrap();
    }
    seen
}

/// What is left on the screen at the end.
fn seen_in(terminal: PseudoTerminal) -> String {
    let (_, seen) = terminal.ends();
    let seen = without_paste_marks(&seen);
    // What was drawn before a line was cleared isn't seen: the progress of slow work.
    let lines = seen.trim_start_matches(['\r', '\n']).lines();
    let lines = lines.map(|line| line.rsplit("\u{1b}[2K").next().unwrap_or_default());
    let lines = lines.map(|line| console::strip_ansi_codes(line).replace('\r', ""));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Whether a page shows what is seen, but for what changes from day to day. Where a variable has a random ID, or its
/// first eight characters, the page has another.
fn is_same(seen: &str, shown: &str, variables: &BTreeMap<String, String>) -> bool {
    let random = |word: &str| {
        let core = word.trim_end_matches(['.', ',', ':']);
        variables.values().any(|value| is_random(value) && (core == value || core == &value[..8]))
    };
    let is_hex = |word: &str| word.bytes().all(|digit| digit.is_ascii_hexdigit() || b"-.,:".contains(&digit));
    let (seen, shown) = (steady(seen), steady(shown));
    let same = |(seen, shown): (&String, &String)| {
        seen == shown || (random(seen) && seen.len() == shown.len() && is_hex(shown))
    };
    let words = |text: &str| text.split([' ', '\n']).map(str::to_owned).collect::<Vec<_>>();
    let (seen, shown) = (words(&seen), words(&shown));
    seen.len() == shown.len() && seen.iter().zip(&shown).all(same)
}

/// The sandbox's own IDs are of version 5; those of version 4 are random.
fn is_random(id: &str) -> bool {
    id.parse::<uuid::Uuid>().is_ok_and(|id| id.get_version_num() == 4)
}

/// What doesn't change from day to day: dates, durations, hashes, random IDs and the home folder are taken out.
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
    let core = word.trim_matches(|character: char| "(),;:.\"".contains(character));
    let is_date = core.len() >= 10
        && core.is_ascii()
        && core.as_bytes()[4] == b'-'
        && core.as_bytes()[7] == b'-'
        && core[..4].chars().all(|digit| digit.is_ascii_digit());
    if is_date {
        return word.replace(core, "DATE");
    }
    if core.contains("/.local/share/portgate/") {
        return word.replace(core, "LEDGER");
    }
    // A hash, or the number of a request to the API.
    if matches!(core.len(), 32 | 64) && core.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return word.replace(core, "HASH");
    }
    if is_random(core) {
        return word.replace(core, "RANDOM");
    }
    word.to_owned()
}

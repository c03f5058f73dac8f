//! Values that completions offer: what lists have shown here, profiles, environments, fields. Everything is read from
//! small files of this machine; nothing is asked of a backend.
//!
//! The completion engine hands a completer the word under the cursor and nothing else, so that this is the one place
//! that looks at the process itself: its variables, and the words typed so far among its arguments.

use std::ffi::{OsStr, OsString};

use clap::{FromArgMatches, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::api::backend::Environment;
use crate::commands;
use crate::commands::cli;
use crate::commands::help::Topic;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::notifications;
use crate::options::GlobalArgs;
use crate::paths::Paths;
use crate::process_environment::ProcessEnvironment;
use crate::session::profiles::ProfilesFile;
use crate::session::target::Target;
use crate::session::{connection, id_map};
use crate::text::sanitize;

/// What completes an argument of a command below that noun, told by what its value is called in the help.
pub(super) fn completer(arg: &clap::Arg, noun: &str) -> Option<ArgValueCompleter> {
    let value = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    let candidates: fn(&OsStr) -> Vec<CompletionCandidate> = match (noun, arg.get_id().as_str(), value) {
        ("help", "words", _) => help_words,
        ("keys", _, "KEY") => keys,
        ("notify", _, "GROUP") => groups,
        (_, "env", _) => environments,
        (_, "profile", _) | ("profile", _, "NAME") => profiles,
        (_, "fields", _) => fields,
        (_, "sort", _) => sort_keys,
        ("approvals" | "speed", _, "ID") => approval_ids,
        ("approvals" | "speed" | "ports" | "keys", _, "PORT") => ports,
        _ => return None,
    };
    Some(ArgValueCompleter::new(candidates))
}

/// Ids of requests that waited when last listed: short as `list` shows them, whole once more than that is typed.
fn approval_ids(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str().map(str::to_ascii_lowercase) else { return Vec::new() };
    let seen = seen();
    let short = ShortIds::from_ids(seen.waiting.keys().map(String::as_str));
    let candidates = seen.waiting.iter().filter_map(|(id, label)| {
        let shown = if short.shorten(id).starts_with(&typed) { short.shorten(id) } else { id };
        shown.starts_with(&typed).then(|| candidate(shown, label))
    });
    candidates.collect()
}

/// Names of my ports, as last read.
fn ports(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, seen().ports.iter().map(|name| (name.as_str(), "")))
}

/// Service keys by their first characters, as last listed.
fn keys(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, seen().keys.iter().map(|(handle, label)| (handle.as_str(), label.as_str())))
}

fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let file = paths().and_then(|paths| ProfilesFile::load(&paths.config).ok());
    let Some(file) = file else { return Vec::new() };
    offer(
        current,
        file.profiles().iter().map(|profile| {
            (profile.name.as_str(), profile.company_name.as_deref().unwrap_or(profile.environment.name()))
        }),
    )
}

/// What can be explained: the topics and the commands.
fn help_words(current: &OsStr) -> Vec<CompletionCandidate> {
    let root = cli::command();
    let commands: Vec<(String, String)> = root
        .get_subcommands()
        .map(|one| (one.get_name().to_owned(), one.get_about().map(ToString::to_string).unwrap_or_default()))
        .collect();
    let topics: Vec<(String, String)> = Topic::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value)
        .map(|topic| {
            (topic.get_name().to_owned(), topic.get_help().map(ToString::to_string).unwrap_or_default())
        })
        .collect();
    offer(current, topics.iter().chain(&commands).map(|(word, about)| (word.as_str(), about.as_str())))
}

/// The notification groups, as they are typed.
fn groups(current: &OsStr) -> Vec<CompletionCandidate> {
    let groups: Vec<String> = notifications::public_groups().collect();
    offer(current, groups.iter().map(|group| (group.as_str(), "")))
}

fn environments(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, Environment::NAMES.into_iter().map(|name| (name, "")))
}

/// Fields of the command's records, one after the other with commas between them.
fn fields(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str() else { return Vec::new() };
    let before = typed.rfind(',').map_or("", |at| &typed[..=at]);
    let known = Typed::read().fields();
    let offered: Vec<String> = known.iter().map(|path| format!("{before}{path}")).collect();
    let offered = offered.iter().map(|path| (path.as_str(), ""));
    offer(current, offered.chain((before.is_empty() && !known.is_empty()).then_some(("help", ""))))
}

/// A field of the command's records, to order by.
fn sort_keys(current: &OsStr) -> Vec<CompletionCandidate> {
    let known = Typed::read().fields();
    let orders: Vec<String> = known.iter().flat_map(|path| [path.clone(), format!("{path}:desc")]).collect();
    offer(current, orders.iter().map(|path| (path.as_str(), "")))
}

/// Those of the words that begin as typed, in any case.
fn offer<'w>(current: &OsStr, words: impl Iterator<Item = (&'w str, &'w str)>) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str().map(str::to_lowercase) else { return Vec::new() };
    words
        .filter(|(word, _)| word.to_lowercase().starts_with(&typed) && !word.ends_with(".*"))
        .map(|(word, label)| candidate(word, label))
        .collect()
}

/// A word with what is said of it. A name with control characters is never offered: a shell would obey it.
fn candidate(word: &str, label: &str) -> CompletionCandidate {
    let help = (!label.is_empty()).then(|| sanitize::line(label).into_owned().into());
    CompletionCandidate::new(sanitize::line(word).into_owned()).help(help)
}

/// What the command line says so far.
struct Typed {
    path: Vec<String>,
    globals: GlobalArgs,
}

impl Typed {
    /// Reads the words behind `--`, however unfinished they are.
    fn read() -> Self {
        let words: Vec<OsString> = std::env::args_os().skip_while(|arg| arg != "--").skip(1).collect();
        let mut typed = Typed { path: Vec::new(), globals: GlobalArgs::default() };
        let Ok(matches) = cli::command().ignore_errors(true).try_get_matches_from(words) else {
            return typed;
        };
        let mut leaf = &matches;
        while let Some((name, below)) = leaf.subcommand() {
            typed.path.push(name.to_owned());
            leaf = below;
        }
        if let Ok(globals) = GlobalArgs::from_arg_matches(leaf) {
            typed.globals = globals;
        }
        typed
    }

    fn fields(&self) -> Vec<String> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        commands::fields(&path)
    }
}

fn paths() -> Option<Paths> {
    Paths::resolve(&ProcessEnvironment::from_process()).ok()
}

/// What lists have shown of the backend that this command line is for.
fn seen() -> id_map::Seen {
    let found = paths().and_then(|paths| {
        let globals = Typed::read().globals;
        let target = Target::resolve(&globals, &ProcessEnvironment::from_process(), &paths.config).ok()?;
        let backend = connection::backend_name(&globals, &paths, &target)?;
        Some(id_map::seen_of(&paths.id_map(), &backend))
    });
    found.unwrap_or_default()
}

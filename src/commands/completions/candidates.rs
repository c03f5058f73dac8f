//! Values offered by completions: results of earlier lists, profiles, environments and fields. They come from small
//! local files only; no request is sent.
//!
//! The completion engine passes only the word under the cursor, so this is the one place that reads the process's own
//! environment and arguments.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::builder::StyledStr;
use clap::{FromArgMatches, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::api::backend::Environment;
use crate::commands;
use crate::commands::cli;
use crate::commands::help::Topic;
use crate::domain::approvals::Company;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::notifications;
use crate::options::GlobalArgs;
use crate::paths::Paths;
use crate::process_environment::ProcessEnvironment;
use crate::session::account::AccountChoice;

use crate::session::profiles::{OF_PROFILE, Profile, ProfilesFile};
use crate::session::target::Target;
use crate::session::{connection, id_map};
use crate::text::id::begins_with;
use crate::text::{Uid, sanitize};

/// Completes an argument of a command below `noun`, chosen by the argument's ID and value name.
pub(super) fn completer(arg: &clap::Arg, noun: &str) -> Option<ArgValueCompleter> {
    let value = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    let candidates: fn(&OsStr) -> Vec<CompletionCandidate> = match (noun, arg.get_id().as_str(), value) {
        ("help", "words", _) => help_words,
        ("keys", _, "KEY") => keys,
        ("users", _, "USER") => users,
        ("notify", _, "GROUP") => groups,
        (_, "env", _) => environments,
        (_, "profile", _) => several_profiles,
        ("profile", _, "NAME") => profiles,
        (_, "on_behalf_of", _) => accounts,
        (_, "fields", _) => fields,
        (_, "sort", _) => sort_keys,
        ("profile", "key", _) => settings,
        ("approvals", _, "ID") => approval_ids,
        ("speed", _, "ID") => speed_change_ids,
        ("approvals" | "speed" | "ports" | "keys", _, "PORT") => ports,
        _ => return None,
    };
    Some(ArgValueCompleter::new(candidates))
}

/// IDs of pending requests in the last list: short as in `list`, in full once more than the short ID is typed.
fn approval_ids(current: &OsStr) -> Vec<CompletionCandidate> {
    ids_of(current, &seen_ids(), |_| true)
}

/// Those of speed changes.
fn speed_change_ids(current: &OsStr) -> Vec<CompletionCandidate> {
    let seen = seen_ids();
    ids_of(current, &seen, |id| seen.speed_changes.contains(id))
}

fn ids_of(current: &OsStr, seen: &id_map::Seen, is_meant: impl Fn(&Uid) -> bool) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str() else { return Vec::new() };
    let short = ShortIds::from_ids(seen.waiting.keys());
    let candidates = seen.waiting.iter().filter(|(id, _)| is_meant(id)).filter_map(|(id, label)| {
        let mut forms = [short.shorten(id), id.as_str()].into_iter();
        forms.find(|shown| begins_with(shown, typed)).map(|shown| candidate(shown, label))
    });
    candidates.collect()
}

/// Names of your ports, as last read.
fn ports(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, seen_ids().ports.into_iter().map(|name| (name, "")))
}

/// The first characters of service keys, as last listed.
fn keys(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, seen_ids().keys)
}

/// Email addresses of users, as last listed.
fn users(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, seen_ids().users)
}

/// Keys of a profile in config.toml.
fn settings(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, OF_PROFILE.iter().map(|key| (key.name, key.meaning)))
}

/// Names of profiles.
fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, profile_names())
}

/// Comma-separated names of profiles.
fn several_profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str() else { return Vec::new() };
    let before = typed.rfind(',').map_or("", |at| &typed[..=at]);
    let others = profile_names().into_iter().filter(|(name, _)| !before.split(',').any(|one| one == name));
    offer(current, others.map(|(name, label)| (format!("{before}{name}"), label)))
}

/// Names of profiles, each with its company or environment.
fn profile_names() -> Vec<(String, String)> {
    let file = paths().and_then(|paths| ProfilesFile::load(&paths.config).ok());
    let label = |one: &Profile| one.company_name.clone().unwrap_or_else(|| one.environment.name().to_owned());
    let profiles = file.iter().flat_map(ProfilesFile::profiles).map(|one| (one.name.clone(), label(one)));
    let damaged = file.iter().flat_map(ProfilesFile::damaged_profiles);
    profiles.chain(damaged.map(|one| (one.name.clone(), "can't be used".to_owned()))).collect()
}

/// The topics and commands of `help`.
fn help_words(current: &OsStr) -> Vec<CompletionCandidate> {
    let root = cli::command();
    let about = |said: Option<&StyledStr>| said.map(ToString::to_string).unwrap_or_default();
    let commands = root.get_subcommands().map(|one| (one.get_name().to_owned(), about(one.get_about())));
    let topics = Topic::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let topics = topics.map(|topic| (topic.get_name().to_owned(), about(topic.get_help())));
    offer(current, topics.chain(commands))
}

/// Notification groups.
fn groups(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, notifications::public_groups().map(|group| (group, "")))
}

fn environments(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, Environment::NAMES.into_iter().map(|name| (name, "")))
}

/// Comma-separated fields of the command's records.
fn fields(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str() else { return Vec::new() };
    let before = typed.rfind(',').map_or("", |at| &typed[..=at]);
    let known = Typed::read().fields;
    let help = (before.is_empty() && !known.is_empty()).then(|| "help".to_owned());
    offer(current, known.iter().map(|path| format!("{before}{path}")).chain(help).map(|path| (path, "")))
}

/// A field of the command's records to sort by.
fn sort_keys(current: &OsStr) -> Vec<CompletionCandidate> {
    let known = Typed::read().fields;
    let orders = known.iter().flat_map(|path| [path.clone(), format!("{path}:desc")]);
    offer(current, orders.map(|order| (order, "")))
}

/// The words that start with what is typed, in any case.
fn offer<W: AsRef<str>, L: AsRef<str>>(
    current: &OsStr,
    words: impl IntoIterator<Item = (W, L)>,
) -> Vec<CompletionCandidate> {
    let Some(typed) = current.to_str().map(str::to_lowercase) else { return Vec::new() };
    let fits = |word: &str| word.to_lowercase().starts_with(&typed) && !word.ends_with(".*");
    let offered = words.into_iter().filter(|(word, _)| fits(word.as_ref()));
    offered.map(|(word, label)| candidate(word.as_ref(), label.as_ref())).collect()
}

/// A word with its description. Control characters are removed: a shell would interpret them.
fn candidate(word: &str, label: &str) -> CompletionCandidate {
    let help = (!label.is_empty()).then(|| sanitize::line(label).into_owned().into());
    CompletionCandidate::new(sanitize::line(word).into_owned()).help(help)
}

/// The command line typed so far.
struct Typed {
    /// The fields of the records of its command.
    fields: Vec<String>,
    globals: GlobalArgs,
}

impl Typed {
    /// Reads the words after `--`, even if incomplete.
    fn read() -> Self {
        let words: Vec<OsString> = std::env::args_os().skip_while(|arg| arg != "--").skip(1).collect();
        let matches = cli::command().ignore_errors(true).try_get_matches_from(words).unwrap_or_default();
        let (mut leaf, mut path) = (&matches, Vec::new());
        while let Some((name, below)) = leaf.subcommand() {
            path.push(name);
            leaf = below;
        }
        let globals = GlobalArgs::from_arg_matches(leaf).unwrap_or_default();
        Typed { fields: commands::fields(&path), globals }
    }
}

fn paths() -> Option<Paths> {
    Paths::resolve(&ProcessEnvironment::from_process()).ok()
}

/// Managed accounts from earlier runs, by UID.
fn accounts(current: &OsStr) -> Vec<CompletionCandidate> {
    let found = read_kept(|kept, backend, _| Some(id_map::accounts_of(kept, backend)));
    let label = |(uid, company): (String, Company)| (uid, company.name.unwrap_or_default());
    offer(current, found.unwrap_or_default().into_iter().map(label))
}

/// What lists have shown of the backend and account of this command line.
fn seen_ids() -> id_map::Seen {
    let found = read_kept(|kept, backend, Choice { globals, environment, target }| {
        let account = AccountChoice::resolve(globals, environment, target.profile.as_ref()).ok()?;
        Some(id_map::seen_of(kept, backend, account.as_ref()))
    });
    found.unwrap_or_default()
}

/// Where this command line goes.
struct Choice {
    globals: GlobalArgs,
    environment: ProcessEnvironment,
    target: Target,
}

/// Reads what was kept of the backend that this command line is for.
fn read_kept<T>(read: impl FnOnce(&Path, &str, &Choice) -> Option<T>) -> Option<T> {
    let (paths, globals, environment) = (paths()?, Typed::read().globals, ProcessEnvironment::from_process());
    let target = Target::resolve(&globals, &environment, &paths.config).ok()?;
    let backend = connection::backend_name(&globals, &paths, &target)?;
    read(&paths.id_map(), &backend, &Choice { globals, environment, target })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_offered_in_any_case() {
        let waiting = [("7C1E09AB-41d2".into(), "Globex Bank".to_owned())].into();
        let seen = id_map::Seen { waiting, ..id_map::Seen::default() };
        for (typed, expected) in [("7c1e", "7C1E09AB"), ("7C1E09ab-4", "7C1E09AB-41d2")] {
            let offered = ids_of(OsStr::new(typed), &seen, |_| true);
            assert_eq!(offered.iter().map(CompletionCandidate::get_value).collect::<Vec<_>>(), [expected]);
        }
        assert!(ids_of(OsStr::new("7c1f"), &seen, |_| true).is_empty());
    }
}

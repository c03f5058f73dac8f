//! Values offered by completions: results of earlier lists, profiles, environments and fields. They come from small
//! local files only; no request is sent.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::Arc;

use clap::builder::StyledStr;
use clap::{FromArgMatches, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use crate::api::backend::Environment;
use crate::commands;
use crate::commands::cli;
use crate::commands::help::Topic;
use crate::commands::parse::path_and_leaf;
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

/// The command line to complete. The engine passes only the word under the cursor.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) words: Vec<OsString>,
    pub(super) environment: ProcessEnvironment,
}

/// Completes an argument of a command below `noun`, chosen by the argument's ID and value name.
pub(super) fn completer(arg: &clap::Arg, noun: &str, line: &Arc<Line>) -> Option<ArgValueCompleter> {
    let value = arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
    let candidates: fn(&Line, &OsStr) -> Vec<CompletionCandidate> = match (noun, arg.get_id().as_str(), value)
    {
        ("help", "words", _) => |_, current| help_words(current),
        ("keys", _, "KEY") => Line::keys,
        ("users", _, "USER") => Line::users,
        ("notify", _, "GROUP") => |_, current| groups(current),
        (_, "env", _) => |_, current| environments(current),
        (_, "profile", _) => Line::several_profiles,
        ("profile", _, "NAME") => Line::profiles,
        (_, "on_behalf_of", _) => Line::accounts,
        (_, "fields", _) => Line::fields,
        (_, "sort", _) => Line::sort_keys,
        ("profile", "key", _) => |_, current| settings(current),
        ("approvals", _, "ID") => Line::approval_ids,
        ("speed", _, "ID") => Line::speed_change_ids,
        ("approvals" | "speed" | "ports" | "keys", _, "PORT") => Line::ports,
        _ => return None,
    };
    let line = Arc::clone(line);
    Some(ArgValueCompleter::new(move |current: &OsStr| candidates(&line, current)))
}

impl Line {
    /// IDs of pending requests in the last list: short as in `list`, in full once more than the short ID is typed.
    fn approval_ids(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        ids_of(current, &self.seen_ids(), |_| true)
    }

    /// Those of speed changes.
    fn speed_change_ids(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let seen = self.seen_ids();
        ids_of(current, &seen, |id| seen.speed_changes.contains(id))
    }

    /// Names of your ports, as last read.
    fn ports(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        offer(current, self.seen_ids().ports.into_iter().map(|name| (name, "")))
    }

    /// The first characters of service keys, as last listed.
    fn keys(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        offer(current, self.seen_ids().keys)
    }

    /// Email addresses of users, as last listed.
    fn users(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        offer(current, self.seen_ids().users)
    }

    fn profiles(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        offer(current, self.profile_names())
    }

    /// Comma-separated names of profiles.
    fn several_profiles(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let Some(typed) = current.to_str() else { return Vec::new() };
        let before = typed.rfind(',').map_or("", |at| &typed[..=at]);
        let others =
            self.profile_names().into_iter().filter(|(name, _)| !before.split(',').any(|one| one == name));
        offer(current, others.map(|(name, label)| (format!("{before}{name}"), label)))
    }

    /// Managed accounts from earlier runs, by UID.
    fn accounts(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let found = self.read_kept(|kept, backend, _| Some(id_map::accounts_of(kept, backend)));
        let label = |(uid, company): (String, Company)| (uid, company.name.unwrap_or_default());
        offer(current, found.unwrap_or_default().into_iter().map(label))
    }

    /// Comma-separated fields of the command's records.
    fn fields(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let Some(typed) = current.to_str() else { return Vec::new() };
        let before = typed.rfind(',').map_or("", |at| &typed[..=at]);
        let known = self.parse().fields;
        let help = (before.is_empty() && !known.is_empty()).then(|| "help".to_owned());
        offer(current, known.iter().map(|path| format!("{before}{path}")).chain(help).map(|path| (path, "")))
    }

    /// A field of the command's records to sort by.
    fn sort_keys(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let known = self.parse().fields;
        let orders = known.iter().flat_map(|path| [path.clone(), format!("{path}:desc")]);
        offer(current, orders.map(|order| (order, "")))
    }

    /// Names of profiles, each with its company or environment.
    fn profile_names(&self) -> Vec<(String, String)> {
        let file = self.paths().and_then(|paths| ProfilesFile::load(&paths.config).ok());
        let label =
            |one: &Profile| one.company_name.clone().unwrap_or_else(|| one.environment.name().to_owned());
        let profiles = file.iter().flat_map(ProfilesFile::profiles).map(|one| (one.name.clone(), label(one)));
        let damaged = file.iter().flat_map(ProfilesFile::damaged_profiles);
        profiles.chain(damaged.map(|one| (one.name.clone(), "can't be used".to_owned()))).collect()
    }

    /// What lists have shown of the backend and account of this command line.
    fn seen_ids(&self) -> id_map::Seen {
        let found = self.read_kept(|kept, backend, Choice { globals, target }| {
            let account = AccountChoice::resolve(globals, &self.environment, target.profile.as_ref()).ok()?;
            Some(id_map::seen_of(kept, backend, account.as_ref()))
        });
        found.unwrap_or_default()
    }

    /// Reads what was kept of the backend that this command line is for.
    fn read_kept<T>(&self, read: impl FnOnce(&Path, &str, &Choice) -> Option<T>) -> Option<T> {
        let (paths, globals) = (self.paths()?, self.parse().globals);
        let target = Target::resolve(&globals, &self.environment, &paths.config).ok()?;
        let backend = connection::backend_name(&globals, &paths, &target)?;
        read(&paths.id_map(), &backend, &Choice { globals, target })
    }

    fn paths(&self) -> Option<Paths> {
        Paths::resolve(&self.environment).ok()
    }

    /// Reads what is typed so far, even if incomplete.
    fn parse(&self) -> Typed {
        let matches =
            cli::command().ignore_errors(true).try_get_matches_from(&self.words).unwrap_or_default();
        let (path, leaf) = path_and_leaf(&matches);
        let globals = GlobalArgs::from_arg_matches(leaf).unwrap_or_default();
        Typed { fields: commands::fields(&path), globals }
    }
}

/// What a line says.
struct Typed {
    /// The fields of the records of its command.
    fields: Vec<String>,
    globals: GlobalArgs,
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

/// Keys of a profile in config.toml.
fn settings(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, OF_PROFILE.iter().map(|key| (key.name, key.meaning)))
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

fn groups(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, notifications::public_groups().map(|group| (group, "")))
}

fn environments(current: &OsStr) -> Vec<CompletionCandidate> {
    offer(current, Environment::NAMES.into_iter().map(|name| (name, "")))
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

/// Where this command line goes.
struct Choice {
    globals: GlobalArgs,
    target: Target,
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

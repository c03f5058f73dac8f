//! Hints for options and commands that other tools have.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use crate::text::suggest::did_you_mean;

/// What a habit is here: options by their long name, which the command must have, or advice.
#[derive(Clone, Copy)]
enum Here {
    Option(&'static str, &'static str),
    Advice(&'static str),
}
use Here::{Advice, Option as Known};

const OPTIONS: [(&[&str], Here); 16] = [
    (
        &["--force", "-f", "--assume-yes", "--auto-approve", "--no-confirm", "--confirm", "--no-prompt"],
        Known("yes", "--yes"),
    ),
    (&["--json", "-j"], Known("output", "-o json")),
    (&["--yaml"], Known("output", "-o yaml")),
    (&["--csv"], Known("output", "-o csv")),
    (&["--format", "--out", "--output-format"], Known("output", "-o FORMAT")),
    (&["--jq", "--jsonpath", "--template"], Known("query", "--query EXPRESSION")),
    (&["--columns", "--select"], Known("fields", "--fields FIELDS")),
    (
        &["--debug", "--trace", "--log-level", "--curl-verbose"],
        Known("verbose", "-v, or -vv for headers and bodies"),
    ),
    (&["--silent", "-s"], Known("quiet", "-q")),
    (&["--no-color", "--no-colour", "--color", "--colour"], Advice("to disable colour, set NO_COLOR=1")),
    (&["--environment", "-e"], Known("env", "--env NAME")),
    (&["--non-interactive", "--noinput", "--batch", "--no-interactive"], Known("no_input", "--no-input")),
    (&["--dryrun", "--simulate", "--what-if", "--check", "--plan"], Known("dry_run", "--dry-run")),
    (
        &["--count", "--last", "--max", "--top", "--page-size", "--max-results", "--per-page", "-n"],
        Known("limit", "--limit N"),
    ),
    (&["--sort-by", "--order-by", "--order"], Known("sort", "--sort FIELD")),
    (&["--rate", "--bandwidth", "--max-bandwidth"], Known("max_speed", "--max-speed SPEED")),
];

/// Commands of other tools, with those they may be here, by their path from the command that was named.
const COMMANDS: [(&[&str], &[&str]); 14] = [
    (&["ls", "pending", "all"], &["list", "approvals list"]),
    (&["get", "describe", "view", "inspect", "info", "cat"], &["show", "list", "status", "approvals show"]),
    (&["rm", "delete", "del", "remove", "revoke", "disable"], &["remove", "deactivate", "unsubscribe"]),
    (&["enable"], &["activate", "subscribe"]),
    (&["new", "add", "make"], &["create", "login"]),
    (&["edit", "set", "modify", "change"], &["update", "edit"]),
    (&["approve", "allow", "confirm"], &["accept", "approvals accept"]),
    (&["reject", "decline", "refuse"], &["deny", "approvals deny"]),
    (&["login", "logout", "token"], &["auth login", "auth logout", "auth token"]),
    (&["requests", "request", "vxc", "vxcs", "list"], &["approvals list"]),
    (&["config", "configure", "init", "setup"], &["profile set", "auth login"]),
    (&["completion"], &["completions"]),
    (&["log", "logs", "audit"], &["history", "approvals history"]),
    (&["tail", "follow", "monitor"], &["watch", "approvals watch"]),
];

/// Replaces clap's guess by what the option or command of another tool is called here.
pub(super) fn hint(error: &mut Error, command: &Command, words: &[OsString]) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => text(ContextKind::InvalidArg).and_then(|word| {
            let option = option(&word, command).or_else(|| page_file(&word, command, words));
            option.or_else(|| quotes(&word, command, words))
        }),
        ErrorKind::InvalidSubcommand => {
            text(ContextKind::InvalidSubcommand).and_then(|word| {
                let tip = subcommand(&word, command);
                if tip.is_none() && !is_near_one(&word, command) {
                    // clap's guess is a wild one: `remove` for `rename`.
                    error.remove(ContextKind::SuggestedSubcommand);
                    error.remove(ContextKind::Suggested);
                }
                tip
            })
        }
        _ => None,
    };
    let Some(tip) = tip else {
        remove_escape_tip(error);
        return;
    };
    error.remove(ContextKind::SuggestedArg);
    let usage = command.clone().render_usage();
    let _ = error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    error.remove(ContextKind::SuggestedSubcommand);
    let _ = error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
}

/// Removes clap's advice to pass an unknown option as a value, `-- --vlan`: no value here starts with two dashes.
fn remove_escape_tip(error: &mut Error) {
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested)
        && tips.iter().all(|tip| tip.to_string().starts_with("to pass "))
    {
        error.remove(ContextKind::Suggested);
    }
}

fn option(word: &str, command: &Command) -> Option<String> {
    let name = word.split('=').next().unwrap_or(word);
    let (_, here) = OPTIONS.iter().find(|(habits, _)| habits.contains(&name))?;
    match *here {
        Advice(advice) => Some(advice.to_owned()),
        Known(id, usage) => {
            let has = command.get_arguments().any(|arg| arg.get_id() == id);
            has.then(|| format!("use {usage}"))
        }
    }
}

/// How to write a page to a file, for a word that was meant as one.
fn page_file(word: &str, command: &Command, words: &[OsString]) -> Option<String> {
    let is_page = |pair: &[OsString]| {
        let [option, value] = pair else { return false };
        ((option == "-o" || option == "--output") && value == "html")
            || value == "-ohtml"
            || value == "--output=html"
    };
    let call = command.get_bin_name().unwrap_or("portgate");
    let is_file = !word.starts_with('-') && words.windows(2).any(is_page);
    is_file.then(|| format!("to write the page to a file, use -o html=FILE, or {call} -o html > FILE"))
}

/// How to write a value of several words, for a word that follows the value of an option: `--speed-above 500 Mbps`.
fn quotes(word: &str, command: &Command, words: &[OsString]) -> Option<String> {
    let words: Vec<&str> = words.iter().map(|word| word.to_str()).collect::<Option<_>>()?;
    let at = words.iter().rposition(|&one| one == word).filter(|_| !word.starts_with('-'))?;
    let start = words[..at].iter().rposition(|one| one.starts_with('-'))?;
    let (name, joined) = match words[start].split_once('=') {
        Some((name, first)) => (name, Some(first)),
        None => (words[start], None),
    };
    let end = at + words[at..].iter().take_while(|one| !one.starts_with('-')).count();
    let parts: Vec<&str> = joined.into_iter().chain(words[start + 1..end].iter().copied()).collect();
    // A word in between may be an argument of its own.
    let is_next = at - start == if joined.is_some() { 1 } else { 2 };
    let has_arguments = command.get_positionals().next().is_some();
    let takes_value = command.get_arguments().any(|arg| {
        let is_named = arg.get_long().is_some_and(|long| name.strip_prefix("--") == Some(long))
            || arg.get_short().is_some_and(|short| name == format!("-{short}"));
        is_named && arg.get_action().takes_values() && arg.get_possible_values().is_empty()
    });
    let is_one_value = takes_value && (is_next || !has_arguments);
    is_one_value
        .then(|| format!("to pass several words as one value, quote them: {name} '{}'", parts.join(" ")))
}

/// Whether a subcommand has almost this name.
fn is_near_one(word: &str, command: &Command) -> bool {
    let visible = command.get_subcommands().filter(|below| !below.is_hide_set());
    did_you_mean(word, visible.map(Command::get_name)).is_some()
}

fn subcommand(word: &str, command: &Command) -> Option<String> {
    if command.get_name() == "profile" && ["rename", "mv", "move", "copy", "cp"].contains(&word) {
        return Some("create the new one with profile add, then remove the old one".to_owned());
    }
    let name = command.get_bin_name().unwrap_or("portgate");
    let known =
        COMMANDS.iter().filter(|(habits, _)| habits.contains(&word)).flat_map(|(_, here)| here.iter());
    let found = known.copied().find(|path| {
        let mut words = path.split(' ');
        let first = words.next().and_then(|first| command.find_subcommand(first));
        // `login` is `auth login`, not `auth logout`.
        let fits =
            words.next().is_none_or(|last| !["login", "logout", "token"].contains(&word) || last == word);
        first.is_some_and(|first| !first.is_hide_set()) && fits
    })?;
    Some(format!("use {name} {found}"))
}

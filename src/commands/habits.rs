//! Hints for options and commands that other tools have.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use crate::text::suggest::nearest;
use crate::text::words::alternatives;

/// What a habit is here: options by their long name, which the command must have, or advice. Of several for one habit, the
/// first that fits holds.
#[derive(Clone, Copy)]
enum Here {
    Option(&'static str, &'static str),
    /// One that a value must follow on the command line.
    Valued(&'static str, &'static str),
    Advice(&'static str),
}
use Here::{Advice, Option as Known, Valued};

const ASKS_NOTHING: &str = "omit it: this command doesn't ask for confirmation";

const OPTIONS: [(&[&str], Here); 31] = [
    (&["--file", "-f", "--from", "--input", "--filename", "-F"], Valued("from_file", "--from-file FILE")),
    (&["--file", "-f", "--from-file", "--input", "--filename"], Valued("file", "FILE without an option")),
    (
        &["--force", "-f", "--assume-yes", "--auto-approve", "--no-confirm", "--confirm", "--no-prompt"],
        Known("yes", "--yes"),
    ),
    (
        &[
            "--force",
            "--yes",
            "-y",
            "--assume-yes",
            "--auto-approve",
            "--no-confirm",
            "--confirm",
            "--no-prompt",
        ],
        Advice(ASKS_NOTHING),
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
    (
        &["--page", "--offset", "--page-token", "--cursor", "--skip", "--paginate", "--no-paginate"],
        Known("limit", "--limit N; lists have no pages"),
    ),
    (
        &["--page", "--offset", "--page-token", "--cursor", "--skip", "--paginate", "--no-paginate"],
        Advice("omit it: there are no pages"),
    ),
    (
        &["--all", "-a", "-A"],
        Known("waiting_on", "--waiting-on any, or --status any to include those decided"),
    ),
    (&["--all", "-a", "-A"], Known("include_ended", "--include-ended")),
    (&["--all", "-a", "-A"], Known("everywhere", "--everywhere")),
    (
        &["--token", "--access-token", "--bearer", "--auth-token"],
        Advice("to use an access token, set MEGAPORT_ACCESS_TOKEN"),
    ),
    (
        &["--api-key", "--access-key", "--secret", "--secret-key", "--client-id", "--client-secret", "--key"],
        Advice(
            "to use an API key, set MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY, or store it with portgate auth login",
        ),
    ),
    (
        &["-m", "--message", "--comment", "--comments", "--note", "--notes", "--why"],
        Known("reason", "--reason TEXT"),
    ),
    (&["-m", "--message", "--comment", "--note", "--notes"], Known("description", "--description TEXT")),
    (
        &["--search", "--grep", "--find", "--filter", "--name", "--company"],
        Known("customer", "--customer NAME, or --where CONDITION"),
    ),
    (&["--search", "--grep", "--find", "--filter"], Known("query", "--query EXPRESSION")),
    (&["--dir"], Known("direction", "--direction DIRECTION")),
    (&["--sort-by", "--order-by", "--order"], Known("sort", "--sort FIELD")),
    (&["--rate", "--bandwidth", "--max-bandwidth"], Known("max_speed", "--max-speed SPEED")),
];

/// Commands of other tools, with those they may be here, by their path from the command that was named.
/// A path from the root starts with `portgate`.
const COMMANDS: [(&[&str], &[&str]); 16] = [
    (&["switch", "use", "select", "activate", "default", "checkout"], &["use", "portgate profile use"]),
    (&["status"], &["auth status"]),
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

/// Values of other tools, with those they may be here.
const VALUES: [(&[&str], &str); 9] = [
    (&["in", "inbound", "ingress", "received"], "incoming"),
    (&["out", "outbound", "egress", "sent"], "outgoing"),
    (&["open", "new", "waiting", "todo", "requested"], "pending"),
    (&["approved", "accept", "approve", "active"], "accepted"),
    (&["rejected", "declined", "deny", "refused"], "denied"),
    (&["all", "*", "both", "everything"], "any"),
    (&["pwsh", "ps1", "posh"], "powershell"),
    (&["mine", "us", "self"], "me"),
    (&["other", "others", "customer"], "them"),
];

/// Replaces clap's guess by what the option or command of another tool is called here.
pub(super) fn hint(error: &mut Error, command: &Command, words: &[OsString]) {
    show_only_visible(error, command);
    let text = |kind| text(error, kind);
    let tip = match error.kind() {
        ErrorKind::UnknownArgument => text(ContextKind::InvalidArg).and_then(|word| {
            let option = option(&word, command, words).or_else(|| page_file(&word, command, words));
            option.or_else(|| quotes(&word, command, words))
        }),
        ErrorKind::InvalidSubcommand => {
            text(ContextKind::InvalidSubcommand).and_then(|word| subcommand(&word, command))
        }
        ErrorKind::InvalidValue => value(error),
        _ => None,
    };
    let Some(tip) = tip else {
        remove_escape_tip(error);
        return;
    };
    if error.kind() == ErrorKind::InvalidValue {
        error.remove(ContextKind::SuggestedValue);
    } else {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        let usage = command.clone().render_usage();
        let _ = error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    let _ = error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// Replaces clap's guesses, which may be wild or hidden: `--managed` for `--page`, `remove` for `rename`.
fn show_only_visible(error: &mut Error, command: &Command) {
    let subcommands = || {
        let visible = command.get_subcommands().filter(|below| !below.is_hide_set());
        visible.map(|below| below.get_name().to_owned()).collect::<Vec<_>>()
    };
    match error.kind() {
        ErrorKind::MissingSubcommand => {
            let _ = error.insert(ContextKind::ValidSubcommand, ContextValue::Strings(subcommands()));
        }
        ErrorKind::InvalidSubcommand => {
            let Some(word) = text(error, ContextKind::InvalidSubcommand) else { return };
            match nearest(&word, subcommands()) {
                Some(name) => {
                    let _ = error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![name]));
                }
                None => {
                    error.remove(ContextKind::SuggestedSubcommand);
                    error.remove(ContextKind::Suggested);
                }
            }
        }
        ErrorKind::UnknownArgument => {
            let Some(word) = text(error, ContextKind::InvalidArg).filter(|word| word.starts_with("--"))
            else {
                return;
            };
            let word = word.split('=').next().unwrap_or_default().trim_start_matches('-');
            let visible = command.get_arguments().filter(|arg| !arg.is_hide_set());
            let usage = command.clone().render_usage();
            let _ = error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
            let longs: Vec<&str> = visible.filter_map(clap::Arg::get_long).collect();
            let begun = longs.iter().find(|long| word.len() >= 2 && long.starts_with(word)).copied();
            match begun.or_else(|| nearest(word, longs).filter(|_| word.len() >= 3)) {
                Some(long) => {
                    let suggested = ContextValue::String(format!("--{long}"));
                    let _ = error.insert(ContextKind::SuggestedArg, suggested);
                }
                None => drop(error.remove(ContextKind::SuggestedArg)),
            }
        }
        ErrorKind::InvalidValue => {
            let (Some(word), Some(ContextValue::Strings(valid))) =
                (text(error, ContextKind::InvalidValue), error.get(ContextKind::ValidValue))
            else {
                return;
            };
            match nearest(&word, valid.clone()) {
                Some(value) => drop(error.insert(ContextKind::SuggestedValue, ContextValue::String(value))),
                None => drop(error.remove(ContextKind::SuggestedValue)),
            }
        }
        _ => {}
    }
}

/// What a value of another tool is here.
fn value(error: &Error) -> Option<String> {
    let (Some(ContextValue::String(word)), Some(ContextValue::Strings(valid))) =
        (error.get(ContextKind::InvalidValue), error.get(ContextKind::ValidValue))
    else {
        return None;
    };
    let word = word.to_lowercase();
    let has = |value: &str| valid.iter().any(|one| one == value);
    let known = VALUES.iter().find(|(habits, value)| habits.contains(&word.as_str()) && has(value));
    known.map(|(_, value)| format!("use {value}")).or_else(|| {
        let is_shell = ["tcsh", "csh", "sh", "ksh", "dash", "ash", "nu", "nushell", "elvish", "xonsh", "cmd"]
            .contains(&word.as_str());
        let listed = alternatives(valid);
        (is_shell && has("zsh")).then(|| format!("there is no script for {word}: use {listed}"))
    })
}

/// Removes clap's advice to pass an unknown option as a value, `-- --vlan`: no value here starts with two dashes.
fn remove_escape_tip(error: &mut Error) {
    if let Some(ContextValue::StyledStrs(tips)) = error.get(ContextKind::Suggested)
        && tips.iter().all(|tip| tip.to_string().starts_with("to pass "))
    {
        error.remove(ContextKind::Suggested);
    }
}

fn option(word: &str, command: &Command, words: &[OsString]) -> Option<String> {
    let name = word.split('=').next().unwrap_or(word);
    let has = |id| command.get_arguments().any(|arg| arg.get_id() == id && !arg.is_hide_set());
    // `-f FILE` and `-f`, `--file=FILE`.
    let has_value = || {
        let words: Vec<&str> = words.iter().filter_map(|one| one.to_str()).collect();
        let next = words.iter().position(|one| *one == word).and_then(|at| words.get(at + 1));
        let joined = format!("{word}=");
        words.iter().any(|one| one.starts_with(&joined)) || next.is_some_and(|next| !next.starts_with('-'))
    };
    let fitting = OPTIONS.iter().filter(|(habits, _)| habits.contains(&name));
    fitting.map(|(_, here)| *here).find_map(|here| match here {
        // It asks what to decide.
        Advice(ASKS_NOTHING) if command.get_name() == "review" => None,
        Advice(advice) => Some(advice.to_owned()),
        Known(id, usage) => has(id).then(|| format!("use {usage}")),
        Valued(id, usage) => (has(id) && has_value()).then(|| format!("use {usage}")),
    })
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

fn subcommand(word: &str, command: &Command) -> Option<String> {
    if command.get_name() == "profile" && ["rename", "mv", "move", "copy", "cp"].contains(&word) {
        return Some("create the new one with profile add, then remove the old one".to_owned());
    }
    let name = command.get_bin_name().unwrap_or("portgate");
    let known =
        COMMANDS.iter().filter(|(habits, _)| habits.contains(&word)).flat_map(|(_, here)| here.iter());
    let found = known.copied().find(|path| {
        if path.starts_with("portgate ") {
            return matches!(command.get_name(), "portgate" | "auth");
        }
        let mut words = path.split(' ');
        let first = words.next().and_then(|first| command.find_subcommand(first));
        // `login` is `auth login`, not `auth logout`.
        let fits =
            words.next().is_none_or(|last| !["login", "logout", "token"].contains(&word) || last == word);
        first.is_some_and(|first| !first.is_hide_set()) && fits
    })?;
    Some(if found.starts_with("portgate ") { format!("use {found}") } else { format!("use {name} {found}") })
}

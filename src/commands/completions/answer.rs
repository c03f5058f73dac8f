//! The answer to a Tab: what may stand where the cursor is, as the script of each shell wants to have it.

use std::ffi::OsString;

use clap::{Arg, Command};
use clap_complete::engine::{CompletionCandidate, complete};

use super::{Shell, candidates};
use crate::commands::cli;
use crate::process_environment::ProcessEnvironment;

/// The candidates for these words (the program's name first), as the shell's script reads them.
///
/// # Errors
/// The engine makes nothing of the words.
pub(super) fn answer(
    shell: Shell,
    words: &[OsString],
    environment: &ProcessEnvironment,
) -> std::io::Result<String> {
    let at = match shell {
        // These hand over the words up to the cursor.
        Shell::Fish | Shell::Powershell => words.len().saturating_sub(1),
        Shell::Bash | Shell::Zsh => environment
            .text("_CLAP_COMPLETE_INDEX")
            .and_then(|index| index.parse().ok())
            .unwrap_or_else(|| words.len().saturating_sub(1)),
    };
    let (words, at) = if shell == Shell::Bash { without_equals(words, at) } else { (words.to_vec(), at) };
    let mut command = cli::command();
    let Settled { words, path } = settled(&mut command, &words, at);
    let mut command = along(command, &mut Vec::new(), &path);
    let folder = std::env::current_dir().ok();
    let at = words.len() - 1;
    let starts_word = words[at].is_empty();
    let mut found = complete(&mut command, words, at, folder.as_deref())?;
    let is_option = |one: &CompletionCandidate| one.get_value().to_string_lossy().starts_with('-');
    if starts_word && found.iter().any(|one| !is_option(one)) {
        // Options come once a dash is typed; before that they would drown what is meant.
        found.retain(|one| !is_option(one));
    }
    Ok(match shell {
        Shell::Bash => join(&found, environment.text("_CLAP_IFS").unwrap_or("\n"), |value, _| value),
        Shell::Zsh => join(&found, "\n", |value, help| {
            let value = value.replace('\\', "\\\\").replace(':', "\\:");
            help.map_or(value.clone(), |help| format!("{value}:{}", help.replace('\\', "\\\\")))
        }),
        Shell::Fish | Shell::Powershell => {
            join(&found, "\n", |value, help| help.map_or(value.clone(), |help| format!("{value}\t{help}")))
        }
    })
}

fn join(
    found: &[CompletionCandidate],
    separator: &str,
    line: impl Fn(String, Option<String>) -> String,
) -> String {
    let lines: Vec<String> = found
        .iter()
        .map(|candidate| {
            let help = candidate.get_help().map(ToString::to_string);
            let help = help.as_deref().and_then(|help| help.lines().next()).map(str::to_owned);
            line(candidate.get_value().to_string_lossy().into_owned(), help)
        })
        .collect();
    lines.join(separator)
}

/// Bash hands `--env=sand` over as three words, and wants to have completed what stands behind the `=` only.
fn without_equals(words: &[OsString], at: usize) -> (Vec<OsString>, usize) {
    let parts = |position: usize| {
        let before = position.checked_sub(1).and_then(|before| words[before].to_str()).unwrap_or_default();
        position != at && words[position] == "=" && before.starts_with("--")
    };
    let kept = (0..words.len()).filter(|position| !parts(*position)).map(|at| words[at].clone()).collect();
    (kept, at - (0..at.min(words.len())).filter(|position| parts(*position)).count())
}

/// What the words come to.
struct Settled {
    /// Those that the engine needs; the cursor is at the last.
    words: Vec<OsString>,
    /// The command they name, by the names of those above it and its own.
    path: Vec<String>,
}

/// The words without what is settled before the cursor: options with their values are left out (the engine would take
/// `--env sandbox` for the command of that name), aliases become names. The tree is built as far as they lead.
///
/// Global options are handed down along the path only: clap would give a copy of each to every command beside it.
fn settled(root: &mut Command, words: &[OsString], at: usize) -> Settled {
    let mut path = Vec::new();
    *root = cli::for_itself(std::mem::take(root));
    let globals: Vec<Arg> = root.get_arguments().cloned().collect();
    let mut current = built(root);
    let mut kept: Vec<OsString> = words.iter().take(1).cloned().collect();
    let mut position = 1;
    while position < at.min(words.len()) {
        let word = &words[position];
        let text = word.to_str().unwrap_or_default();
        if text == "--" {
            kept.extend(words[position..at.min(words.len())].iter().cloned());
            break;
        }
        if expects_value(current, text) {
            if position + 1 >= at {
                // Its value is what is typed now.
                kept.push(word.clone());
            }
            position += 2;
            continue;
        }
        if current.find_subcommand(word).is_some() {
            let below = current.find_subcommand_mut(word).expect("it was just found");
            *below = std::mem::take(below).args(&globals);
            current = built(below);
            kept.push(current.get_name().into());
            path.push(current.get_name().to_owned());
        } else {
            kept.push(word.clone());
        }
        position += 1;
    }
    kept.push(words.get(at).cloned().unwrap_or_default());
    Settled { words: kept, path }
}

/// The command with its own arguments, and no more of those below it than their names: this is how far clap goes to tell
/// the usage.
fn built(command: &mut Command) -> &mut Command {
    command.render_usage();
    command
}

/// The tree along a path: with completers where they know values, and beside the path nothing but names, so that the
/// engine, which builds all it is given, has little to build. It offers one of a command's names; aliases are taken away,
/// for it has to be the real one.
fn along(command: Command, above: &mut Vec<String>, path: &[String]) -> Command {
    let command = candidates::complete_values(command, above);
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(&name, |below| match path.split_first() {
            Some((next, rest)) if *next == name => {
                above.push(name.clone());
                let below = along(below.visible_alias(None::<&'static str>), above, rest);
                above.pop();
                below
            }
            _ => name_of(&below),
        })
    })
}

/// A command of the same name and with what is said of it, empty otherwise.
fn name_of(command: &Command) -> Command {
    let name = Command::new(command.get_name().to_owned()).hide(command.is_hide_set());
    match command.get_about() {
        Some(about) => name.about(about.clone()),
        None => name,
    }
}

/// Whether the next word is this one's value: an option that takes one and hasn't got it yet.
fn expects_value(command: &Command, word: &str) -> bool {
    let takes = |arg: Option<&Arg>| arg.is_some_and(|arg| arg.get_action().takes_values());
    if let Some(long) = word.strip_prefix("--") {
        return takes(command.get_arguments().find(|arg| arg.get_long() == Some(long)));
    }
    let Some(shorts) = word.strip_prefix('-') else { return false };
    let by_short = |short: char| command.get_arguments().find(move |arg| arg.get_short() == Some(short));
    // Of several in one word the first that takes a value takes the rest of the word.
    shorts.chars().position(|short| takes(by_short(short))).is_some_and(|at| at + 1 == shorts.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        settled(&mut cli::command(), &words, words.len() - 1)
            .words
            .join(std::ffi::OsStr::new(" "))
            .into_string()
            .unwrap()
    }

    #[test]
    fn options_with_their_values_are_left_out() {
        assert_eq!(settle("portgate --env sandbox approvals acc"), "portgate approvals acc");
        assert_eq!(settle("portgate -o json approval accept 7c"), "portgate approvals accept 7c");
        assert_eq!(
            settle("portgate approvals accept -yo json --dry-run 7c"),
            "portgate approvals accept --dry-run 7c"
        );
        assert_eq!(settle("portgate approvals accept -ojson 7c"), "portgate approvals accept -ojson 7c");
        assert_eq!(settle("portgate --env=sandbox approvals "), "portgate --env=sandbox approvals ");
    }

    #[test]
    fn an_option_whose_value_is_typed_stays() {
        assert_eq!(settle("portgate --profile x --env san"), "portgate --env san");
        assert_eq!(settle("portgate approvals list -- --env x"), "portgate approvals list -- --env x");
    }
}

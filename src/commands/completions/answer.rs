//! The answer to a Tab: what may stand where the cursor is, as the script of each shell wants to have it.

use std::ffi::OsString;

use clap::{Arg, Command};
use clap_complete::engine::{CompletionCandidate, complete};

use super::{Shell, candidates};
use crate::cli;
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
    let mut named = cli::command();
    named.build();
    let (words, at) = settled(&named, words, at);
    let mut command = candidates::complete_values(without_aliases(cli::command()));
    let folder = std::env::current_dir().ok();
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

/// The words without what is settled before the cursor, and where the cursor is then: options with their values are left
/// out (the engine would take `--env sandbox` for the command of that name), aliases become names.
fn settled(root: &Command, words: &[OsString], at: usize) -> (Vec<OsString>, usize) {
    let mut current = root;
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
        match current.find_subcommand(word) {
            Some(below) => {
                kept.push(below.get_name().into());
                current = below;
            }
            None => kept.push(word.clone()),
        }
        position += 1;
    }
    kept.push(words.get(at).cloned().unwrap_or_default());
    let at = kept.len() - 1;
    (kept, at)
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

/// The engine offers one of a command's names; it has to be the real one.
fn without_aliases(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |below| without_aliases(below.visible_alias(None::<&'static str>)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(line: &str) -> String {
        let mut root = cli::command();
        root.build();
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let (kept, at) = settled(&root, &words, words.len() - 1);
        assert_eq!(at, kept.len() - 1);
        kept.join(std::ffi::OsStr::new(" ")).into_string().unwrap()
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

//! The root of the command line: global options and the tree of commands.

use std::ffi::{OsStr, OsString};

use clap::builder::Styles;
use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{Command, deferred};
use crate::options::GlobalArgs;

/// Answer connection requests on the Megaport Marketplace from the command line.
///
/// List what waits for you, accept or deny it, approve speed changes: by hand with good prompts, or from a
/// pipeline with nobody watching. `--env sandbox` tries everything without an account.
#[derive(Debug, Parser)]
#[command(name = "portgate", version, max_term_width = 100)]
#[command(after_help = "Examples:
  portgate --env sandbox approvals list
  portgate approvals accept 7c1e09ab
  portgate help exit-codes

Topics of portgate help: exit-codes, environment, filters, policy, output")]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
struct Root {
    /// Options every command takes.
    #[command(flatten)]
    globals: GlobalArgs,
}

/// A command line, understood.
#[derive(Debug)]
pub struct Cli {
    /// Options every command takes.
    pub globals: GlobalArgs,
    /// What to do.
    pub command: Command,
}

/// The whole command line.
pub fn command() -> clap::Command {
    deferred::augmented(Root::command(), Command::augment_subcommands)
}

/// Reads a command line; the first word is the program's name.
///
/// Each command takes a copy of every global option, most of what there is to do before a short command runs. So at first
/// there are only the commands that the words can name; what isn't understood so is told of the whole tree.
///
/// What it tells is written with colors only where they are asked for, since to take them out again takes time, too.
///
/// # Errors
/// As clap tells them; help and versions among them.
pub fn parse(words: &[OsString], colored: bool) -> Result<(Cli, ArgMatches), clap::Error> {
    let styles = if colored { Styles::default() } else { Styles::plain() };
    let whole = || command().styles(styles.clone());
    let Some(few) = lean(words) else {
        return understood(read(for_itself(whole()), words)?, styles);
    };
    // Behind a command that comes first, help is that command's.
    let is_first = words.get(1).is_some_and(|word| few.get_subcommands().any(|below| is_named(below, word)));
    let matches = read(few.styles(styles.clone()), words).or_else(|error| match error.kind() {
        ErrorKind::DisplayHelp if is_first => Err(error),
        _ => read(whole(), words),
    });
    understood(matches?, styles)
}

/// What an unfinished command line says so far, as far as it can be read.
pub(crate) fn parse_unfinished(words: &[OsString]) -> Option<ArgMatches> {
    read(lean(words).unwrap_or_else(command).ignore_errors(true), words).ok()
}

/// The command line with those commands only that the words can name; `None` where they name none.
fn lean(words: &[OsString]) -> Option<clap::Command> {
    let mut words = words.iter().skip(1).filter(|word| !word.as_encoded_bytes().starts_with(b"-")).peekable();
    words.peek()?;
    let all = Command::augment_subcommands(clap::Command::new(""));
    let words: Vec<&OsString> = words.collect();
    let mut named = all
        .get_subcommands()
        .filter(|below| words.iter().any(|word| is_named(below, word)))
        .cloned()
        .peekable();
    named.peek()?;
    Some(Root::command().subcommands(named))
}

/// A command with options that are its own only. One after the other, since all at once would make their list anew.
pub(crate) fn for_itself(command: clap::Command) -> clap::Command {
    let options: Vec<clap::Id> = command.get_arguments().map(|arg| arg.get_id().clone()).collect();
    options.iter().fold(command, |command, id| command.mut_arg(id, |arg| arg.global(false)))
}

/// Reads words as this tree has them. The tree is left where it is: the process ends soon, and to take it apart would take
/// longer than to build it.
fn read(tree: clap::Command, words: &[OsString]) -> Result<ArgMatches, clap::Error> {
    Box::leak(Box::new(tree)).try_get_matches_from_mut(words)
}

fn is_named(command: &clap::Command, word: &OsStr) -> bool {
    word == command.get_name() || command.get_all_aliases().any(|alias| word == alias)
}

fn understood(matches: ArgMatches, styles: Styles) -> Result<(Cli, ArgMatches), clap::Error> {
    let read = || -> Result<Cli, clap::Error> {
        let globals = GlobalArgs::from_arg_matches(&matches)?;
        Ok(Cli { globals, command: Command::from_arg_matches(&matches)? })
    };
    let cli = read().map_err(|error| error.format(&mut command().styles(styles)))?;
    Ok((cli, matches))
}

/// A command without examples of its own shows the first of each command below it.
pub(crate) fn with_examples(command: clap::Command) -> clap::Command {
    if command.get_after_help().is_some() {
        return command;
    }
    let first: Vec<String> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .filter_map(|below| examples(below).into_iter().next())
        .take(4)
        .collect();
    if first.is_empty() { command } else { command.after_help(format!("Examples:\n{}", first.join("\n"))) }
}

/// The examples in a command's help, each with the blanks before it; one that goes on behind a `\` is one.
pub fn examples(command: &clap::Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = text.lines().skip_while(|line| *line != "Examples:").skip(1);
    let mut examples: Vec<String> = Vec::new();
    for line in lines.take_while(|line| line.starts_with("  ")) {
        match examples.last_mut() {
            Some(last) if last.ends_with('\\') => last.push_str(&format!("\n{line}")),
            _ => examples.push(line.to_owned()),
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::OutputFormat;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_is_not_understood_is_told_of_the_whole_tree() {
        for line in [
            "portgate",
            "portgate --help",
            "portgate -h",
            "portgate --version",
            "portgate --nope",
            "portgate aprovals list",
            "portgate --profile keys",
            "portgate --profile keys --help",
            "portgate keys",
            "portgate keys nope",
            "portgate service-keys list --nope",
            "portgate approvals list --sort",
            "portgate approvals list --env x --api-url y",
            "portgate approvals --help",
            "portgate approvals list -h",
            "portgate api NOPE /x",
            "portgate list approvals",
            "portgate --version approvals",
        ] {
            let of_whole = command().try_get_matches_from(words(line)).unwrap_err();
            let error = parse(&words(line), false).unwrap_err();
            assert_eq!(error.kind(), of_whole.kind(), "{line}");
            assert_eq!(error.render().to_string(), of_whole.render().to_string(), "{line}");
        }
    }

    #[test]
    fn options_hold_before_and_behind_the_command_and_a_command_s_name_may_be_a_value() {
        for line in [
            "portgate --env sandbox --profile keys -o json notifications list --no-input",
            "portgate notify list --env sandbox --profile keys --no-input -o json",
        ] {
            let (cli, _) = parse(&words(line), false).unwrap();
            let globals = cli.globals;
            assert_eq!(globals.env.as_deref(), Some("sandbox"), "{line}");
            assert_eq!(globals.profile.as_deref(), Some("keys"), "{line}");
            assert!(globals.no_input && globals.output == Some(OutputFormat::Json), "{line}");
            assert!(matches!(cli.command, Command::Notify(_)), "{line}");
        }
    }
}

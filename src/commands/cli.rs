//! The root of the command line: global options and the tree of commands.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::help::page;
use crate::commands::{Command, deferred, habits};
use crate::options::GlobalArgs;

/// Accept or deny connection requests on the Megaport Marketplace
///
/// List pending connection requests and speed changes, and accept or deny them, interactively or from a pipeline.
/// Use `--env sandbox` to try everything without an account.
#[derive(Debug, Parser)]
#[command(name = "portgate", version, max_term_width = 100)]
// One line less than usual: all commands fit on a screen.
#[command(help_template = "{about-with-newline}{usage-heading} {usage}\n\n{all-args}{after-help}")]
#[command(after_help = "Examples:
  portgate --env sandbox approvals list
  portgate approvals accept 7c1e09ab
  portgate help exit-codes")]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
struct Root {
    #[command(flatten)]
    globals: GlobalArgs,
}

#[derive(Debug)]
pub(crate) struct Cli {
    pub(crate) globals: GlobalArgs,
    pub(crate) command: Command,
}

/// The complete command line.
pub fn command() -> clap::Command {
    deferred::augmented(Root::command(), Command::augment_subcommands)
}

/// A command as its pages show it: the path of `api` is required, and its method isn't.
pub(crate) fn as_shown(command: &clap::Command) -> clap::Command {
    let command = command.clone();
    match command.get_name() {
        "api" => command.mut_arg("path", |path| path.required(true)),
        _ => command,
    }
}

/// Why a command line was not accepted; also a request for help or the version.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: clap::Error,
    page: Option<StyledStr>,
}

impl Refusal {
    /// The text to print.
    pub(crate) fn text(&self) -> StyledStr {
        self.page.clone().unwrap_or_else(|| self.error.render())
    }
}

/// Parses a command line; the first word is the program's name.
pub(crate) fn parse(words: &[OsString]) -> Result<(Cli, ArgMatches), Refusal> {
    let mut tree = command();
    let matches = match tree.try_get_matches_from_mut(words) {
        Ok(matches) => matches,
        Err(mut error) => {
            habits::hint(&mut error, named(&tree), words);
            let page = page::asked_for(&tree, error.kind(), words);
            return Err(Refusal { error, page });
        }
    };
    let read = || -> Result<Cli, clap::Error> {
        let globals = GlobalArgs::from_arg_matches(&matches)?;
        Ok(Cli { globals, command: Command::from_arg_matches(&matches)? })
    };
    match read() {
        Ok(cli) => Ok((cli, matches)),
        Err(error) => Err(Refusal { error: error.format(&mut tree), page: None }),
    }
}

/// The command that a line named: the last that parsing has built.
pub(crate) fn named(tree: &clap::Command) -> &clap::Command {
    let below = tree.get_subcommands().find(|below| below.get_bin_name().is_some());
    below.map_or(tree, named)
}

/// Gives a command without examples the first example of each of its subcommands.
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

/// The examples in a command's help, with their indentation; lines joined by a `\` are one example.
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
    fn options_hold_before_and_behind_the_command_and_a_command_s_name_may_be_a_value() {
        for line in [
            "portgate --env sandbox --profile keys -o json notifications list --no-input",
            "portgate notify list --env sandbox --profile keys --no-input -o json",
        ] {
            let (cli, _) = parse(&words(line)).unwrap();
            let globals = cli.globals;
            assert_eq!(globals.env.as_deref(), Some("sandbox"), "{line}");
            assert_eq!(globals.profile.as_deref(), Some("keys"), "{line}");
            assert!(
                globals.no_input && globals.output.is_some_and(|output| output.format == OutputFormat::Json),
                "{line}"
            );
            assert!(matches!(cli.command, Command::Notify(_)), "{line}");
        }
    }
}

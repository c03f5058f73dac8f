//! The root of the command line: global options and the tree of commands.

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{Command, deferred};
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

/// The complete command line.
pub fn command() -> clap::Command {
    deferred::augment(Root::command(), Command::augment_subcommands)
}

/// A command as its pages show it: the path of `api` is required, and its method isn't.
pub(crate) fn as_shown(command: &clap::Command) -> clap::Command {
    let command = command.clone();
    match command.get_name() {
        "api" => command.mut_arg("path", |path| path.required(true)),
        _ => command,
    }
}

/// The command that a line named: the last that parsing has built.
pub(crate) fn named_command(tree: &clap::Command) -> &clap::Command {
    let below = tree.get_subcommands().find(|below| below.get_bin_name().is_some());
    below.map_or(tree, named_command)
}

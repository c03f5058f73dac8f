//! Parts of the command tree that are built only when a command line uses them.
//!
//! A process runs one command; building the arguments of all others takes longer than many commands run.

use clap::builder::Resettable;
use clap::error::Error;
use clap::{ArgMatches, Args, Command, FromArgMatches, Id, Subcommand};

use crate::commands::examples::with_examples;

/// The subcommands or arguments of `T`, built on demand.
///
/// Call [`Command::build`] before walking the tree: until then a branch has only a name and help text.
#[derive(Debug)]
pub(crate) struct Deferred<T>(pub T);

impl<T: Subcommand> Subcommand for Deferred<T> {
    fn augment_subcommands(command: Command) -> Command {
        command.defer(|command| complete(command, T::augment_subcommands))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command.defer(|command| complete(command, T::augment_subcommands_for_update))
    }

    fn has_subcommand(name: &str) -> bool {
        T::has_subcommand(name)
    }
}

impl<T: Args> Args for Deferred<T> {
    fn group_id() -> Option<Id> {
        T::group_id()
    }

    fn augment_args(command: Command) -> Command {
        command.defer(|command| augment(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| augment(command, T::augment_args_for_update))
    }
}

fn complete(command: Command, add: fn(Command) -> Command) -> Command {
    with_examples(augment(command, add))
}

/// A command with its subcommands or arguments. It keeps its own help text: that of the type is for readers of the
/// code.
pub(crate) fn augment(command: Command, add: fn(Command) -> Command) -> Command {
    let said = [command.get_about(), command.get_long_about()].map(|said| Resettable::from(said.cloned()));
    let [about, long_about] = said;
    add(command).about(about).long_about(long_about)
}

impl<T: FromArgMatches> FromArgMatches for Deferred<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Deferred)
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches_mut(matches).map(Deferred)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }

    fn update_from_arg_matches_mut(&mut self, matches: &mut ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches_mut(matches)
    }
}

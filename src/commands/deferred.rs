//! Branches and leaves of the command tree that are built only once a command line goes down them.
//!
//! A process runs one command. To build the arguments of all others first would take longer than many a command does.

use clap::builder::Resettable;
use clap::error::Error;
use clap::{ArgMatches, Args, Command, FromArgMatches, Id, Subcommand};

use crate::commands::cli;

/// The commands or the arguments of `T`, built when they are asked for.
///
/// Who walks the tree calls [`Command::build`] first: until then a branch has a name and what is said of it, and nothing
/// below.
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
        command.defer(|command| augmented(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| augmented(command, T::augment_args_for_update))
    }
}

fn complete(command: Command, augment: fn(Command) -> Command) -> Command {
    cli::with_examples(augmented(command, augment))
}

/// A command with those below it. What was said of it stays; their type has words of its own, for its reader.
pub(crate) fn augmented(command: Command, augment: fn(Command) -> Command) -> Command {
    let said = [command.get_about(), command.get_long_about()].map(|said| Resettable::from(said.cloned()));
    let [about, long_about] = said;
    augment(command).about(about).long_about(long_about)
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

//! `portgate profile`: which profiles there are, and which is in use.

pub(super) mod list;
mod remove;
mod switch;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the profiles
    ///
    /// Neither the keyring nor the network is asked; `portgate auth status --all` looks into the keyring.
    #[command(after_help = "Examples:
  portgate profile list
  portgate profile list -o json")]
    List,
    /// Make a profile the default
    ///
    /// It is used wherever no other is named, by every shell; for one shell alone, export PORTGATE_PROFILE instead.
    Use(switch::UseArgs),
    /// Remove a profile, with its key in the keyring
    ///
    /// Its limits go with it. The key itself goes on working elsewhere: it ends in the Megaport Portal only.
    Remove(remove::RemoveArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List => list::run(context),
        Command::Use(args) => switch::run(context, args),
        Command::Remove(args) => remove::run(context, args).await,
    }
}

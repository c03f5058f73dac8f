//! `portgate profile`: the profiles and the default.

pub(super) mod list;
mod remove;
mod switch;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List profiles
    ///
    /// This command reads neither the keyring nor the network; `portgate auth status --all` reads the keyring.
    #[command(after_help = "Examples:
  portgate profile list
  portgate profile list -o json")]
    List,
    /// Make a profile the default
    ///
    /// The default is used by all shells if no other profile is given. To set it for one shell only, export
    /// PORTGATE_PROFILE.
    Use(switch::UseArgs),
    /// Remove a profile and its key in the keyring
    ///
    /// The profile's limits are removed, too. The key remains valid elsewhere until you revoke it in the Megaport
    /// Portal.
    Remove(remove::RemoveArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List => list::run(context),
        Command::Use(args) => switch::run(context, args),
        Command::Remove(args) => remove::run(context, args).await,
    }
}

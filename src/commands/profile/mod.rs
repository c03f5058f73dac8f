//! `portgate profile`: the profiles and the default.

mod add;
pub(super) mod list;
mod remove;
mod set;
pub(super) mod show;
mod switch;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a profile, without checking its key
    ///
    /// The first profile becomes the default. `portgate auth login` also creates a profile, and stores its key.
    Add(add::AddArgs),
    /// Set or remove a setting of a profile
    ///
    /// Changes the profile in use, or the one given with --profile. Comments and other settings in config.toml are kept. The
    /// settings are environment, api_url, token_url, client_id, company_name, company_uid, managed_account,
    /// secret_command, store, ledger, ledger_secret_command, ledger_fallback, read_only, confirm, require_reason,
    /// require_ticket, max_sold and second_person.
    Set(set::SetArgs),
    /// Show all settings in effect and where each comes from
    ///
    /// This command doesn't access the keyring or the network.
    Show(show::ShowArgs),
    /// List profiles
    ///
    /// This command doesn't access the keyring or the network; `portgate auth status --all-profiles` reads the keyring.
    #[command(after_help = "Examples:
  portgate profile list
  portgate profile list -o json")]
    List,
    /// Make a profile the default
    ///
    /// The default is used by all shells if no other profile is given. To set it for one shell only, export
    /// PORTGATE_PROFILE.
    Use(switch::UseArgs),
    /// Remove a profile and its stored key
    ///
    /// The profile's limits are also removed. The key remains valid elsewhere until you revoke it in the Megaport
    /// Portal.
    Remove(remove::RemoveArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Add(args) => add::run(context, args),
        Command::Set(args) => set::run(context, args).await,
        Command::Show(args) => show::run(context, args),
        Command::List => list::run(context),
        Command::Use(args) => switch::run(context, args),
        Command::Remove(args) => remove::run(context, args).await,
    }
}

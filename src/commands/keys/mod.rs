//! `portgate keys`: service keys, the codes that let a customer connect to one of my ports.

pub(in crate::commands) mod batch;
mod choose;
mod create;
mod delete;
mod handout;
mod list;
mod preview;
mod rotate;
mod show;
mod switch;
mod update;
mod validate;
pub(in crate::commands) mod view;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;

/// What can be done with service keys.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub enum Command {
    /// List your company's keys: what works first, soonest to expire first
    List(list::ListArgs),
    /// Show one key; --handout writes what to send to the customer
    Show(show::ShowArgs),
    /// Create a key, by flags, by answering questions, or from JSON
    Create(create::CreateArgs),
    /// Change a key; what isn't named stays as it is
    Update(update::UpdateArgs),
    /// Make a new key like an old one, and let the old one end
    Rotate(rotate::RotateArgs),
    /// Switch keys on
    Activate(switch::SwitchArgs),
    /// Switch keys off
    Deactivate(switch::SwitchArgs),
    /// Ask whether an order with a key would be taken
    Validate(validate::ValidateArgs),
    /// Keys cannot be deleted
    #[command(hide = true, alias = "remove", alias = "rm")]
    Delete(delete::DeleteArgs),
}

/// Runs one of them.
///
/// # Errors
/// Whatever keeps it from being done.
pub async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::Create(args) => create::run(context, args).await,
        Command::Update(args) => update::run(context, args).await,
        Command::Rotate(args) => rotate::run(context, args).await,
        Command::Activate(args) => switch::run(context, args, switch::Action::Activate).await,
        Command::Deactivate(args) => switch::run(context, args, switch::Action::Deactivate).await,
        Command::Validate(args) => validate::run(context, args).await,
        Command::Delete(args) => delete::run(context, &args),
    }
}

//! `portgate keys`: service keys, which let customers connect to your ports.

mod caution;
mod choose;
mod create;
mod delete;
mod handout;
mod list;
mod rotate;
mod show;
mod switch;
mod terms;
mod update;
pub(in crate::commands) mod validate;
pub(in crate::commands) mod view;
mod write;

use clap::Subcommand;

use crate::commands::roles;
use crate::domain::role::Right;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// Commands for service keys.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
#[allow(missing_docs, reason = "a verb is documented where its arguments are")]
pub(crate) enum Command {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Create(create::CreateArgs),
    Update(update::UpdateArgs),
    Rotate(rotate::RotateArgs),
    Activate(switch::ActivateArgs),
    Deactivate(switch::DeactivateArgs),
    Validate(validate::ValidateArgs),
    #[command(hide = true, alias = "remove", alias = "rm")]
    Delete(delete::DeleteArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    let ended = match command {
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::Create(args) => create::run(context, args).await,
        Command::Update(args) => update::run(context, args).await,
        Command::Rotate(args) => rotate::run(context, args).await,
        Command::Activate(args) => switch::run(context, args.common, switch::Switch::Activate).await,
        Command::Deactivate(args) => switch::run(context, args.common, switch::Switch::Deactivate).await,
        Command::Validate(args) => validate::run(context, args).await,
        Command::Delete(args) => delete::run(&args),
    };
    ended.map_err(|error| match error.downcast::<Error>() {
        Ok(error) => roles::explain(Right::ServiceKeys, error).into(),
        Err(error) => error,
    })
}

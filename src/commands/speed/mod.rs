//! `portgate speed`: the approvals that are speed changes, by the same engine.

mod accept;
mod deny;
mod list;
mod show;
pub(super) mod view;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

/// What can be done with speed changes.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
#[allow(missing_docs, reason = "a verb is documented where its arguments are")]
pub(crate) enum Command {
    List(list::SpeedListArgs),
    Show(show::SpeedShowArgs),
    #[command(alias = "approve")]
    Accept(accept::SpeedAcceptArgs),
    #[command(alias = "reject")]
    Deny(deny::SpeedDenyArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::Accept(args) => accept::run(context, args).await,
        Command::Deny(args) => deny::run(context, args).await,
    }
}

//! `portgate notify`: the user's email notifications.

mod change;
mod edit;
mod list;
pub(super) mod settings;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

/// Commands for notifications.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "a verb is documented where its arguments are")]
pub(crate) enum Command {
    List(list::ListArgs),
    Subscribe(change::SubscribeArgs),
    Unsubscribe(change::UnsubscribeArgs),
    Edit(edit::EditArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Subscribe(args) => change::run(context, args.common, true).await,
        Command::Unsubscribe(args) => change::run(context, args.common, false).await,
        Command::Edit(args) => edit::run(context, args).await,
    }
}

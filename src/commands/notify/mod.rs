//! `portgate notify`: what the caller gets e-mail about.

mod change;
mod edit;
mod list;
mod settings;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;

/// What can be done with notifications.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the groups, which of them you get e-mail about, and what each contains
    List(list::ListArgs),
    /// Get e-mail about groups
    Subscribe(change::SubscribeArgs),
    /// Get no more e-mail about groups
    Unsubscribe(change::UnsubscribeArgs),
    /// Pick the groups from a list
    Edit(edit::EditArgs),
}

/// Runs one of them.
///
/// # Errors
/// Whatever keeps it from being done.
pub async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Subscribe(args) => change::subscribe(context, args).await,
        Command::Unsubscribe(args) => change::unsubscribe(context, args).await,
        Command::Edit(args) => edit::run(context, args).await,
    }
}

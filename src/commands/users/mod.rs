//! `portgate users`: users, their roles and who could get approval emails.

mod find;
mod list;
mod show;
mod update;
pub(in crate::commands) mod view;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Update(update::UpdateArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::Update(args) => update::run(context, args).await,
    }
}

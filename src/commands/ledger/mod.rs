//! `portgate ledger`: every change made from this machine, by whom and with what outcome.

mod export;
pub(in crate::commands) mod filter;
pub(in crate::commands) mod import;
pub(in crate::commands) mod list;
pub(in crate::commands) mod read;
pub(in crate::commands) mod status;
pub(in crate::commands) mod verify;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::ListArgs),
    Status(status::StatusArgs),
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args),
        Command::Status(args) => status::run(context, args),
        Command::Verify(args) => verify::run(context, args),
        Command::Export(args) => export::run(context, args),
        Command::Import(args) => import::run(context, args).await,
    }
}

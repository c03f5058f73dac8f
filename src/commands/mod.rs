//! The commands, one folder a noun, one file a verb.

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;

/// What portgate can do.
#[derive(Debug, Subcommand)]
pub enum Command {}

/// Runs a command.
///
/// # Errors
/// Whatever keeps it from being done; the exit code is that of the [`crate::Error`] inside.
pub async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    let _ = context;
    match command {}
}

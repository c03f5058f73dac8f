//! `portgate ports`: my ports, what is sold on them, and their VLANs.

pub(super) mod list;
mod vlans;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;

/// What can be asked of ports.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List your ports: what is sold on each, what is left, what waits
    List(list::ListArgs),
    /// Show which VLANs of a port are taken, or the lowest free ones
    Vlans(vlans::VlansArgs),
}

/// Runs one of them.
///
/// # Errors
/// Whatever keeps it from being done.
pub async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Vlans(args) => vlans::run(context, args).await,
    }
}

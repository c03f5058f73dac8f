//! `portgate ports`: your ports, what is sold on them, and their VLANs.

pub(super) mod list;
pub(super) mod vlans;

use clap::Subcommand;

use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::ListArgs),
    Vlans(vlans::VlansArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Vlans(args) => vlans::run(context, args).await,
    }
}

/// Adds the command that lists ports if a port wasn't found.
pub(super) fn with_ports_hint(error: Error) -> Error {
    if error.exit == Exit::NotFound {
        error.hint(Hint::call("list your ports: ", "ports list"))
    } else {
        error
    }
}

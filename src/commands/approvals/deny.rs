//! `portgate approvals deny`

use clap::Args;

use super::decide::{self, DecideArgs, Scope};
use crate::commands::approvals::request::Order;
use crate::domain::approvals::Decision;
use crate::exit::Exit;
use crate::session::context::Context;

/// Deny connection requests, speed changes and queue entries
///
/// In a terminal, portgate shows what will happen and asks for confirmation. In scripts, an ID on the command line needs
/// no confirmation; filters, --all and --from-file require --yes, and --all also --max.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals deny e04b77f2 --reason 'the port is full until March'
  portgate approvals deny --type speed-change --port MEL2-B --yes")]
pub(crate) struct DenyArgs {
    #[command(flatten)]
    common: DecideArgs,
}

pub(super) async fn run(context: &Context, args: DenyArgs) -> anyhow::Result<Exit> {
    let order = Order::new(Decision::Deny);
    decide::run(context, args.common, order, Scope::default()).await
}

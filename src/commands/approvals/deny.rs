//! `portgate approvals deny`

use clap::Args;

use super::decide::{self, DecideArgs, Scope};
use crate::commands::approvals::decision::Order;
use crate::domain::approvals::Decision;
use crate::exit::Exit;
use crate::session::context::Context;

/// Deny requests: connections, speed changes, queue entries.
///
/// On a terminal it shows what will happen and asks. In a pipeline a named id is consent enough; choosing by filter,
/// by --all or from a file needs --yes.
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

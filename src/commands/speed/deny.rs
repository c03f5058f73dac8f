//! `portgate speed deny`

use clap::Args;

use crate::commands::approvals::decide::{self, DecideArgs, Scope};
use crate::commands::approvals::decision::Order;
use crate::domain::approvals::{Decision, Kind};
use crate::exit::Exit;
use crate::session::context::Context;

/// Deny speed changes: the old rate limit stays, and the VXC keeps running.
///
/// The same as `portgate approvals deny`, for speed changes only. On a terminal it shows what will happen and asks. In a
/// pipeline a named id is consent enough; choosing by filter, by --all or from a file needs --yes.
#[derive(Debug, Args)]
#[command(mut_arg("kind", |arg| arg.hide(true)), mut_arg("older_than", |arg| arg.hide(true)))]
#[command(mut_arg("expires_within", |arg| arg.hide(true)))]
#[command(after_help = "Examples:
  portgate speed deny e04b77f2 --reason 'the port is full until March'
  portgate speed deny --port MEL2-B --yes")]
pub(crate) struct SpeedDenyArgs {
    #[command(flatten)]
    common: DecideArgs,
}

pub(super) async fn run(context: &Context, args: SpeedDenyArgs) -> anyhow::Result<Exit> {
    let order = Order::new(Decision::Deny);
    let scope = Scope { kind: Some(Kind::SpeedChange), ..Scope::default() };
    decide::run(context, args.common, order, scope).await
}

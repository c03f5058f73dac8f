//! `portgate speed accept`

use clap::Args;

use crate::commands::approvals::decide::{self, DecideArgs, Scope};
use crate::commands::approvals::decision::Order;
use crate::domain::approvals::{Decision, Kind};
use crate::exit::Exit;
use crate::session::context::Context;

/// Accept speed changes: the new rate limit holds at once.
///
/// The same as `portgate approvals accept`, for speed changes only. On a terminal it shows what will happen and asks. In
/// a pipeline a named id is consent enough; choosing by filter, by --all or from a file needs --yes.
#[derive(Debug, Args)]
#[command(mut_arg("kind", |arg| arg.hide(true)), mut_arg("older_than", |arg| arg.hide(true)))]
#[command(mut_arg("expires_within", |arg| arg.hide(true)))]
#[command(after_help = "Examples:
  portgate speed accept e04b77f2
  portgate speed accept e04b77f2 --expect-rate 1000
  portgate speed accept --customer initech --max-rate 1000 --yes -o json")]
pub(crate) struct SpeedAcceptArgs {
    /// Accept even what brings a port above the share that the profile lets you sell (max_sold)
    #[arg(long)]
    allow_oversubscribed: bool,

    #[command(flatten)]
    common: DecideArgs,
}

pub(super) async fn run(context: &Context, args: SpeedAcceptArgs) -> anyhow::Result<Exit> {
    let order = Order::new(Decision::Accept);
    let scope = Scope { kind: Some(Kind::SpeedChange), allow_oversubscribed: args.allow_oversubscribed };
    decide::run(context, args.common, order, scope).await
}

//! `portgate speed show`

use clap::Args;

use crate::commands::approvals::show;
use crate::domain::approvals::Kind;
use crate::exit::Exit;
use crate::session::context::Context;

/// Show one speed change: who asks, now and asked, what the port has sold before and after, and the two commands that
/// decide it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate speed show e04b77f2
  portgate speed show e04b77f2 -o json | jq .room.sold_after_percent")]
pub(crate) struct SpeedShowArgs {
    #[command(flatten)]
    common: show::ShowArgs,
}

pub(super) async fn run(context: &Context, args: SpeedShowArgs) -> anyhow::Result<Exit> {
    show::run(context, args.common, Some(Kind::SpeedChange)).await
}

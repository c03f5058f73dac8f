//! `portgate speed list`

use clap::Args;

use super::view;
use crate::commands::approvals::list;
use crate::domain::approvals::Kind;
use crate::exit::Exit;
use crate::session::context::Context;

/// List the speed changes that wait for you: now and asked, and what the port has sold before and after.
///
/// Sold counts down the list: each row with those above it accepted. A speed change has no date, so its age is unknown
/// and it never expires.
#[derive(Debug, Args)]
#[command(mut_arg("kind", |arg| arg.hide(true)), mut_arg("older_than", |arg| arg.hide(true)))]
#[command(mut_arg("expires_within", |arg| arg.hide(true)))]
#[command(after_help = "Examples:
  portgate speed list
  portgate speed list --port MEL2-B
  portgate speed list --query '[?sold_after_percent <= `100`].id'")]
pub(crate) struct SpeedListArgs {
    #[command(flatten)]
    common: list::ListArgs,
}

pub(super) async fn run(context: &Context, args: SpeedListArgs) -> anyhow::Result<Exit> {
    list::run_with(context, args.common, Some(Kind::SpeedChange), view::list).await
}

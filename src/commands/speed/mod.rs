//! `portgate speed`: the approvals that are speed changes, by the same engine. The verbs are those of `approvals`, so all
//! there is of one here is its help and its options.

pub(super) mod view;

use clap::{Args, Subcommand};

use crate::commands::approvals::decide::{self, DecideArgs, Scope};
use crate::commands::approvals::decision::Order;
use crate::commands::approvals::{list, show};
use crate::domain::approvals::{Decision, Kind};
use crate::exit::Exit;
use crate::session::context::Context;

const KIND: Option<Kind> = Some(Kind::SpeedChange);

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub(crate) enum Command {
    List(SpeedListArgs),
    Show(SpeedShowArgs),
    #[command(alias = "approve")]
    Accept(SpeedAcceptArgs),
    #[command(alias = "reject")]
    Deny(SpeedDenyArgs),
}

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

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run_with(context, args.common, KIND, view::list).await,
        Command::Show(args) => show::run(context, args.common, KIND).await,
        Command::Accept(args) => {
            let scope = Scope { kind: KIND, allow_oversubscribed: args.allow_oversubscribed };
            decide::run(context, args.common, Order::new(Decision::Accept), scope).await
        }
        Command::Deny(args) => {
            let scope = Scope { kind: KIND, ..Scope::default() };
            decide::run(context, args.common, Order::new(Decision::Deny), scope).await
        }
    }
}

//! `portgate speed`: the commands of `approvals`, restricted to speed changes, with their own help and options.

pub(super) mod view;

use clap::{Args, Subcommand};

use crate::commands::approvals::decide::sold::SoldArgs;
use crate::commands::approvals::decide::{self, DecideArgs, Scope};
use crate::commands::approvals::request::Order;
use crate::commands::approvals::{list, show};
use crate::domain::approvals::{Decision, Kind};
use crate::exit::Exit;
use crate::session::context::Context;

const KIND: Option<Kind> = Some(Kind::SpeedChange);

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "only one exists, and it is destructured immediately")]
pub(crate) enum Command {
    List(SpeedListArgs),
    Show(SpeedShowArgs),
    #[command(alias = "approve")]
    Accept(SpeedAcceptArgs),
    #[command(alias = "reject")]
    Deny(SpeedDenyArgs),
}

/// List pending speed changes, with current and requested speed and port utilization
///
/// PORT SOLD assumes that all requests in the rows above are accepted. Marketplace speed changes have no date: their age is
/// unknown, and they never expire.
#[derive(Debug, Args)]
#[command(mut_arg("kind", |arg| arg.hide(true)), mut_arg("older_than", |arg| arg.hide(true)))]
#[command(mut_arg("expires_within", |arg| arg.hide(true)))]
#[command(after_help = "Examples:
  portgate speed list
  portgate speed list --port MEL2-B
  portgate speed list --query '[?sold_after_percent <= `100`].id'")]
pub(crate) struct SpeedListArgs {
    #[command(flatten)]
    pub(in crate::commands) common: list::ListArgs,
}

/// Show a speed change, with port utilization and commands to accept or deny it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate speed show e04b77f2
  portgate speed show e04b77f2 -o json | jq .room.sold_after_percent")]
pub(crate) struct SpeedShowArgs {
    #[command(flatten)]
    common: show::ShowArgs,
}

/// Accept speed changes; the new speed applies immediately
///
/// Works like `portgate approvals accept`, for speed changes only. In a terminal, portgate shows what will happen and
/// asks for confirmation. In scripts, an ID on the command line needs no confirmation; filters, --all and --from-file
/// require --yes, and --all also --max.
#[derive(Debug, Args)]
#[command(mut_arg("kind", |arg| arg.hide(true)), mut_arg("older_than", |arg| arg.hide(true)))]
#[command(mut_arg("expires_within", |arg| arg.hide(true)))]
#[command(after_help = "Examples:
  portgate speed accept e04b77f2
  portgate speed accept e04b77f2 --expect-speed 1000
  portgate speed accept --customer initech --max-speed 1000 --yes -o json")]
pub(crate) struct SpeedAcceptArgs {
    #[command(flatten)]
    sold: SoldArgs,

    #[command(flatten)]
    common: DecideArgs,
}

/// Deny speed changes; VXCs keep their current speed
///
/// Works like `portgate approvals deny`, for speed changes only. In a terminal, portgate shows what will happen and
/// asks for confirmation. In scripts, an ID on the command line needs no confirmation; filters, --all and --from-file
/// require --yes, and --all also --max.
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
            let scope = Scope { kind: KIND, sold: args.sold };
            decide::run(context, args.common, Order::new(Decision::Accept), scope).await
        }
        Command::Deny(args) => {
            let scope = Scope { kind: KIND, ..Scope::default() };
            decide::run(context, args.common, Order::new(Decision::Deny), scope).await
        }
    }
}

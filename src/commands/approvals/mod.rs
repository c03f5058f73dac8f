//! `portgate approvals`: list pending requests and decide them.

mod accept;
pub(super) mod apply;
pub(super) mod choose;
pub(super) mod claim;
mod condition;
mod condition_fields;
pub(super) mod decide;
pub(crate) mod decision;
pub(crate) mod decision_file;
mod deny;
pub(crate) mod filter;
pub(super) mod history;
pub(super) mod list;
mod managed;
mod poll;
pub(super) mod proposals;
pub(super) mod reading;
pub(super) mod records;
mod review;
pub(super) mod show;
pub(super) mod view;
mod wait;
mod watch;
mod withdraw;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

/// Subcommands of `approvals`.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "only one exists, and it is destructured immediately")]
#[allow(missing_docs, reason = "documented on the arguments of each command")]
pub(crate) enum Command {
    List(list::ListArgs),
    Show(show::ShowArgs),
    #[command(alias = "approve")]
    Accept(accept::AcceptArgs),
    #[command(alias = "reject")]
    Deny(deny::DenyArgs),
    Apply(apply::ApplyArgs),
    Review(review::ReviewArgs),
    Wait(wait::WaitArgs),
    Watch(watch::WatchArgs),
    History(history::HistoryArgs),
    Withdraw(withdraw::WithdrawArgs),
    Claim(claim::ClaimArgs),
    Release(claim::ReleaseArgs),
    Proposals(proposals::ProposalsArgs),
    Confirm(proposals::ConfirmArgs),
    Drop(proposals::DropArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => show::run(context, args, None).await,
        Command::Accept(args) => accept::run(context, args).await,
        Command::Deny(args) => deny::run(context, args).await,
        Command::Apply(args) => apply::run(context, args).await,
        Command::Review(args) => review::run(context, args).await,
        Command::Wait(args) => wait::run(context, args).await,
        Command::Watch(args) => watch::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Withdraw(args) => withdraw::run(context, args).await,
        Command::Claim(args) => claim::claim(context, args).await,
        Command::Release(args) => claim::release(context, args).await,
        Command::Proposals(args) => proposals::list(context, args).await,
        Command::Confirm(args) => proposals::confirm(context, args).await,
        Command::Drop(args) => proposals::drop(context, args).await,
    }
}

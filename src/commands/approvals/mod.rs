//! `portgate approvals`: list pending requests and decide them.

mod accept;
pub(super) mod apply;
pub(super) mod choose;
pub(super) mod claims;
pub(super) mod decide;
pub(crate) mod decision_file;
mod deny;
mod follow;
pub(super) mod history;
pub(crate) mod list;
pub(crate) mod request;
mod review;
pub(super) mod show;
pub(super) mod view;
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
    Wait(follow::wait::WaitArgs),
    Watch(follow::watch::WatchArgs),
    History(history::HistoryArgs),
    Withdraw(withdraw::WithdrawArgs),
    Claim(claims::claim::ClaimArgs),
    Release(claims::claim::ReleaseArgs),
    Proposals(claims::proposals::ProposalsArgs),
    Confirm(claims::proposals::ConfirmArgs),
    Drop(claims::proposals::DropArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => show::run(context, args, None).await,
        Command::Accept(args) => accept::run(context, args).await,
        Command::Deny(args) => deny::run(context, args).await,
        Command::Apply(args) => apply::run(context, args).await,
        Command::Review(args) => review::run(context, args).await,
        Command::Wait(args) => follow::wait::run(context, args).await,
        Command::Watch(args) => follow::watch::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Withdraw(args) => withdraw::run(context, args).await,
        Command::Claim(args) => claims::claim::claim(context, args).await,
        Command::Release(args) => claims::claim::release(context, args).await,
        Command::Proposals(args) => claims::proposals::list(context, args).await,
        Command::Confirm(args) => claims::proposals::confirm(context, args).await,
        Command::Drop(args) => claims::proposals::drop(context, args).await,
    }
}

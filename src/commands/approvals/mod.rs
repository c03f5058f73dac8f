//! `portgate approvals`: what waits for an answer, and answering it.

mod accept;
pub(super) mod apply;
pub(super) mod batch;
pub(super) mod carry_out;
pub(super) mod choose;
mod consequence;
pub(super) mod decide;
mod decision_file;
mod deny;
pub(super) mod history;
mod limits;
pub(super) mod list;
mod poll;
mod review;
pub(super) mod show;
pub(super) mod view;
mod wait;
mod watch;
mod withdraw;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;

/// What can be done with approvals.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub enum Command {
    /// List what waits for you, soonest to expire first
    List(list::ListArgs),
    /// Show one request: who asks, which port, its room and VLAN
    Show(show::ShowArgs),
    /// Accept requests
    #[command(alias = "approve")]
    Accept(accept::AcceptArgs),
    /// Deny requests
    #[command(alias = "reject")]
    Deny(deny::DenyArgs),
    /// Carry out decisions from a file: JSON, JSON lines or CSV
    Apply(apply::ApplyArgs),
    /// Go through what waits, one by one
    Review(review::ReviewArgs),
    /// Wait until a request is decided, or its VXC is up
    Wait(wait::WaitArgs),
    /// Print new requests as they come
    Watch(watch::WatchArgs),
    /// Show what was decided from this machine
    History(history::HistoryArgs),
    /// Take back what your company asked for in the queue
    Withdraw(withdraw::WithdrawArgs),
}

/// Runs one of them.
///
/// # Errors
/// Whatever keeps it from being done.
pub async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::Accept(args) => accept::run(context, args).await,
        Command::Deny(args) => deny::run(context, args).await,
        Command::Apply(args) => apply::run(context, args).await,
        Command::Review(args) => review::run(context, args).await,
        Command::Wait(args) => wait::run(context, args).await,
        Command::Watch(args) => watch::run(context, args).await,
        Command::History(args) => history::run(context, args).await,
        Command::Withdraw(args) => withdraw::run(context, args).await,
    }
}

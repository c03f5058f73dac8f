//! `portgate approvals withdraw`

use clap::Args;

use super::decide::{self, DecideArgs, ReasonArgs, Scope};
use crate::commands::approvals::decision::Order;
use crate::domain::approvals::Decision;
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::context::Context;

/// Take back what your company asked for in the service approval queue.
///
/// Only who asked can withdraw, and only while it waits. Your own order in the Marketplace is taken back by cancelling its
/// VXC; what others ask of you is denied.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals list --waiting-on them --source queue
  portgate approvals withdraw c9d382a5 --reason 'ordered twice'
  portgate approvals withdraw c9d382a5 --yes -o json")]
pub(crate) struct WithdrawArgs {
    /// Ids of queue entries, or their first six or more characters
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    words: ReasonArgs,
}

pub(super) async fn run(context: &Context, args: WithdrawArgs) -> anyhow::Result<Exit> {
    let WithdrawArgs { ids, consent, words } = args;
    let named = DecideArgs { ids, consent, words, ..DecideArgs::default() };
    decide::run(context, named, Order::new(Decision::Withdraw), Scope::default()).await
}

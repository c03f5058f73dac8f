//! `portgate approvals withdraw`

use clap::Args;

use super::decide::{self, DecideArgs, ReasonArgs, Scope};
use crate::commands::approvals::request::Order;
use crate::domain::approvals::Decision;
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::context::Context;

/// Withdraw your company's requests from the service approval queue
///
/// Only the company that made a request can withdraw it, and only while it is pending. To withdraw your own Marketplace
/// order, cancel its VXC. To deny a request from another company, use `approvals deny`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals list --waiting-on them --source queue
  portgate approvals withdraw c9d382a5 --reason 'ordered twice'
  portgate approvals withdraw c9d382a5 --yes -o json")]
pub(crate) struct WithdrawArgs {
    /// IDs of queue entries, or their first 6 or more characters
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

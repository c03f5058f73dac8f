//! `portgate approvals withdraw`

use clap::Args;

use super::decide::{self, DecideArgs, Scope};
use crate::commands::approvals::decision::Order;
use crate::domain::approvals::Decision;
use crate::exit::Exit;
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

    /// Don't ask
    #[arg(short, long)]
    yes: bool,

    /// Show the request that would be sent; send nothing but reads
    #[arg(long)]
    dry_run: bool,

    /// Why: goes along as the comment, and into the journal
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Ticket this belongs to; goes where the reason goes
    #[arg(long, value_name = "TICKET")]
    ticket: Option<String>,
}

pub(super) async fn run(context: &Context, args: WithdrawArgs) -> anyhow::Result<Exit> {
    let WithdrawArgs { ids, yes, dry_run, reason, ticket } = args;
    let order =
        Order { decision: Decision::Withdraw, vlan: None, inner_vlan: None, move_to: None, reason: None };
    let named = DecideArgs::of_ids(ids, reason, ticket).with(yes, dry_run);
    decide::run(context, named, order, Scope::default()).await
}

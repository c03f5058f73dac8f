//! Reads pending requests and evaluates the policy.

use crate::commands::approvals::filter::FilterArgs;
use crate::commands::approvals::{choose, list};
use crate::domain::approvals::ids::ShortIds;
use crate::domain::collect::{Collected, Wanted};
use crate::domain::policy::Policy;
use crate::domain::policy::plan::{Ledger, Planned, plan};
use crate::domain::ports::Ceiling;
use crate::domain::ports::scan::Keep;
use crate::session::connection::Connection;
use crate::session::context::Context;

/// Pending requests, with the policy's decisions.
pub(super) struct Survey {
    pub(crate) collected: Collected,
    /// What waits on me and is mine to decide, in the order of the list.
    pub(crate) planned: Vec<Planned>,
    pub(crate) ledger: Ledger,
    pub(crate) ids: ShortIds,
}

pub(super) async fn survey(
    context: &Context,
    connection: &mut Connection,
    policy: &Policy,
    ceiling: Option<Ceiling>,
) -> anyhow::Result<Survey> {
    let wanted = Wanted { keep: Keep::Pending, vlans: true, only: None };
    let collected = list::read(context, connection, &wanted).await?;
    let now = connection.clock.now();
    let waiting = choose::by_filter(&collected, &FilterArgs::default(), now);
    choose::say_left_out(context, &collected, &FilterArgs::default(), now);
    let ledger = Ledger::from_collected(&collected);
    let planned = plan(policy, &waiting, ledger.clone(), ceiling, now);
    let ids = ShortIds::from_ids(collected.approvals.iter().map(|approval| approval.id.as_str()));
    Ok(Survey { collected, planned, ledger, ids })
}

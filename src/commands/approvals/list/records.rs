//! Completes requests with what the ledger says of them: who decided each, and who has it in work.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::domain::approvals::{Approval, Held};
use crate::error::Error;
use crate::ledger::{Entry, Holder};
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::Uid;

/// Adds who decided these requests, or has them in work. A ledger that can't be read is only a warning.
pub(in crate::commands) async fn complete(
    context: &Context,
    connection: &Connection,
    approvals: &mut [Approval],
) {
    if let Err(error) = try_to_complete(connection, approvals).await {
        context
            .terminal
            .warn(&format!("the ledger can't be read, so claims and decisions are not shown: {error}"));
    }
}

async fn try_to_complete(connection: &Connection, approvals: &mut [Approval]) -> Result<(), Error> {
    let (ledger, backend) = (&connection.ledger, connection.backend.as_str());
    let decided: Vec<Uid> =
        approvals.iter().filter(|one| !one.may_be_pending()).map(|one| one.id.clone()).collect();
    let by_id = |entry: Entry| (entry.object.id.clone(), entry);
    let mut decisions = HashMap::new();
    if !decided.is_empty() {
        decisions.extend(ledger.decisions_on(backend, &decided).await?.into_iter().map(by_id));
    }
    let (mut holders, mut proposals) = (HashMap::new(), HashMap::new());
    if decided.len() < approvals.len() {
        let held = Box::pin(ledger.holders(backend, &connection.who)).await?;
        holders.extend(held.into_iter().map(|holder| (holder.entry.object.id.clone(), holder)));
        proposals.extend(Box::pin(ledger.proposals(backend)).await?.into_iter().map(by_id));
    }
    let now = connection.clock.now();
    for approval in approvals {
        if let Some(entry) =
            decisions.get(&approval.id).filter(|entry| entry.decision() == approval.decision())
        {
            approval.decided_by = Some(entry.who.actor.clone());
            approval.decided_at = Some(entry.at);
        }
        if let Some(entry) = proposals.get(&approval.id).filter(|_| approval.may_be_pending()) {
            approval.proposed_by = Some(entry.who.actor.clone());
            approval.held = Some(Held::Proposed);
        }
        if let Some(Holder { entry, left, is_own }) =
            holders.get(&approval.id).filter(|_| approval.may_be_pending())
        {
            approval.claimed_by = Some(entry.who.actor.clone());
            let left = SignedDuration::try_from(*left).unwrap_or(SignedDuration::MAX);
            approval.claimed_until = now.checked_add(left).ok();
            let is_proposer = proposals.get(&approval.id).is_some_and(|proposed| {
                (&proposed.who.login, &proposed.who.actor) == (&entry.who.login, &entry.who.actor)
            });
            if !is_own && !is_proposer {
                approval.held = Some(Held::Claimed);
            }
        }
    }
    Ok(())
}

//! Sends decisions.

use super::decisions::Decisions;
use super::task::{Origin, Task};
use crate::change::{Attempt, Change, OutcomeKind, Sent};
use crate::commands::approvals::request::{Prepared, execute};
use crate::domain::approvals::{Approval, Kind};
use crate::domain::ports::Excess;

impl<R: Origin> Change for Decisions<'_, R> {
    async fn send(
        &self,
        position: usize,
        task: &Task,
        prepared: &mut Prepared,
        attempt: &Attempt,
    ) -> Sent<Approval> {
        // The last check of what the profile requires, whatever was asked before.
        if let Some(Err(error)) = self.words.as_ref().map(|words| words.borrow().check(self.limits())) {
            return Sent::Ended(prepared.failure(error, None));
        }
        prepared.rule.clone_from(&task.rule);
        prepared.quota = self.origin.quota(position, prepared);
        let mut sent = execute(self.decider, prepared, attempt).await;
        prepared.may_get_another_vlan = match &sent {
            Sent::Again(again) => again.is_other_way() && !self.shown.borrow().contains(&prepared.named.id),
            Sent::Ended(_) => false,
        };
        let ended = sent.outcome_mut();
        let is_changed = prepared.approval.kind == Kind::SpeedChange && ended.kind == OutcomeKind::Done;
        if let Some(approval) = &mut ended.seen {
            self.name_port(task, approval);
            // The VXC no longer shows what its speed was before. What isn't the new speed is shown as it was read.
            let is_as_asked = approval.rate_limit_mbps == approval.new_rate_limit_mbps;
            if let Some(before) = prepared.approval.rate_limit_mbps.filter(|_| is_changed && is_as_asked) {
                approval.rate_limit_mbps = Some(before);
            }
        }
        let note = match ended.kind {
            OutcomeKind::Done => prepared.oversold.as_ref().map(Excess::sentence_after),
            OutcomeKind::Unknown => prepared.oversold.as_ref().map(Excess::sentence),
            _ => None,
        };
        ended.notes.extend(note);
        sent
    }
}

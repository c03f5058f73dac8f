//! The profile's `max_sold` while deciding: what is above it is asked about on a terminal, and refused anywhere else.

use crate::approvals::Decision;
use crate::approvals::decide::{Decider, Order, Outcome, OutcomeKind, Prepared};
use crate::capacity::{Excess, SoldLimit};
use crate::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::profiles::Limits;

/// The limit of this run; none where the profile sets none, nothing is accepted, or a flag waives it.
pub(super) struct SoldCheck(Option<SoldLimit>);

impl SoldCheck {
    /// The check that this run needs.
    pub(super) fn of(limits: &Limits, order: &Order, waived: bool) -> Self {
        let counts = order.decision == Decision::Accept && !waived;
        SoldCheck(limits.max_sold_percent.filter(|_| counts).map(SoldLimit::new))
    }

    /// What stands against it, with everything this run has accepted before.
    pub(super) async fn excess(
        &mut self,
        context: &Context,
        decider: &Decider<'_>,
        prepared: &Prepared,
    ) -> Option<Excess> {
        let limit = self.0.as_mut()?;
        let move_to = prepared.fields.move_to.as_deref();
        let asking = limit.excess(decider.client, &prepared.approval, move_to, decider.clock.now());
        context.during("reading the port", asking).await
    }

    /// Counts what was accepted, or may have been.
    pub(super) fn count(&mut self, prepared: &Prepared, ended: OutcomeKind) {
        if let Some(limit) = &mut self.0
            && matches!(ended, OutcomeKind::Done | OutcomeKind::Unknown)
        {
            limit.count(&prepared.approval, prepared.fields.move_to.as_deref());
        }
    }
}

/// The outcome where the limit forbids it and nobody can be asked.
pub(super) fn refused(prepared: &Prepared, excess: &Excess) -> Outcome {
    not_sent(prepared, OutcomeKind::Refused, excess.refusal(&prepared.named.id))
}

/// The outcome of one among several that a person said no to.
pub(super) fn skipped(prepared: &Prepared) -> Outcome {
    let error = Error::new(Exit::Declined, "declined: it is above the profile's limit; it was not sent");
    not_sent(prepared, OutcomeKind::Skipped, error.about(prepared.named.id.clone()))
}

fn not_sent(prepared: &Prepared, kind: OutcomeKind, error: Error) -> Outcome {
    Outcome {
        id: prepared.named.id.clone(),
        decision: prepared.order.decision,
        kind,
        approval: Some(prepared.approval.clone()),
        error: Some(error),
        notes: Vec::new(),
    }
}

//! What the profile requires of decisions: reasons, tickets, and `max_sold`: what is above it is asked about on a terminal, and refused anywhere else. Where
//! a profile sets none and nobody is asked, what is oversold is told.

use crate::change::OutcomeKind;
use crate::commands::approvals::decision::{Decider, Outcome, Prepared, action_of};
use crate::domain::ports::{Excess, SoldLimit};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::profiles::Limits;

/// What the profile in use requires of decisions (exit 15). `without_reason` refuses the first that has none.
pub(in crate::commands) fn check_words(
    limits: &Limits,
    without_reason: Option<impl FnOnce(Error) -> Error>,
    has_ticket: bool,
) -> Result<(), Error> {
    if let Some(explain) = without_reason.filter(|_| limits.require_reason) {
        return Err(explain(limits.refused("requires a reason")));
    }
    if limits.require_ticket && !has_ticket {
        return Err(limits.refused("requires a ticket").hint("name it with --ticket"));
    }
    Ok(())
}

/// The limit of this run; none where nothing is accepted, or a flag waives it.
pub(in crate::commands::approvals) struct SoldCheck {
    limit: Option<SoldLimit>,
    /// Whether it forbids anything: it is the profile's.
    forbids: bool,
}

impl SoldCheck {
    /// The check that this run needs.
    pub(in crate::commands::approvals) fn new(limits: &Limits, waived: bool) -> Self {
        let percent = limits.max_sold_percent.unwrap_or(100);
        SoldCheck {
            limit: (!waived).then(|| SoldLimit::new(percent)),
            forbids: limits.max_sold_percent.is_some(),
        }
    }

    /// What stands against it, with everything this run has accepted before.
    pub(in crate::commands::approvals) async fn excess(
        &mut self,
        context: &Context,
        decider: &Decider<'_>,
        prepared: &Prepared,
    ) -> Option<Excess> {
        if self.forbids { self.above(context, decider, prepared).await } else { None }
    }

    /// What is to be told where no limit forbids it and nobody is asked: that more is sold than the port carries.
    pub(in crate::commands::approvals) async fn oversold(
        &mut self,
        context: &Context,
        decider: &Decider<'_>,
        prepared: &Prepared,
    ) -> Option<String> {
        if self.forbids || context.may_ask() {
            return None;
        }
        match self.above(context, decider, prepared).await? {
            Excess::Above { port, share, .. } => Some(format!("{port} is oversold with it: {share}")),
            Excess::NotKnown { .. } => None,
        }
    }

    async fn above(
        &mut self,
        context: &Context,
        decider: &Decider<'_>,
        prepared: &Prepared,
    ) -> Option<Excess> {
        let limit = self.limit.as_mut()?;
        let move_to = prepared.fields.move_to.as_deref();
        let asking = limit.excess(decider.client, &prepared.approval, move_to, decider.clock.now());
        context.during("reading the port", asking).await
    }

    /// The name of a port that was looked at.
    pub(in crate::commands::approvals) fn name_of(&self, port_uid: &str) -> Option<String> {
        self.limit.as_ref()?.name_of(port_uid).map(str::to_owned)
    }

    /// Counts what was accepted, or may have been.
    pub(in crate::commands::approvals) fn count(&mut self, prepared: &Prepared, ended: OutcomeKind) {
        if let Some(limit) = &mut self.limit
            && matches!(ended, OutcomeKind::Done | OutcomeKind::Unknown)
        {
            limit.count(&prepared.approval, prepared.fields.move_to.as_deref());
        }
    }
}

/// The outcome where the limit forbids it and nobody can be asked.
pub(in crate::commands::approvals) fn refused(
    prepared: &Prepared,
    excess: &Excess,
    profile: &str,
) -> Outcome {
    not_sent(prepared, OutcomeKind::Refused, excess.refusal(&prepared.named.id, profile))
}

/// The outcome of one among several that a person said no to.
pub(in crate::commands::approvals) fn skipped(prepared: &Prepared) -> Outcome {
    let error = Error::new(Exit::Declined, "declined: it is above the profile's limit; it was not sent");
    not_sent(prepared, OutcomeKind::Skipped, error.about(prepared.named.id.clone()))
}

fn not_sent(prepared: &Prepared, kind: OutcomeKind, error: Error) -> Outcome {
    let ended = Outcome::new(&prepared.named.id, action_of(prepared.order.decision), kind);
    ended.seen(prepared.approval.clone()).error(error)
}

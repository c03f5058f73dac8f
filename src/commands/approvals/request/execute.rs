//! Sends a decision and reads it back.

use std::cell::Cell;

use uuid::Uuid;

use crate::api::vxc::vxc_uid_in;
use crate::api::{Answer, Call};
use crate::change::{self, Action, Attempt, OutcomeKind, Place, Sent, Write};
use crate::commands::approvals::request::batch::Look;
use crate::commands::approvals::request::difference::{Difference, difference};
use crate::commands::approvals::request::ended::{
    conclude, order_as_sent, other_speed_error, refusal_outcome,
};
use crate::commands::approvals::request::order::{Order, Outcome, action_of};
use crate::commands::approvals::request::prepared::Prepared;
use crate::commands::approvals::request::subject::{Decider, Reading, request_seen};
use crate::commands::approvals::request::vlan;
use crate::domain::approvals::Status;
use crate::domain::approvals::model::{Approval, Source};
use crate::domain::approvals::standing::Standing;
use crate::error::{Error, Hint};
use crate::ledger::{Object, ObjectKind, Step, Terms};
use crate::text::words::shell_word;

/// Sends a decision and reads it back.
pub(crate) async fn execute(decider: &Decider<'_>, prepared: &Prepared, attempt: &Attempt) -> Sent<Approval> {
    let write = DecisionWrite { decider, prepared, looks: Cell::new(0) };
    let (mut sent, call) = change::send(decider.connection, &write, attempt).await;
    let ended = sent.outcome_mut();
    // The failure may come from outdated VLANs.
    if ended.kind != OutcomeKind::Done {
        decider.recent_vlans.forget();
    }
    if ended.kind.is_ok() {
        ended.common_note = reason_note(prepared, call);
    }
    sent
}

/// Checks that nobody else has the request, and that it isn't proposed already; sends and records nothing.
///
/// # Errors
/// What sending it would come to now (exit 13 or 16), or the ledger can't be read.
pub(crate) async fn check_claim(decider: &Decider<'_>, prepared: &Prepared) -> Result<(), Error> {
    let write = DecisionWrite { decider, prepared, looks: Cell::new(0) };
    let connection = decider.connection;
    let entry = connection.entry(Step::Sending, Uuid::new_v4().to_string(), write.object());
    connection.ledger.check_claim(&entry, write.terms().second).await
}

struct DecisionWrite<'a> {
    decider: &'a Decider<'a>,
    prepared: &'a Prepared,
    /// How often it was read back.
    looks: Cell<usize>,
}

impl Write for DecisionWrite<'_> {
    type Reading = Reading;
    type Seen = Approval;

    const KIND: ObjectKind = ObjectKind::Request;

    fn subject(&self) -> (&str, Action) {
        (self.prepared.named.id.as_str(), action_of(self.prepared.order.decision))
    }

    fn object(&self) -> Object {
        let Prepared { named, approval, order, fields, rule, .. } = self.prepared;
        Object {
            request: Some(request_seen(approval)),
            vlan: fields.vlan,
            inner_vlan: fields.inner_vlan,
            move_to: fields.move_to.clone(),
            reason: order.reason.clone(),
            ticket: order.ticket.clone(),
            rule: rule.as_ref().map(|rule| rule.name.clone()),
            policy: rule.as_ref().and_then(|rule| rule.policy.clone()),
            ..Object::new(ObjectKind::Request, named.id.clone(), order.decision.word())
        }
    }

    fn terms(&self) -> Terms {
        let second = self.prepared.second(&self.decider.connection.limits);
        Terms { second, quota: self.prepared.quota.clone() }
    }

    fn state(&self, approval: &Approval) -> Option<String> {
        Some(approval.status.word().to_owned())
    }

    fn calls(&self) -> &[Call] {
        &self.prepared.calls
    }

    fn is_final(&self) -> bool {
        true
    }

    async fn read(&self, answer: Option<&Answer>) -> Result<Reading, Error> {
        let mut named = self.prepared.named.clone();
        if named.lead.vxc_uid.is_none() {
            // A VXC gets its UID in the response at the latest.
            named.lead.vxc_uid = answer.and_then(vxc_uid_in);
        }
        let is_first = self.looks.replace(self.looks.get() + 1) == 0;
        // What is in doubt is read by itself.
        let look = if is_first && answer.is_some() { Look::After } else { Look::Alone };
        self.decider.read_now(&named, look).await
    }

    fn place(&self, reading: &Reading) -> Place {
        match reading.standing {
            Standing::Pending => Place::Before,
            Standing::Over(Status::Unknown) => Place::NotShown,
            Standing::Decided { decision, .. } if decision == self.prepared.order.decision => {
                match difference(&reading.approval, &order_as_sent(self.prepared)) {
                    Difference::None => Place::Settled,
                    _ => Place::Lagging,
                }
            }
            // An inferred answer may still change.
            Standing::Decided { certain: false, .. }
                if other_speed_error(&reading.approval, self.prepared).is_none() =>
            {
                Place::NotShown
            }
            Standing::Decided { .. } | Standing::Changed | Standing::Over(_) => Place::Settled,
        }
    }

    async fn has_other_way(&self, error: &Error) -> bool {
        error.http_status == Some(400) && vlan::was_taken(self.decider, self.prepared).await
    }

    async fn conclude(&self, reading: Reading, refusal: Option<Error>) -> Outcome {
        conclude(self.decider, self.prepared, reading, refusal).await
    }

    fn refuse(&self, reading: Option<Reading>, error: Error) -> Outcome {
        refusal_outcome(self.prepared, reading.map(|reading| reading.approval), error)
    }

    fn last_seen(&self, reading: Option<Reading>) -> Option<Approval> {
        Some(match reading {
            // The backend accepted it, but the VXC doesn't show it yet.
            Some(Reading { standing: Standing::Decided { .. }, approval, .. }) => {
                Approval { status: Status::Unknown, ..approval }
            }
            Some(reading) => reading.approval,
            None => self.prepared.approval.clone(),
        })
    }

    fn doubt_hints(&self) -> Vec<Hint> {
        let id = &self.prepared.named.id;
        vec![
            Hint::call("check it with ", format!("approvals show {}", shell_word(id.as_str())))
                .and(" before you do anything else"),
        ]
    }
}

/// Says where the reason went, depending on the request that succeeded.
fn reason_note(prepared: &Prepared, answered: Option<&Call>) -> Option<String> {
    let Order { reason, ticket, .. } = &prepared.order;
    let reason = reason.as_deref()?;
    // A ticket without a reason is sent in its place.
    let is_ticket = ticket.as_ref().is_some_and(|ticket| reason == format!("[{}]", ticket.trim()));
    let what = if is_ticket { "ticket" } else { "reason" };
    let body = answered.and_then(|call| call.body.as_ref());
    Some(match prepared.approval.source {
        Source::Queue => format!("your {what} was sent as a comment"),
        Source::Marketplace if body.is_some_and(|body| body.get("message").is_some()) => {
            format!("your {what} was sent, but Megaport may not pass it on; it is recorded in the ledger")
        }
        Source::Marketplace => {
            format!("your {what} is recorded in the ledger; the API does not accept one here")
        }
    })
}

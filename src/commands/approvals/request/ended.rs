//! The outcome of a decision that was sent, from what is read back, refused or lost.

use crate::change::OutcomeKind;
use crate::commands::approvals::request::difference::{Difference, difference};
use crate::commands::approvals::request::obstacles::{already_decided_error, no_longer_waits_error};
use crate::commands::approvals::request::order::{Order, Outcome};
use crate::commands::approvals::request::prepared::Prepared;
use crate::commands::approvals::request::subject::{Decider, Reading};
use crate::commands::roles;
use crate::domain::approvals::model::{Approval, Decision, Kind, Source, Status};
use crate::domain::approvals::standing::Standing;
use crate::domain::ports::vlan::VlanChoice;
use crate::domain::role::Right;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::words::shell_word;

/// The outcome of a request that is no longer pending. `refusal` is the backend's error, if this attempt changed nothing.
pub(super) async fn conclude(
    decider: &Decider<'_>,
    prepared: &Prepared,
    reading: Reading,
    refusal: Option<Error>,
) -> Outcome {
    let Reading { approval, standing, .. } = reading;
    let conflict = |mut error: Error, approval| {
        if let Some(refusal) = &refusal {
            error.http_status = refusal.http_status;
            error.trace_id.clone_from(&refusal.trace_id);
        }
        prepared.failure(error, Some(approval))
    };
    if standing == Standing::Over(Status::Unknown) && refusal.is_none() {
        // It may be what this attempt made of it.
        let error = Error::new(Exit::Unknown, format!("can't tell how the {} ended", approval.noun()))
            .reason(format!("its status is {}", approval.status_label()))
            .hint(Hint::call(
                "check its current status: ",
                format!("approvals show {}", shell_word(approval.id.as_str())),
            ));
        return prepared.outcome(OutcomeKind::Unknown, Some(approval)).error(error);
    }
    let Standing::Decided { decision, .. } = standing else {
        return conflict(no_longer_waits_error(&approval, standing), approval);
    };
    if let Some(error) = other_speed_error(&approval, prepared) {
        return prepared.failure(error, Some(approval));
    }
    if decision != prepared.order.decision {
        let by = match &refusal {
            Some(Error { http_status: Some(409), reason: Some(said), .. }) => said.clone(),
            _ => decider.decided_by(&approval, decision).await,
        };
        let error = already_decided_error(&approval, &prepared.order, decision, &by)
            .unwrap_or_else(|| no_longer_waits_error(&approval, standing));
        return conflict(error, approval);
    }
    if let (Some(agreed), Some(now)) = (prepared.approval.rate_limit_mbps, approval.rate_limit_mbps)
        && approval.kind == Kind::Connection
        && agreed != now
    {
        let message = format!(
            "the request was {}, but it now shows {now} Mbps, not {agreed} Mbps",
            decision.participle()
        );
        let error = Error::new(Exit::Conflict, message).hint("change the VXC, or tell the customer");
        return prepared.failure(error, Some(approval));
    }
    let mut notes = Vec::new();
    match difference(&approval, &order_as_sent(prepared)) {
        Difference::None => {}
        Difference::NotShown(what) => {
            notes.push(format!("the API doesn't show {what} yet; check again later"));
        }
        Difference::Differs(how) => {
            let error =
                Error::new(Exit::Conflict, format!("the request was {}, but {how}", decision.participle()))
                    .hint("change the VXC, or tell the customer");
            return prepared.failure(error, Some(approval));
        }
    }
    let kind = if refusal.is_some() { OutcomeKind::Already } else { OutcomeKind::Done };
    if kind == OutcomeKind::Already {
        notes.push(decider.decided_by(&approval, decision).await);
    }
    Outcome { notes, ..prepared.outcome(kind, Some(approval)) }
}

/// The order with the VLAN actually sent for "next".
pub(super) fn order_as_sent(prepared: &Prepared) -> Order {
    let mut order = prepared.order.clone();
    order.vlan = prepared.fields.vlan.map(VlanChoice::Exactly).or(order.vlan);
    order
}

/// The error if the VXC has neither the requested nor the previous speed.
pub(super) fn other_speed_error(approval: &Approval, prepared: &Prepared) -> Option<Error> {
    let now = approval.rate_limit_mbps?;
    let (before, asked) = (prepared.approval.rate_limit_mbps?, prepared.approval.new_rate_limit_mbps?);
    if prepared.approval.kind != Kind::SpeedChange || now == before || now == asked {
        return None;
    }
    let message = format!(
        "the VXC now runs at {now} Mbps, neither the requested {asked} Mbps nor the previous {before} Mbps"
    );
    Some(
        Error::new(Exit::Conflict, message)
            .hint("ask the customer: the speed may have been changed by another request"),
    )
}

/// The backend refused, and the request is still pending or can't be read.
pub(super) fn refusal_outcome(prepared: &Prepared, approval: Option<Approval>, mut error: Error) -> Outcome {
    if error.exit == Exit::Forbidden {
        let right = match (prepared.approval.source, prepared.order.decision) {
            (Source::Marketplace, _) => Right::DecideMarketplace,
            (Source::Queue, Decision::Withdraw) => Right::Withdraw,
            (Source::Queue, _) => Right::DecideQueue,
        };
        error = roles::explain(right, error);
    } else if error.hints.is_empty() {
        error.hints = vec![Hint::call(
            "check its current status: ",
            format!("approvals show {}", shell_word(prepared.named.id.as_str())),
        )];
        let may_be_its_vlan = prepared.order.decision == Decision::Accept
            && prepared.approval.kind == Kind::Connection
            && prepared.approval.source == Source::Marketplace
            && prepared.fields.vlan.is_none();
        if error.http_status == Some(400) && may_be_its_vlan {
            error.hints.push("if the VLAN is the problem, use --vlan next".into());
        }
    }
    prepared.failure(error, approval)
}

#[cfg(test)]
#[path = "ended_tests.rs"]
mod tests;

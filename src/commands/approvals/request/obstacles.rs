//! Why a request can't be decided as asked.

use crate::api::lenient;
use crate::commands::approvals::request::difference::{Difference, difference};
use crate::commands::approvals::request::named::Named;
use crate::commands::approvals::request::order::Order;
use crate::domain::approvals::Company;
use crate::domain::approvals::model::{Approval, Decision, Direction, Kind, Source, Status, WaitingOn};
use crate::domain::approvals::standing::Standing;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::words::shell_word;

/// The error if the existing decision differs from the requested one.
pub(super) fn already_decided_error(
    approval: &Approval,
    order: &Order,
    stands: Decision,
    by: &str,
) -> Option<Error> {
    let noun = approval.noun();
    if stands != order.decision {
        return Some(
            Error::new(Exit::Conflict, format!("this {noun} was already {}", stands.participle()))
                .reason(by)
                .hint(match stands {
                    Decision::Accept => match approval.kind {
                        Kind::Connection => "decisions are final; to end the connection, cancel its VXC",
                        _ => "decisions are final; to change the service again, the customer must make a new request",
                    },
                    Decision::Deny => "decisions are final; the customer can make a new request",
                    Decision::Withdraw => "the requester withdrew it and can make a new request",
                })
                .resource(approval.id.clone()),
        );
    }
    let Difference::Differs(how) = difference(approval, order) else { return None };
    Some(
        Error::new(Exit::Conflict, format!("this {noun} was already accepted, but {how}"))
            .reason(by)
            .hint("to change it now, edit the VXC")
            .resource(approval.id.clone()),
    )
}

/// The error for a request that is over or was replaced.
pub(super) fn no_longer_waits_error(approval: &Approval, standing: Standing) -> Error {
    let noun = approval.noun();
    let message = match standing {
        Standing::Changed => format!("this {noun} has changed since it was listed"),
        Standing::Over(status) => match status {
            Status::Unknown if approval.wire_status.is_some() => {
                format!(
                    "can't tell whether this {noun} is pending: its status is {}",
                    approval.status_label()
                )
            }
            Status::Unknown => {
                format!("this {noun} is no longer pending: it was denied, replaced or expired")
            }
            status => format!("this {noun} is no longer pending: {}", status.word()),
        },
        Standing::Pending | Standing::Decided { .. } => format!("this {noun} is no longer pending"),
    };
    Error::new(Exit::Conflict, message)
        .hint(Hint::call("list pending requests with ", "approvals list"))
        .resource(approval.id.clone())
}

/// The error if my company can't decide it.
pub(super) fn not_mine_error(approval: &Approval) -> Option<Error> {
    let error = match (approval.direction, approval.waiting_on) {
        (Some(Direction::Outgoing), Some(WaitingOn::Them) | None) => Error::new(
            Exit::Forbidden,
            "this is your own company's request; only the other party can accept or deny it",
        )
        .hint("to withdraw it, cancel the VXC"),
        (None, _) if approval.source == Source::Marketplace => {
            Error::new(Exit::Forbidden, "this request is between other companies")
                .hint("check --profile and --env: the request may belong to another of your companies")
        }
        (_, None) if approval.wire_status.is_some() => {
            let (noun, status) = (approval.noun(), approval.status_label());
            Error::new(
                Exit::Conflict,
                format!("can't tell who must decide this {noun}: its status is {status}"),
            )
            .hint("decide it in the portal")
        }
        (_, Some(WaitingOn::Them)) => {
            Error::new(Exit::Conflict, "this request is waiting for the other party, not for you")
                .hint(Hint::call("see ", "approvals list --waiting-on them"))
        }
        _ => return None,
    };
    Some(error.resource(approval.id.clone()))
}

/// The error if the outcome could not be verified: the queue reports it for any type, a VXC only for known ones.
pub(super) fn not_understood_error(approval: &Approval) -> Option<Error> {
    if approval.is_understood() || approval.source == Source::Queue {
        return None;
    }
    let why = match &approval.wire_type {
        Some(word) => format!("portgate doesn't support requests of type {word}"),
        None => "the requested speed is missing".to_owned(),
    };
    let error = Error::new(Exit::Api, "this request is not supported; nothing was sent").reason(why);
    Some(error.hint("decide it in the portal").resource(approval.id.clone()))
}

/// The error if my company didn't make the request, or it can't be withdrawn.
pub(super) fn not_mine_to_withdraw_error(approval: &Approval, company: &Company) -> Option<Error> {
    let error = match approval.source {
        Source::Marketplace => Error::usage("only entries of the service approval queue can be withdrawn")
            .reason("this is a Marketplace request")
            .hint(
                "to withdraw your own order, cancel its VXC; to deny another company's, use `approvals deny`",
            ),
        Source::Queue => {
            let requester = approval.extra.get("requesterCompanyId").as_ref().and_then(lenient::as_integer);
            match (requester, company.id) {
                // If the requester is unknown, the backend decides.
                (Some(requester), Some(me)) if requester != me => Error::new(
                    Exit::Forbidden,
                    "another company made this request; only that company can withdraw it",
                )
                .hint(Hint::call(
                    "to deny it: ",
                    format!("approvals deny {}", shell_word(approval.id.as_str())),
                )),
                _ => return None,
            }
        }
    };
    Some(error.resource(approval.id.clone()))
}

/// The error if the order changes an end that the request doesn't have.
pub(super) fn no_end_error(named: &Named, order: &Order) -> Option<Error> {
    let options = order.end_options();
    if options.is_empty() || named.lead.has_end() {
        return None;
    }
    let noun = match named.lead.source {
        Source::Queue => "a queue entry",
        Source::Marketplace => "a speed change",
    };
    Some(
        Error::usage(format!("{noun} has no VLAN or port to set"))
            .hint(format!("remove {}", options.join(", ")))
            .resource(named.id.clone()),
    )
}

#[cfg(test)]
#[path = "obstacles_tests.rs"]
mod tests;

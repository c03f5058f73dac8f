//! Checks before anything is sent, and the requests to send.

use crate::api::order_approvals::{self, Verdict};
use crate::api::vlan::Vlan;
use crate::api::vxc::{DecisionFields, DecisionForm, decision_call};
use crate::api::{Call, lenient};
use crate::change::OutcomeKind;
use crate::commands::approvals::decision::batch::Look;
use crate::commands::approvals::decision::order::{Order, Outcome, action_of};
use crate::commands::approvals::decision::subject::{Decider, Named};
use crate::commands::approvals::decision::vlan;
use crate::domain::approvals::Company;
use crate::domain::approvals::marketplace::Stage;
use crate::domain::approvals::model::{Approval, Decision, Direction, Kind, Source, Status, WaitingOn};
use crate::domain::approvals::standing::Standing;
use crate::domain::ports::MOST_SURPRISES;
use crate::domain::ports::vlan::VlanChoice;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::words::shell_word;

pub(crate) type Preparation = crate::change::Preparation<Prepared, Approval>;

#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) named: Named,
    /// The request as it was just read.
    pub(crate) approval: Approval,
    pub(crate) order: Order,
    /// Fields sent with the decision.
    pub(crate) fields: DecisionFields,
    /// Alternative API requests, in order of preference.
    pub(crate) calls: Vec<Call>,
    /// The policy rule behind it, for the ledger.
    pub(crate) rule: Option<String>,
    /// A note that its port will be oversubscribed.
    pub(crate) oversold: Option<String>,
}

impl Prepared {
    /// An outcome with the request as last read.
    pub(crate) fn outcome(&self, kind: OutcomeKind, seen: Option<Approval>) -> Outcome {
        let seen = seen.unwrap_or_else(|| self.approval.clone());
        Outcome::new(&self.named.id, action_of(self.order.decision), kind).seen(seen)
    }

    /// An outcome with an error, which determines its kind.
    pub(crate) fn failure(&self, error: Error, seen: Option<Approval>) -> Outcome {
        self.outcome(OutcomeKind::of_error(&error), seen).error(error.about(&self.named.id))
    }
}

/// Reads the request and checks that it can be decided.
pub(crate) async fn prepare(decider: &Decider<'_>, named: &Named, order: &Order, look: Look) -> Preparation {
    let action = action_of(order.decision);
    let fail = |error, approval: Option<Approval>| {
        Preparation::Settled(Box::new(Outcome::failure(&named.id, action, error).seen(approval)))
    };
    let reading = match decider.look(named, look).await {
        Ok(reading) => reading,
        Err(error) => return fail(error, None),
    };
    let approval = reading.approval;
    match reading.standing {
        Standing::Pending => {}
        Standing::Decided { decision, .. } => {
            let by = decider.decided_by(&approval, decision);
            return match already_decided_error(&approval, order, decision, &by) {
                None => {
                    let already = Outcome::new(&named.id, action, OutcomeKind::Already);
                    Preparation::Settled(Box::new(already.seen(approval).note(by)))
                }
                Some(error) => fail(error, Some(approval)),
            };
        }
        Standing::Changed | Standing::Over(_) => {
            let error = no_longer_waits_error(&approval, reading.standing);
            return fail(error, Some(approval));
        }
    }
    let not_mine = match order.decision {
        Decision::Withdraw => not_mine_to_withdraw_error(&approval, &decider.connection.company),
        Decision::Accept | Decision::Deny => not_mine_error(&approval),
    };
    if let Some(error) = not_mine.or_else(|| not_understood_error(&approval)) {
        return fail(error, Some(approval));
    }
    if let Some(error) = no_end_error(named, order) {
        return fail(error, Some(approval));
    }
    let approval = decider.with_service(&approval).await;
    let fields = DecisionFields {
        vlan: None,
        inner_vlan: order.inner_vlan,
        move_to: order.move_to.clone(),
        message: order.reason.clone(),
    };
    Preparation::Ready(Box::new(Prepared {
        named: named.clone(),
        approval,
        order: order.clone(),
        fields,
        calls: Vec::new(),
        rule: None,
        oversold: None,
    }))
}

/// Completes the requests to send, with the VLAN of my end: by what is known of its port, and what this run has given to
/// others. `before` is how it was shown or sent.
pub(crate) async fn book(
    decider: &Decider<'_>,
    prepared: &mut Prepared,
    before: Option<&Prepared>,
) -> Result<(), Error> {
    if prepared.approval.source == Source::Queue {
        prepared.calls = vec![queue_call(&prepared.named, &prepared.order)];
        return Ok(());
    }
    let before = before.and_then(|before| before.fields.vlan);
    prepared.fields.vlan = choose_vlan(decider, prepared, before).await?;
    prepared.calls = marketplace_calls(prepared);
    Ok(())
}

/// Asks the backend whether the chosen VLAN is free, and chooses another if it isn't.
pub(crate) async fn confirm(decider: &Decider<'_>, prepared: &mut Prepared) -> Result<(), Error> {
    for _ in 0..MOST_SURPRISES {
        let (Some(vlan), Some(choice), Some(port)) =
            (prepared.fields.vlan, prepared.order.vlan, port_of(prepared).map(str::to_owned))
        else {
            return Ok(());
        };
        let holds_it = requested_vlan(prepared) == Some(vlan) && choice == VlanChoice::Exactly(vlan);
        if vlan == Vlan::Untagged || holds_it || vlan::is_free(decider, &port, vlan).await? {
            return Ok(());
        }
        if !choice.may_look() {
            return Err(vlan::taken_error(vlan, &port));
        }
        let next = vlan::choose(decider, VlanChoice::Next, &port, None, &prepared.order.pool, None).await?;
        prepared.fields.vlan = Some(next);
        prepared.calls = marketplace_calls(prepared);
        decider.recent_vlans.give_another(prepared);
    }
    Err(Error::new(Exit::Conflict, "no free VLAN found: each one that looked free is taken")
        .hint("choose one with --vlan N"))
}

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
                .because(by)
                .hint(match stands {
                    Decision::Accept => "decisions are final; to end the connection, cancel its VXC",
                    Decision::Deny => "decisions are final; the customer can make a new request",
                    Decision::Withdraw => "the requester withdrew it and can make a new request",
                })
                .about(approval.id.clone()),
        );
    }
    let Difference::Differs(how) = difference(approval, order) else { return None };
    Some(
        Error::new(Exit::Conflict, format!("this {noun} was already accepted, but {how}"))
            .because(by)
            .hint("to change it now, edit the VXC")
            .about(approval.id.clone()),
    )
}

/// How the B-End differs from the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// As ordered.
    None,
    /// The difference.
    Differs(String),
    /// The part that doesn't show (yet).
    NotShown(String),
}

/// Compares the B-End with the order. A part missing on a VXC that is up was not applied; on one still being deployed,
/// it may not show yet.
pub(super) fn difference(approval: &Approval, order: &Order) -> Difference {
    let Some(end) = &approval.b_end else { return Difference::None };
    let is_up = approval.extra.get("provisioningStatus").and_then(serde_json::Value::as_str);
    let is_up = Stage::from_status(is_up) == Stage::Up;
    let absent = |what: String| {
        if is_up { Difference::Differs(format!("without {what}")) } else { Difference::NotShown(what) }
    };
    if let Some(VlanChoice::Exactly(asked)) = order.vlan {
        match end.vlan {
            Some(real) if real == asked => {}
            Some(real) => return Difference::Differs(format!("with VLAN {real}, not {asked}")),
            None if asked == Vlan::Untagged => {}
            None => return absent(format!("VLAN {asked}")),
        }
    }
    if let Some(asked) = order.inner_vlan {
        match end.inner_vlan {
            Some(real) if real == asked => {}
            Some(real) => return Difference::Differs(format!("with inner VLAN {real}, not {asked}")),
            None if asked == Vlan::Untagged => {}
            None => return absent(format!("inner VLAN {asked}")),
        }
    }
    if let (Some(asked), Some(real)) = (&order.move_to, &end.product_uid)
        && !asked.eq_ignore_ascii_case(real)
    {
        let real = end.product_name.as_deref().unwrap_or(real);
        let asked = order.move_to_name.as_ref().unwrap_or(asked);
        return Difference::Differs(format!("on port {real}, not {asked}"));
    }
    Difference::None
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
        .hint(Hint::call("list pending requests with `", "approvals list").and("`"))
        .about(approval.id.clone())
}

/// The error if my company can't decide it.
fn not_mine_error(approval: &Approval) -> Option<Error> {
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
                .hint(Hint::call("see `", "approvals list --waiting-on them").and("`"))
        }
        _ => return None,
    };
    Some(error.about(approval.id.clone()))
}

/// The error if the outcome could not be verified: the queue reports it for any type, a VXC only for known ones.
fn not_understood_error(approval: &Approval) -> Option<Error> {
    if approval.is_understood() || approval.source == Source::Queue {
        return None;
    }
    let why = match &approval.wire_type {
        Some(word) => format!("portgate doesn't support requests of type {word}"),
        None => "the requested speed is missing".to_owned(),
    };
    let error = Error::new(Exit::Api, "this request is not supported; nothing was sent").because(why);
    Some(error.hint("decide it in the portal").about(approval.id.clone()))
}

/// The error if my company didn't make the request, or it can't be withdrawn.
fn not_mine_to_withdraw_error(approval: &Approval, company: &Company) -> Option<Error> {
    let error = match approval.source {
        Source::Marketplace => Error::usage("only entries of the service approval queue can be withdrawn")
            .because("this is a Marketplace request")
            .hint(
                "to withdraw your own order, cancel its VXC; to deny another company's, use `approvals deny`",
            ),
        Source::Queue => {
            let requester = approval.extra.get("requesterCompanyId").and_then(lenient::as_integer);
            match (requester, company.id) {
                // If the requester is unknown, the backend decides.
                (Some(requester), Some(me)) if requester != me => Error::new(
                    Exit::Forbidden,
                    "another company made this request; only that company can withdraw it",
                )
                .hint(Hint::call("to deny it: ", format!("approvals deny {}", shell_word(&approval.id)))),
                _ => return None,
            }
        }
    };
    Some(error.about(approval.id.clone()))
}

/// The port of my end after the decision.
fn port_of(prepared: &Prepared) -> Option<&str> {
    let end = prepared.approval.b_end.as_ref();
    prepared.order.move_to.as_deref().or_else(|| end?.product_uid.as_deref())
}

/// The VLAN that the request itself holds on that port.
fn requested_vlan(prepared: &Prepared) -> Option<Vlan> {
    let end = prepared.approval.b_end.as_ref().filter(|_| prepared.order.move_to.is_none());
    end.and_then(|end| end.vlan)
}

/// The VLAN to send; `None` leaves it as requested.
pub(super) async fn choose_vlan(
    decider: &Decider<'_>,
    prepared: &Prepared,
    before: Option<Vlan>,
) -> Result<Option<Vlan>, Error> {
    let Prepared { approval, order, .. } = prepared;
    let moved = order.move_to.is_some();
    match (order.vlan, port_of(prepared)) {
        (None, _) => {
            if order.decision == Decision::Accept && approval.kind == Kind::Connection && !moved {
                vlan::check_requested(decider, approval, order.inner_vlan).await?;
            }
            Ok(None)
        }
        (Some(choice), Some(port)) => {
            if choice == VlanChoice::KeepOrNext {
                let requested = approval.b_end.as_ref().and_then(|end| end.vlan);
                let holder = vlan::holder_of_requested(decider, approval, order.inner_vlan, port).await;
                if holder.is_none() && requested.is_some() {
                    return Ok(requested.filter(|_| moved));
                }
            }
            let requested = requested_vlan(prepared);
            if requested.is_some_and(|vlan| choice == VlanChoice::Exactly(vlan)) {
                vlan::check_requested(decider, approval, order.inner_vlan).await?;
            }
            vlan::choose(decider, choice, port, requested, &order.pool, before).await.map(Some)
        }
        (Some(VlanChoice::Exactly(vlan)), None) => Ok(Some(vlan)),
        (Some(VlanChoice::Next | VlanChoice::KeepOrNext), None) => {
            Err(Error::new(Exit::Api, "the API doesn't say which port this request is for")
                .hint("choose a VLAN with --vlan N"))
        }
    }
}

/// API requests for a VXC: by order first if a VLAN is given or the VXC has no UID, else by VXC (megaport-api.md).
fn marketplace_calls(prepared: &Prepared) -> Vec<Call> {
    let Prepared { named, approval, order, fields, .. } = prepared;
    let forms = if fields.vlan.is_some() || approval.vxc_uid.is_none() {
        [DecisionForm::ByOrder, DecisionForm::ByVxc]
    } else {
        [DecisionForm::ByVxc, DecisionForm::ByOrder]
    };
    let accept = order.decision == Decision::Accept;
    forms
        .into_iter()
        .filter_map(|form| decision_call(form, approval.vxc_uid.as_deref(), &named.id, accept, fields))
        .collect()
}

/// The error if the order changes an end that the request doesn't have.
fn no_end_error(named: &Named, order: &Order) -> Option<Error> {
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
            .about(named.id.clone()),
    )
}

fn queue_call(named: &Named, order: &Order) -> Call {
    let verdict = match order.decision {
        Decision::Accept => Verdict::Approve,
        Decision::Deny => Verdict::Reject,
        Decision::Withdraw => Verdict::Withdraw,
    };
    order_approvals::decision_call(&named.id, verdict, order.reason.as_deref())
}

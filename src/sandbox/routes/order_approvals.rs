//! `/v3/order_approvals`: the service approval queue.

use axum::extract::MatchedPath;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::envelope::Envelope;
use super::request::{OptionalJson, Parameters, Uid};
use crate::sandbox::app::Call;
use crate::sandbox::clock::rfc3339;
use crate::sandbox::domain::partner;
use crate::sandbox::domain::session::Session;
use crate::sandbox::event::Kind;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::queue::{self, Entry, SORTABLE, Wanted};

const STATUSES: [&str; 6] = ["PENDING", "APPROVED", "REJECTED", "FAILED", "WITHDRAWN", "EXPIRED"];
const PAGE_SIZE: i64 = 50;
const LARGEST_PAGE: i64 = 500;

/// One page. Pages count from 1: the public reference doesn't say (decision).
pub(crate) async fn list(call: Call, parameters: Parameters) -> Answer<(HeaderMap, Envelope<Vec<Value>>)> {
    let page = parameters.number("pageNumber")?.unwrap_or(1);
    if page < 1 {
        return Err(Refusal::bad(format!("pageNumber must be at least 1, not {page}")));
    }
    let size = parameters.number("pageSize")?.unwrap_or(PAGE_SIZE);
    if !(1..=LARGEST_PAGE).contains(&size) {
        return Err(Refusal::bad(format!("pageSize must be 1 to {LARGEST_PAGE}, not {size}")));
    }
    let wanted = Wanted {
        statuses: statuses(&parameters)?,
        service_ids: parameters.numbers("serviceIds")?,
        sort: sort(&parameters)?,
        descending: descending(&parameters)?,
        limit: size,
        offset: (page - 1).saturating_mul(size),
    };
    let (total, entries) = call
        .read(move |session| {
            session.caller.require(Action::See)?;
            Ok(queue::page(session.transaction, session.caller.company_id, &wanted)?)
        })
        .await?;
    let headers = [
        ("pagination-total-count", total),
        ("pagination-page", page),
        ("pagination-limit", size),
        ("pagination-total-page", total.div_euclid(size) + i64::from(total % size != 0)),
    ]
    .into_iter()
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from(value)))
    .collect();
    Ok((headers, Envelope::new("Order approvals", entries.iter().map(view).collect())))
}

fn statuses(parameters: &Parameters) -> Answer<Vec<String>> {
    let wanted: Vec<String> = parameters.words("status").map(str::to_ascii_uppercase).collect();
    match wanted.iter().find(|status| !STATUSES.contains(&status.as_str())) {
        Some(unknown) => Err(Refusal::bad(format!("status {unknown} is not one of {}", STATUSES.join(", ")))),
        None => Ok(wanted),
    }
}

fn sort(parameters: &Parameters) -> Answer<&'static str> {
    let name = parameters.text("sort").unwrap_or("createDate");
    SORTABLE.iter().find(|(wire, _)| *wire == name).map(|(_, column)| *column).ok_or_else(|| {
        let names: Vec<&str> = SORTABLE.iter().map(|(wire, _)| *wire).collect();
        Refusal::bad(format!("sort {name} is not one of {}", names.join(", ")))
    })
}

fn descending(parameters: &Parameters) -> Answer<bool> {
    match parameters.text("direction").unwrap_or("ASC").to_ascii_uppercase().as_str() {
        "ASC" => Ok(false),
        "DESC" => Ok(true),
        other => Err(Refusal::bad(format!("direction must be ASC or DESC, not {other}"))),
    }
}

fn view(entry: &Entry) -> Value {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or(Value::Null);
    json!({
        "uid": entry.uid,
        "id": entry.id,
        "referenceId": entry.reference_id,
        "status": entry.status,
        "type": entry.kind,
        "active": entry.status == "PENDING",
        "acctName": entry.account_name,
        "acctRef": entry.account_reference,
        "approverCompanyId": entry.approver_company_id,
        "requesterCompanyId": entry.requester_company_id,
        "serviceId": entry.service_id,
        "comment": entry.comment,
        "createDate": entry.created_at,
        "detail": detail,
    })
}

/// The body of a decision (confirmed); it may be left out.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Comments {
    comments: Option<String>,
}

/// Approves, rejects or withdraws, as the path's last word says.
pub(crate) async fn settle(
    call: Call,
    Uid(uid): Uid,
    path: MatchedPath,
    OptionalJson(body): OptionalJson<Comments>,
) -> Answer<Envelope<String>> {
    let status = match path.as_str().rsplit('/').next() {
        Some("approve") => "APPROVED",
        Some("reject") => "REJECTED",
        _ => "WITHDRAWN",
    };
    let comment =
        body.comments.map(|comment| comment.trim().to_owned()).filter(|comment| !comment.is_empty());
    let (message, data) = call
        .write(move |session| {
            let entry = queue::by_uid(session.transaction, &uid)?
                .ok_or_else(|| Refusal::not_found(format!("There is no order approval {uid}")))?;
            check(session, &entry, status)?;
            settle_entry(session, &entry, status, comment.as_deref())
        })
        .await?;
    Ok(Envelope::new(message, data))
}

/// Ends an entry, and carries it out if it was approved. What can't be carried out any more has failed.
fn settle_entry(
    session: &Session<'_>,
    entry: &Entry,
    status: &str,
    comment: Option<&str>,
) -> Answer<(&'static str, String)> {
    let Session { transaction, caller, .. } = session;
    let carried_out = match status {
        "APPROVED" => partner::carry_out(session, entry),
        _ => Ok(()),
    };
    let (status, comment, message, data) = match (status, &carried_out) {
        (_, Err(refusal)) if refusal.status.is_server_error() => {
            return carried_out.map(|()| ("", String::new()));
        }
        (_, Err(refusal)) => {
            let data = format!("The order was approved but could not be carried out: {}.", refusal.message);
            ("FAILED", Some(refusal.message.as_str()), "Order failed", data)
        }
        ("APPROVED", _) => (status, comment, "Order approved", String::from("The order has been approved.")),
        ("REJECTED", _) => (status, comment, "Order rejected", String::from("The order has been rejected.")),
        _ => (status, comment, "Order withdrawn", String::from("The order has been withdrawn.")),
    };
    let by = caller.signature();
    if !queue::settle(transaction, entry.id, status, session.now_ms, Some(&by), comment)? {
        return Err(Refusal::conflict("This order has just been decided"));
    }
    let kind = match status {
        "APPROVED" => Kind::OrderAccepted,
        "REJECTED" => Kind::OrderDenied,
        "FAILED" => Kind::OrderFailed,
        _ => Kind::OrderWithdrawn,
    };
    partner::tell(transaction, &entry.uid, [kind; 2], session.now_ms)?;
    session.note(message, &format!("{} of {}", entry.kind, entry.account_name))?;
    Ok((message, data))
}

/// Approving and rejecting are the approver's, withdrawing is the requester's.
fn check(session: &Session<'_>, entry: &Entry, status: &str) -> Answer<()> {
    let caller = &session.caller;
    let (company_id, action, whose) = match status {
        "WITHDRAWN" => (
            entry.requester_company_id,
            Action::Withdraw,
            "Only the company that placed an order may withdraw it",
        ),
        _ => (entry.approver_company_id, Action::DecideQueue, "This order is not yours to decide"),
    };
    if company_id != caller.company_id {
        return Err(Refusal::forbidden(whose));
    }
    caller.require(action)?;
    if entry.status == "PENDING" {
        return Ok(());
    }
    let verb = entry.status.to_ascii_lowercase();
    let by = entry.decided_by(caller.company_id).map_or_else(String::new, |by| format!(" by {by}"));
    let at = entry.decided_at.map_or_else(String::new, |at| format!(" at {}", rfc3339(at)));
    Err(Refusal::conflict(format!("This order was already {verb}{by}{at}")))
}

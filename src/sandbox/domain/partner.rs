//! Orders of a managed account: queued for its partner, and carried out when approved.

use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::change::{self, Change};
use super::lifecycle::REQUEST_LIFE_MS;
use super::ordering::{self, PortOrder};
use super::session::{Caller, Session};
use crate::sandbox::clock::rfc3339;
use crate::sandbox::event::{Event, Kind};
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::queue::{self, Entry, NewEntry};
use crate::sandbox::store::{companies, products, service_keys, vxcs};

/// The partner that must approve the caller's orders, if any. A partner acting for its account needs no approval.
pub(crate) fn approver(session: &Session<'_>) -> Answer<Option<i64>> {
    let Session { transaction, caller, .. } = session;
    if caller.holder.company_id != caller.company_id {
        return Ok(None);
    }
    Ok(companies::by_id(transaction, caller.company_id)?.managed_by)
}

/// Adds an entry to the partner's queue and returns its UID.
pub(crate) fn enqueue(
    session: &Session<'_>,
    partner: i64,
    kind: &str,
    service_id: Option<i64>,
    work: &Value,
) -> Answer<String> {
    let Session { transaction, caller, now_ms, .. } = session;
    let uid = Uuid::new_v4().to_string();
    let entry = NewEntry {
        uid: &uid,
        reference_id: &Uuid::new_v4().to_string(),
        kind,
        approver_company_id: partner,
        requester_company_id: caller.company_id,
        requested_by: caller.holder.user_id,
        service_id,
        detail: &detail(kind, &caller.holder.email, caller.company_id, work).to_string(),
        work: &work.to_string(),
        created_at: *now_ms,
        due_at: now_ms + REQUEST_LIFE_MS,
    };
    entry.insert(transaction)?;
    tell(transaction, &uid, [Kind::OrderReceived, Kind::OrderSent], *now_ms)?;
    Ok(uid)
}

/// An entry in the API's format.
pub(crate) fn detail(kind: &str, user_name: &str, company_id: i64, work: &Value) -> Value {
    json!({
        "type": kind,
        "origin": "API",
        "userName": user_name,
        "requesterCompanyId": company_id,
        "productRequest": work,
    })
}

pub(crate) fn expire(transaction: &Connection, entry: &Entry, at_ms: i64) -> rusqlite::Result<()> {
    queue::settle(transaction, entry.id, "EXPIRED", at_ms, None, None)?;
    tell(transaction, &entry.uid, [Kind::OrderExpired; 2], at_ms)
}

/// Records the outcome of an entry for the partner and the account.
pub(crate) fn tell(
    transaction: &Connection,
    uid: &str,
    [to_partner, to_account]: [Kind; 2],
    at_ms: i64,
) -> rusqlite::Result<()> {
    let Some(entry) = queue::by_uid(transaction, uid)? else { return Ok(()) };
    let asked_for = asked_for(transaction, &entry)?;
    for (kind, company_id) in
        [(to_partner, entry.approver_company_id), (to_account, entry.requester_company_id)]
    {
        let payload = json!({
            "to_partner": company_id == entry.approver_company_id,
            "order": {
                "uid": entry.uid,
                "type": entry.kind,
                "status": entry.status,
                "comment": entry.comment,
                "requested_by": entry.asked_by,
                "expires_at": entry.due_at.map(rfc3339),
                "decided_at": entry.decided_at.map(rfc3339),
                "decided_by": entry.decided_by(company_id),
            },
            "partner": entry.approver_name,
            "account": entry.account_name,
            "asked_for": asked_for,
        });
        events::record(transaction, &Event { kind, company_id, subject_uid: &entry.uid, payload, at_ms })?;
    }
    Ok(())
}

/// The requested VXCs of an entry, with readable names.
pub(crate) fn asked_for(transaction: &Connection, entry: &Entry) -> rusqlite::Result<Vec<Value>> {
    let Some(Ok(work)) = entry.work.as_deref().map(serde_json::from_str::<Vec<Value>>) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for part in &work {
        let uid = part["productUid"].as_str().unwrap_or_default().to_ascii_lowercase();
        if entry.kind != "NEW_ORDER" {
            let vxc = vxcs::by_uid(transaction, &uid)?;
            found.push(json!({
                "vxc": vxc.as_ref().map(|vxc| &vxc.name),
                "from": vxc.as_ref().map(|vxc| &vxc.a_end.product_name),
                "to": vxc.as_ref().map(|vxc| &vxc.b_end.product_name),
                "rate_limit_mbps": part["rateLimit"],
                "term_months": part["term"],
            }));
            continue;
        }
        let from = products::by_uid(transaction, &uid)?.map(|port| port.name);
        for vxc in part["associatedVxcs"].as_array().into_iter().flatten() {
            let to = match (vxc["bEnd"]["productUid"].as_str(), vxc["serviceKey"].as_str()) {
                (Some(uid), _) => {
                    products::by_uid(transaction, &uid.to_ascii_lowercase())?.map(|port| port.name)
                }
                (None, Some(key)) => {
                    service_keys::by_key(transaction, key.trim())?.map(|key| key.product_name)
                }
                (None, None) => None,
            };
            found.push(json!({
                "vxc": vxc["productName"],
                "from": from,
                "to": to,
                "rate_limit_mbps": vxc["rateLimit"],
                "term_months": vxc["term"],
            }));
        }
    }
    Ok(found)
}

/// Does something and rolls it back, to check whether it is possible.
pub(crate) fn rehearse<T>(transaction: &Connection, work: impl FnOnce() -> Answer<T>) -> Answer<T> {
    transaction.execute_batch("SAVEPOINT rehearsal")?;
    let done = work();
    transaction.execute_batch("ROLLBACK TO rehearsal; RELEASE rehearsal")?;
    done
}

/// Carries out an approved entry on behalf of the requester: all of it, or nothing with the reason.
pub(crate) fn carry_out(session: &Session<'_>, entry: &Entry) -> Answer<()> {
    let Some(work) = &entry.work else { return Ok(()) };
    let session = session.acting_as(asker(session, entry)?);
    session.transaction.execute_batch("SAVEPOINT work")?;
    let done = match entry.kind.as_str() {
        "NEW_ORDER" => {
            parse::<Vec<PortOrder>>(work).and_then(|ports| ordering::place_all(&session, &ports)).map(drop)
        }
        _ => parse::<Vec<Value>>(work)
            .and_then(|changes| changes.iter().try_for_each(|change| change_one(&session, change))),
    };
    session.transaction.execute_batch(match done {
        Ok(()) => "RELEASE work",
        Err(_) => "ROLLBACK TO work; RELEASE work",
    })?;
    done
}

/// The user of the account who placed the order, or the partner if that user no longer exists.
fn asker(session: &Session<'_>, entry: &Entry) -> Answer<Caller> {
    let Session { transaction, caller, .. } = session;
    let account = companies::by_id(transaction, entry.requester_company_id)?;
    let user = entry.requested_by.map(|id| companies::user_by_id(transaction, id)).transpose()?.flatten();
    match user {
        Some(user) => Ok(Caller::from_user(user, &account)),
        None => Caller::for_account(caller.holder.clone(), account),
    }
}

fn change_one(session: &Session<'_>, work: &Value) -> Answer<()> {
    let uid = work["productUid"].as_str().unwrap_or_default();
    let vxc = vxcs::by_uid(session.transaction, uid)?
        .ok_or_else(|| Refusal::bad(format!("There is no VXC {uid}")))?;
    let change: Change = parse(&work.to_string())?;
    change::apply(session, &vxc, &change)
}

fn parse<T: serde::de::DeserializeOwned>(work: &str) -> Answer<T> {
    serde_json::from_str(work)
        .map_err(|error| Refusal::bad("The order can't be read").detail(error.to_string()))
}

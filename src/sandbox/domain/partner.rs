//! A managed account's orders: they wait in its partner's queue, and are carried out when it approves.

use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::caller::Caller;
use super::change::{self, Change};
use super::decision::Timing;
use super::lifecycle::REQUEST_LIFE_MS;
use super::ordering::{self, PortOrder};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::credentials::Holder;
use crate::sandbox::store::queue::{self, Entry, NewEntry};
use crate::sandbox::store::{companies, vxcs};

/// The partner that must approve what the caller orders, if one must. A partner that acts for its account needs nobody.
pub(crate) fn approver(transaction: &Connection, caller: &Caller) -> Answer<Option<i64>> {
    if caller.holder.company_id != caller.company_id {
        return Ok(None);
    }
    Ok(companies::by_id(transaction, caller.company_id)?.managed_by)
}

/// Puts work into the partner's queue and answers the entry's uid.
pub(crate) fn enqueue(
    transaction: &Connection,
    caller: &Caller,
    partner: i64,
    kind: &str,
    service_id: Option<i64>,
    work: &Value,
    timing: Timing,
) -> Answer<String> {
    let uid = Uuid::new_v4().to_string();
    let detail = json!({
        "type": kind,
        "origin": "API",
        "userName": caller.holder.email,
        "requesterCompanyId": caller.company_id,
        "productRequest": work,
    });
    queue::insert(
        transaction,
        &NewEntry {
            uid: &uid,
            reference_id: &Uuid::new_v4().to_string(),
            kind,
            approver_company_id: partner,
            requester_company_id: caller.company_id,
            requested_by: caller.holder.user_id,
            service_id,
            detail: &detail.to_string(),
            work: &work.to_string(),
            created_at: timing.now_ms,
            due_at: timing.now_ms + REQUEST_LIFE_MS,
        },
    )?;
    Ok(uid)
}

/// Does something and takes it back: whether it could be done is all that stays.
pub(crate) fn rehearse<T>(transaction: &Connection, work: impl FnOnce() -> Answer<T>) -> Answer<T> {
    transaction.execute_batch("SAVEPOINT rehearsal")?;
    let done = work();
    transaction.execute_batch("ROLLBACK TO rehearsal; RELEASE rehearsal")?;
    done
}

/// Carries out an approved entry, in the name of who asked for it: all of it, or nothing and the reason.
pub(crate) fn carry_out(
    transaction: &Connection,
    caller: &Caller,
    entry: &Entry,
    timing: Timing,
) -> Answer<()> {
    let Some(work) = &entry.work else { return Ok(()) };
    let asker = asker(transaction, caller, entry)?;
    transaction.execute_batch("SAVEPOINT work")?;
    let done = match entry.kind.as_str() {
        "NEW_ORDER" => parse::<Vec<PortOrder>>(work)
            .and_then(|ports| ordering::place_all(transaction, &asker, &ports, timing))
            .map(drop),
        _ => parse::<Vec<Value>>(work).and_then(|changes| {
            changes.iter().try_for_each(|change| change_one(transaction, &asker, change, timing))
        }),
    };
    transaction.execute_batch(match done {
        Ok(()) => "RELEASE work",
        Err(_) => "ROLLBACK TO work; RELEASE work",
    })?;
    done
}

/// The user of the account who asked, or the partner itself where that isn't known any more.
fn asker(transaction: &Connection, approver: &Caller, entry: &Entry) -> Answer<Caller> {
    let account = companies::by_id(transaction, entry.requester_company_id)?;
    let user = entry.requested_by.map(|id| companies::user_by_id(transaction, id)).transpose()?.flatten();
    let Some(user) = user else { return Caller::for_account(approver.holder.clone(), account) };
    Ok(Caller::of_own_company(Holder {
        user_id: user.id,
        user_name: format!("{} {}", user.first_name, user.last_name),
        email: user.email,
        role: user.role,
        company_id: account.id,
        company_uid: account.uid,
        company_name: account.name,
    }))
}

fn change_one(transaction: &Connection, caller: &Caller, work: &Value, timing: Timing) -> Answer<()> {
    let uid = work["productUid"].as_str().unwrap_or_default();
    let vxc =
        vxcs::by_uid(transaction, uid)?.ok_or_else(|| Refusal::bad(format!("There is no VXC {uid}")))?;
    let change: Change = parse(&work.to_string())?;
    change::apply(transaction, caller, &vxc, &change, timing)
}

fn parse<T: serde::de::DeserializeOwned>(work: &str) -> Answer<T> {
    serde_json::from_str(work)
        .map_err(|error| Refusal::bad("The order can't be read").detail(error.to_string()))
}

//! Events, stored with the change that caused them.
//!
//! [`record`] is the only way to create an event. It runs in the transaction of the change, so that neither
//! is stored without the other. Emails are created from events.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::sandbox::clock::rfc3339;
use crate::sandbox::event::{Event, Kind};
use crate::sandbox::mail;
use crate::sandbox::store::orders::OrderType;
use crate::sandbox::store::record::execute;
use crate::sandbox::store::vxcs::{End, Vxc};

/// Stores an event and its emails. Call it in the transaction of the change.
pub(crate) fn record(transaction: &Connection, event: &Event<'_>) -> rusqlite::Result<()> {
    let Event { kind, company_id, subject_uid, payload, at_ms } = event;
    execute(
        transaction,
        "INSERT INTO events (kind, company_id, subject_uid, payload, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![kind.name(), company_id, subject_uid, payload.to_string(), at_ms],
    )?;
    mail::post(transaction, transaction.last_insert_rowid(), event)
}

/// Records an event of a VXC or its order for the customer.
pub(crate) fn tell_customer(
    transaction: &Connection,
    kind: Kind,
    vxc: &Vxc,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let company_id = vxc.a_end.company_id;
    record_about_vxc(transaction, kind, company_id, vxc, about_vxc(vxc, company_id), at_ms)
}

/// Records an event of a VXC or its order for the provider, unless it is the customer.
pub(crate) fn tell_provider(
    transaction: &Connection,
    kind: Kind,
    vxc: &Vxc,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let company_id = vxc.b_end.company_id;
    if company_id == vxc.a_end.company_id {
        return Ok(());
    }
    record_about_vxc(transaction, kind, company_id, vxc, about_vxc(vxc, company_id), at_ms)
}

/// Records for the provider that an order no longer needs a decision: the customer withdrew it or requested
/// another speed.
pub(crate) fn tell_withdrawn(
    transaction: &Connection,
    vxc: &Vxc,
    instead_mbps: Option<i64>,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let company_id = vxc.b_end.company_id;
    let kind = match &vxc.approval {
        Some(order) if company_id != vxc.a_end.company_id => order.kind,
        _ => return Ok(()),
    };
    let kind = match kind {
        OrderType::New => Kind::RequestWithdrawn,
        OrderType::SpeedChange => Kind::SpeedChangeWithdrawn,
    };
    let mut payload = about_vxc(vxc, company_id);
    payload["instead_mbps"] = json!(instead_mbps);
    record_about_vxc(transaction, kind, company_id, vxc, payload, at_ms)
}

/// The subject is the order, if there is one.
fn record_about_vxc(
    transaction: &Connection,
    kind: Kind,
    company_id: i64,
    vxc: &Vxc,
    payload: Value,
    at_ms: i64,
) -> rusqlite::Result<()> {
    let subject_uid = vxc.approval.as_ref().map_or(&vxc.uid, |approval| &approval.uid);
    record(transaction, &Event { kind, company_id, subject_uid, payload, at_ms })
}

/// The data for emails to a company about a VXC and its order.
fn about_vxc(vxc: &Vxc, reader_company_id: i64) -> Value {
    let request = vxc.approval.as_ref().map(|approval| {
        json!({
            "uid": approval.uid,
            "type": approval.kind.name(),
            "status": approval.status.verb(),
            "old_rate_limit_mbps": approval.old_rate_limit_mbps,
            "new_rate_limit_mbps": approval.new_rate_limit_mbps,
            "requested_by": approval.requested_by,
            "approver": approval.approver_name,
            "created_at": rfc3339(approval.created_at),
            "expires_at": approval.expires_at.map(rfc3339),
            "decided_at": approval.decided_at.map(rfc3339),
            "decided_by": vxc.decided_by(reader_company_id),
            "reason": approval.reason,
        })
    });
    json!({
        "vxc": {"uid": vxc.uid, "name": vxc.name, "status": vxc.status},
        "request": request,
        "customer": {"uid": vxc.a_end.company_uid, "name": vxc.a_end.company_name},
        "provider": {"uid": vxc.b_end.company_uid, "name": vxc.b_end.company_name},
        "a_end": about_end(&vxc.a_end),
        "b_end": about_end(&vxc.b_end),
        "rate_limit_mbps": vxc.rate_limit_mbps,
        "contract_term_months": vxc.contract_term_months,
        "cost_centre": vxc.cost_centre,
        "monthly_charge": crate::sandbox::price::monthly(vxc.rate_limit_mbps, &vxc.distance_band),
        "currency": crate::sandbox::price::CURRENCY,
    })
}

fn about_end(end: &End) -> Value {
    json!({
        "product_uid": end.product_uid,
        "product_name": end.product_name,
        "location": end.location,
        "vlan": end.vlan,
        "inner_vlan": end.inner_vlan,
    })
}

//! Accepting and denying requests.

use serde::Deserialize;

use super::session::{Caller, Session};
use super::terms::check_carries;
use super::{lifecycle, vlan};
use crate::sandbox::clock::rfc3339;
use crate::sandbox::event::Kind;
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::orders::{self, OrderStatus, OrderType, Settler};
use crate::sandbox::store::products::{self, Product};
use crate::sandbox::store::vxcs::{self, AcceptedEnd, Approval, Vxc};

/// The requested settings of a VXC end; absent fields are chosen in an order, and unchanged in a change or decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WantedEnd {
    pub(crate) product_uid: Option<String>,
    pub(crate) vlan: Option<i64>,
    pub(crate) inner_vlan: Option<i64>,
}

/// Accepts the request for a VXC; the note is sent to the customer.
pub(crate) fn accept(
    session: &Session<'_>,
    vxc: &Vxc,
    own_end: &WantedEnd,
    note: Option<&str>,
) -> Answer<()> {
    let order = open_order(&session.caller, vxc)?;
    match order.kind {
        OrderType::New => {
            let end = settle_end(session, vxc, own_end)?;
            settle(session, order, OrderStatus::Approved, note)?;
            put_accepted(session, vxc, &end)
        }
        OrderType::SpeedChange => {
            refuse_own_end(vxc, own_end)?;
            settle(session, order, OrderStatus::Approved, note)?;
            put_faster(session, vxc, order.new_rate_limit_mbps.unwrap_or(vxc.rate_limit_mbps))
        }
    }
}

pub(crate) fn deny(session: &Session<'_>, vxc: &Vxc, reason: Option<&str>) -> Answer<()> {
    let Session { transaction, now_ms, .. } = *session;
    let order = open_order(&session.caller, vxc)?;
    settle(session, order, OrderStatus::Rejected, reason)?;
    let kind = match order.kind {
        OrderType::New => {
            lifecycle::fail(transaction, vxc, now_ms)?;
            Kind::RequestDenied
        }
        OrderType::SpeedChange => Kind::SpeedChangeDenied,
    };
    Ok(events::tell_customer(transaction, kind, &vxcs::by_id(transaction, vxc.id)?, now_ms)?)
}

/// Starts the deployment of an accepted VXC and notifies the customer.
pub(crate) fn put_accepted(session: &Session<'_>, vxc: &Vxc, end: &AcceptedEnd) -> Answer<()> {
    let Session { transaction, now_ms, deploy_ms, .. } = *session;
    vxcs::accept(transaction, vxc.id, end, now_ms + deploy_ms / 2, now_ms + deploy_ms)?;
    let accepted = vxcs::by_id(transaction, vxc.id)?;
    Ok(events::tell_customer(transaction, Kind::RequestAccepted, &accepted, now_ms)?)
}

/// Sets the accepted speed of a VXC and notifies the customer.
pub(crate) fn put_faster(session: &Session<'_>, vxc: &Vxc, rate_limit_mbps: i64) -> Answer<()> {
    vxcs::set_rate_limit(session.transaction, vxc.id, rate_limit_mbps)?;
    let changed = vxcs::by_id(session.transaction, vxc.id)?;
    for kind in [Kind::SpeedChangeAccepted, Kind::ChargeChanged] {
        events::tell_customer(session.transaction, kind, &changed, session.now_ms)?;
    }
    Ok(())
}

/// The pending order, if the caller may decide it.
fn open_order<'a>(caller: &Caller, vxc: &'a Vxc) -> Answer<&'a Approval> {
    let Some(order) = &vxc.approval else {
        if !vxc.concerns(caller.company_id) {
            return Err(Refusal::forbidden("This VXC is not yours"));
        }
        return Err(Refusal::bad("No request is pending on this VXC"));
    };
    if order.approver_company_id != caller.company_id {
        return Err(Refusal::forbidden(if vxc.concerns(caller.company_id) {
            format!("Only {} can decide this request", order.approver_name)
        } else {
            String::from("This request is not yours to decide")
        }));
    }
    caller.require(Action::DecideMarketplace)?;
    match order.status {
        OrderStatus::Pending => Ok(order),
        _ => {
            let outcome = outcome(vxc, order, caller.company_id);
            Err(Refusal::conflict(format!("This request was already {outcome}")))
        }
    }
}

fn settle(session: &Session<'_>, order: &Approval, status: OrderStatus, reason: Option<&str>) -> Answer<()> {
    let Session { transaction, caller, now_ms, .. } = session;
    let name = caller.signature();
    let by = Settler::person(&name, caller.company_id);
    if orders::settle(transaction, order.id, status, *now_ms, by, reason)? {
        Ok(())
    } else {
        Err(Refusal::conflict("This request has just been decided"))
    }
}

/// How the order on a VXC ended, as a person of a company reads it: "accepted by Priya Example (Technical Admin) at
/// 2026-11-23T04:39:00Z", or "accepted by Example Cloud Connect at ..." to the other side.
pub(crate) fn outcome(vxc: &Vxc, order: &Approval, reader_company_id: i64) -> String {
    let at = order.decided_at.map_or_else(String::new, |at| format!(" at {}", rfc3339(at)));
    let verb = order.status.verb();
    match (order.status, vxc.decided_by(reader_company_id)) {
        (OrderStatus::Expired, _) => format!("expired{at}: nobody decided for 60 days"),
        (_, Some(by)) => format!("{verb} by {by}{at}"),
        (_, None) => format!("{verb}{at}"),
    }
}

/// The B-End after acceptance: the port and VLAN set by its owner, or those requested by the customer.
fn settle_end(session: &Session<'_>, vxc: &Vxc, own_end: &WantedEnd) -> Answer<AcceptedEnd> {
    let port = match &own_end.product_uid {
        Some(uid) if *uid != vxc.b_end.product_uid => {
            let port = products::by_uid(session.transaction, uid)?
                .ok_or_else(|| Refusal::bad(format!("bEndProductUid {uid} is unknown")))?;
            check_move(vxc, &port)?;
            port
        }
        _ => products::by_id(session.transaction, vxc.b_end.product_id)?,
    };
    check_carries(vxc.rate_limit_mbps, &port)?;
    let vlan = own_end.vlan.or(vxc.b_end.vlan);
    end_on(session, vxc, &port, vlan, own_end.inner_vlan.or(vxc.b_end.inner_vlan))
}

/// An end of a VXC on a port, with a free VLAN.
pub(crate) fn end_on(
    session: &Session<'_>,
    vxc: &Vxc,
    port: &Product,
    vlan: Option<i64>,
    inner_vlan: Option<i64>,
) -> Answer<AcceptedEnd> {
    let taken = vxcs::taken_vlans(session.transaction, port.id, Some(vxc.id))?;
    let (vlan, inner_vlan) = vlan::settle(&port.name, &taken, vlan, inner_vlan)?;
    Ok(AcceptedEnd { product_id: port.id, vlan: Some(vlan), inner_vlan })
}

fn check_move(vxc: &Vxc, port: &Product) -> Answer<()> {
    if port.company_id != vxc.b_end.company_id {
        return Err(Refusal::forbidden(format!(
            "The B-End can only move to a port of {}",
            vxc.b_end.company_name
        )));
    }
    if !port.vxc_permitted || !matches!(port.status.as_str(), "LIVE" | "CONFIGURED") {
        return Err(Refusal::bad(format!("{} does not accept VXCs", port.name)));
    }
    if port.id == vxc.a_end.product_id {
        return Err(Refusal::bad(format!("The VXC's A-End is already on {}", port.name)));
    }
    Ok(())
}

/// A speed change can't change the ends; repeating their current values is allowed.
fn refuse_own_end(vxc: &Vxc, own_end: &WantedEnd) -> Answer<()> {
    let same = own_end.product_uid.as_ref().is_none_or(|uid| *uid == vxc.b_end.product_uid)
        && own_end.vlan.is_none_or(|vlan| Some(vlan) == vxc.b_end.vlan)
        && own_end.inner_vlan.is_none_or(|inner| Some(inner) == vxc.b_end.inner_vlan);
    if same { Ok(()) } else { Err(Refusal::bad("A speed change can't change VLANs or ports")) }
}

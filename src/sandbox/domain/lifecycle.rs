//! Automatic state changes of a VXC: deployment, expiry, termination.

use rusqlite::Connection;

use crate::sandbox::clock::DAY_MS;
use crate::sandbox::event::Kind;
use crate::sandbox::events;
use crate::sandbox::store::orders::{self, OrderStatus, OrderType, Settler};
use crate::sandbox::store::service_keys;
use crate::sandbox::store::vxcs::{self, Stage, Vxc};

/// How long a connection request can be pending before it fails (confirmed, megaport-api.md).
pub(crate) const REQUEST_LIFE_MS: i64 = 60 * DAY_MS;

/// How long a VXC stays `FAILED` or `CANCELLED` before it is `DECOMMISSIONED` (decision).
pub(crate) const AFTERLIFE_MS: i64 = 7 * DAY_MS;

/// Applies the due step of a VXC, as of the time it was due. Each step advances or clears `due_at`.
pub(crate) fn step(transaction: &Connection, vxc: &Vxc, due_at: i64) -> rusqlite::Result<()> {
    let stage = |status, due_at| vxcs::set_stage(transaction, vxc.id, Stage { status, due_at });
    match vxc.status.as_str() {
        "DEPLOYABLE" if !vxc.accepted => expire(transaction, vxc, due_at),
        "DEPLOYABLE" => stage("CONFIGURED", Some(vxc.deployed_at.unwrap_or(due_at))),
        "CONFIGURED" => {
            stage("LIVE", None)?;
            vxcs::set_live_at(transaction, vxc.id, due_at)?;
            let live = vxcs::by_id(transaction, vxc.id)?;
            for kind in [Kind::VxcAvailable, Kind::ChargeStarted] {
                events::tell_customer(transaction, kind, &live, due_at)?;
            }
            Ok(())
        }
        "LIVE" => cancel(transaction, vxc, due_at),
        "FAILED" | "CANCELLED" | "CANCELLED_PARENT" => {
            vxcs::set_terminate_at(transaction, vxc.id, due_at)?;
            stage("DECOMMISSIONED", None)
        }
        _ => stage(vxc.status.as_str(), None),
    }
}

fn expire(transaction: &Connection, vxc: &Vxc, at: i64) -> rusqlite::Result<()> {
    if let Some(order) = vxc.pending().filter(|order| order.kind == OrderType::New) {
        orders::settle(
            transaction,
            order.id,
            OrderStatus::Expired,
            at,
            Settler::without_person("nobody"),
            None,
        )?;
    }
    fail(transaction, vxc, at)?;
    events::tell_customer(transaction, Kind::RequestExpired, &vxcs::by_id(transaction, vxc.id)?, at)
}

/// Ends a VXC that was never accepted, and frees the single-use key it took.
pub(crate) fn fail(transaction: &Connection, vxc: &Vxc, at: i64) -> rusqlite::Result<()> {
    vxcs::set_stage(transaction, vxc.id, Stage { status: "FAILED", due_at: Some(at + AFTERLIFE_MS) })?;
    service_keys::free(transaction, vxc.id)
}

/// Ends a VXC at its owner's wish: a request on it that still waits is withdrawn, which its approver hears where it was
/// asked, and both ends are told.
pub(crate) fn cancel(transaction: &Connection, vxc: &Vxc, at: i64) -> rusqlite::Result<()> {
    if let Some(order) = vxc.pending() {
        let by = Settler::without_person(&vxc.a_end.company_name);
        orders::settle(transaction, order.id, OrderStatus::Withdrawn, at, by, None)?;
        events::tell_withdrawn(transaction, &vxcs::by_id(transaction, vxc.id)?, None, at)?;
    }
    if !vxc.accepted {
        service_keys::free(transaction, vxc.id)?;
    }
    vxcs::set_terminate_at(transaction, vxc.id, at)?;
    // Its network part is taken down at once: one that stays `CANCELLED` is one where that failed (confirmed).
    vxcs::set_stage(transaction, vxc.id, Stage { status: "DECOMMISSIONED", due_at: None })?;
    let cancelled = vxcs::by_id(transaction, vxc.id)?;
    events::tell_customer(transaction, Kind::VxcCancelled, &cancelled, at)?;
    events::tell_provider(transaction, Kind::VxcCancelled, &cancelled, at)
}

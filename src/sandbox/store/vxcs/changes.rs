//! Writes to VXCs: ordering, acceptance, status changes and other changes.

use rusqlite::{Connection, params};

use super::Vxc;
use crate::sandbox::store::record::execute;

/// The status of a VXC and its next step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stage<'a> {
    pub(crate) status: &'a str,
    pub(crate) due_at: Option<i64>,
}

/// Sets the status of a VXC.
pub(crate) fn set_stage(connection: &Connection, id: i64, stage: Stage<'_>) -> rusqlite::Result<()> {
    let values = params![id, stage.status, stage.due_at];
    execute(connection, "UPDATE vxcs SET status = ?2, due_at = ?3 WHERE id = ?1", values)
}

pub(crate) fn set_live_at(connection: &Connection, id: i64, at: i64) -> rusqlite::Result<()> {
    execute(connection, "UPDATE vxcs SET live_at = ?2 WHERE id = ?1", [id, at])
}

pub(crate) fn set_terminate_at(connection: &Connection, id: i64, at: i64) -> rusqlite::Result<()> {
    execute(connection, "UPDATE vxcs SET terminate_at = ?2 WHERE id = ?1", [id, at])
}

/// The B-End as accepted by its owner.
#[derive(Debug, Clone)]
pub(crate) struct AcceptedEnd {
    pub(crate) product_id: i64,
    pub(crate) vlan: Option<i64>,
    pub(crate) inner_vlan: Option<i64>,
}

/// Marks it as accepted and sends it into deployment.
pub(crate) fn accept(
    connection: &Connection,
    id: i64,
    end: &AcceptedEnd,
    due_at: i64,
    deployed_at: i64,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE vxcs SET accepted = 1, status = 'DEPLOYABLE', b_product_id = ?2, b_vlan = ?3, b_inner_vlan = ?4, \
         due_at = ?5, deployed_at = ?6, approval_stale = 0 WHERE id = ?1",
        params![id, end.product_id, end.vlan, end.inner_vlan, due_at, deployed_at],
    )
}

pub(crate) fn set_rate_limit(connection: &Connection, id: i64, rate_limit_mbps: i64) -> rusqlite::Result<()> {
    execute(connection, "UPDATE vxcs SET rate_limit_mbps = ?2 WHERE id = ?1", [id, rate_limit_mbps])
}

row! {
    NewVxc<'a> {
        uid: &'a str,
        name: &'a str,
        status: &'a str,
        accepted: bool,
        rate_limit_mbps: i64,
        distance_band: &'a str,
        a_product_id: i64,
        a_company_id: i64,
        a_vlan: Option<i64>,
        a_inner_vlan: Option<i64>,
        b_product_id: i64,
        b_company_id: i64,
        b_vlan: Option<i64>,
        b_inner_vlan: Option<i64>,
        contract_term_months: i64,
        cost_centre: Option<&'a str>,
        promo_code: Option<&'a str>,
        shutdown: bool,
        service_key_id: Option<i64>,
        created_at: i64,
        live_at: Option<i64>,
        due_at: Option<i64>,
    } into "vxcs" with {
        "service_id" = "(SELECT coalesce(max(id), 1000000) + 7000001 FROM vxcs)",
    }
}

/// Makes an order the one that `vxcApproval` speaks of, `stale` as if it were still pending.
pub(crate) fn set_order(
    connection: &Connection,
    id: i64,
    order_id: i64,
    stale: bool,
) -> rusqlite::Result<()> {
    let values = params![id, order_id, stale];
    execute(connection, "UPDATE vxcs SET order_id = ?2, approval_stale = ?3 WHERE id = ?1", values)
}

row! {
    /// The fields that the owners can change without approval.
    Attributes {
        name: String,
        cost_centre: Option<String>,
        contract_term_months: i64,
        shutdown: bool,
        a_product_id: i64,
        a_vlan: Option<i64>,
        a_inner_vlan: Option<i64>,
        b_product_id: i64,
        b_vlan: Option<i64>,
        b_inner_vlan: Option<i64>,
    } over "vxcs"
}

impl Attributes {
    pub(crate) fn new(vxc: &Vxc) -> Self {
        Attributes {
            name: vxc.name.clone(),
            cost_centre: vxc.cost_centre.clone(),
            contract_term_months: vxc.contract_term_months,
            shutdown: vxc.shutdown,
            a_product_id: vxc.a_end.product_id,
            a_vlan: vxc.a_end.vlan,
            a_inner_vlan: vxc.a_end.inner_vlan,
            b_product_id: vxc.b_end.product_id,
            b_vlan: vxc.b_end.vlan,
            b_inner_vlan: vxc.b_end.inner_vlan,
        }
    }
}

//! What is written about VXCs: ordered, accepted, moved on, changed.

use rusqlite::{Connection, params};

use super::Vxc;

/// Where a VXC stands and what comes next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stage<'a> {
    pub(crate) status: &'a str,
    pub(crate) due_at: Option<i64>,
}

/// Moves a VXC on in its life.
pub(crate) fn set_stage(connection: &Connection, id: i64, stage: Stage<'_>) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE vxcs SET status = ?2, due_at = ?3 WHERE id = ?1")?.execute(params![
        id,
        stage.status,
        stage.due_at
    ])?;
    Ok(())
}

pub(crate) fn set_live_at(connection: &Connection, id: i64, at: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE vxcs SET live_at = ?2 WHERE id = ?1")?.execute(params![id, at])?;
    Ok(())
}

pub(crate) fn set_terminate_at(connection: &Connection, id: i64, at: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE vxcs SET terminate_at = ?2 WHERE id = ?1")?.execute(params![id, at])?;
    Ok(())
}

/// The B-End as its owner accepted it.
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
    connection
        .prepare_cached(
            "UPDATE vxcs SET accepted = 1, status = 'DEPLOYABLE', b_product_id = ?2, b_vlan = ?3, b_inner_vlan = ?4, \
             due_at = ?5, deployed_at = ?6, approval_stale = 0 WHERE id = ?1",
        )?
        .execute(params![id, end.product_id, end.vlan, end.inner_vlan, due_at, deployed_at])?;
    Ok(())
}

pub(crate) fn set_rate_limit(connection: &Connection, id: i64, rate_limit_mbps: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE vxcs SET rate_limit_mbps = ?2 WHERE id = ?1")?
        .execute(params![id, rate_limit_mbps])?;
    Ok(())
}

/// A VXC that was just ordered: not accepted yet.
#[derive(Debug, Clone)]
pub(crate) struct NewVxc<'a> {
    pub(crate) uid: &'a str,
    pub(crate) name: &'a str,
    pub(crate) rate_limit_mbps: i64,
    pub(crate) distance_band: &'a str,
    pub(crate) a_product_id: i64,
    pub(crate) a_company_id: i64,
    pub(crate) a_vlan: Option<i64>,
    pub(crate) a_inner_vlan: Option<i64>,
    pub(crate) b_product_id: i64,
    pub(crate) b_company_id: i64,
    pub(crate) b_vlan: Option<i64>,
    pub(crate) b_inner_vlan: Option<i64>,
    pub(crate) contract_term_months: i64,
    pub(crate) cost_centre: Option<&'a str>,
    pub(crate) promo_code: Option<&'a str>,
    pub(crate) shutdown: bool,
    pub(crate) service_key_id: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) due_at: i64,
}

pub(crate) fn insert(connection: &Connection, vxc: &NewVxc<'_>) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO vxcs (uid, service_id, name, status, accepted, rate_limit_mbps, distance_band, a_product_id, \
             a_company_id, a_vlan, a_inner_vlan, b_product_id, b_company_id, b_vlan, b_inner_vlan, \
             contract_term_months, cost_centre, promo_code, shutdown, service_key_id, created_at, due_at) \
             VALUES (?1, (SELECT coalesce(max(id), 1000000) + 7000001 FROM vxcs), ?2, 'DEPLOYABLE', 0, ?3, ?4, ?5, ?6, \
             ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        )?
        .execute(params![
            vxc.uid,
            vxc.name,
            vxc.rate_limit_mbps,
            vxc.distance_band,
            vxc.a_product_id,
            vxc.a_company_id,
            vxc.a_vlan,
            vxc.a_inner_vlan,
            vxc.b_product_id,
            vxc.b_company_id,
            vxc.b_vlan,
            vxc.b_inner_vlan,
            vxc.contract_term_months,
            vxc.cost_centre,
            vxc.promo_code,
            vxc.shutdown,
            vxc.service_key_id,
            vxc.created_at,
            vxc.due_at
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Makes an order the one that `vxcApproval` speaks of.
pub(crate) fn set_order(connection: &Connection, id: i64, order_id: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE vxcs SET order_id = ?2, approval_stale = 0 WHERE id = ?1")?
        .execute(params![id, order_id])?;
    Ok(())
}

/// What its owners may change without asking.
#[derive(Debug, Clone)]
pub(crate) struct Attributes {
    pub(crate) name: String,
    pub(crate) cost_centre: Option<String>,
    pub(crate) contract_term_months: i64,
    pub(crate) shutdown: bool,
    pub(crate) a_product_id: i64,
    pub(crate) a_vlan: Option<i64>,
    pub(crate) a_inner_vlan: Option<i64>,
    pub(crate) b_product_id: i64,
    pub(crate) b_vlan: Option<i64>,
    pub(crate) b_inner_vlan: Option<i64>,
}

impl Attributes {
    pub(crate) fn of(vxc: &Vxc) -> Self {
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

pub(crate) fn set_attributes(
    connection: &Connection,
    id: i64,
    attributes: &Attributes,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE vxcs SET name = ?2, cost_centre = ?3, contract_term_months = ?4, shutdown = ?5, a_product_id = ?6, \
             a_vlan = ?7, a_inner_vlan = ?8, b_product_id = ?9, b_vlan = ?10, b_inner_vlan = ?11 WHERE id = ?1",
        )?
        .execute(params![
            id,
            attributes.name,
            attributes.cost_centre,
            attributes.contract_term_months,
            attributes.shutdown,
            attributes.a_product_id,
            attributes.a_vlan,
            attributes.a_inner_vlan,
            attributes.b_product_id,
            attributes.b_vlan,
            attributes.b_inner_vlan
        ])?;
    Ok(())
}

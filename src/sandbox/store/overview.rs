//! Requests of everybody at a glance, for the page.

use rusqlite::{Connection, Row, params};

use super::orders::{OrderStatus, OrderType};

/// A request with what one wants to see of it at once.
#[derive(Debug)]
pub(crate) struct Glance {
    pub(crate) uid: String,
    pub(crate) kind: OrderType,
    pub(crate) status: OrderStatus,
    pub(crate) vxc_name: String,
    pub(crate) customer: String,
    pub(crate) provider: String,
    pub(crate) port: String,
    pub(crate) vlan: Option<i64>,
    pub(crate) rate_limit_mbps: i64,
    pub(crate) new_rate_limit_mbps: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) decided_at: Option<i64>,
    pub(crate) decided_by: Option<String>,
}

const GLANCE: &str = "SELECT o.uid, o.type, o.status, v.name, a.name, b.name, p.name, v.b_vlan, v.rate_limit_mbps, \
     o.new_rate_limit_mbps, o.created_at, o.expires_at, o.decided_at, o.decided_by \
     FROM orders o JOIN vxcs v ON v.id = o.vxc_id JOIN companies a ON a.id = v.a_company_id \
     JOIN companies b ON b.id = v.b_company_id JOIN products p ON p.id = v.b_product_id";

fn glance(row: &Row<'_>) -> rusqlite::Result<Glance> {
    Ok(Glance {
        uid: row.get(0)?,
        kind: row.get(1)?,
        status: row.get(2)?,
        vxc_name: row.get(3)?,
        customer: row.get(4)?,
        provider: row.get(5)?,
        port: row.get(6)?,
        vlan: row.get(7)?,
        rate_limit_mbps: row.get(8)?,
        new_rate_limit_mbps: row.get(9)?,
        created_at: row.get(10)?,
        expires_at: row.get(11)?,
        decided_at: row.get(12)?,
        decided_by: row.get(13)?,
    })
}

/// How many requests wait, and those of them that expire soonest. A speed change has no date and comes last.
pub(crate) fn waiting(connection: &Connection, limit: i64) -> rusqlite::Result<(i64, Vec<Glance>)> {
    let total = connection
        .prepare_cached("SELECT count(*) FROM orders WHERE status = 'PENDING'")?
        .query_row([], |row| row.get(0))?;
    let found = connection
        .prepare_cached(&format!(
            "{GLANCE} WHERE o.status = 'PENDING' ORDER BY o.expires_at IS NULL, o.expires_at, o.id LIMIT ?1"
        ))?
        .query_map(params![limit], glance)?
        .collect::<rusqlite::Result<Vec<Glance>>>()?;
    Ok((total, found))
}

/// The requests decided last.
pub(crate) fn decided(connection: &Connection, limit: i64) -> rusqlite::Result<Vec<Glance>> {
    connection
        .prepare_cached(&format!(
            "{GLANCE} WHERE o.decided_at IS NOT NULL ORDER BY o.decided_at DESC, o.id DESC LIMIT ?1"
        ))?
        .query_map(params![limit], glance)?
        .collect()
}

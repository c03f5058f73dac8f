//! Requests of everybody at a glance, for the page.

use rusqlite::Connection;

use super::orders::{OrderStatus, OrderType};
use super::record::{Record as _, value};

record! {
    /// A request with what one wants to see of it at once.
    #[derive(Debug)]
    Glance {
        uid: String = "o.uid";
        kind: OrderType = "o.type";
        status: OrderStatus = "o.status";
        vxc_name: String = "v.name";
        customer: String = "a.name";
        provider: String = "b.name";
        port: String = "p.name";
        vlan: Option<i64> = "v.b_vlan";
        rate_limit_mbps: i64 = "v.rate_limit_mbps";
        new_rate_limit_mbps: Option<i64> = "o.new_rate_limit_mbps";
        created_at: i64 = "o.created_at";
        expires_at: Option<i64> = "o.expires_at";
        decided_at: Option<i64> = "o.decided_at";
        decided_by: Option<String> = "o.decided_by";
    } from "orders o JOIN vxcs v ON v.id = o.vxc_id JOIN companies a ON a.id = v.a_company_id JOIN companies b ON b.id = v.b_company_id JOIN products p ON p.id = v.b_product_id"
}

/// How many requests wait, and those of them that expire soonest. A speed change has no date and comes last.
pub(crate) fn waiting(connection: &Connection, limit: i64) -> rusqlite::Result<(i64, Vec<Glance>)> {
    let total = value(connection, "SELECT count(*) FROM orders WHERE status = 'PENDING'", [])?;
    let found = Glance::list(
        connection,
        "WHERE o.status = 'PENDING' ORDER BY o.expires_at IS NULL, o.expires_at, o.id LIMIT ?1",
        [limit],
    )?;
    Ok((total, found))
}

pub(crate) fn decided(connection: &Connection, limit: i64) -> rusqlite::Result<Vec<Glance>> {
    Glance::list(
        connection,
        "WHERE o.decided_at IS NOT NULL ORDER BY o.decided_at DESC, o.id DESC LIMIT ?1",
        [limit],
    )
}

//! Ports and cloud routers: what a VXC ends on; and the tags of products.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::record::{Record as _, execute, value};

record! {
    /// A port (`MEGAPORT`), cloud router (`MCR2`) or virtual edge (`MVE`), with its place and owner.
    #[derive(Debug, Clone)]
    Product {
        id: i64 = "p.id";
        uid: String = "p.uid";
        company_id: i64 = "p.company_id";
        company_uid: String = "c.uid";
        company_name: String = "c.name";
        product_type: String = "p.product_type";
        name: String = "p.name";
        status: String = "p.status";
        speed_mbps: i64 = "p.speed_mbps";
        location_id: i64 = "p.location_id";
        location_name: String = "l.name";
        city: String = "l.city";
        metro: String = "l.metro";
        market: String = "l.market";
        country: String = "l.country";
        diversity_zone: Option<String> = "p.diversity_zone";
        marketplace_visibility: bool = "p.marketplace_visibility";
        vxc_permitted: bool = "p.vxc_permitted";
        vxc_auto_approval: bool = "p.vxc_auto_approval";
        connect_type: String = "p.connect_type";
        lag_primary: bool = "p.lag_primary";
        lag_id: Option<i64> = "p.lag_id";
        aggregation_id: Option<i64> = "p.aggregation_id";
        is_virtual: bool = "p.virtual";
        locked: bool = "p.locked";
        admin_locked: bool = "p.admin_locked";
        up: bool = "p.up";
        contract_term_months: i64 = "p.contract_term_months";
        cost_centre: Option<String> = "p.cost_centre";
        created_at: i64 = "p.created_at";
        live_at: Option<i64> = "p.live_at";
        terminate_at: Option<i64> = "p.terminate_at";
    } from "products p JOIN companies c ON c.id = p.company_id JOIN locations l ON l.id = p.location_id"
}

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Product>> {
    Product::find(connection, "WHERE p.uid = ?1", [uid])
}

pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Product> {
    Product::get(connection, "WHERE p.id = ?1", [id])
}

pub(crate) fn uid_of(connection: &Connection, id: i64) -> rusqlite::Result<Option<String>> {
    value(connection, "SELECT uid FROM products WHERE id = ?1", [id]).optional()
}

pub(crate) fn of_company(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<Product>> {
    Product::list(connection, "WHERE p.company_id = ?1 ORDER BY p.id", [company_id])
}

/// The ports that anybody may order to.
pub(crate) fn marketplace(connection: &Connection) -> rusqlite::Result<Vec<Product>> {
    Product::list(
        connection,
        "WHERE p.marketplace_visibility = 1 AND p.vxc_permitted = 1 AND p.status = 'LIVE' ORDER BY p.id",
        [],
    )
}

row! {
    /// What a port's owner may change.
    PortSettings {
        name: String,
        cost_centre: Option<String>,
        contract_term_months: i64,
        marketplace_visibility: bool,
        vxc_auto_approval: bool,
    } over "products"
}

/// Notes whether its link is up; answers whether that is new.
pub(crate) fn set_up(connection: &Connection, id: i64, up: bool) -> rusqlite::Result<bool> {
    let changed =
        execute(connection, "UPDATE products SET up = ?2 WHERE id = ?1 AND up <> ?2", params![id, up])?;
    Ok(changed == 1)
}

pub(crate) fn tags(connection: &Connection, uid: &str) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached("SELECT key, value FROM product_tags WHERE product_uid = ?1 ORDER BY key")?
        .query_map([uid], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

pub(crate) fn replace_tags(
    connection: &Connection,
    uid: &str,
    tags: &[(String, String)],
) -> rusqlite::Result<()> {
    execute(connection, "DELETE FROM product_tags WHERE product_uid = ?1", [uid])?;
    for (key, value) in tags {
        execute(
            connection,
            "INSERT INTO product_tags (product_uid, key, value) VALUES (?1, ?2, ?3)",
            [uid, key, value],
        )?;
    }
    Ok(())
}

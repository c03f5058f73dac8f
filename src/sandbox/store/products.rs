//! Products that a VXC can end on, such as ports and cloud routers, and product tags.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::record::{Record as _, changed, execute, value};

record! {
    /// A port (`MEGAPORT`), cloud router (`MCR2`) or virtual edge (`MVE`), with its place and owner.
    #[derive(Debug, Clone)]
    Product as "p" {
        id: i64;
        uid: String;
        company_id: i64;
        company_uid: String = "c.uid";
        company_name: String = "c.name";
        product_type: String;
        name: String;
        status: String;
        speed_mbps: i64;
        location_id: i64;
        location_name: String = "l.name";
        city: String = "l.city";
        metro: String = "l.metro";
        market: String = "l.market";
        country: String = "l.country";
        diversity_zone: Option<String>;
        marketplace_visibility: bool;
        vxc_permitted: bool;
        vxc_auto_approval: bool;
        connect_type: String;
        lag_primary: bool;
        lag_id: Option<i64>;
        aggregation_id: Option<i64>;
        is_virtual: bool = "p.virtual";
        locked: bool;
        admin_locked: bool;
        up: bool;
        contract_term_months: i64;
        cost_centre: Option<String>;
        created_at: i64;
        live_at: Option<i64>;
        terminate_at: Option<i64>;
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

pub(crate) fn ids_of_company(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached("SELECT id FROM products WHERE company_id = ?1 ORDER BY id")?
        .query_map([company_id], |row| row.get("id"))?
        .collect()
}

/// The ports that anybody may order to, behind a number.
pub(crate) fn marketplace_after(
    connection: &Connection,
    id: i64,
    limit: usize,
) -> rusqlite::Result<Vec<Product>> {
    Product::list(
        connection,
        "WHERE p.id > ?1 AND p.marketplace_visibility = 1 AND p.vxc_permitted = 1 AND p.status = 'LIVE' \
         ORDER BY p.id LIMIT ?2",
        params![id, i64::try_from(limit).unwrap_or(i64::MAX)],
    )
}

/// The ports that anybody may order to.
pub(crate) fn marketplace(connection: &Connection) -> rusqlite::Result<Vec<Product>> {
    marketplace_after(connection, 0, usize::MAX)
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

/// Sets the link state; returns whether it changed.
pub(crate) fn set_up(connection: &Connection, id: i64, up: bool) -> rusqlite::Result<bool> {
    changed(connection, "UPDATE products SET up = ?2 WHERE id = ?1 AND up <> ?2", params![id, up])
}

pub(crate) fn tags(connection: &Connection, uid: &str) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare_cached("SELECT key, value FROM product_tags WHERE product_uid = ?1 ORDER BY key")?
        .query_map([uid], |row| Ok((row.get("key")?, row.get("value")?)))?
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

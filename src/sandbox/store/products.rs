//! Ports and cloud routers: what a VXC ends on.

use rusqlite::{Connection, OptionalExtension as _};

record! {
    /// A port (`MEGAPORT`), cloud router (`MCR2`) or virtual edge (`MVE`), with its place and owner.
    #[derive(Debug, Clone)]
    Product, PRODUCT {
        id: i64 = "p.id",
        uid: String = "p.uid",
        company_id: i64 = "p.company_id",
        company_uid: String = "c.uid",
        company_name: String = "c.name",
        product_type: String = "p.product_type",
        name: String = "p.name",
        status: String = "p.status",
        speed_mbps: i64 = "p.speed_mbps",
        location_id: i64 = "p.location_id",
        location_name: String = "l.name",
        city: String = "l.city",
        metro: String = "l.metro",
        market: String = "l.market",
        country: String = "l.country",
        diversity_zone: Option<String> = "p.diversity_zone",
        marketplace_visibility: bool = "p.marketplace_visibility",
        vxc_permitted: bool = "p.vxc_permitted",
        vxc_auto_approval: bool = "p.vxc_auto_approval",
        connect_type: String = "p.connect_type",
        lag_primary: bool = "p.lag_primary",
        lag_id: Option<i64> = "p.lag_id",
        aggregation_id: Option<i64> = "p.aggregation_id",
        is_virtual: bool = "p.virtual",
        locked: bool = "p.locked",
        admin_locked: bool = "p.admin_locked",
        up: bool = "p.up",
        contract_term_months: i64 = "p.contract_term_months",
        cost_centre: Option<String> = "p.cost_centre",
        created_at: i64 = "p.created_at",
        live_at: Option<i64> = "p.live_at",
        terminate_at: Option<i64> = "p.terminate_at",
    } from "products p JOIN companies c ON c.id = p.company_id JOIN locations l ON l.id = p.location_id"
}

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Product>> {
    connection
        .prepare_cached(&format!("{PRODUCT} WHERE p.uid = ?1"))?
        .query_row([uid], Product::read)
        .optional()
}

pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Product> {
    connection.prepare_cached(&format!("{PRODUCT} WHERE p.id = ?1"))?.query_row([id], Product::read)
}

pub(crate) fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<Product>> {
    connection
        .prepare_cached(&format!("{PRODUCT} WHERE p.id = ?1"))?
        .query_row([id], Product::read)
        .optional()
}

pub(crate) fn of_company(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<Product>> {
    connection
        .prepare_cached(&format!("{PRODUCT} WHERE p.company_id = ?1 ORDER BY p.id"))?
        .query_map([company_id], Product::read)?
        .collect()
}

/// The ports that anybody may order to.
pub(crate) fn marketplace(connection: &Connection) -> rusqlite::Result<Vec<Product>> {
    connection
        .prepare_cached(&format!(
            "{PRODUCT} WHERE p.marketplace_visibility = 1 AND p.vxc_permitted = 1 AND p.status = 'LIVE' ORDER BY p.id"
        ))?
        .query_map([], Product::read)?
        .collect()
}

/// What a port's owner may change.
#[derive(Debug, Clone)]
pub(crate) struct PortSettings {
    pub(crate) name: String,
    pub(crate) cost_centre: Option<String>,
    pub(crate) contract_term_months: i64,
    pub(crate) marketplace_visibility: bool,
    pub(crate) vxc_auto_approval: bool,
}

pub(crate) fn set(connection: &Connection, id: i64, settings: &PortSettings) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE products SET name = ?2, cost_centre = ?3, contract_term_months = ?4, marketplace_visibility = ?5, \
             vxc_auto_approval = ?6 WHERE id = ?1",
        )?
        .execute(rusqlite::params![
            id,
            settings.name,
            settings.cost_centre,
            settings.contract_term_months,
            settings.marketplace_visibility,
            settings.vxc_auto_approval
        ])?;
    Ok(())
}

/// Notes whether its link is up; answers whether that is new.
pub(crate) fn set_up(connection: &Connection, id: i64, up: bool) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached("UPDATE products SET up = ?2 WHERE id = ?1 AND up <> ?2")?
        .execute(rusqlite::params![id, up])?;
    Ok(changed == 1)
}

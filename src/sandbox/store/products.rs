//! Ports and cloud routers: what a VXC ends on.

use rusqlite::{Connection, OptionalExtension as _, Row};

/// A port (`MEGAPORT`), cloud router (`MCR2`) or virtual edge (`MVE`), with its place and owner.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) company_id: i64,
    pub(crate) company_uid: String,
    pub(crate) company_name: String,
    pub(crate) product_type: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) speed_mbps: i64,
    pub(crate) location_id: i64,
    pub(crate) location_name: String,
    pub(crate) city: String,
    pub(crate) metro: String,
    pub(crate) market: String,
    pub(crate) country: String,
    pub(crate) diversity_zone: Option<String>,
    pub(crate) marketplace_visibility: bool,
    pub(crate) vxc_permitted: bool,
    pub(crate) vxc_auto_approval: bool,
    pub(crate) connect_type: String,
    pub(crate) lag_primary: bool,
    pub(crate) lag_id: Option<i64>,
    pub(crate) aggregation_id: Option<i64>,
    pub(crate) is_virtual: bool,
    pub(crate) locked: bool,
    pub(crate) admin_locked: bool,
    pub(crate) up: bool,
    pub(crate) contract_term_months: i64,
    pub(crate) cost_centre: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) live_at: Option<i64>,
    pub(crate) terminate_at: Option<i64>,
}

const PRODUCT: &str = "SELECT p.id, p.uid, p.company_id, c.uid, c.name, p.product_type, p.name, p.status, \
     p.speed_mbps, p.location_id, l.name, l.city, l.metro, l.market, l.country, p.diversity_zone, \
     p.marketplace_visibility, p.vxc_permitted, p.vxc_auto_approval, p.connect_type, p.lag_primary, p.lag_id, \
     p.aggregation_id, p.virtual, p.locked, p.admin_locked, p.up, p.contract_term_months, p.cost_centre, \
     p.created_at, p.live_at, p.terminate_at \
     FROM products p JOIN companies c ON c.id = p.company_id JOIN locations l ON l.id = p.location_id";

fn product(row: &Row<'_>) -> rusqlite::Result<Product> {
    Ok(Product {
        id: row.get(0)?,
        uid: row.get(1)?,
        company_id: row.get(2)?,
        company_uid: row.get(3)?,
        company_name: row.get(4)?,
        product_type: row.get(5)?,
        name: row.get(6)?,
        status: row.get(7)?,
        speed_mbps: row.get(8)?,
        location_id: row.get(9)?,
        location_name: row.get(10)?,
        city: row.get(11)?,
        metro: row.get(12)?,
        market: row.get(13)?,
        country: row.get(14)?,
        diversity_zone: row.get(15)?,
        marketplace_visibility: row.get(16)?,
        vxc_permitted: row.get(17)?,
        vxc_auto_approval: row.get(18)?,
        connect_type: row.get(19)?,
        lag_primary: row.get(20)?,
        lag_id: row.get(21)?,
        aggregation_id: row.get(22)?,
        is_virtual: row.get(23)?,
        locked: row.get(24)?,
        admin_locked: row.get(25)?,
        up: row.get(26)?,
        contract_term_months: row.get(27)?,
        cost_centre: row.get(28)?,
        created_at: row.get(29)?,
        live_at: row.get(30)?,
        terminate_at: row.get(31)?,
    })
}

/// One by its uid.
pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Product>> {
    connection.prepare_cached(&format!("{PRODUCT} WHERE p.uid = ?1"))?.query_row([uid], product).optional()
}

/// One by its number.
pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Product> {
    connection.prepare_cached(&format!("{PRODUCT} WHERE p.id = ?1"))?.query_row([id], product)
}

/// One by its number, if there is one.
pub(crate) fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<Product>> {
    connection.prepare_cached(&format!("{PRODUCT} WHERE p.id = ?1"))?.query_row([id], product).optional()
}

/// Those of a company.
pub(crate) fn of_company(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<Product>> {
    connection
        .prepare_cached(&format!("{PRODUCT} WHERE p.company_id = ?1 ORDER BY p.id"))?
        .query_map([company_id], product)?
        .collect()
}

/// The ports that anybody may order to.
pub(crate) fn marketplace(connection: &Connection) -> rusqlite::Result<Vec<Product>> {
    connection
        .prepare_cached(&format!(
            "{PRODUCT} WHERE p.marketplace_visibility = 1 AND p.vxc_permitted = 1 AND p.status = 'LIVE' ORDER BY p.id"
        ))?
        .query_map([], product)?
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

/// Writes them.
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

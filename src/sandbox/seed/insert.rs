//! Putting things into a new file, with uids that are the same in every file.

use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::sandbox::domain::role::Role;
use crate::sandbox::store::orders::{OrderStatus, OrderType};

/// The uid of a seeded thing: derived from its name, so that an example that shows one stays true.
pub(crate) fn uid(name: &str) -> String {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"sandbox.portgate.example");
    Uuid::new_v5(&namespace, name.as_bytes()).to_string()
}

/// Where numbers begin, so that those of ports and VXCs never meet.
pub(crate) fn number_ranges(connection: &Connection) -> rusqlite::Result<()> {
    for (table, first) in [
        ("companies", 1_000),
        ("users", 2_000),
        ("products", 10_000),
        ("vxcs", 1_000_000),
        ("orders", 5_000_000),
        ("order_approvals", 700),
    ] {
        connection
            .execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, first])?;
    }
    Ok(())
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Location {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) city: String,
    pub(crate) market: String,
    pub(crate) country: String,
    pub(crate) state: String,
    pub(crate) postcode: String,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

pub(crate) fn location(connection: &Connection, location: &Location) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO locations (id, name, city, metro, market, country, street, suburb, state, postcode, latitude, \
         longitude, data_centre_id, data_centre_name, status) \
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, '1 Example Street', ?3, ?6, ?7, ?8, ?9, ?10, ?2, 'Active')",
        params![
            location.id,
            location.name,
            location.city,
            location.market,
            location.country,
            location.state,
            location.postcode,
            location.latitude,
            location.longitude,
            location.id + 900,
        ],
    )?;
    Ok(())
}

pub(crate) fn company(
    connection: &Connection,
    name: &str,
    slug: &str,
    managed_by: Option<i64>,
    created_at: i64,
) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO companies (uid, name, slug, account_reference, managed_by, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            uid(&format!("company:{slug}")),
            name,
            slug,
            managed_by.map(|_| format!("ACCT-{}", slug.to_uppercase())),
            managed_by,
            created_at,
        ])?;
    Ok(connection.last_insert_rowid())
}

pub(crate) struct NewUser<'a> {
    pub(crate) company_id: i64,
    /// The company's short name, and what its mail domain has before `.example`.
    pub(crate) slug: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) role: Role,
}

/// Adds a user with an API key of the same role, and answers the user's number. The secret is the file's own.
pub(crate) fn user_with_key(
    connection: &Connection,
    user: &NewUser<'_>,
    created_at: i64,
) -> rusqlite::Result<i64> {
    let NewUser { company_id, slug, domain, first_name, last_name, role } = *user;
    let email = format!("{}@{domain}.example", first_name.to_lowercase());
    connection
        .prepare_cached(
            "INSERT INTO users (uid, employment_id, company_id, first_name, last_name, email, phone, role, created_at) \
             VALUES (?1, (SELECT coalesce(max(employment_id), 3000) + 1 FROM users), ?2, ?3, ?4, ?5, NULL, ?6, ?7)",
        )?
        .execute(params![
            uid(&format!("user:{email}")),
            company_id,
            first_name,
            last_name,
            email,
            role.name(),
            created_at
        ])?;
    let user_id = connection.last_insert_rowid();
    let client_id = uid(&format!("key:{slug}:{}", role.slug())).replace('-', "");
    let name = format!("{} of {first_name}", role.slug());
    key_of_user(connection, user_id, &client_id[..26], &name, role, created_at)?;
    Ok(user_id)
}

/// Adds an API key to a user. The secret is made up here, and the file's own.
pub(crate) fn key_of_user(
    connection: &Connection,
    user_id: i64,
    client_id: &str,
    name: &str,
    role: Role,
    created_at: i64,
) -> rusqlite::Result<()> {
    let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    connection
        .prepare_cached(
            "INSERT INTO api_keys (client_id, client_secret, name, user_id, role, token_life_s, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, 86400, ?6)",
        )?
        .execute(params![client_id, secret, name, user_id, role.name(), created_at])?;
    Ok(())
}

pub(crate) struct NewProduct<'a> {
    pub(crate) name: &'a str,
    pub(crate) product_type: &'a str,
    pub(crate) company_id: i64,
    pub(crate) location_id: i64,
    pub(crate) speed_mbps: i64,
    pub(crate) visible: bool,
    pub(crate) auto_approval: bool,
    /// The LAG it belongs to, and whether it stands for it.
    pub(crate) lag: Option<(i64, bool)>,
    pub(crate) created_at: i64,
}

pub(crate) fn product(connection: &Connection, product: &NewProduct<'_>) -> rusqlite::Result<i64> {
    let is_virtual = product.product_type != "MEGAPORT";
    connection
        .prepare_cached(
            "INSERT INTO products (uid, company_id, product_type, name, status, speed_mbps, location_id, \
             diversity_zone, marketplace_visibility, vxc_auto_approval, lag_primary, lag_id, aggregation_id, virtual, \
             contract_term_months, created_at, live_at) \
             VALUES (?1, ?2, ?3, ?4, 'LIVE', ?5, ?6, 'red', ?7, ?8, ?9, ?10, ?10, ?11, 12, ?12, ?13)",
        )?
        .execute(params![
            uid(&format!("port:{}", product.name)),
            product.company_id,
            product.product_type,
            product.name,
            product.speed_mbps,
            product.location_id,
            product.visible,
            product.auto_approval,
            product.lag.is_some_and(|(_, primary)| primary),
            product.lag.map(|(id, _)| id),
            is_virtual,
            product.created_at,
            product.created_at + 3_600_000,
        ])?;
    Ok(connection.last_insert_rowid())
}

pub(crate) struct NewOrder<'a> {
    pub(crate) uid: String,
    pub(crate) kind: OrderType,
    pub(crate) status: OrderStatus,
    pub(crate) new_rate_limit_mbps: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) decided: Option<(i64, &'a str)>,
    pub(crate) reason: Option<&'a str>,
    /// Left on the VXC as if it were still pending.
    pub(crate) stale: bool,
}

/// A VXC to add. Ends are (port, VLAN).
pub(crate) struct NewVxc<'a> {
    pub(crate) uid: String,
    pub(crate) name: &'a str,
    pub(crate) status: &'a str,
    pub(crate) rate_limit_mbps: i64,
    pub(crate) a_end: (i64, Option<i64>),
    pub(crate) b_end: (i64, Option<i64>),
    pub(crate) created_at: i64,
    pub(crate) due_at: Option<i64>,
    pub(crate) order: Option<NewOrder<'a>>,
}

/// Adds a VXC with its order and answers its number. Payer is the owner of the A-End's port.
pub(crate) fn vxc(connection: &Connection, vxc: &NewVxc<'_>) -> rusqlite::Result<i64> {
    let pending_new = vxc
        .order
        .as_ref()
        .is_some_and(|order| order.kind == OrderType::New && order.status != OrderStatus::Approved);
    let accepted = !pending_new || matches!(vxc.status, "LIVE" | "CONFIGURED");
    let live_at = accepted.then_some(vxc.created_at + 3_600_000);
    connection
        .prepare_cached(
            "INSERT INTO vxcs (uid, service_id, name, status, accepted, rate_limit_mbps, distance_band, a_product_id, \
             a_company_id, a_vlan, b_product_id, b_company_id, b_vlan, contract_term_months, created_at, live_at, \
             due_at, approval_stale) \
             SELECT ?1, (SELECT coalesce(max(id), 1000000) + 7000001 FROM vxcs), ?2, ?3, ?4, ?5, \
             CASE WHEN a.location_id = b.location_id THEN 'METRO' WHEN l.market = m.market THEN 'ZONE' \
             ELSE 'LONG_HAUL' END, \
             a.id, a.company_id, ?7, b.id, b.company_id, ?9, 12, ?10, ?11, ?12, ?13 \
             FROM products a JOIN locations l ON l.id = a.location_id, products b JOIN locations m ON m.id = b.location_id \
             WHERE a.id = ?6 AND b.id = ?8",
        )?
        .execute(params![
            vxc.uid,
            vxc.name,
            vxc.status,
            accepted,
            vxc.rate_limit_mbps,
            vxc.a_end.0,
            vxc.a_end.1,
            vxc.b_end.0,
            vxc.b_end.1,
            vxc.created_at,
            live_at,
            vxc.due_at,
            vxc.order.as_ref().is_some_and(|order| order.stale),
        ])?;
    let vxc_id = connection.last_insert_rowid();
    if let Some(order) = &vxc.order {
        connection
            .prepare_cached(
                "INSERT INTO orders (uid, vxc_id, type, status, new_rate_limit_mbps, old_rate_limit_mbps, \
                 requester_company_id, approver_company_id, requested_by, created_at, expires_at, decided_at, \
                 decided_by, reason, decided_by_company_id) \
                 SELECT ?1, v.id, ?3, ?4, ?5, CASE WHEN ?5 IS NULL THEN NULL ELSE v.rate_limit_mbps END, \
                 v.a_company_id, v.b_company_id, \
                 (SELECT id FROM users u WHERE u.company_id = v.a_company_id AND u.role = 'Technical Admin' LIMIT 1), \
                 ?6, ?7, ?8, ?9, ?10, CASE WHEN ?11 THEN v.b_company_id END FROM vxcs v WHERE v.id = ?2",
            )?
            .execute(params![
                order.uid,
                vxc_id,
                order.kind.name(),
                order.status.name(),
                order.new_rate_limit_mbps,
                order.created_at,
                order.expires_at,
                order.decided.map(|(at, _)| at),
                order.decided.map(|(_, by)| by),
                order.reason,
                matches!(order.status, OrderStatus::Approved | OrderStatus::Rejected),
            ])?;
        connection
            .prepare_cached("UPDATE vxcs SET order_id = ?2 WHERE id = ?1")?
            .execute(params![vxc_id, connection.last_insert_rowid()])?;
    }
    Ok(vxc_id)
}

//! Inserts data into a new file, with the same UIDs in every file.

use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::sandbox::domain::ordering::distance_band;
use crate::sandbox::role::Role;
use crate::sandbox::store::companies::{self, NewUser};
use crate::sandbox::store::orders::{self, NewOrder, OrderStatus, OrderType, Settler};
use crate::sandbox::store::products::{self, Product};
use crate::sandbox::store::record::{execute, row};
use crate::sandbox::store::{credentials, vxcs};

/// Time from the order of a port or VXC until it is live.
const DEPLOYMENT_MS: i64 = 3_600_000;

/// A UID derived from a name, which keeps examples valid.
pub(crate) fn uid(name: &str) -> String {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"sandbox.portgate.example");
    Uuid::new_v5(&namespace, name.as_bytes()).to_string()
}

/// The first numbers of ports and VXCs, far enough apart never to collide.
pub(crate) fn number_ranges(connection: &Connection) -> rusqlite::Result<()> {
    for (table, first) in [
        ("companies", 1_000),
        ("users", 2_000),
        ("products", 10_000),
        ("vxcs", 1_000_000),
        ("orders", 5_000_000),
        ("order_approvals", 700),
    ] {
        execute(
            connection,
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
            params![table, first],
        )?;
    }
    Ok(())
}

row! {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    Location {
        id: i64,
        name: String,
        city: String,
        market: String,
        country: String,
        state: String,
        postcode: String,
        latitude: f64,
        longitude: f64,
    } into "locations" with {
        "metro" = "?3",
        "street" = "'1 Example Street'",
        "suburb" = "?3",
        "data_centre_id" = "?1 + 900",
        "data_centre_name" = "?2",
        "status" = "'Active'",
    }
}

pub(crate) fn company(
    connection: &Connection,
    name: &str,
    slug: &str,
    managed_by: Option<i64>,
    created_at: i64,
) -> rusqlite::Result<i64> {
    let reference = managed_by.map(|_| format!("ACCT-{}", slug.to_uppercase()));
    execute(
        connection,
        "INSERT INTO companies (uid, name, slug, account_reference, managed_by, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![uid(&format!("company:{slug}")), name, slug, reference, managed_by, created_at],
    )?;
    Ok(connection.last_insert_rowid())
}

/// A user to add. The mail domain is the part before `.example`.
pub(crate) struct UserData<'a> {
    pub(crate) company_id: i64,
    pub(crate) company_slug: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) role: Role,
}

/// Adds a user with an API key of the same role. The secret is the file's own.
pub(crate) fn user_with_key(
    connection: &Connection,
    user: &UserData<'_>,
    created_at: i64,
) -> rusqlite::Result<()> {
    let UserData { company_id, company_slug, domain, first_name, last_name, role } = *user;
    let email = format!("{}@{domain}.example", first_name.to_lowercase());
    let new = NewUser {
        uid: &uid(&format!("user:{email}")),
        company_id,
        first_name,
        last_name,
        email: &email,
        phone: None,
        role,
        notification_enabled: true,
        invitation_pending: false,
        created_at,
    };
    let user_id = new.insert(connection)?;
    let client_id = uid(&format!("key:{company_slug}:{}", role.slug())).replace('-', "");
    let name = format!("{} of {first_name}", role.slug());
    credentials::add_key(connection, user_id, &client_id[..26], &name, role, created_at)
}

pub(crate) struct PortData<'a> {
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

pub(crate) fn port(connection: &Connection, port: &PortData<'_>) -> rusqlite::Result<Product> {
    execute(
        connection,
        "INSERT INTO products (uid, company_id, product_type, name, status, speed_mbps, location_id, \
             diversity_zone, marketplace_visibility, vxc_auto_approval, lag_primary, lag_id, aggregation_id, virtual, \
             contract_term_months, created_at, live_at) \
             VALUES (?1, ?2, ?3, ?4, 'LIVE', ?5, ?6, 'red', ?7, ?8, ?9, ?10, ?10, ?3 <> 'MEGAPORT', 12, ?11, ?12)",
        params![
            uid(&format!("port:{}", port.name)),
            port.company_id,
            port.product_type,
            port.name,
            port.speed_mbps,
            port.location_id,
            port.visible,
            port.auto_approval,
            port.lag.is_some_and(|(_, primary)| primary),
            port.lag.map(|(id, _)| id),
            port.created_at,
            port.created_at + DEPLOYMENT_MS,
        ],
    )?;
    products::by_id(connection, connection.last_insert_rowid())
}

pub(crate) struct OrderData<'a> {
    pub(crate) uid: String,
    pub(crate) kind: OrderType,
    pub(crate) status: OrderStatus,
    pub(crate) new_rate_limit_mbps: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) decided: Option<(i64, &'a str)>,
    pub(crate) reason: Option<&'a str>,
    /// Whether the VXC still shows it as pending.
    pub(crate) stale: bool,
}

/// A VXC to add. Ends are (port, VLAN), and the owner of the A-End's port pays.
pub(crate) struct VxcData<'a> {
    pub(crate) uid: String,
    pub(crate) name: &'a str,
    pub(crate) status: &'a str,
    pub(crate) rate_limit_mbps: i64,
    pub(crate) a_end: (&'a Product, Option<i64>),
    pub(crate) b_end: (&'a Product, Option<i64>),
    pub(crate) created_at: i64,
    pub(crate) due_at: Option<i64>,
    pub(crate) order: Option<OrderData<'a>>,
}

/// Adds a VXC with its order.
pub(crate) fn vxc(connection: &Connection, vxc: &VxcData<'_>) -> rusqlite::Result<()> {
    let ((a_port, a_vlan), (b_port, b_vlan)) = (vxc.a_end, vxc.b_end);
    let asked_for = vxc
        .order
        .as_ref()
        .is_some_and(|order| order.kind == OrderType::New && order.status != OrderStatus::Approved);
    let accepted = !asked_for || matches!(vxc.status, "LIVE" | "CONFIGURED");
    let new = vxcs::NewVxc {
        uid: &vxc.uid,
        name: vxc.name,
        status: vxc.status,
        accepted,
        rate_limit_mbps: vxc.rate_limit_mbps,
        distance_band: distance_band(a_port, b_port),
        a_product_id: a_port.id,
        a_company_id: a_port.company_id,
        a_vlan,
        a_inner_vlan: None,
        b_product_id: b_port.id,
        b_company_id: b_port.company_id,
        b_vlan,
        b_inner_vlan: None,
        contract_term_months: 12,
        cost_centre: None,
        promo_code: None,
        shutdown: false,
        service_key_id: None,
        created_at: vxc.created_at,
        live_at: accepted.then_some(vxc.created_at + DEPLOYMENT_MS),
        due_at: vxc.due_at,
    };
    let vxc_id = new.insert(connection)?;
    let Some(order) = &vxc.order else { return Ok(()) };
    let asker = companies::user_with_role(connection, a_port.company_id, Role::TechnicalAdmin)?;
    let new = NewOrder {
        uid: &order.uid,
        vxc_id,
        kind: order.kind,
        old_rate_limit_mbps: order.new_rate_limit_mbps.and(Some(vxc.rate_limit_mbps)),
        new_rate_limit_mbps: order.new_rate_limit_mbps,
        requester_company_id: a_port.company_id,
        approver_company_id: b_port.company_id,
        requested_by: asker.map(|user| user.id),
        created_at: order.created_at,
        expires_at: order.expires_at,
    };
    let order_id = new.insert(connection)?;
    if let Some((at, name)) = order.decided {
        let by_person = matches!(order.status, OrderStatus::Approved | OrderStatus::Rejected);
        let by = Settler { name, company_id: by_person.then_some(b_port.company_id) };
        orders::settle(connection, order_id, order.status, at, by, order.reason)?;
    }
    vxcs::set_order(connection, vxc_id, order_id, order.stale)
}

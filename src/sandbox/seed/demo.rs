//! Fills a new file with the demo data of `demo.toml`.

use std::collections::HashMap;
use std::sync::OnceLock;

use jiff::{Span, SpanRelativeTo};
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::json;

use super::insert::{self, Location, UserData, uid};
use crate::sandbox::clock::DAY_MS;
use crate::sandbox::domain::lifecycle::{AFTERLIFE_MS, REQUEST_LIFE_MS};
use crate::sandbox::domain::partner;
use crate::sandbox::role::Role;
use crate::sandbox::store::orders::{OrderStatus, OrderType};
use crate::sandbox::store::products::Product;
use crate::sandbox::store::queue::{self, NewEntry};
use crate::sandbox::store::service_keys::{self, KeyTerms};
use crate::sandbox::store::{companies, settings, vxcs};

/// The user who made the demo's past decisions.
const PRIYA: &str = "Priya Example (Technical Admin)";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Demo {
    pub(super) locations: Vec<Location>,
    pub(super) companies: Vec<SeededCompany>,
    ports: Vec<SeededPort>,
    vxcs: Vec<SeededVxc>,
    queue: Vec<SeededEntry>,
    service_keys: Vec<SeededKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeededCompany {
    name: String,
    slug: String,
    domain: String,
    first_names: [String; 6],
    last_name: String,
    /// By the first company.
    #[serde(default)]
    managed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeededPort {
    name: String,
    company: String,
    city: String,
    mbps: i64,
    #[serde(default)]
    visible: bool,
    #[serde(default)]
    auto_approval: bool,
    lag: Option<(i64, bool)>,
    r#type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeededVxc {
    name: String,
    mbps: i64,
    a: (String, i64),
    b: (String, i64),
    age: Span,
    status: Option<String>,
    order: Option<SeededOrder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeededOrder {
    uid: Option<String>,
    status: Option<OrderStatus>,
    new_mbps: Option<i64>,
    age: Option<Span>,
    decided: Option<Span>,
    reason: Option<String>,
    #[serde(default)]
    stale: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeededEntry {
    name: String,
    r#type: String,
    age: Span,
    vxc: Option<(String, i64)>,
    change: Option<(String, i64)>,
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeededKey {
    description: String,
    port: String,
    mbps: i64,
    #[serde(default)]
    single_use: bool,
    #[serde(default)]
    pre_approved: bool,
    #[serde(default)]
    inactive: bool,
    vlan: Option<i64>,
    days_left: i64,
}

pub(super) fn data() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        toml_edit::de::from_str(include_str!("demo.toml")).expect("a file of this crate, tested")
    })
}

/// Fills a new file, with ages counted back from `now_ms`.
pub(crate) fn demo(connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    let demo = data();
    insert::number_ranges(connection)?;
    for location in &demo.locations {
        location.insert(connection)?;
    }
    let mut company_ids = Vec::new();
    for company in &demo.companies {
        let managed_by = company.managed.then(|| company_ids[0]);
        company_ids.push(company_with_users(connection, company, managed_by, now_ms - 700 * DAY_MS)?);
    }
    let mut ports = HashMap::new();
    let mut created_at = now_ms - 600 * DAY_MS;
    for port in &demo.ports {
        created_at += 20 * DAY_MS;
        let company = demo.companies.iter().position(|company| company.slug == port.company);
        let location = demo.locations.iter().find(|location| location.city == port.city);
        let new = insert::PortData {
            name: &port.name,
            product_type: port.r#type.as_deref().unwrap_or("MEGAPORT"),
            company_id: company_ids[company.expect("a company of the demo")],
            location_id: location.expect("a location of the demo").id,
            speed_mbps: port.mbps,
            visible: port.visible,
            auto_approval: port.auto_approval,
            lag: port.lag,
            created_at,
        };
        ports.insert(port.name.as_str(), insert::port(connection, &new)?);
    }
    for vxc in &demo.vxcs {
        add_vxc(connection, vxc, &ports, now_ms)?;
    }
    for entry in &demo.queue {
        add_entry(connection, entry, [company_ids[0], company_ids[4]], now_ms)?;
    }
    for key in &demo.service_keys {
        let from = now_ms - 60 * DAY_MS;
        let terms = KeyTerms {
            description: Some(key.description.clone()),
            max_speed_mbps: key.mbps,
            single_use: key.single_use,
            active: !key.inactive,
            pre_approved: Some(key.pre_approved),
            vlan: key.vlan,
            valid_from: Some(from),
            valid_until: Some(now_ms + key.days_left * DAY_MS),
            promo_code: None,
        };
        let uid = uid(&format!("service key:{}", key.description));
        service_keys::insert(connection, &uid, ports[key.port.as_str()].id, &terms, from)?;
    }
    connection.execute(
        "INSERT INTO product_tags (product_uid, key, value) VALUES (?1, 'environment', 'production')",
        [uid("port:SYD1-A")],
    )?;
    settings::set_filled(connection, now_ms)
}

/// Adds a company with a user and a key for every role.
pub(super) fn company_with_users(
    connection: &Connection,
    company: &SeededCompany,
    managed_by: Option<i64>,
    founded: i64,
) -> rusqlite::Result<i64> {
    let SeededCompany { name, slug, domain, first_names, last_name, .. } = company;
    let company_id = insert::company(connection, name, slug, managed_by, founded)?;
    for (first_name, role) in first_names.iter().zip(Role::ALL) {
        let user = UserData { company_id, company_slug: slug, domain, first_name, last_name, role };
        insert::user_with_key(connection, &user, founded + DAY_MS)?;
    }
    Ok(company_id)
}

fn add_vxc(
    connection: &Connection,
    vxc: &SeededVxc,
    ports: &HashMap<&str, Product>,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let end = |end: &(String, i64)| (&ports[end.0.as_str()], Some(end.1).filter(|vlan| *vlan != 0));
    let created_at = now_ms - millis(vxc.age);
    let status = vxc.status.as_deref().unwrap_or("LIVE");
    let decided_at = vxc.order.as_ref().and_then(|order| order.decided).map(|ago| now_ms - millis(ago));
    let order = vxc.order.as_ref().map(|order| {
        let kind = if order.new_mbps.is_some() { OrderType::SpeedChange } else { OrderType::New };
        let status = order.status.unwrap_or(OrderStatus::Pending);
        let by = if status == OrderStatus::Expired { "nobody" } else { PRIYA };
        insert::OrderData {
            uid: order.uid.clone().unwrap_or_else(|| uid(&format!("request:{}", vxc.name))),
            kind,
            status,
            new_rate_limit_mbps: order.new_mbps,
            created_at: order.age.map_or(created_at, |age| now_ms - millis(age)),
            expires_at: (kind == OrderType::New).then_some(created_at + REQUEST_LIFE_MS),
            decided: decided_at.map(|at| (at, by)),
            reason: order.reason.as_deref(),
            stale: order.stale,
        }
    });
    let due_at = match status {
        "DEPLOYABLE" => Some(created_at + REQUEST_LIFE_MS),
        "FAILED" => decided_at.map(|at| at + AFTERLIFE_MS),
        _ => None,
    };
    let new = insert::VxcData {
        uid: vxc_uid(&vxc.name),
        name: &vxc.name,
        status,
        rate_limit_mbps: vxc.mbps,
        a_end: end(&vxc.a),
        b_end: end(&vxc.b),
        created_at,
        due_at,
        order,
    };
    insert::vxc(connection, &new)
}

fn add_entry(
    connection: &Connection,
    entry: &SeededEntry,
    [partner, account]: [i64; 2],
    now_ms: i64,
) -> rusqlite::Result<()> {
    let changed_uid = vxc_uid("Media to Sample");
    let mut service_id = None;
    let work = match (&entry.vxc, &entry.change) {
        (Some((name, rate_limit_mbps)), _) => json!([{
            "productUid": uid("port:Media Melbourne"),
            "productType": "MEGAPORT",
            "associatedVxcs": [{
                "productName": name,
                "productType": "VXC",
                "rateLimit": rate_limit_mbps,
                "term": 12,
                "aEnd": {"vlan": 0},
                "bEnd": {"productUid": uid("port:MEL2-A")},
            }],
        }]),
        (None, change) => {
            let (field, value) = change.as_ref().expect("an entry orders or changes something");
            service_id = vxcs::by_uid(connection, &changed_uid)?.map(|vxc| vxc.id);
            json!([{"productUid": changed_uid, field: value}])
        }
    };
    let user = companies::user_with_role(connection, account, Role::TechnicalAdmin)?.expect("made above");
    let created_at = now_ms - millis(entry.age);
    let new = NewEntry {
        uid: &uid(&format!("queue:{}", entry.name)),
        reference_id: &uid(&format!("queue reference:{}", entry.name)),
        kind: &entry.r#type,
        approver_company_id: partner,
        requester_company_id: account,
        requested_by: user.id,
        service_id,
        detail: &partner::detail(&entry.r#type, &user.email, account, &work).to_string(),
        work: &work.to_string(),
        created_at,
        due_at: created_at + REQUEST_LIFE_MS,
    };
    let id = new.insert(connection)?;
    if let Some(status) = &entry.status {
        queue::settle(connection, id, status, created_at + DAY_MS, Some(PRIYA), None)?;
    }
    Ok(())
}

fn vxc_uid(name: &str) -> String {
    uid(&format!("vxc:{name}"))
}

fn millis(age: Span) -> i64 {
    let age = age.to_duration(SpanRelativeTo::days_are_24_hours()).expect("an age of the demo is short");
    i64::try_from(age.as_millis()).expect("an age of the demo is short")
}

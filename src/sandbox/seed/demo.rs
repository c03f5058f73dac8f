//! The demo: a provider in three cities, four customers, and requests of every kind and age.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::insert::{self, Location, NewOrder, NewProduct, NewVxc, uid};
use crate::sandbox::clock::DAY_MS;
use crate::sandbox::domain::lifecycle::{AFTERLIFE_MS, REQUEST_LIFE_MS};
use crate::sandbox::domain::role::Role;
use crate::sandbox::store::orders::{OrderStatus, OrderType};
use crate::sandbox::store::settings;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Two requests have uids that the manual shows.
const SHOWN_REQUEST: &str = "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70";
const SHOWN_SPEED_CHANGE: &str = "e04b77f2-8a19-5f63-b2d7-0c9e6a1f5d38";

/// Who decided the demo's past.
const PRIYA: &str = "Priya Example (Technical Admin)";

pub(super) const LOCATIONS: [Location; 3] = [
    Location {
        id: 2,
        name: "Example Sydney 1",
        city: "Sydney",
        market: "AU",
        country: "Australia",
        state: "NSW",
        postcode: "2000",
        latitude: -33.87,
        longitude: 151.21,
    },
    Location {
        id: 4,
        name: "Example Melbourne 2",
        city: "Melbourne",
        market: "AU",
        country: "Australia",
        state: "VIC",
        postcode: "3000",
        latitude: -37.81,
        longitude: 144.96,
    },
    Location {
        id: 9,
        name: "Example Singapore 1",
        city: "Singapore",
        market: "SG",
        country: "Singapore",
        state: "SG",
        postcode: "018989",
        latitude: 1.28,
        longitude: 103.85,
    },
];
const SYDNEY: i64 = LOCATIONS[0].id;
const MELBOURNE: i64 = LOCATIONS[1].id;
const SINGAPORE: i64 = LOCATIONS[2].id;

/// Name, short name, what the mail domain has before `.example`, the users' first names and their last name.
pub(super) type SeededCompany = (&'static str, &'static str, &'static str, [&'static str; 6], &'static str);

/// Companies, their short names, mail domains and users' first names in the order of [`Role::ALL`], and the users' last
/// name. The first company is the provider, the last an account that it manages.
pub(super) const COMPANIES: [SeededCompany; 5] = [
    (
        "Example Cloud Connect",
        "example-cloud-connect",
        "examplecloud",
        ["Casey", "Priya", "Tomas", "Fiona", "Felix", "Rosa"],
        "Example",
    ),
    ("Globex Bank", "globex", "globex", ["Ada", "Bram", "Chen", "Dina", "Emil", "Fatou"], "Globex"),
    ("Initech", "initech", "initech", ["Gil", "Hana", "Ivo", "Jun", "Kaya", "Luis"], "Initech"),
    (
        "Sample Logistics",
        "sample-logistics",
        "samplelogistics",
        ["Mara", "Nils", "Odd", "Pia", "Quim", "Rana"],
        "Sample",
    ),
    (
        "Example Media",
        "example-media",
        "examplemedia",
        ["Sami", "Tara", "Ugo", "Vera", "Wim", "Xenia"],
        "Media",
    ),
];

/// Fills a new file, with ages counted back from `now_ms`.
pub(crate) fn demo(connection: &Connection, now_ms: i64) -> rusqlite::Result<()> {
    insert::number_ranges(connection)?;
    for location in &LOCATIONS {
        insert::location(connection, location)?;
    }
    let founded = now_ms - 700 * DAY_MS;
    let mut companies = Vec::new();
    for company in &COMPANIES {
        let managed_by = (company.1 == "example-media").then(|| companies[0]);
        companies.push(company_with_users(connection, company, managed_by, founded)?);
    }
    let ports = Ports::make(connection, &companies, now_ms)?;
    live(connection, &ports, now_ms)?;
    requests(connection, &ports, now_ms)?;
    past(connection, &ports, now_ms)?;
    queue(connection, &companies, &ports, now_ms)?;
    keys(connection, &ports, now_ms)?;
    connection.execute(
        "INSERT INTO product_tags (product_uid, key, value) VALUES (?1, 'environment', 'production')",
        [uid("port:SYD1-A")],
    )?;
    settings::set_filled(connection, now_ms)
}

/// Adds a company with a user, and a key, of every role.
pub(super) fn company_with_users(
    connection: &Connection,
    company: &SeededCompany,
    managed_by: Option<i64>,
    founded: i64,
) -> rusqlite::Result<i64> {
    let (name, slug, domain, first_names, last_name) = *company;
    let company_id = insert::company(connection, name, slug, managed_by, founded)?;
    for (first_name, role) in first_names.into_iter().zip(Role::ALL) {
        let user = insert::NewUser { company_id, slug, domain, first_name, last_name, role };
        insert::user_with_key(connection, &user, founded + DAY_MS)?;
    }
    Ok(company_id)
}

struct Ports {
    syd1_a: i64,
    syd2_a: i64,
    mel2_a: i64,
    mel2_b: i64,
    sin1_a: i64,
    globex_syd: i64,
    globex_sin: i64,
    initech_mel: i64,
    initech_sin: i64,
    sample_syd: i64,
    sample_mel: i64,
    media_mel: i64,
}

impl Ports {
    fn make(connection: &Connection, companies: &[i64], now_ms: i64) -> rusqlite::Result<Ports> {
        let [provider, globex, initech, sample, media] = companies else {
            unreachable!("five companies are seeded");
        };
        let mut age = 600;
        let mut port = |name, company_id: &i64, location_id, speed_mbps, visible| {
            age -= 20;
            let created_at = now_ms - age * DAY_MS;
            let lag = match name {
                "MEL2-A" => Some((31, true)),
                "MEL2-A-2" => Some((31, false)),
                _ => None,
            };
            insert::product(
                connection,
                &NewProduct {
                    name,
                    product_type: if name.ends_with("-MCR") { "MCR2" } else { "MEGAPORT" },
                    company_id: *company_id,
                    location_id,
                    speed_mbps,
                    visible,
                    auto_approval: name == "SYD2-A",
                    lag,
                    created_at,
                },
            )
        };
        let ports = Ports {
            syd1_a: port("SYD1-A", provider, SYDNEY, 10_000, true)?,
            syd2_a: port("SYD2-A", provider, SYDNEY, 10_000, true)?,
            mel2_a: port("MEL2-A", provider, MELBOURNE, 10_000, true)?,
            mel2_b: port("MEL2-B", provider, MELBOURNE, 10_000, true)?,
            sin1_a: port("SIN1-A", provider, SINGAPORE, 1_000, true)?,
            globex_syd: port("Globex Sydney", globex, SYDNEY, 10_000, false)?,
            globex_sin: port("Globex Singapore", globex, SINGAPORE, 1_000, false)?,
            initech_mel: port("Initech Melbourne", initech, MELBOURNE, 10_000, false)?,
            initech_sin: port("Initech SIN-MCR", initech, SINGAPORE, 5_000, false)?,
            sample_syd: port("Sample Sydney", sample, SYDNEY, 10_000, true)?,
            sample_mel: port("Sample Melbourne", sample, MELBOURNE, 10_000, false)?,
            media_mel: port("Media Melbourne", media, MELBOURNE, 1_000, false)?,
        };
        port("MEL2-A-2", provider, MELBOURNE, 10_000, false)?;
        Ok(ports)
    }
}

fn vxc_uid(name: &str) -> String {
    uid(&format!("vxc:{name}"))
}

fn request_uid(name: &str) -> String {
    uid(&format!("request:{name}"))
}

/// VXCs that run, with nothing asked.
fn live(connection: &Connection, ports: &Ports, now_ms: i64) -> rusqlite::Result<()> {
    let runs = [
        ("Initech core Sydney", 2_000, (ports.initech_mel, 101), (ports.syd1_a, 102), 400),
        ("Sample warehouse Sydney", 3_000, (ports.sample_syd, 201), (ports.syd1_a, 103), 380),
        ("Globex payments", 5_000, (ports.globex_syd, 301), (ports.mel2_b, 341), 300),
        ("Sample depot Melbourne", 4_400, (ports.sample_mel, 302), (ports.mel2_b, 342), 280),
        ("Globex Singapore office", 300, (ports.globex_sin, 210), (ports.sin1_a, 210), 200),
        ("Globex backup", 1_000, (ports.globex_syd, 501), (ports.syd2_a, 501), 150),
        ("Media to Sample", 100, (ports.media_mel, 12), (ports.sample_syd, 12), 120),
    ];
    for (name, rate_limit_mbps, a_end, b_end, age) in runs {
        insert::vxc(
            connection,
            &NewVxc {
                uid: vxc_uid(name),
                name,
                status: "LIVE",
                rate_limit_mbps,
                a_end: (a_end.0, Some(a_end.1)),
                b_end: (b_end.0, Some(b_end.1)),
                created_at: now_ms - age * DAY_MS,
                due_at: None,
                order: None,
            },
        )?;
    }
    Ok(())
}

/// Requests that wait for a decision.
fn requests(connection: &Connection, ports: &Ports, now_ms: i64) -> rusqlite::Result<()> {
    let new = [
        // Half an hour short of 51 days, so that it reads "51d" and "in 9d" for as long as a demo lasts.
        (
            "Globex trading floor",
            500,
            (ports.globex_syd, 1201),
            (ports.syd1_a, Some(1201)),
            51 * DAY_MS + HOUR_MS / 2,
        ),
        (
            "Initech lab Singapore",
            100,
            (ports.initech_sin, 77),
            (ports.sin1_a, Some(77)),
            59 * DAY_MS + 18 * HOUR_MS,
        ),
        ("Media playout", 300, (ports.media_mel, 30), (ports.mel2_a, Some(30)), 20 * DAY_MS),
        ("Sample customs link", 50, (ports.sample_syd, 310), (ports.syd1_a, Some(310)), 12 * DAY_MS),
        ("Internal Melbourne to Sydney", 1_000, (ports.mel2_a, 900), (ports.syd2_a, Some(900)), 5 * DAY_MS),
        ("Sample Melbourne standby", 1_000, (ports.sample_mel, 44), (ports.mel2_a, None), 2 * DAY_MS),
        ("Provider to Sample", 200, (ports.sin1_a, 620), (ports.sample_syd, Some(620)), DAY_MS),
        // Asks for a VLAN that another VXC of the port already has.
        ("Globex Singapore branch", 200, (ports.globex_sin, 211), (ports.sin1_a, Some(210)), 3 * HOUR_MS),
    ];
    for (name, rate_limit_mbps, a_end, b_end, age_ms) in new {
        let created_at = now_ms - age_ms;
        let shown = name == "Globex trading floor";
        insert::vxc(
            connection,
            &NewVxc {
                uid: vxc_uid(name),
                name,
                status: "DEPLOYABLE",
                rate_limit_mbps,
                a_end: (a_end.0, Some(a_end.1)),
                b_end,
                created_at,
                due_at: Some(created_at + REQUEST_LIFE_MS),
                order: Some(NewOrder {
                    uid: if shown { SHOWN_REQUEST.to_owned() } else { request_uid(name) },
                    kind: OrderType::New,
                    status: OrderStatus::Pending,
                    new_rate_limit_mbps: None,
                    created_at,
                    expires_at: Some(created_at + REQUEST_LIFE_MS),
                    decided: None,
                    reason: None,
                    stale: false,
                }),
            },
        )?;
    }
    let speed_changes = [
        (
            "Initech main",
            SHOWN_SPEED_CHANGE.to_owned(),
            200,
            1_000,
            (ports.initech_mel, 340),
            (ports.mel2_b, 340),
        ),
        (
            "Globex core",
            request_uid("Globex core"),
            1_000,
            2_000,
            (ports.globex_syd, 101),
            (ports.syd1_a, 101),
        ),
    ];
    for (name, order_uid, rate_limit_mbps, asked_mbps, a_end, b_end) in speed_changes {
        insert::vxc(
            connection,
            &NewVxc {
                uid: vxc_uid(name),
                name,
                status: "LIVE",
                rate_limit_mbps,
                a_end: (a_end.0, Some(a_end.1)),
                b_end: (b_end.0, Some(b_end.1)),
                created_at: now_ms - 250 * DAY_MS,
                due_at: None,
                order: Some(NewOrder {
                    uid: order_uid,
                    kind: OrderType::SpeedChange,
                    status: OrderStatus::Pending,
                    new_rate_limit_mbps: Some(asked_mbps),
                    created_at: now_ms - 6 * HOUR_MS,
                    expires_at: None,
                    decided: None,
                    reason: None,
                    stale: false,
                }),
            },
        )?;
    }
    Ok(())
}

/// A request that is over, as [`past`] lists them.
struct Past {
    name: &'static str,
    vxc_status: &'static str,
    kind: OrderType,
    status: OrderStatus,
    rate_limit_mbps: i64,
    a_end: (i64, i64),
    b_end: (i64, i64),
    age_days: i64,
    decided_days_ago: i64,
    stale: bool,
    reason: Option<&'static str>,
}

/// What was decided, or ran out, and the markers that were left behind.
fn past(connection: &Connection, ports: &Ports, now_ms: i64) -> rusqlite::Result<()> {
    let connection_request = Past {
        name: "",
        vxc_status: "LIVE",
        kind: OrderType::New,
        status: OrderStatus::Approved,
        rate_limit_mbps: 0,
        a_end: (0, 0),
        b_end: (0, 0),
        age_days: 0,
        decided_days_ago: 0,
        stale: false,
        reason: None,
    };
    let all = [
        Past {
            name: "Globex archive",
            rate_limit_mbps: 200,
            a_end: (ports.globex_syd, 104),
            b_end: (ports.syd1_a, 104),
            age_days: 3,
            decided_days_ago: 1,
            ..connection_request
        },
        Past {
            name: "Globex market data",
            rate_limit_mbps: 2_000,
            a_end: (ports.globex_syd, 105),
            b_end: (ports.syd1_a, 105),
            age_days: 90,
            decided_days_ago: 89,
            stale: true,
            ..connection_request
        },
        Past {
            name: "Initech Singapore",
            kind: OrderType::SpeedChange,
            rate_limit_mbps: 100,
            a_end: (ports.initech_sin, 78),
            b_end: (ports.sin1_a, 78),
            age_days: 170,
            decided_days_ago: 40,
            stale: true,
            ..connection_request
        },
        Past {
            name: "Initech test",
            vxc_status: "FAILED",
            status: OrderStatus::Rejected,
            rate_limit_mbps: 100,
            a_end: (ports.initech_mel, 150),
            b_end: (ports.mel2_a, 150),
            age_days: 9,
            decided_days_ago: 4,
            stale: true,
            ..connection_request
        },
        Past {
            name: "Sample pilot",
            vxc_status: "FAILED",
            status: OrderStatus::Rejected,
            rate_limit_mbps: 500,
            a_end: (ports.sample_mel, 151),
            b_end: (ports.mel2_b, 151),
            age_days: 6,
            decided_days_ago: 3,
            reason: Some("No contract for this port"),
            ..connection_request
        },
        Past {
            name: "Initech forgotten",
            vxc_status: "FAILED",
            status: OrderStatus::Expired,
            rate_limit_mbps: 100,
            a_end: (ports.initech_mel, 152),
            b_end: (ports.syd1_a, 152),
            age_days: 62,
            decided_days_ago: 2,
            ..connection_request
        },
        Past {
            name: "Globex old trial",
            vxc_status: "DECOMMISSIONED",
            status: OrderStatus::Rejected,
            rate_limit_mbps: 100,
            a_end: (ports.globex_syd, 153),
            b_end: (ports.syd1_a, 153),
            age_days: 120,
            decided_days_ago: 110,
            ..connection_request
        },
    ];
    for past in all {
        let created_at = now_ms - past.age_days * DAY_MS;
        let decided_at = now_ms - past.decided_days_ago * DAY_MS;
        let is_new = past.kind == OrderType::New;
        insert::vxc(
            connection,
            &NewVxc {
                uid: vxc_uid(past.name),
                name: past.name,
                status: past.vxc_status,
                rate_limit_mbps: past.rate_limit_mbps,
                a_end: (past.a_end.0, Some(past.a_end.1)),
                b_end: (past.b_end.0, Some(past.b_end.1)),
                created_at,
                due_at: (past.vxc_status == "FAILED").then_some(decided_at + AFTERLIFE_MS),
                order: Some(NewOrder {
                    uid: request_uid(past.name),
                    kind: past.kind,
                    status: past.status,
                    new_rate_limit_mbps: (!is_new).then_some(past.rate_limit_mbps),
                    created_at: if is_new { created_at } else { decided_at - DAY_MS },
                    expires_at: is_new.then_some(created_at + REQUEST_LIFE_MS),
                    decided: Some((
                        decided_at,
                        if past.status == OrderStatus::Expired { "nobody" } else { PRIYA },
                    )),
                    reason: past.reason,
                    stale: past.stale,
                }),
            },
        )?;
    }
    Ok(())
}

/// Orders of the managed account that wait for its partner, and two that no longer do.
fn queue(connection: &Connection, companies: &[i64], ports: &Ports, now_ms: i64) -> rusqlite::Result<()> {
    let (partner, account) = (companies[0], companies[4]);
    let order = |name: &str, rate_limit_mbps: i64| -> Value {
        json!({
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
        })
    };
    let change = |field: &str, value: i64| json!({"productUid": vxc_uid("Media to Sample"), field: value});
    let service_id: i64 = connection.query_row(
        "SELECT id FROM vxcs WHERE uid = ?1 AND a_product_id = ?2",
        params![vxc_uid("Media to Sample"), ports.media_mel],
        |row| row.get(0),
    )?;
    let entries = [
        ("studio link", "NEW_ORDER", "PENDING", DAY_MS, order("Media studio link", 400), None),
        ("longer term", "TERM_CHANGE", "PENDING", 4 * DAY_MS, change("term", 24), Some(service_id)),
        ("more speed", "SPEED_CHANGE", "PENDING", 2 * HOUR_MS, change("rateLimit", 250), Some(service_id)),
        ("first link", "NEW_ORDER", "APPROVED", 30 * DAY_MS, order("Media playout", 300), None),
        ("too much", "SPEED_CHANGE", "REJECTED", 15 * DAY_MS, change("rateLimit", 1_000), Some(service_id)),
    ];
    for (name, kind, status, age_ms, work, service_id) in entries {
        let created_at = now_ms - age_ms;
        let pending = status == "PENDING";
        let detail = json!({
            "type": kind,
            "origin": "API",
            "userName": "tara@examplemedia.example",
            "requesterCompanyId": account,
            "productRequest": [work],
        });
        connection.execute(
            "INSERT INTO order_approvals (uid, reference_id, type, status, approver_company_id, requester_company_id, \
             requested_by, service_id, comment, detail, work, created_at, due_at, decided_at, decided_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
             (SELECT id FROM users WHERE company_id = ?6 AND role = 'Technical Admin'), \
             ?7, NULL, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                uid(&format!("queue:{name}")),
                uid(&format!("queue reference:{name}")),
                kind,
                status,
                partner,
                account,
                service_id,
                detail.to_string(),
                json!([work]).to_string(),
                created_at,
                pending.then_some(created_at + REQUEST_LIFE_MS),
                (!pending).then_some(created_at + DAY_MS),
                (!pending).then_some(PRIYA),
            ],
        )?;
    }
    Ok(())
}

/// Service keys: one to hand out, one for a single use, one that has run out, one switched off.
fn keys(connection: &Connection, ports: &Ports, now_ms: i64) -> rusqlite::Result<()> {
    let keys = [
        ("Globex projects", ports.syd1_a, 1_000, false, true, false, None, 300),
        ("Initech migration, once", ports.mel2_a, 500, true, true, true, Some(1_500), 30),
        ("Trade fair", ports.sin1_a, 100, false, true, false, None, -20),
        ("Withdrawn", ports.syd1_a, 10_000, false, false, false, None, 300),
    ];
    for (description, product_id, max_speed, single_use, active, pre_approved, vlan, days_left) in keys {
        connection.execute(
            "INSERT INTO service_keys (key, company_id, product_id, description, max_speed_mbps, single_use, active, \
             pre_approved, vlan, valid_from, valid_until, created_at) \
             SELECT ?1, p.company_id, p.id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8 FROM products p WHERE p.id = ?10",
            params![
                uid(&format!("service key:{description}")),
                description,
                max_speed,
                single_use,
                active,
                pre_approved,
                vlan,
                now_ms - 60 * DAY_MS,
                now_ms + days_left * DAY_MS,
                product_id,
            ],
        )?;
    }
    Ok(())
}

//! The demo: a provider in three cities, four customers, and requests of every kind and age.

mod queue;
mod vxcs;

use rusqlite::{Connection, params};

use super::insert::{self, Location, NewProduct, uid};
use crate::sandbox::clock::DAY_MS;
use crate::sandbox::domain::role::Role;
use crate::sandbox::store::settings;

const HOUR_MS: i64 = 60 * 60 * 1000;

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
    vxcs::fill(connection, &ports, now_ms)?;
    queue::fill(connection, &companies, &ports, now_ms)?;
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

//! A generated company of any size, the same for the same numbers and seed.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::Connection;

use super::demo;
use super::insert::{self, OrderData, PortData, UserData, VxcData, uid};
use crate::sandbox::clock::DAY_MS;
use crate::sandbox::domain::lifecycle::REQUEST_LIFE_MS;
use crate::sandbox::role::Role;
use crate::sandbox::store::orders::{OrderStatus, OrderType};
use crate::sandbox::store::products::Product;
use crate::sandbox::store::settings;

/// The size of a generated company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub ports: u32,
    /// VXCs to these ports, including pending ones.
    pub vxcs: u32,
    /// Number of pending VXCs; one in five is a speed change.
    pub pending: u32,
    pub seed: u64,
}

/// The maximum number of VXCs on a customer port; it has 4,092 VLANs.
const VXCS_PER_CUSTOMER: u32 = 500;

/// The maximum number of VXCs on a provider port.
const VXCS_PER_PORT: u32 = 4_000;

const SPEEDS_MBPS: [i64; 6] = [50, 100, 200, 500, 1_000, 2_000];

impl Size {
    /// Why it is invalid, if it is.
    pub(crate) fn obstacle(&self) -> Option<String> {
        if self.ports == 0 {
            Some(String::from("a provider must have at least one port"))
        } else if self.pending > self.vxcs {
            Some(format!("{} pending VXCs are more than {} VXCs in total", self.pending, self.vxcs))
        } else if u64::from(self.vxcs) > u64::from(self.ports) * u64::from(VXCS_PER_PORT) {
            Some(format!("{} VXCs don't fit on {} ports, {VXCS_PER_PORT} on each", self.vxcs, self.ports))
        } else {
            None
        }
    }
}

/// A port, and the next VLAN on it.
struct Port {
    product: Product,
    next_vlan: i64,
}

impl Port {
    fn take_vlan(&mut self) -> i64 {
        self.next_vlan += 1;
        self.next_vlan - 1
    }
}

/// Fills a new file with the demo's provider and as many customers as the VXCs need.
pub(crate) fn fill_to_size(connection: &Connection, size: &Size, now_ms: i64) -> rusqlite::Result<()> {
    let mut random = StdRng::seed_from_u64(size.seed);
    let demo = demo::data();
    insert::number_ranges(connection)?;
    for location in &demo.locations {
        location.insert(connection)?;
    }
    let founded = now_ms - 700 * DAY_MS;
    let provider = demo::company_with_users(connection, &demo.companies[0], None, founded)?;
    let mut port = |name: &str, company_id, speed_mbps, visible| -> rusqlite::Result<Port> {
        let product = insert::port(
            connection,
            &PortData {
                name,
                product_type: "MEGAPORT",
                company_id,
                location_id: demo.locations[random.random_range(0..demo.locations.len())].id,
                speed_mbps,
                visible,
                auto_approval: false,
                lag: None,
                created_at: founded + 10 * DAY_MS,
            },
        )?;
        Ok(Port { product, next_vlan: 2 })
    };
    let mut provider_ports = Vec::new();
    for number in 1..=size.ports {
        provider_ports.push(port(&format!("P{number:05}"), provider, 100_000, true)?);
    }
    let mut customer_ports = Vec::new();
    for number in 1..=(size.vxcs / VXCS_PER_CUSTOMER + 4) {
        let (name, slug) = (format!("Customer {number:04}"), format!("customer-{number:04}"));
        let company_id = insert::company(connection, &name, &slug, None, founded)?;
        for (first_name, role) in [("Ada", Role::CompanyAdmin), ("Bram", Role::TechnicalAdmin)] {
            let domain = format!("customer{number:04}");
            let user = UserData {
                company_id,
                company_slug: &slug,
                domain: &domain,
                first_name,
                last_name: &name,
                role,
            };
            insert::user_with_key(connection, &user, founded + DAY_MS)?;
        }
        customer_ports.push(port(&format!("{name} port"), company_id, 100_000, false)?);
    }
    for number in 0..size.vxcs {
        let from = number as usize % customer_ports.len();
        // Mostly anywhere; a port that is full passes it on.
        let mut to = random.random_range(0..provider_ports.len());
        while provider_ports[to].next_vlan > i64::from(VXCS_PER_PORT) + 1 {
            to = (to + 1) % provider_ports.len();
        }
        let vlans = [customer_ports[from].take_vlan(), provider_ports[to].take_vlan()].map(Some);
        let rate_limit_mbps = SPEEDS_MBPS[random.random_range(0..SPEEDS_MBPS.len())];
        let age_ms = random.random_range(DAY_MS..500 * DAY_MS);
        let request_age_ms = random.random_range(60_000..59 * DAY_MS);
        let pending = number < size.pending;
        let kind = if number % 5 == 4 { OrderType::SpeedChange } else { OrderType::New };
        let is_new = pending && kind == OrderType::New;
        let created_at = now_ms - if is_new { request_age_ms } else { age_ms };
        let expires_at = is_new.then_some(created_at + REQUEST_LIFE_MS);
        insert::vxc(
            connection,
            &VxcData {
                uid: uid(&format!("sized:{}:vxc:{number}", size.seed)),
                name: &format!("Link {number:06}"),
                status: if is_new { "DEPLOYABLE" } else { "LIVE" },
                rate_limit_mbps,
                a_end: (&customer_ports[from].product, vlans[0]),
                b_end: (&provider_ports[to].product, vlans[1]),
                created_at,
                due_at: expires_at,
                order: pending.then(|| OrderData {
                    uid: uid(&format!("sized:{}:request:{number}", size.seed)),
                    kind,
                    status: OrderStatus::Pending,
                    new_rate_limit_mbps: (!is_new).then_some(rate_limit_mbps * 2),
                    created_at: if is_new { created_at } else { now_ms - request_age_ms.min(age_ms) },
                    expires_at,
                    decided: None,
                    reason: None,
                    stale: false,
                }),
            },
        )?;
    }
    settings::set_filled(connection, now_ms)
}

//! The demo's VXCs: those that run, the requests that wait, and what is over.

use rusqlite::Connection;

use super::{HOUR_MS, PRIYA, Ports, vxc_uid};
use crate::sandbox::clock::DAY_MS;
use crate::sandbox::domain::lifecycle::{AFTERLIFE_MS, REQUEST_LIFE_MS};
use crate::sandbox::seed::insert::{self, NewOrder, NewVxc, uid};
use crate::sandbox::store::orders::{OrderStatus, OrderType};

/// Two requests have uids that the manual shows.
const SHOWN_REQUEST: &str = "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70";
const SHOWN_SPEED_CHANGE: &str = "e04b77f2-8a19-5f63-b2d7-0c9e6a1f5d38";

fn request_uid(name: &str) -> String {
    uid(&format!("request:{name}"))
}

/// Adds them all.
pub(super) fn fill(connection: &Connection, ports: &Ports, now_ms: i64) -> rusqlite::Result<()> {
    live(connection, ports, now_ms)?;
    requests(connection, ports, now_ms)?;
    past(connection, ports, now_ms)
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

use jiff::SignedDuration;

use super::*;
use crate::domain::approvals::model::{Customer, Direction, End};
use crate::domain::approvals::{Source, Status, WaitingOn};
use crate::domain::policy::read::read;

const NOW: &str = "2026-11-23T00:00:00Z";
const GLOBEX: &str = "91b7d3e2-5a4c-4e1f-8f70-1b2c3d4e5f02";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// 500 Mbps of Globex Bank on SYD1-A, ten days old.
fn connection() -> Approval {
    let created = now() - SignedDuration::from_hours(240);
    Approval {
        id: "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11".to_owned(),
        source: Source::Marketplace,
        kind: Kind::Connection,
        direction: Some(Direction::Incoming),
        status: Status::Pending,
        waiting_on: Some(WaitingOn::Me),
        name: None,
        vxc_uid: None,
        customer: Customer {
            uid: Some(GLOBEX.to_owned()),
            name: Some("Globex Bank".to_owned()),
            is_new: Some(false),
        },
        a_end: None,
        b_end: Some(End {
            product_uid: Some("a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11".to_owned()),
            product_name: Some("SYD1-A".to_owned()),
            location: Some("Example Sydney 1".to_owned()),
            vlan: Some(crate::api::vlan::Vlan::Number(1201)),
            inner_vlan: None,
        }),
        rate_limit_mbps: Some(500),
        new_rate_limit_mbps: None,
        term_months: None,
        new_term_months: None,
        room_after_mbps: None,
        port_speed_mbps: None,
        created_at: Some(created),
        expires_at: Some(created + SignedDuration::from_hours(60 * 24)),
        message: None,
        decided_message: None,
        extra: serde_json::Map::new(),
    }
}

fn speed_change() -> Approval {
    Approval {
        kind: Kind::SpeedChange,
        rate_limit_mbps: Some(200),
        new_rate_limit_mbps: Some(1000),
        created_at: None,
        expires_at: None,
        ..connection()
    }
}

fn bare(kind: Kind) -> Approval {
    Approval {
        kind,
        customer: Customer::default(),
        b_end: None,
        rate_limit_mbps: None,
        new_rate_limit_mbps: None,
        term_months: None,
        new_term_months: None,
        created_at: None,
        expires_at: None,
        ..connection()
    }
}

/// 1000 Mbps are left.
const ROOM: Room = Room { speed_mbps: 10_000, sold_mbps: 9000, pending_mbps: 0 };

fn held(condition: &str, approval: &Approval, room: Option<Room>) -> &'static str {
    let text = format!(
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"r\"\n{condition}\ndecision = \"leave\"\n"
    );
    let reading = read(&text);
    let policy = reading.policy.unwrap_or_else(|| panic!("{condition}: {:?}", reading.problems));
    let places = ["Sydney".to_owned()];
    let places = if approval.b_end.is_some() { &places[..] } else { &[] };
    policy.rules[0].conditions[0].holds(&Facts { approval, room, places, now: now() }).word()
}

#[test]
fn conditions_hold_or_not() {
    for (condition, holds) in [
        ("type = \"connection\"", "yes"),
        ("type = [\"order\", \"speed-change\"]", "no"),
        ("source = \"marketplace\"", "yes"),
        ("source = \"queue\"", "no"),
        ("customer = \"globex BANK\"", "yes"),
        ("customer = \"Globex\"", "no"),
        ("customer = \"91B7D3E2-5a4c-4e1f-8f70-1b2c3d4e5f02\"", "yes"),
        ("customer = [\"Initech\", \"Globex Bank\"]", "yes"),
        ("customer_new = false", "yes"),
        ("customer_new = true", "no"),
        ("port = \"syd1-a\"", "yes"),
        ("port = \"SYD*\"", "yes"),
        ("port = \"a1d0f6c4-*\"", "yes"),
        ("port = \"MEL*\"", "no"),
        ("location = \"Example Sydney 1\"", "yes"),
        ("location = \"sydney\"", "yes"),
        ("location = \"Melbourne\"", "no"),
        ("min_rate_mbps = 500", "yes"),
        ("min_rate_mbps = 501", "no"),
        ("max_rate_mbps = 500", "yes"),
        ("max_rate_mbps = 499", "no"),
        ("room_after_min_mbps = 500", "yes"),
        ("room_after_min_mbps = 501", "no"),
        ("max_sold = \"95%\"", "yes"),
        ("max_sold = \"94%\"", "no"),
        ("sold_over = \"94%\"", "yes"),
        ("sold_over = \"95%\"", "no"),
        ("vlan_set = true", "yes"),
        ("vlan_set = false", "no"),
        ("older_than = \"9d\"", "yes"),
        ("older_than = \"10d\"", "no"),
        ("expires_within = \"50d\"", "yes"),
        ("expires_within = \"49d\"", "no"),
    ] {
        assert_eq!(held(condition, &connection(), Some(ROOM)), holds, "{condition}");
    }
}

#[test]
fn a_speed_change_counts_with_its_new_speed_and_what_it_adds() {
    for (condition, holds) in [
        ("max_rate_mbps = 999", "no"),
        ("min_rate_mbps = 1000", "yes"),
        ("room_after_min_mbps = 200", "yes"),
        ("room_after_min_mbps = 201", "no"),
        ("max_sold = \"98%\"", "yes"),
        ("sold_over = \"97%\"", "yes"),
    ] {
        assert_eq!(held(condition, &speed_change(), Some(ROOM)), holds, "{condition}");
    }
}

#[test]
fn no_condition_holds_on_the_unknown() {
    for (condition, approval, room) in [
        ("customer = \"Globex Bank\"", bare(Kind::Connection), Some(ROOM)),
        ("customer_new = true", bare(Kind::Connection), Some(ROOM)),
        ("customer_new = false", bare(Kind::Connection), Some(ROOM)),
        ("port = \"*\"", bare(Kind::Connection), Some(ROOM)),
        ("location = \"*\"", bare(Kind::Connection), Some(ROOM)),
        ("min_rate_mbps = 0", bare(Kind::Connection), Some(ROOM)),
        ("max_rate_mbps = 100000", bare(Kind::Connection), Some(ROOM)),
        ("max_rate_mbps = 100000", bare(Kind::SpeedChange), Some(ROOM)),
        ("room_after_min_mbps = 0", connection(), None),
        ("max_sold = \"1000%\"", connection(), None),
        ("sold_over = \"1%\"", connection(), None),
        ("room_after_min_mbps = 0", bare(Kind::Connection), Some(ROOM)),
        ("sold_over = \"1%\"", bare(Kind::Connection), Some(ROOM)),
        ("vlan_set = false", bare(Kind::Order), None),
        ("vlan_set = true", bare(Kind::Order), None),
        ("older_than = \"1m\"", speed_change(), Some(ROOM)),
        ("expires_within = \"60d\"", speed_change(), Some(ROOM)),
    ] {
        assert_eq!(held(condition, &approval, room), "unknown", "{condition}");
    }
    // The present speed isn't known: neither is what a change adds.
    let change = Approval { rate_limit_mbps: None, ..speed_change() };
    assert_eq!(held("room_after_min_mbps = 0", &change, Some(ROOM)), "unknown");
    // Only the name is known: a uid asked for may or may not be the customer's.
    let named = Approval { customer: Customer { uid: None, ..connection().customer }, ..connection() };
    assert_eq!(held(&format!("customer = \"{GLOBEX}\""), &named, None), "unknown");
    assert_eq!(held("customer = \"Globex Bank\"", &named, None), "yes");
}

#[test]
fn the_first_rule_that_matches_decides_and_the_unknown_is_passed_over() {
    let policy = read(
        "schema = \"portgate.policy/v1\"
         [[rule]]\nname = \"old\"\nolder_than = \"1d\"\ndecision = \"deny\"
         [[rule]]\nname = \"on a port\"\ntype = \"speed-change\"\ndecision = \"deny\"\nreason = \"{room_after_mbps} left\"
         [[rule]]\nname = \"small\"\nmax_rate_mbps = 1000\ndecision = \"accept\"
         [[rule]]\nname = \"rest\"\nmatch = \"all\"\ndecision = \"leave\"",
    )
    .policy
    .unwrap();
    let judged = |approval: &Approval, room| {
        let judgement = policy.judge(&Facts { approval, room, places: &[], now: now() });
        let passed: Vec<Option<String>> = judgement.trials.iter().map(Trial::unknown).collect();
        (policy.rules[judgement.rule.unwrap()].name.clone(), passed)
    };
    assert_eq!(judged(&connection(), None), ("old".to_owned(), vec![None]));
    assert_eq!(judged(&speed_change(), Some(ROOM)).0, "on a port");
    let (rule, passed) = judged(&speed_change(), None);
    assert_eq!(rule, "small");
    assert_eq!(passed[0].as_deref(), Some("its age is not known"));
    assert_eq!(passed[1].as_deref(), Some("its reason needs {room_after_mbps}, which is not known"));
    assert_eq!(judged(&bare(Kind::Order), None).0, "rest");
}

#[test]
fn conditions_are_told_as_in_the_file() {
    let text = "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"r\"\ncustomer = [\"Globex Bank\", \"Initech\"]\n\
                port = \"SYD*\"\nmax_sold = \"90%\"\nolder_than = \"7d\"\ndecision = \"leave\"";
    let policy = read(text).policy.unwrap();
    let told: Vec<String> = policy.rules[0].conditions.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "customer = [\"Globex Bank\", \"Initech\"]",
            "port = \"SYD*\"",
            "max_sold = \"90%\"",
            "older_than = \"7d\""
        ]
    );
}

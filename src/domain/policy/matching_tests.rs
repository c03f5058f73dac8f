use super::*;
use crate::domain::approvals::Kind;
use crate::domain::approvals::model::Customer;
use crate::domain::approvals::model::example::{GLOBEX, NOW, connection};
use crate::domain::policy::read::read;

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn speed_change() -> Approval {
    Approval {
        kind: Kind::SpeedChange,
        rate_limit_mbps: Some(Mbps(200)),
        new_rate_limit_mbps: Some(Mbps(1000)),
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
        wire_type: None,
        created_at: None,
        expires_at: None,
        ..connection()
    }
}

/// 1000 Mbps are left.
const ROOM: Room = Room { speed_mbps: Mbps(10_000), sold_mbps: Mbps(9000), pending_mbps: Mbps(0) };

fn evaluate(condition: &str, approval: &Approval, room: Option<Room>) -> &'static str {
    let text = format!(
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"r\"\n{condition}\ndecision = \"leave\"\n"
    );
    let reading = read(&text);
    let policy = reading.policy.unwrap_or_else(|| panic!("{condition}: {:?}", reading.problems));
    let places = ["Sydney".to_owned()];
    let places = if approval.b_end.is_some() { &places[..] } else { &[] };
    policy.rules[0].conditions[0].holds(&Facts::new(approval, room, places, now())).word()
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
        assert_eq!(evaluate(condition, &connection(), Some(ROOM)), holds, "{condition}");
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
        assert_eq!(evaluate(condition, &speed_change(), Some(ROOM)), holds, "{condition}");
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
        assert_eq!(evaluate(condition, &approval, room), "unknown", "{condition}");
    }
    // The present speed isn't known: neither is what a change adds.
    let change = Approval { rate_limit_mbps: None, ..speed_change() };
    assert_eq!(evaluate("room_after_min_mbps = 0", &change, Some(ROOM)), "unknown");
    // Only the name is known: a uid asked for may or may not be the customer's.
    let named = Approval { customer: Customer { uid: None, ..connection().customer }, ..connection() };
    assert_eq!(evaluate(&format!("customer = \"{GLOBEX}\""), &named, None), "unknown");
    assert_eq!(evaluate("customer = \"Globex Bank\"", &named, None), "yes");
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
        let judgement = policy.judge(&Facts::new(approval, room, &[], now()));
        let passed: Vec<Option<String>> = judgement.trials.iter().map(Trial::unknown_value).collect();
        (policy.rules[judgement.rule.unwrap()].name.clone(), passed)
    };
    assert_eq!(judged(&connection(), None), ("old".to_owned(), vec![None]));
    assert_eq!(judged(&speed_change(), Some(ROOM)).0, "on a port");
    let (rule, passed) = judged(&speed_change(), None);
    assert_eq!(rule, "small");
    assert_eq!(passed[0].as_deref(), Some("its age is unknown"));
    assert_eq!(passed[1].as_deref(), Some("its reason uses {room_after_mbps}, which is unknown"));
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

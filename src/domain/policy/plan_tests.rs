use jiff::SignedDuration;

use super::*;
use crate::domain::approvals::model::example::{NOW, request};
use crate::domain::approvals::{Company, Decision};
use crate::domain::collect::SourceState;
use crate::domain::policy::read::read;
use crate::domain::ports::scan::example_port as port;

/// Denies what Initech asks for, and accepts the rest as the rule says.
fn run(limits: &str, rule: &str, ports: Vec<Port>, requests: &[Approval], past: &[Counted]) -> Vec<Planned> {
    let deny = "[[rule]]\nname = \"deny\"\ncustomer = \"Initech\"\ndecision = \"deny\"";
    let accept = format!("[[rule]]\nname = \"accept\"\n{rule}\ndecision = \"accept\"");
    let reading = read(&format!("schema = \"portgate.policy/v1\"\n[limits]\n{limits}\n{deny}\n{accept}\n"));
    let policy = reading.policy.unwrap_or_else(|| panic!("{limits}: {:?}", reading.problems));
    let collected = Collected {
        approvals: Vec::new(),
        rooms: Rooms::from_ports(&ports),
        ports,
        customers: HashMap::new(),
        company: Company::default(),
        marketplace: SourceState::Read,
        queue: SourceState::NotAsked,
        shared_ids: std::collections::HashSet::new(),
    };
    plan(&policy, requests, Forecast::from_collected(&collected), past, None, NOW.parse().unwrap())
}

fn of_initech(mut request: Approval) -> Approval {
    request.customer.name = Some("Initech".to_owned());
    request
}

#[test]
fn a_limit_stops_what_goes_beyond_it_and_no_more() {
    // Asked for: `d` is denied, `a` accepted with 400 Mbps, `s` with 100, `u` with a speed that isn't told. Planned: the
    // verdict's first letter, or `.` for what was stopped.
    for (limits, asked, expected) in [
        ("", "adsu", "adaa"),
        ("decisions_per_run = 2", "adas", "ad.."),
        ("decisions_per_run = 0", "a", "."),
        ("denies_per_run = 1", "dada", "da.a"),
        ("accepted_mbps_per_run = 800", "aada", "aad."),
        // What is full stays full, whatever is smaller.
        ("accepted_mbps_per_run = 700", "aasd", "a..d"),
        ("accepted_mbps_per_run = 800", "usa", ".aa"),
    ] {
        let asked_for = |letter| match letter {
            'd' => of_initech(request("p", Some(400))),
            'a' => request("p", Some(400)),
            's' => request("p", Some(100)),
            _ => request("p", None),
        };
        let requests: Vec<Approval> = asked.chars().map(asked_for).collect();
        let planned = run(limits, "match = \"all\"", Vec::new(), &requests, &[]);
        let letter = |one: &Planned| if one.stopped.is_some() { "." } else { &one.verdict.word()[..1] };
        assert_eq!(planned.iter().map(letter).collect::<String>(), expected, "{limits}: {asked}");
    }
}

#[test]
fn the_room_is_counted_down_by_what_is_accepted_and_a_lag_shares_it() {
    let thousand = Some(1000);
    // 300 Mbps on each of these ports, denied where it begins with `!`, and what is left after it.
    for (asked, expected) in [
        (["alone", "alone", "alone"], [200, -100, -100]),
        (["!alone", "alone", "one"], [200, 200, 200]),
        (["one", "two", "alone"], [200, -100, 200]),
        (["ONE", "Two", "Alone"], [200, -100, 200]),
    ] {
        let requests = asked.map(|name| match name.strip_prefix('!') {
            Some(port) => of_initech(request(port, Some(300))),
            None => request(name, Some(300)),
        });
        let lag = [("one", 1000), ("two", 500)].map(|(uid, sold)| port(uid, Some("7"), thousand, sold));
        let ports = lag.into_iter().chain([port("alone", None, thousand, 500)]).collect();
        let planned = run("", "room_after_min_mbps = 0", ports, &requests, &[]);
        let left: Vec<i64> = planned.iter().filter_map(|one| one.approval.room_after_mbps).collect();
        assert_eq!(left, expected, "{asked:?}");
    }
}

/// A decision of rule `accept` some hours ago, on port `p` for that customer.
fn earlier(hours: i64, decision: Decision, customer: &str, added: Option<u64>) -> Counted {
    let now: Timestamp = NOW.parse().unwrap();
    Counted {
        at: now - SignedDuration::from_hours(hours),
        decision,
        rule: if decision == Decision::Accept { "accept" } else { "deny" }.to_owned(),
        customer: Some(customer.to_owned()),
        port: Some("p".into()),
        added_mbps: added.map(Mbps),
    }
}

#[test]
fn limits_of_an_hour_a_day_and_a_week_count_earlier_runs() {
    let accepted = |hours| earlier(hours, Decision::Accept, "Globex Bank", Some(400));
    let denied = |hours| earlier(hours, Decision::Deny, "Initech", Some(400));
    let unknown = || earlier(1, Decision::Accept, "Globex Bank", None);
    for (limits, past, expected) in [
        ("decisions_per_day = 3", vec![accepted(23), denied(2)], "a.."),
        ("decisions_per_day = 3", vec![accepted(25), denied(2)], "ad."),
        ("decisions_per_day = 3", vec![], "ada"),
        ("decisions_per_hour = 2", vec![accepted(2), accepted(3)], "ad."),
        ("decisions_per_week = 2", vec![accepted(24 * 6)], "a.."),
        ("decisions_per_week = 2", vec![accepted(24 * 8)], "ad."),
        ("denies_per_day = 1", vec![denied(20)], "a.a"),
        ("accepted_mbps_per_day = 1200", vec![accepted(20)], "ada"),
        ("accepted_mbps_per_day = 1100", vec![accepted(20)], "ad."),
        ("accepted_mbps_per_day = 1200", vec![denied(20)], "ada"),
        ("accepted_mbps_per_day = 9000", vec![unknown()], ".d."),
        ("accepted_mbps_per_run = 800\ndecisions_per_day = 3", vec![accepted(1)], "ad."),
    ] {
        let requests =
            [request("p", Some(400)), of_initech(request("p", Some(400))), request("p", Some(400))];
        let planned = run(limits, "match = \"all\"", Vec::new(), &requests, &past);
        let letter = |one: &Planned| if one.stopped.is_some() { "." } else { &one.verdict.word()[..1] };
        assert_eq!(planned.iter().map(letter).collect::<String>(), expected, "{limits}: {past:?}");
    }
}

#[test]
fn limits_of_a_rule_count_its_decisions_or_those_of_a_customer_or_a_port() {
    let of = |customer: &str, port: &str| {
        let mut request = request(port, Some(100));
        request.customer.uid = None;
        request.customer.name = Some(customer.to_owned());
        request
    };
    let requests = [of("Globex Bank", "p"), of("Sample Logistics", "p"), of("Globex Bank", "q")];
    for (rule, past, expected) in [
        ("per_run = 2", vec![], "aa."),
        ("per_run = 2", vec![earlier(1, Decision::Accept, "Globex Bank", None)], "aa."),
        ("per_day = 2", vec![earlier(1, Decision::Accept, "Globex Bank", None)], "a.."),
        ("per_day = 2", vec![earlier(1, Decision::Deny, "Globex Bank", None)], "aa."),
        ("per_day = 1\ncounted_by = \"customer\"", vec![], "aa."),
        (
            "per_day = 1\ncounted_by = \"customer\"",
            vec![earlier(1, Decision::Accept, "GLOBEX bank", None)],
            ".a.",
        ),
        ("per_day = 1\ncounted_by = \"port\"", vec![], "a.a"),
        ("per_day = 1\ncounted_by = \"port\"", vec![earlier(1, Decision::Accept, "x", None)], "..a"),
    ] {
        let rule = format!("match = \"all\"\n{rule}");
        let planned = run("", &rule, Vec::new(), &requests, &past);
        let letter = |one: &Planned| if one.stopped.is_some() { "." } else { &one.verdict.word()[..1] };
        assert_eq!(planned.iter().map(letter).collect::<String>(), expected, "{rule}: {past:?}");
    }
}

use super::*;
use crate::domain::approvals::Company;
use crate::domain::approvals::model::example::{NOW, request};
use crate::domain::collect::SourceState;
use crate::domain::policy::read::read;
use crate::domain::ports::scan::example_port as port;

/// Denies what Initech asks for, and accepts the rest as the rule says.
fn run(limits: &str, rule: &str, ports: Vec<Port>, requests: &[Approval]) -> Vec<Planned> {
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
    plan(&policy, requests, Ledger::from_collected(&collected), None, NOW.parse().unwrap())
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
        let planned = run(limits, "match = \"all\"", Vec::new(), &requests);
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
    ] {
        let requests = asked.map(|name| match name.strip_prefix('!') {
            Some(port) => of_initech(request(port, Some(300))),
            None => request(name, Some(300)),
        });
        let lag = [("one", 1000), ("two", 500)].map(|(uid, sold)| port(uid, Some("7"), thousand, sold));
        let ports = lag.into_iter().chain([port("alone", None, thousand, 500)]).collect();
        let planned = run("", "room_after_min_mbps = 0", ports, &requests);
        let left: Vec<i64> = planned.iter().filter_map(|one| one.approval.room_after_mbps).collect();
        assert_eq!(left, expected, "{asked:?}");
    }
}

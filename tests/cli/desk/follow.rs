//! What a batch says before its question, and what `watch` and `ports list` show of requests.

use serde_json::{Value, json};

use super::screens::at_demo;
use crate::common::wire::Circuit;
use crate::common::{Home, Script};

#[test]
fn d05_a_batch_that_cannot_be_accepted_whole_asks_before_anything_is_sent() {
    let home = Home::new();
    let mut terminal = at_demo(&home, 100, "approvals accept --customer globex --type connection");
    terminal.expect("[y/N]");
    terminal.send("n\r");
    terminal.exits(5);
    assert!(home.ledger().is_empty());
}

#[test]
fn d05_a_batch_of_which_nothing_can_be_accepted_asks_nothing() {
    let home = Home::new();
    home.write("taken.csv", "id,decision\nafce3a24,accept\n7c1e09ab,leave\n");
    let screen = at_demo(&home, 100, "approvals apply taken.csv").exits(13);
    assert!(!screen.contains("[y/N]") && screen.contains("the requested VLAN 210 is taken"), "{screen}");
    home.write("two.csv", "id,decision\nafce3a24,accept\n7c1e09ab,accept\n");
    home.portgate("--env sandbox approvals accept 7c1e09ab").run().exits(0);
    let screen = at_demo(&home, 100, "approvals apply two.csv").exits(12);
    assert!(!screen.contains("[y/N]") && screen.contains("the requested VLAN 210 is taken"), "{screen}");
    assert!(home.ledger().iter().all(|line| line["object"]["id"] != "afce3a24-c89c-549c-8c9e-d811837d0ea2"));
}

#[test]
fn d09_watch_marks_what_list_marks() {
    let home = Home::new();
    let watched = home.portgate("--env sandbox approvals watch --existing --limit 11").run();
    let line = |id: &str| {
        let found = watched.stdout.lines().find(|line| line.contains(&format!("  {id}  ")));
        found.unwrap_or_else(|| panic!("{id}: {watched}"))
    };
    watched.exits(0);
    assert!(line("afce3a24").contains("SIN1-A, VLAN 210 TAKEN"), "{watched}");
    assert!(line("e04b77f2").contains(", OVER by 400"), "{watched}");
    assert!(line("33eccbef").contains("from Example Media (new), 300 Mbps"), "{watched}");
    assert!(!line("7c1e09ab").contains("TAKEN") && !line("7c1e09ab").contains("(new)"), "{watched}");
    let records = home.portgate("--env sandbox approvals watch --existing --limit 11 -o jsonl").run();
    let records: Vec<Value> =
        records.exits(0).stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let taken = records.iter().find(|one| one["id"].as_str().unwrap().starts_with("afce3a24")).unwrap();
    assert_eq!(taken["vlan_free"], false);
}

#[test]
fn d08_watch_shows_the_requests_of_all_managed_accounts() {
    let home = Home::new();
    let watched = home.portgate("--env sandbox approvals watch --managed --existing --limit 2").run();
    watched.exits(0).stderr_has("sandbox · Example Cloud Connect · 2 managed accounts");
    for account in ["  Example Radio: connection request from", "  Example Media: connection request from"] {
        watched.stdout_has(account);
    }
    let run = home.portgate("--env sandbox approvals watch --managed --existing --limit 2 -o jsonl").run();
    for line in run.exits(0).stdout.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        assert!(record["account"]["uid"].is_string(), "{record}");
    }
    let both = home.portgate("--env sandbox approvals watch --managed --on-behalf-of x").run();
    both.exits(2).stderr_has("cannot be used with");
}

#[test]
fn d08_every_record_says_which_account_it_is_of() {
    let home = Home::new();
    let run = |args: &str| {
        let run = home.portgate(&format!("--env sandbox {args} -o json --on-behalf-of")).arg("Example Media");
        run.run().exits(0).json()
    };
    let listed = run("approvals list");
    assert_eq!(listed[0]["account"]["name"], "Example Media");
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(run(&format!("approvals show {id}"))["account"], listed[0]["account"]);
    let own = home.portgate("--env sandbox approvals list -o json").run().exits(0).json();
    assert_eq!(own[0]["account"], Value::Null);
    let csv = home.portgate("--env sandbox speed list -o csv --fields id,account.name").run();
    csv.exits(0).stdout_has("id,account.name\n");
}

#[test]
fn d13_ports_list_counts_the_orders_in_the_queue_as_pending() {
    let home = Home::new();
    let ports = home.portgate("--env sandbox ports list -o json").run().exits(0).json();
    let pending = |name: &str| {
        let port = ports.as_array().unwrap().iter().find(|port| port["name"] == name).unwrap();
        port["pending_mbps"].as_i64().unwrap()
    };
    let order =
        home.portgate("--env sandbox approvals show 274d69b0 -o json --query room").run().exits(0).json();
    assert_eq!(order["this_mbps"], 400);
    assert_eq!(json!(pending("MEL2-A") - 400), order["other_pending_mbps"]);
    let listed = home.portgate("--env sandbox approvals list -o json").run().exits(0).json();
    let on_port = listed.as_array().unwrap().iter().filter(|one| one["b_end"]["product_name"] == "MEL2-A");
    let ids: Vec<&str> = on_port.map(|one| one["id"].as_str().unwrap()).collect();
    assert!(ids.len() > 2, "{ids:?}");
    for id in ids {
        let show = format!("--env sandbox approvals show {id} -o json --query room");
        let room = home.portgate(&show).run().exits(0).json();
        let all = room["this_mbps"].as_i64().unwrap() + room["other_pending_mbps"].as_i64().unwrap();
        assert_eq!(all, pending("MEL2-A"), "{id}: {room}");
    }
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("GET", "/v3/order_approvals", crate::common::Answer::refusal(403, "no"))
        .on("GET", "/v2/products", circuit.listed())
        .start();
    let home = Home::new();
    let list = home.portgate("ports list -o json").at(&script).token("scripted-token").run();
    assert_eq!(list.exits(0).json()[0]["pending_mbps"], json!(500));
}

#[test]
fn d06_watch_prints_what_came_while_it_was_not_running() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    run("approvals watch --existing --limit 11").exits(0);
    let requested = run("sandbox request -o json");
    let id = requested.exits(0).json()["id"].as_str().unwrap().to_owned();
    let watched = run("approvals watch --existing --limit 12 -o jsonl");
    let records = watched.exits(0).stdout.lines().filter(|line| line.contains(&id)).count();
    assert_eq!(records, 1, "{id}: {watched}");
}

#[test]
fn d09_show_says_how_to_accept_a_request_whose_vlan_is_taken() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    let accept = |id: &str| {
        let shown = run(&format!("show {id}"));
        let line = shown.exits(0).stdout.lines().find(|line| line.starts_with("Accept")).unwrap().to_owned();
        line.split_once(" approvals ").unwrap().1.to_owned()
    };
    let (taken, free) = (accept("afce3a24"), accept("7c1e09ab"));
    assert!(taken.ends_with(" --vlan next") && !free.contains("--vlan"), "{taken}, {free}");
    run(&format!("{taken} --yes")).exits(0);
}

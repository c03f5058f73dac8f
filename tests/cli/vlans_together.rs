//! VLANs of requests that are accepted together: the same at any concurrency, and as the dry run says.

use serde_json::{Value, json};

use crate::common::{Home, Outcome};

fn sandbox(home: &Home, args: &str) -> Outcome {
    home.portgate(&format!("--env sandbox {args}")).run()
}

/// Makes requests on these ports for these VLANs, and a file with their IDs.
fn requests(home: &Home, wanted: &[(&str, &str)]) -> String {
    let ids: Vec<String> = wanted
        .iter()
        .map(|(port, vlan)| {
            let made = sandbox(home, &format!("sandbox request --to {port} {vlan} --speed 10 -q"));
            made.exits(0).stdout.trim().to_owned()
        })
        .collect();
    home.write("ids", ids.join("\n")).to_string_lossy().into_owned()
}

/// How each request ended, with its VLAN.
fn ends(batch: &Value) -> Vec<(Value, Value)> {
    let results = batch["results"].as_array().unwrap();
    results.iter().map(|one| (one["outcome"].clone(), one["vlan"].clone())).collect()
}

/// The VLANs in a dry run: of those that would be accepted.
fn foreseen(dry_run: &Value) -> Vec<Value> {
    dry_run["would_send"].as_array().unwrap().iter().map(|one| one["vlan"].clone()).collect()
}

#[test]
fn requests_that_name_no_vlan_leave_the_others_theirs() {
    let wanted = [
        ("SIN1-A", ""),
        ("SIN1-A", ""),
        ("SIN1-A", "--vlan 2"),
        ("SIN1-A", "--vlan 3"),
        ("SIN1-A", "--vlan 4"),
        ("SYD1-A", ""),
    ];
    for concurrency in [1, 16] {
        let home = Home::new();
        let file = requests(&home, &wanted);
        let accept = format!("approvals accept --from-file {file} -o json --concurrency {concurrency}");
        let dry_run = sandbox(&home, &format!("{accept} --dry-run"));
        let batch = sandbox(&home, &format!("{accept} --yes"));
        let batch = batch.exits(0).json();
        let vlans = [5, 6, 2, 3, 4].map(|vlan| (json!("done"), json!(vlan)));
        assert_eq!(ends(&batch)[..5], vlans, "{concurrency}");
        assert_eq!(foreseen(&dry_run.exits(0).json())[..5], vlans.map(|(_, vlan)| vlan), "{concurrency}");
    }
}

#[test]
fn what_is_moved_to_a_port_finds_its_vlan_taken_before_it_is_sent() {
    let wanted = [("SIN1-A", "--vlan 40"), ("SYD1-A", "--vlan 40"), ("SYD1-A", "--vlan 41"), ("SYD1-A", "")];
    for concurrency in [1, 16] {
        let home = Home::new();
        let file = requests(&home, &wanted);
        let accept =
            format!("approvals accept --from-file {file} --move-to SYD2-A --concurrency {concurrency}");
        let dry_run = sandbox(&home, &format!("{accept} -o json --dry-run"));
        let batch = sandbox(&home, &format!("{accept} -o json --yes -v"));
        let done = |vlan| (json!("done"), json!(vlan));
        let document = batch.exits(12).json();
        assert_eq!(ends(&document), [done(40), (json!("conflict"), json!(40)), done(41), done(2)]);
        assert_eq!(foreseen(&dry_run.exits(12).json()), [40, 41, 2].map(|vlan| json!(vlan)));
        let puts = batch.stderr.lines().filter(|line| line.starts_with("PUT ")).count();
        assert_eq!(puts, 3, "{batch}");
        let message = &document["results"][1]["error"]["message"];
        assert_eq!(*message, json!("the requested VLAN 40 is taken on SYD2-A"));
    }
}

#[test]
fn a_pool_that_runs_out_is_said_before_the_question() {
    let home = Home::new();
    let file = requests(&home, &[("SIN1-A", ""), ("SIN1-A", ""), ("SIN1-A", "")]);
    let accept = format!("approvals accept --from-file {file} --vlan next --vlan-pool 1200-1201");
    let mut terminal = home.portgate(&format!("--env sandbox {accept}")).in_terminal(120, 40);
    terminal.expect("1 request can't be accepted because no VLAN in 1200-1201 is free for it");
    terminal.expect("Accept 2 requests?");
    terminal.send("n\r");
    terminal.exits(5);
}

#[test]
fn what_could_not_be_accepted_when_asked_is_asked_about_once_it_can() {
    let home = Home::new();
    let file = requests(&home, &[("SIN1-A", "--vlan 40"), ("SIN1-A", "--vlan 40"), ("SIN1-A", "--vlan 41")]);
    let ids = std::fs::read_to_string(&file).unwrap();
    let [first, second, third] = ids.lines().collect::<Vec<_>>()[..] else { panic!("{ids}") };
    let run = home.portgate(&format!("--env sandbox approvals accept --from-file {file}"));
    let mut terminal = run.in_terminal(120, 40);
    terminal.expect("1 request can't be accepted because its VLAN is taken");
    terminal.expect("Accept 2 requests?");
    // The second person denies the first meanwhile, which leaves its VLAN to the second.
    sandbox(&home, &format!("approvals deny {first} --reason duplicate")).exits(0);
    terminal.send_line("y");
    terminal.expect("Accept this request?");
    terminal.send_line("n");
    terminal.exits(12);
    let status = |id: &str| {
        let shown = sandbox(&home, &format!("approvals show {id} -o json"));
        shown.exits(0).json()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!([first, second, third].map(status), ["denied", "pending", "accepted"]);
}

#[test]
fn an_untagged_end_with_an_inner_vlan_is_refused_before_it_is_sent() {
    for untagged in ["--vlan -1", "--vlan untagged"] {
        let home = Home::new();
        let file = requests(&home, &[("SIN1-A", untagged), ("SYD1-A", "--vlan 40")]);
        let accept = format!("approvals accept --from-file {file} --inner-vlan 7 -o json");
        let dry_run = sandbox(&home, &format!("{accept} --dry-run"));
        assert_eq!(foreseen(&dry_run.exits(12).json()), [json!(40)]);
        let document = sandbox(&home, &format!("{accept} --yes")).exits(12).json();
        assert_eq!(ends(&document), [(json!("conflict"), json!(-1)), (json!("done"), json!(40))]);
        let message = &document["results"][0]["error"]["message"];
        assert_eq!(*message, json!("an untagged end can't have inner VLAN 7"));
    }
}

//! Which VLAN each request of a batch gets: D3.

use serde_json::{Value, json};

use crate::common::{Home, Outcome};

fn sandbox(home: &Home, args: &str) -> Outcome {
    home.portgate(&format!("--env sandbox {args}")).run()
}

/// Each accepted request with the VLAN that was read back.
fn vlans(batch: &Value) -> Vec<(String, Value)> {
    let results = batch["results"].as_array().unwrap();
    results.iter().map(|one| (one["id"].as_str().unwrap()[..8].to_owned(), one["vlan"].clone())).collect()
}

#[test]
fn d03_keep_or_next_replaces_only_a_vlan_that_is_taken() {
    let home = Home::new();
    let outcome = sandbox(&home, "approvals accept --all --vlan keep-or-next --max 50 --yes -o json");
    outcome.exits(0).stderr_has(
        "note: --vlan is ignored for 5 of the selected requests, which are speed changes or queue entries",
    );
    let batch = outcome.json();
    assert_eq!(
        batch["summary"],
        json!({"ok": 11, "failed": 0, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 0})
    );
    let vlans = vlans(&batch);
    let of = |id: &str| &vlans.iter().find(|(one, _)| one == id).unwrap().1;
    assert_eq!(
        [of("424e4529"), of("7c1e09ab"), of("33eccbef"), of("6ac56e45")],
        [&json!(77), &json!(1201), &json!(30), &json!(310)]
    );
    // 210 is taken, and one asked for none.
    assert_eq!([of("afce3a24"), of("9e4e7a73")], [&json!(2), &json!(2)]);
}

#[test]
fn d03_a_pool_restricts_the_vlans_and_what_finds_none_is_a_conflict() {
    let home = Home::new();
    let outcome = sandbox(
        &home,
        "approvals accept --port MEL2-A --type connection --vlan next --vlan-pool 1400 --yes -o json",
    );
    outcome.exits(12);
    let batch = outcome.json();
    let results = batch["results"].as_array().unwrap();
    let ends: Vec<_> = results.iter().map(|one| (&one["outcome"], &one["vlan"])).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends.contains(&(&json!("done"), &json!(1400))), "{batch}");
    assert!(outcome.stdout.contains("no free VLAN in 1400 found on MEL2-A"), "{outcome}");
    assert_eq!(batch["summary"]["ok"], 1);
}

#[test]
fn d03_a_vlan_is_never_sent_where_there_is_none() {
    let home = Home::new();
    for id in ["06b5f74f", "274d69b0"] {
        let run = sandbox(&home, &format!("approvals accept {id} --vlan next"));
        run.exits(2).stderr_has("--vlan can only be used with connection requests");
    }
    sandbox(&home, "approvals accept 06b5f74f 274d69b0 --vlan next --move-to SYD2-A")
        .exits(2)
        .stderr_has("--vlan, --move-to can only be used with connection requests");
    sandbox(&home, "approvals accept 06b5f74f --vlan keep --dry-run").exits(0);
    for wrong in [
        "--vlan next --vlan-pool 20-10",
        "--vlan next --vlan-pool 4094",
        "--vlan keep --vlan-pool 20",
        "--vlan-pool 20",
    ] {
        sandbox(&home, &format!("approvals accept 7c1e09ab {wrong}")).exits(2);
    }
    assert!(home.ledger().is_empty());
}

#[test]
fn d03_a_policy_has_the_same_words() {
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\ntype = \"connection\"\ndecision = \"accept\"\nvlan = \"keep-or-next\"\nvlan_pool = \"1400-1401\"\n",
    );
    let plan = sandbox(&home, "policy plan -o json").json();
    let taken = plan["decisions"].as_array().unwrap().iter().find(|one| one["b_end"]["vlan"] == 210).unwrap();
    assert_eq!(
        [&taken["decision"], &taken["vlan"], &taken["vlan_pool"]],
        [&json!("accept"), &json!("keep-or-next"), &json!("1400-1401")]
    );
    home.write("plan.json", plan.to_string());
    let batch = sandbox(&home, "approvals apply plan.json --yes -o json").json();
    let vlans = vlans(&batch);
    let of = |id: &str| &vlans.iter().find(|(one, _)| one == id).unwrap().1;
    assert_eq!([of("7c1e09ab"), of("afce3a24"), of("9e4e7a73")], [&json!(1201), &json!(1400), &json!(1400)]);
}

#[test]
fn one_vlan_is_accepted_with_one_connection_whatever_else_is_selected() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals accept {args} --dry-run")).run();
    let mixed = run("7c1e09ab e04b77f2 --vlan 1305 --allow-oversubscribed");
    mixed
        .exits(0)
        .stderr_has("note: --vlan is ignored for 1 of the selected requests, which is a speed change");
    mixed.stdout_has("1305");
    run("7c1e09ab 6ac56e45 --vlan 1305")
        .exits(2)
        .stderr_has("the same VLAN can't be used for several requests on one port")
        .stderr_has("are both for SYD1-A");
    run("e04b77f2 274d69b0 --vlan 1305").exits(2).stderr_has("can only be used with connection requests");
}

#[test]
fn one_vlan_may_be_set_for_requests_on_different_ports() {
    // 7c1e09ab and 6ac56e45 are on SYD1-A, 33eccbef is on MEL2-A.
    let home = Home::new();
    let same = "the same VLAN can't be used for several requests on one port";
    for vlan in ["1305", "untagged"] {
        let args = format!("--vlan {vlan} --yes -o json");
        for two in ["7c1e09ab 6ac56e45", "33eccbef 7c1e09ab 6ac56e45", "--port SYD1-A --type connection"] {
            sandbox(&home, &format!("approvals accept {two} {args}")).exits(2).stderr_has(same);
        }
        // Moved to one port, they are on one.
        let moved = sandbox(&home, &format!("approvals accept 7c1e09ab 33eccbef --move-to SYD2-A {args}"));
        moved.exits(2).stderr_has(same).stderr_has("SYD2-A");
    }
    let run = |args: &str| sandbox(&home, &format!("approvals accept {args} -o json"));
    let previewed = run("7c1e09ab 33eccbef --vlan 1305 --dry-run").exits(0).json();
    let bodies = previewed["would_send"].as_array().unwrap();
    assert!(bodies.iter().all(|one| one["body"]["vlan"] == 1305) && bodies.len() == 2, "{previewed:#}");
    let done = run("7c1e09ab 33eccbef --vlan 1305").exits(0).json();
    let of = vlans(&done);
    assert!(of.len() == 2 && of.iter().all(|(_, vlan)| *vlan == 1305), "{done:#}");
    // What is decided already doesn't count.
    run("7c1e09ab 6ac56e45 --vlan 1306").exits(12).stderr_lacks(same);
}

#[test]
fn the_requested_vlan_is_free_for_its_own_request() {
    let home = Home::new();
    let run = |id: &str, args: &str| sandbox(&home, &format!("approvals accept {id} {args} --dry-run"));
    run("7c1e09ab", "--vlan next --vlan-pool 1201").exits(0).stdout_has("VLAN 1201");
    run("7c1e09ab", "--vlan keep-or-next --vlan-pool 1201").exits(0).stdout_has("1201, as requested");
    // It isn't where another VXC has it, and no other's is.
    run("afce3a24", "--vlan next --vlan-pool 210")
        .exits(13)
        .stderr_has("no free VLAN in 210 found on SIN1-A");
    run("7c1e09ab", "--vlan next --vlan-pool 101")
        .exits(13)
        .stderr_has("no free VLAN in 101 found on SYD1-A");
}

//! `portgate speed`: speed changes only, by the same engine as approvals.

use serde_json::json;

use crate::common::wire::{self, Circuit, fixture, port};
use crate::common::{Home, Outcome, Script};

const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";
const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

fn run(args: &str, script: &Script) -> Outcome {
    Home::new().portgate(&format!("speed {args}")).at(script).token("scripted-token").run()
}

fn circuits() -> [Circuit; 3] {
    [
        Circuit::under("port-mel2-b", "vxc-speed"),
        Circuit::under("port-mel2-b", "vxc-live-small"),
        Circuit::of("vxc-new"),
    ]
}

#[test]
fn list_shows_current_and_requested_speed_and_what_the_port_has_sold() {
    let script = Script::new().marketplace_of(&circuits().each_ref()).start();
    let outcome = run("list", &script);
    outcome.exits(0).stdout_is(
        "\
ID        CUSTOMER  CURRENT  REQUESTED  CHANGE  PORT    PORT SOLD
e04b77f2  Initech       200       1000    +800  MEL2-B  60% → 140% OVER
",
    );
    outcome.stderr_has("1 request").stderr_lacks("more pending");
}

#[test]
fn sold_counts_down_the_list() {
    let other = wire::with(
        fixture("vxc-speed"),
        json!({
            "productUid": "6df42193-b5ea-4c80-97f3-20919cbd3e33", "rateLimit": 100,
            "vxcApproval": {"uid": "f04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13", "newSpeed": 300},
        }),
    );
    let big = wire::with(port("port-mel2-b", [fixture("vxc-speed"), other]), json!({"portSpeed": 10000}));
    let script = Script::new()
        .on("GET", "/v2/products", wire::products([big]))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .start();
    let outcome = run("list -o json", &script);
    outcome.exits(0);
    let figures: Vec<_> = outcome
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            assert_eq!(row["type"], "speed-change");
            (
                row["change_mbps"].as_u64(),
                row["sold_before_mbps"].as_u64(),
                row["sold_after_percent"].as_u64(),
            )
        })
        .collect();
    assert_eq!(figures, [(Some(800), Some(300), Some(11)), (Some(200), Some(1100), Some(13))]);
}

#[test]
fn show_tells_the_change_and_refuses_another_type() {
    let script = Script::new().marketplace_of(&circuits().each_ref()).start();
    let shown = run("show e04b77", &script);
    shown.exits(0).stdout_has("+800 Mbps").stdout_has("60% → 140% OVER").stdout_has("Initech");
    let room = &run("show e04b77 -o json", &script).json()["room"];
    assert_eq!((room["sold_percent"].as_u64(), room["sold_after_percent"].as_u64()), (Some(60), Some(140)));
    run("show 7c1e09", &script).exits(2).stdout_is("").stderr_has("approvals show");
}

#[test]
fn accept_and_deny_send_what_approvals_would() {
    for (verb, approved, rate) in [("accept", true, 1000), ("reject", false, 200)] {
        let [speed, live, new] = circuits();
        let script = Script::new().marketplace_of(&[&speed, &live, &new]).start();
        let outcome = run(&format!("{verb} {SPEED} -o json"), &script);
        outcome.exits(0);
        assert_eq!(outcome.json()["results"][0]["outcome"], "done");
        assert_eq!(script.only("PUT", &speed.by_vxc()).json(), json!({"isApproved": approved}));
        assert_eq!(speed.now()["rateLimit"], rate);
    }
}

#[test]
fn a_connection_request_is_refused_before_anything_is_sent() {
    let [speed, live, new] = circuits();
    let script = Script::new().marketplace_of(&[&speed, &live, &new]).start();
    for verb in ["accept", "deny"] {
        let outcome = run(&format!("{verb} {SPEED} {NEW}"), &script);
        outcome.exits(2).stderr_has("connection request").stderr_has(&format!("approvals {verb} {NEW}"));
    }
    assert!(script.writes().is_empty(), "{:?}", script.lines());
}

#[test]
fn all_means_all_speed_changes() {
    let [speed, live, new] = circuits();
    let script = Script::new().marketplace_of(&[&speed, &live, &new]).start();
    run("accept --all", &script).exits(2);
    assert!(script.requests().is_empty());
    run("accept --all --max 50 --yes", &script).exits(0);
    assert_eq!(script.writes().len(), 1);
    assert_eq!(script.hits("PUT", &speed.by_vxc()), 1);
}

#[test]
fn another_type_is_no_filter_of_it() {
    let script = Script::new().start();
    for args in ["list --type connection", "accept --type connection --yes", "deny --type order --yes"] {
        run(args, &script).exits(2).stderr_has("approvals");
    }
    assert!(script.requests().is_empty());
}

#[test]
fn what_the_queue_asks_is_not_taken_for_what_runs_now() {
    let home = Home::new();
    let listed = home.portgate("--env sandbox speed list -o json").run().exits(0).json();
    let queued = listed.as_array().unwrap().iter().find(|one| one["source"] == "queue").unwrap();
    assert_eq!(queued["new_rate_limit_mbps"], 250);
    assert!(queued["rate_limit_mbps"].is_null() && queued["change_mbps"].is_null(), "{queued}");
    let shown = home.portgate("--env sandbox speed show").arg(queued["id"].as_str().unwrap()).run();
    shown.exits(0).stdout_has("? → 250 Mbps").stdout_lacks("Change ");
}

#[test]
fn a_list_is_sorted_by_what_only_it_has() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox speed list {args}")).run();
    let shares = |args: &str| {
        let listed = run(&format!("{args} -o json")).exits(0).json();
        let shares = listed.as_array().unwrap().iter().map(|one| one["sold_after_percent"].clone());
        shares.collect::<Vec<_>>()
    };
    let descending = shares("--sort sold_after_percent:desc");
    assert_eq!(descending[0], json!(104));
    assert!(descending.last().unwrap().is_null(), "what has none comes last: {descending:?}");
    let ascending = shares("--sort sold_after_percent");
    assert!(ascending[0].as_u64().unwrap() < 104 && ascending.last().unwrap().is_null(), "{ascending:?}");
    assert_eq!(shares("--sort change_mbps:desc --limit 1").len(), 1);
    let table = run("--sort sold_after_percent:desc");
    assert!(table.exits(0).stdout.lines().nth(1).unwrap().starts_with("e04b77f2"), "{table}");
    table.stderr_has("requests");
    run("--sort customer").exits(2).stderr_has("has several fields").stderr_has("customer.name");
    run("--sort extra.*").exits(2).stderr_has("extra.NAME");
    run("--sort customer.name").exits(0);
}

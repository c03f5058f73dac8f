//! What doesn't say how a request stands: a status that portgate doesn't know, an ID that two entries have, a speed that
//! can't be read. It is shown and counted, never decided, and never the proof of a decision.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit, fixture, with};
use crate::common::{Answer, Home, Request, Script};

const ENTRY: &str = "c9d382a5-17e4-4b5f-88a6-4a3b2c17a821";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

/// The first entry of the queue's fixture, with some fields replaced.
fn entry(changes: Value) -> Value {
    with(fixture("order-approvals-page-1")["data"][0].clone(), changes)
}

/// A queue of these entries, whatever status is asked for; an accepted one makes it `after`.
fn queue(before: Value, after: Value) -> Script {
    let shown = Arc::new(Mutex::new(before));
    let decided = Arc::clone(&shown);
    Script::new()
        .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .on("GET", "/v3/order_approvals", move |_: &Request, _: usize| {
            let entries = shown.lock().unwrap().clone();
            let total = entries.as_array().unwrap().len();
            wire::paged(Answer::ok(entries), total, 1, 1)
        })
        .on("POST", &format!("/v3/order_approvals/{ENTRY}/approve"), move |_: &Request, _: usize| {
            *decided.lock().unwrap() = after.clone();
            Answer::ok("done")
        })
        .start()
}

#[test]
fn f_an_entry_whose_status_is_not_known_is_listed_and_counted_and_not_decided() {
    for (status, word) in [(json!("ON_HOLD"), "ON_HOLD"), (json!(null), "none"), (json!(7), "7")] {
        let entries = json!([entry(json!({"status": status}))]);
        let script = queue(entries.clone(), entries);
        let home = Home::new();
        let run = |args: &str| home.approvals(args, &script).run();
        run("list").exits(0).stdout_has("c9d382a5").stdout_has(word);
        let list = run("list -o json").json();
        assert_eq!((&list[0]["status"], &list[0]["wire_status"]), (&json!("unknown"), &json!(word)));
        run("list --status unknown").exits(0).stdout_has("c9d382a5");
        run("list --status approved").exits(0).lacks("c9d382a5");
        run("list --exit-pending").exits(20);
        run("accept --all --max 50 --yes").exits(0);
        run(&format!("show {ENTRY}")).exits(0).stdout_has(word);
        run(&format!("wait {ENTRY} --timeout 1s")).exits(11).stderr_has(&format!("its status is {word}"));
        run("watch --existing --limit 1 -o jsonl").exits(0).stdout_has(ENTRY);
        run(&format!("accept {ENTRY}"))
            .exits(13)
            .stderr_has(&format!("can't tell whether this order is pending: its status is {word}"));
        assert!(script.writes().is_empty(), "{word}");
    }
}

#[test]
fn f_an_entry_that_reads_back_in_doubt_is_unknown() {
    let other_type = entry(json!({"status": "APPROVED", "type": "TERM_CHANGE"}));
    for after in [
        json!([entry(json!({"status": "ON_HOLD"}))]),
        json!([entry(json!({"status": null}))]),
        json!([other_type]),
        json!([entry(json!({"status": "APPROVED"})), entry(json!({"status": "REJECTED"}))]),
    ] {
        let script = queue(json!([entry(json!({}))]), after.clone());
        let home = Home::new();
        let outcome = home.approvals(&format!("accept {ENTRY} --timeout 3s -o json"), &script).run();
        assert_eq!(outcome.code, 14, "{after}\n{outcome}");
        assert_eq!(outcome.json()["results"][0]["outcome"], "unknown", "{after}");
        assert_eq!(home.ledger().last().unwrap()["outcome"], "unknown", "{after}");
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn f_a_speed_change_whose_speed_can_no_longer_be_read_is_unknown_and_not_denied() {
    let circuit = Circuit::under("port-mel2-b", "vxc-speed");
    let changing = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            let nothing =
                json!({"status": null, "message": null, "uid": null, "type": null, "newSpeed": null});
            changing.change(json!({"rateLimit": "fast", "vxcApproval": nothing}));
            Answer::ok(json!({}))
        })
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    let outcome = home.approvals(&format!("deny {SPEED} --timeout 3s"), &script).run();
    outcome.exits(14).stdout_lacks("denied");
    assert_eq!(home.ledger().last().unwrap()["outcome"], "unknown");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn f_an_id_of_two_requests_is_listed_twice_with_a_warning_and_counted() {
    let twice = json!([entry(json!({})), entry(json!({"acctName": "Another Media"}))]);
    let script = queue(twice.clone(), twice);
    let home = Home::new();
    let run = |args: &str| home.approvals(args, &script).run();
    run("list")
        .exits(0)
        .stdout_has("Example Media")
        .stdout_has("Another Media")
        .stderr_has(&format!("warning: several requests have the ID {ENTRY}"));
    run("list --exit-pending").exits(20);
    run("accept --all --max 50 --yes").exits(0);
    run(&format!("accept {ENTRY}")).exits(2);
    run(&format!("deny {ENTRY}")).exits(2);
    assert!(script.writes().is_empty());
}

#[test]
fn f_a_request_whose_ends_cannot_be_read_is_counted_as_it_is_listed() {
    let ends = json!({"aEnd": {"ownerUid": null}, "bEnd": {"ownerUid": "somebody"}, "companyUid": null});
    let vxc = with(fixture("vxc-new"), ends);
    let script = Script::new()
        .on("GET", "/v2/products", wire::products([wire::port("port-syd1-a", [vxc])]))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0).stdout_has("7c1e09ab");
    home.approvals("list --exit-pending", &script).run().exits(20);
    home.approvals("accept --all --max 50 --yes", &script).run().exits(0);
    assert!(script.writes().is_empty());
}

/// The Marketplace with the request `vxc-new`, whose marker has this status.
fn marked(status: &str) -> Script {
    let vxc = with(fixture("vxc-new"), json!({"vxcApproval": {"status": status}}));
    let uid = vxc["productUid"].as_str().unwrap().to_owned();
    Script::new()
        .on("GET", "/v2/products", wire::products([wire::port("port-syd1-a", [vxc.clone()])]))
        .on("GET", &format!("/v2/product/{uid}"), Answer::ok(vxc))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .start()
}

#[test]
fn f_a_marker_with_a_status_that_is_not_known_is_listed_and_counted_and_not_decided() {
    for status in ["ON_HOLD", "pending review", "PENDING", "PENDING_BOTH"] {
        let script = marked(status);
        let home = Home::new();
        let run = |args: &str| home.approvals(args, &script).run();
        run("list").exits(0).stdout_has("7c1e09ab");
        assert_eq!(run("list -o json").json()[0]["wire_status"], status);
        run("list --exit-pending").exits(20);
        run("accept --all --max 50 --yes").exits(0);
        run("accept 7c1e09ab").exits(13).stderr_has(&format!("its status is {status}"));
        run("show 7c1e09ab").exits(0).stdout_has(status);
        run("wait 7c1e09ab --timeout 1s")
            .exits(11)
            .stderr_has(&format!("may be pending: its status is {status}"));
        run("watch --existing --limit 1 -o jsonl").exits(0).stdout_has("7c1e09ab");
        assert!(script.writes().is_empty(), "{status}");
    }
}

#[test]
fn f_a_status_with_blanks_or_in_another_case_is_the_same_status() {
    for status in [" PENDING_INTERNAL", "pending_internal\n", "Pending_Internal"] {
        let script = marked(status);
        let home = Home::new();
        home.approvals("list", &script).run().exits(0).stdout_has("7c1e09ab");
        home.approvals("list --exit-pending", &script).run().exits(20);
    }
    let script = marked(" pending_external ");
    let home = Home::new();
    home.approvals("list --exit-pending", &script).run().exits(0).stdout_lacks("7c1e09ab");
    home.approvals("list --waiting-on them", &script).run().exits(0).stdout_has("7c1e09ab");
}

#[test]
fn f_a_request_that_reads_back_with_a_status_that_is_not_known_is_unknown() {
    let circuit = Circuit::of("vxc-new");
    let changing = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            changing.change(json!({"vxcApproval": {"status": "ON_HOLD"}}));
            Answer::ok(json!({}))
        })
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    home.approvals("accept 7c1e09ab --timeout 3s", &script).run().exits(14);
    assert_eq!(home.ledger().last().unwrap()["outcome"], "unknown");
    assert_eq!(script.writes().len(), 1);
}

/// The product list with these products.
fn listing(products: impl IntoIterator<Item = Value>) -> Script {
    Script::new()
        .on("GET", "/v2/products", wire::products(products))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .start()
}

#[test]
fn f_a_port_or_a_vxc_that_is_listed_twice_counts_once() {
    let (new, live) = (fixture("vxc-new"), fixture("vxc-live"));
    let once = wire::port("port-syd1-a", [new.clone(), live.clone()]);
    let twice = wire::port("port-syd1-a", [new.clone(), live.clone(), live.clone(), new.clone()]);
    let read = |script: Script| {
        let home = Home::new();
        let rooms = home.approvals("list -o json", &script).run().exits(0).json();
        let ports = home.portgate("ports list -o json").at(&script).token("t").run().exits(0).json();
        (rooms, ports)
    };
    let right = read(listing([once.clone()]));
    assert_eq!(read(listing([once.clone(), once.clone()])), right);
    assert_eq!(read(listing([twice.clone()])), right);
    assert_eq!(read(listing([twice, once.clone()])), right);

    // Where the two differ, nobody knows which is right.
    let less = with(live.clone(), json!({"rateLimit": 1}));
    for products in [
        vec![once.clone(), wire::port("port-syd1-a", [new.clone()])],
        vec![once.clone(), with(once.clone(), json!({"portSpeed": 100_000}))],
        vec![wire::port("port-syd1-a", [new, live, less])],
    ] {
        let script = listing(products);
        let home = Home::new();
        let list = home.approvals("list -o json", &script).run();
        list.exits(4).stderr_has("twice with different content");
        assert_eq!(list.json()[0]["room_after_mbps"], Value::Null, "{list}");
        home.approvals("accept --all --max 50 --yes", &script).run().exits(4);
        assert!(script.writes().is_empty());
    }
}

#[test]
fn f_a_name_that_reads_like_a_field_hides_nothing_and_spoils_nothing() {
    let named = |name: &str| with(fixture("vxc-live"), json!({"productName": name, "vxcApproval": null}));
    for name in ["vxcApproval", "\"vxcApproval\": 7", "associatedVxcs"] {
        let script = listing([wire::port("port-syd1-a", [named(name), fixture("vxc-new")])]);
        Home::new().approvals("list", &script).run().exits(0).stdout_has("7c1e09ab");
    }
    let nested = json!({"resources": {"vxcApproval": {}}, "vxcApproval": "PENDING_INTERNAL"});
    let script = listing([wire::port("port-syd1-a", [with(fixture("vxc-live"), nested)])]);
    Home::new().approvals("list", &script).run().exits(4);
}

#[test]
fn f_a_speed_change_on_a_vxc_of_an_unknown_state_is_listed_and_counted_and_not_decided() {
    for (state, word) in
        [(json!("ON_FIRE"), "ON_FIRE"), (json!("DEPLOYABLE"), "DEPLOYABLE"), (json!(null), "none")]
    {
        let circuit = Circuit::under("port-mel2-b", "vxc-speed");
        circuit.change(json!({"provisioningStatus": state}));
        let script = Script::new().marketplace(&circuit).start();
        let home = Home::new();
        let run = |args: &str| home.approvals(args, &script).run();
        run("list").exits(0).stdout_has("e04b77f2").stdout_has(word);
        run("list --exit-pending").exits(20);
        run("accept --all --max 50 --yes").exits(0);
        run(&format!("accept {SPEED}"))
            .exits(13)
            .stderr_has(&format!("can't tell whether this speed change is pending: its status is {word}"));
        run(&format!("wait {SPEED} --timeout 1s")).exits(11).stderr_has(&format!("its status is {word}"));
        assert!(script.writes().is_empty(), "{word}");
    }
}

#[test]
fn f_a_request_without_a_marker_on_a_vxc_of_an_unknown_state_is_not_called_accepted() {
    const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
    for (state, word) in [(json!("ON_HOLD"), "ON_HOLD"), (json!(null), "none")] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        let home = Home::new();
        home.approvals("list", &script).run().exits(0).stdout_has("7c1e09ab");
        circuit.change(json!({"vxcApproval": null, "provisioningStatus": state}));
        let run = |args: &str| home.approvals(args, &script).run();
        run(&format!("accept {NEW}")).exits(13).stderr_has("can't tell whether").stderr_has(word);
        run(&format!("deny {NEW} --reason no")).exits(13).stderr_has("can't tell whether");
        run(&format!("wait {NEW} --timeout 1s")).exits(11).stderr_has(word);
        assert!(script.writes().is_empty(), "{word}");
    }
}

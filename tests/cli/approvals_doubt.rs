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
        run("accept --all --yes").exits(0);
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
        assert_eq!(home.journal().last().unwrap()["outcome"], "unknown", "{after}");
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
    assert_eq!(home.journal().last().unwrap()["outcome"], "unknown");
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
    run("accept --all --yes").exits(0);
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
    home.approvals("accept --all --yes", &script).run().exits(0);
    assert!(script.writes().is_empty());
}

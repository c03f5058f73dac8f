//! Naming a request: full ids, prefixes, VXC uids, and the local map that is only ever a hint.

use serde_json::json;

use crate::common::wire::{self, Circuit, fixture, port, products};
use crate::common::{Answer, Home, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";

#[test]
fn a_unique_prefix_in_any_case_is_enough() {
    for prefix in ["7c1e09ab", "7C1E09AB", "7c1e09"] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        Home::new().approvals(&format!("accept {prefix}"), &script).run().exits(0);
        assert_eq!(script.writes().len(), 1, "{prefix}");
    }
}

#[test]
fn an_ambiguous_prefix_names_the_candidates_and_sends_nothing() {
    let (first, second) = (Circuit::of("vxc-new"), Circuit::of("vxc-new-late"));
    let script = Script::new().marketplace_of(&[&first, &second]).start();

    let outcome = Home::new().approvals("accept 7c1e09", &script).run();

    outcome.exits(2).stderr_has("7c1e09ab").stderr_has("7c1e094f");
    assert!(script.writes().is_empty());
}

#[test]
fn a_prefix_may_be_ambiguous_across_the_two_sources() {
    let entry = fixture("order-approvals-page-1")["data"][0].clone();
    let mut twin = entry.clone();
    twin["uid"] = json!("7c1e09ff-0000-4b5f-88a6-4a3b2c17a821");
    let circuit = Circuit::of("vxc-new");
    let queue = wire::paged(Answer::ok(json!([twin])), 1, 1, 1);
    let script = Script::new().on("GET", "/v3/order_approvals", queue).marketplace(&circuit).start();

    let outcome = Home::new().approvals("deny 7c1e09", &script).run();

    outcome.exits(2).stderr_has("7c1e09ab").stderr_has("7c1e09ff");
    assert!(script.writes().is_empty());
}

#[test]
fn a_prefix_that_is_too_short_is_refused_before_any_request() {
    let script = Script::new().start();
    let outcome = Home::new().approvals("accept 7c1e0", &script).run();
    outcome.exits(2).stderr_has_any(&["six", "6"]);
    assert!(script.requests().is_empty(), "{:?}", script.lines());
}

#[test]
fn an_unknown_id_is_8_and_says_what_to_do() {
    let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    for id in ["ffffffff", "ffffffff-1111-4222-8333-444444444444"] {
        let outcome = home.approvals(&format!("accept {id}"), &script).run();
        outcome.exits(8).stderr_has("ffffffff").stderr_has("approvals list");
    }
    assert!(script.writes().is_empty());
}

#[test]
fn a_vxc_s_uid_names_the_request_on_it() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    Home::new()
        .approvals(&format!("accept {}", circuit.uid()), &script)
        .run()
        .exits(0)
        .stdout_has("7c1e09ab");
    assert_eq!(script.hits("PUT", &circuit.by_vxc()), 1);
}

#[test]
fn a_vxc_s_uid_names_nothing_where_nothing_is_pending() {
    let circuit = Circuit::of("vxc-live");
    let script = Script::new().marketplace(&circuit).start();
    let outcome = Home::new().approvals(&format!("accept {}", circuit.uid()), &script).run();
    assert!([2, 8].contains(&outcome.code), "{outcome}");
    assert!(script.writes().is_empty());
}

#[test]
fn prefixes_are_refused_while_a_source_cannot_be_read_and_full_ids_work() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("GET", "/v3/order_approvals", Answer::refusal(500, "The queue is broken."))
        .marketplace(&circuit)
        .start();
    let home = Home::new();

    let by_prefix = home.approvals("accept 7c1e09ab --max-retries 0", &script).run();
    assert_ne!(by_prefix.code, 0, "{by_prefix}");
    by_prefix.stderr_has_any(&["full id", "whole id"]);
    assert!(script.writes().is_empty());

    home.approvals(&format!("accept {NEW} --max-retries 0"), &script).run().exits(0);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn prefixes_work_where_the_queue_is_not_ours_to_read() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("GET", "/v3/order_approvals", wire::body(403, "error-forbidden"))
        .marketplace(&circuit)
        .start();
    Home::new().approvals("accept 7c1e09", &script).run().exits(0);
}

#[test]
fn the_map_that_list_keeps_saves_reading_the_product_list() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    assert_eq!(script.hits("GET", "/v2/products"), 1);

    let by_uid = format!("accept {}", circuit.uid());
    home.approvals(&format!("{by_uid} --dry-run"), &script)
        .run()
        .exits(0)
        .stdout_has("would accept 7c1e09ab");
    home.approvals(&format!("accept {NEW} --dry-run"), &script).run().exits(0);
    home.approvals(&by_uid, &script).run().exits(0);
    assert_eq!(script.hits("GET", "/v2/products"), 1, "{:#?}", script.lines());
    assert_eq!(script.hits("PUT", &circuit.by_vxc()), 1);
}

#[test]
fn the_map_is_only_a_hint() {
    // The list was read; then the request moved: its VXC of then now carries another request.
    let (named, other) = (Circuit::of("vxc-new"), Circuit::of("vxc-new-late"));
    let script = Script::new().marketplace_of(&[&named, &other]).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    let (named_uid, other_uid) = (named.approval_uid(), other.approval_uid());
    named.change(json!({"vxcApproval": {"uid": other_uid}}));
    other.change(json!({"vxcApproval": {"uid": named_uid}}));

    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);

    let sent: Vec<String> = script.writes().iter().map(|request| request.path.clone()).collect();
    assert_eq!(sent, [other.by_vxc()], "the VXC that carries the named request now, never the one of then");
}

#[test]
fn a_map_that_leads_astray_is_not_believed() {
    let (named, live) = (Circuit::of("vxc-new"), Circuit::of("vxc-live"));
    let script = Script::new().marketplace_of(&[&named, &live]).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    let map = std::fs::read_to_string(home.id_map_path()).unwrap();
    assert!(map.contains(&named.uid()), "{map}");
    std::fs::write(home.id_map_path(), map.replace(&named.uid(), &live.uid())).unwrap();

    let outcome = home.approvals(&format!("accept {NEW}"), &script).run();

    // The VXC it leads to is up: that says nothing of a request it never carried.
    outcome.exits(0).stdout_lacks("already");
    assert_eq!(script.hits("PUT", &named.by_vxc()), 1, "{:#?}", script.lines());
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn what_somebody_else_decided_meanwhile_is_known_by_where_it_was_last_seen() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    circuit.change(json!({"provisioningStatus": "LIVE"}));
    circuit.accept();

    home.approvals(&format!("accept {NEW}"), &script).run().exits(0).stdout_has("already");
    let opposite = home.approvals(&format!("deny {NEW}"), &script).run();

    opposite.exits(13).stderr_has("Megaport doesn't say who decided it");
    assert!(script.writes().is_empty());
}

#[test]
fn a_request_that_is_gone_since_the_list_is_not_mistaken_for_its_successor() {
    let circuit = Circuit::of("vxc-speed");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    let named = circuit.approval_uid();
    circuit.change(json!({"vxcApproval": {"uid": "ffff77f2-6c15-4a8e-8d37-9b2f1e0c4d13", "newSpeed": 5000}}));

    let outcome = home.approvals(&format!("accept {named}"), &script).run();

    assert_ne!(outcome.code, 0, "{outcome}");
    assert!(script.writes().is_empty(), "{:#?}", script.lines());
}

#[test]
fn a_damaged_map_is_as_good_as_none() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.write("cache/portgate/approval-ids.json", "{ not json");
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    home.approvals("list", &script).run().exits(0);
}

#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    for (path, wanted) in [
        (home.id_map_path(), 0o600),
        (home.ledger_path(), 0o600),
        (home.data(), 0o700),
        (home.cache(), 0o700),
    ] {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, wanted, "{}", path.display());
    }
}

#[test]
fn the_other_of_two_similar_ids_is_left_alone() {
    let (first, second) = (Circuit::of("vxc-new"), Circuit::of("vxc-new-late"));
    let script = Script::new().marketplace_of(&[&first, &second]).start();
    Home::new().approvals(&format!("deny {LATE}"), &script).run().exits(0);
    assert_eq!(script.writes().len(), 1);
    assert_eq!(first.now()["vxcApproval"]["status"], "PENDING_INTERNAL");
    assert_eq!(second.now()["provisioningStatus"], "FAILED");
}

#[test]
fn a_product_list_of_nothing_but_ports_has_no_requests() {
    let script = Script::new()
        .on("GET", "/v2/products", products([port("port-bare", []), port("port-mel2-b", [])]))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    Home::new().approvals("accept 7c1e09", &script).run().exits(8);
}

#[test]
fn a_listed_id_in_capitals_is_found_again_without_another_list() {
    let circuit = Circuit::of("vxc-new");
    circuit.change(json!({"vxcApproval": {"uid": NEW.to_uppercase()}}));
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    let lists = script.hits("GET", "/v2/products");

    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);

    assert_eq!(script.hits("GET", "/v2/products"), lists);
    assert_eq!(home.ledger()[0]["object"]["id"], NEW.to_uppercase(), "as the API spells it");
}

//! `approvals accept` and `deny`: what is sent, which way, what is read back, and deciding twice.

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

/// What was sent beyond reads: `PUT /path` and the body.
fn sent(script: &Script) -> Vec<(String, Value)> {
    script.writes().iter().map(|request| (request.line(), request.json())).collect()
}

#[test]
fn accept_goes_by_vxc_and_reads_back() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();

    let outcome = Home::new().approvals(&format!("accept {NEW}"), &script).run();

    outcome.exits(0).stdout_has("accepted").stdout_has("Globex Bank").stdout_has("1201");
    assert_eq!(sent(&script), [(format!("PUT {}", circuit.by_vxc()), json!({"isApproved": true}))]);
    let lines = script.lines();
    let put = lines.iter().position(|line| line.starts_with("PUT")).unwrap();
    assert!(lines[put + 1..].iter().any(|line| line.starts_with("GET /v2/product")), "read back: {lines:#?}");
    assert!(lines[..put].contains(&format!("GET {}", circuit.alone())), "read before: {lines:#?}");
}

#[test]
fn deny_goes_by_vxc_and_reads_back() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();

    let outcome = Home::new().approvals(&format!("deny {NEW}"), &script).run();

    outcome.exits(0).stdout_has("denied").stdout_has("Globex Bank");
    assert_eq!(sent(&script), [(format!("PUT {}", circuit.by_vxc()), json!({"isApproved": false}))]);
}

#[test]
fn approve_and_reject_are_the_same_commands() {
    for (alias, approved) in [("approve", true), ("reject", false)] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        Home::new().approvals(&format!("{alias} {NEW}"), &script).run().exits(0);
        assert_eq!(script.only("PUT", &circuit.by_vxc()).json()["isApproved"], approved);
    }
}

#[test]
fn a_speed_change_accepted_is_the_new_speed_read_back() {
    let circuit = Circuit::under("port-mel2-b", "vxc-speed");
    let script = Script::new().marketplace(&circuit).start();
    let outcome = Home::new().approvals(&format!("accept {SPEED}"), &script).run();
    outcome.exits(0).stdout_has("Initech").stdout_has("1000");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_speed_change_denied_leaves_the_old_speed() {
    let circuit = Circuit::under("port-mel2-b", "vxc-speed");
    let script = Script::new().marketplace(&circuit).start();
    Home::new().approvals(&format!("deny {SPEED}"), &script).run().exits(0).stdout_has("denied");
    assert_eq!(circuit.now()["rateLimit"], 200);
}

#[test]
fn a_speed_change_that_comes_out_otherwise_is_13() {
    let circuit = Circuit::under("port-mel2-b", "vxc-speed");
    let slower = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |request: &Request, _: usize| {
            let answer = slower.decide(request);
            slower.change(json!({"rateLimit": 600}));
            answer
        })
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {SPEED}"), &script).run();
    outcome.exits(13).stderr_has("600");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_vlan_goes_by_order_where_its_field_is_known() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();

    let outcome = Home::new().approvals(&format!("accept {NEW} --vlan 1305"), &script).run();

    outcome.exits(0).stdout_has("1305");
    let expected = (format!("PUT {}", circuit.by_order()), json!({"isApproved": true, "vlan": 1305}));
    assert_eq!(sent(&script), [expected]);
}

#[test]
fn a_vxc_without_a_uid_is_decided_by_order() {
    let circuit = Circuit::of("vxc-new-unordered");
    let made = wire::fixture("order-view")["data"]["technicalServiceUid"].as_str().unwrap().to_owned();
    let script =
        Script::new().on("GET", &format!("/v2/product/{made}"), circuit.read()).marketplace(&circuit).start();
    Home::new().approvals("accept 859f4e61-d3a0-471b-84c2-06f7e8d3c41d", &script).run().exits(0);
    assert_eq!(sent(&script), [(format!("PUT {}", circuit.by_order()), json!({"isApproved": true}))]);
}

#[test]
fn a_refused_form_is_followed_by_the_other_while_the_request_is_pending() {
    for status in [400, 404, 405] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new()
            .on("PUT", &circuit.by_vxc(), Answer::refusal(status, "Not this way."))
            .marketplace(&circuit)
            .start();
        Home::new().approvals(&format!("accept {NEW}"), &script).run().exits(0);
        let lines: Vec<String> = sent(&script).into_iter().map(|(line, _)| line).collect();
        assert_eq!(
            lines,
            [format!("PUT {}", circuit.by_vxc()), format!("PUT {}", circuit.by_order())],
            "{status}"
        );

        let circuit = Circuit::of("vxc-new");
        let script = Script::new()
            .on("PUT", &circuit.by_order(), Answer::refusal(status, "Not this way."))
            .marketplace(&circuit)
            .start();
        Home::new()
            .approvals(&format!("accept {NEW} --vlan 1305"), &script)
            .run()
            .exits(0)
            .stdout_has("1305");
        let by_vxc = script.only("PUT", &circuit.by_vxc()).json();
        assert_eq!(by_vxc, json!({"isApproved": true, "bEndVlan": 1305}), "{status}");
    }
}

#[test]
fn both_forms_refused_is_an_api_error_and_nothing_is_decided() {
    let circuit = Circuit::of("vxc-new");
    let refusal = || wire::body(400, "error-bad-request").header("Trace-Id", "trace-4711");
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), refusal())
        .on("PUT", &circuit.by_order(), refusal())
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW}"), &script).run();
    outcome.exits(4).stderr_has("VXC is not awaiting approval").stderr_has("trace-4711");
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn a_refusal_is_not_followed_by_the_other_form_once_somebody_else_has_decided() {
    for (verb, code) in [("accept", 0), ("deny", 13)] {
        let circuit = Circuit::of("vxc-new");
        let beaten = circuit.clone();
        let script = Script::new()
            .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
                beaten.change(json!({"provisioningStatus": "LIVE"}));
                beaten.accept();
                wire::body(400, "error-bad-request")
            })
            .marketplace(&circuit)
            .start();
        let outcome = Home::new().approvals(&format!("{verb} {NEW}"), &script).run();
        outcome.exits(code);
        assert_eq!(script.writes().len(), 1, "{verb}: {:#?}", script.lines());
    }
}

#[test]
fn losing_the_race_tells_who_won() {
    let circuit = Circuit::of("vxc-new");
    let beaten = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            beaten.change(json!({"provisioningStatus": "LIVE", "vxcApproval": {"status": "APPROVED"}}));
            wire::body(409, "error-conflict")
        })
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("deny {NEW}"), &script).run();
    outcome.exits(13).stderr_has("Dana Reyes").stderr_has("2025-12-31");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn the_same_decision_again_is_0_and_sends_nothing() {
    for verb in ["accept", "deny"] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        let home = Home::new();
        home.approvals(&format!("{verb} {NEW}"), &script).run().exits(0);

        for id in [NEW, "7c1e09"] {
            let again = home.approvals(&format!("{verb} {id}"), &script).run();
            again.exits(0).stdout_has("already");
        }
        assert_eq!(script.writes().len(), 1, "{verb}");
    }
}

#[test]
fn the_opposite_decision_is_13_and_sends_nothing() {
    for (first, second) in [("accept", "deny"), ("deny", "accept")] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        let home = Home::new();
        home.approvals(&format!("{first} {NEW}"), &script).run().exits(0);

        let outcome = home.approvals(&format!("{second} {NEW}"), &script).run();

        outcome.exits(13).stderr_has(if first == "accept" { "accepted" } else { "denied" });
        assert_eq!(script.writes().len(), 1, "{first}, then {second}");
    }
}

#[test]
fn a_marker_that_says_approved_is_believed_in_another_home() {
    let circuit = Circuit::of("vxc-new");
    // The message stays what it was: the name of the party that had to approve, not of a person who did.
    circuit.change(json!({"provisioningStatus": "LIVE", "vxcApproval": {"status": "APPROVED"}}));
    let script = Script::new().marketplace(&circuit).start();

    Home::new().approvals(&format!("accept {NEW}"), &script).run().exits(0).stdout_has("already");
    let outcome = Home::new().approvals(&format!("deny {NEW}"), &script).run();

    outcome.exits(13).stderr_has("Megaport doesn't say who decided it");
    assert!(script.writes().is_empty());
}

#[test]
fn accepting_again_with_another_vlan_is_13() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals(&format!("accept {NEW} --vlan 1305"), &script).run().exits(0);

    home.approvals(&format!("accept {NEW} --vlan 1305"), &script).run().exits(0).stdout_has("already");
    let outcome = home.approvals(&format!("accept {NEW} --vlan 1306"), &script).run();

    outcome.exits(13).stderr_has("1305").stderr_has("1306");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_vlan_other_than_the_one_asked_for_is_told_and_13() {
    let circuit = Circuit::of("vxc-new");
    let stubborn = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_order(), move |request: &Request, _: usize| {
            let answer = stubborn.decide(request);
            stubborn.change(json!({"bEnd": {"vlan": 1399}}));
            answer
        })
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW} --vlan 1305 --timeout 3s"), &script).run();
    outcome.exits(13).stderr_has("the request was accepted, but with VLAN 1399, not 1305");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn the_vlan_it_really_got_is_told() {
    let circuit = Circuit::of("vxc-new-late");
    let picking = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |request: &Request, _: usize| {
            let answer = picking.decide(request);
            picking.change(json!({"bEnd": {"vlan": 2077}}));
            answer
        })
        .marketplace(&circuit)
        .start();
    Home::new().approvals("accept 7c1e094f", &script).run().exits(0).stdout_has("2077");
}

#[test]
fn a_vlan_out_of_range_is_refused_before_any_request() {
    for vlan in ["1", "4094", "5000", "-2", "many"] {
        let script = Script::new().start();
        let outcome = Home::new().approvals(&format!("accept {NEW} --vlan={vlan}"), &script).run();
        outcome.exits(2).stderr_has(vlan);
        assert!(script.requests().is_empty());
    }
}

#[test]
fn a_vlan_that_is_taken_is_not_asked_for() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("GET", "/v2/product/port/*/vlan", wire::body(200, "vlan-taken"))
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW} --vlan 1305"), &script).run();
    assert_ne!(outcome.code, 0, "{outcome}");
    outcome.stderr_has("1305");
    assert!(script.writes().is_empty(), "{:#?}", script.lines());
}

#[test]
fn the_next_free_vlan_is_chosen_among_those_not_in_use() {
    let (circuit, live) = (Circuit::of("vxc-new"), Circuit::of("vxc-live"));
    let script = Script::new().marketplace_of(&[&live, &circuit]).start();

    let outcome = Home::new().approvals(&format!("accept {NEW} --vlan next"), &script).run();

    outcome.exits(0);
    let vlan = script.only("PUT", &circuit.by_order()).json()["vlan"].as_i64().unwrap();
    assert!((2..=4093).contains(&vlan) && vlan != 1200, "{vlan}");
    outcome.stdout_has(&vlan.to_string());
}

#[test]
fn an_inner_vlan_and_another_port_go_by_vxc() {
    let circuit = Circuit::of("vxc-new");
    let melbourne = Circuit::under("port-mel2-b", "vxc-live-small");
    let script = Script::new().marketplace_of(&[&circuit, &melbourne]).start();
    let port = "b27c5e90-88af-4d07-b1b6-0d4a9e3f7c22";
    let args = format!("accept {NEW} --vlan 1305 --inner-vlan 7 --move-to {port}");

    Home::new().approvals(&args, &script).run().exits(0).stdout_has("1305");

    let body = script.only("PUT", &circuit.by_vxc()).json();
    let wanted = json!({"isApproved": true, "bEndVlan": 1305, "bEndInnerVlan": 7, "bEndProductUid": port});
    assert_eq!(body, wanted);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_reason_goes_where_it_can_and_the_output_says_where() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();

    let outcome =
        home.approvals(&format!("deny {NEW}"), &script).arg("--reason").arg("no contract yet").run();

    outcome.exits(0);
    let talk = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(talk.contains("reason"), "{outcome}");
    assert_eq!(script.writes().len(), 1);
    assert!(home.ledger().iter().any(|line| line.to_string().contains("no contract yet")));
}

#[test]
fn a_blank_reason_or_ticket_is_none() {
    let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    for (reason, ticket) in [("no contract", " "), ("  ", "CHG-1"), ("", "CHG-1")] {
        let run = home.approvals(&format!("deny {NEW}"), &script);
        let outcome = run.arg("--reason").arg(reason).arg("--ticket").arg(ticket).run();
        outcome.exits(2).stderr_has("must not be empty");
    }
    assert!(script.requests().is_empty() && home.ledger().is_empty());
}

#[test]
fn our_own_order_that_waits_for_the_other_party_is_not_ours_to_accept() {
    let circuit = Circuit::of("vxc-outgoing-external");
    let script = Script::new().marketplace(&circuit).start();
    for verb in ["accept", "deny"] {
        let args = format!("{verb} a7b16083-f5c2-493d-86e4-28190af5e61f");
        let outcome = Home::new().approvals(&args, &script).run();
        outcome.exits(7).stderr_has("other party");
    }
    assert!(script.writes().is_empty());
}

#[test]
fn a_role_that_may_not_is_7_and_says_so() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), wire::body(403, "error-forbidden"))
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW} -o json"), &script).run();
    outcome.exits(7);
    assert_eq!(script.writes().len(), 1, "a role is not got around by the other form");
    assert!(
        outcome.stdout.contains("b0dy-trace-403") || outcome.stderr.contains("b0dy-trace-403"),
        "{outcome}"
    );
}

#[test]
fn a_queue_entry_is_decided_in_the_queue() {
    let id = "c9d382a5-17e4-4b5f-88a6-4a3b2c17a821";
    for (verb, action, becomes) in [("accept", "approve", "APPROVED"), ("deny", "reject", "REJECTED")] {
        let decided = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = std::sync::Arc::clone(&decided);
        let path = format!("/v3/order_approvals/{id}/{action}");
        let script = Script::new()
            .on("GET", "/v2/products", wire::products_of(&["vxc-live"]))
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .on("GET", "/v3/order_approvals", move |request: &Request, _: usize| {
                let mut page = wire::fixture("order-approvals-page-1");
                if seen.load(std::sync::atomic::Ordering::SeqCst) {
                    page["data"][0]["status"] = json!(becomes);
                }
                if let Some(wanted) = request.parameter("status") {
                    page["data"].as_array_mut().unwrap().retain(|entry| entry["status"] == wanted);
                }
                wire::paged(Answer::json(200, &page), 2, 1, 1)
            })
            .on("POST", &path, move |_: &Request, _: usize| {
                decided.store(true, std::sync::atomic::Ordering::SeqCst);
                wire::body(200, "order-approval-done")
            })
            .start();
        let home = Home::new();

        home.approvals(&format!("{verb} {id}"), &script)
            .arg("--reason")
            .arg("agreed")
            .run()
            .exits(0)
            .stdout_has("Example Media");
        home.approvals(&format!("{verb} {id}"), &script).run().exits(0).stdout_has("already");

        assert_eq!(script.only("POST", &path).json(), json!({"comments": "agreed"}));
    }
}

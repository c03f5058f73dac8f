//! What takes its time to show, what shows otherwise, and what is said of it meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::common::wire::Circuit;
use crate::common::{Answer, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

/// A marker with nothing in it.
fn nothing() -> Value {
    json!({"status": null, "message": null, "uid": null, "type": null, "newSpeed": null})
}

#[test]
fn a_denied_speed_change_stays_denied_for_this_home_and_any_other() {
    let db = tempfile::tempdir().unwrap();
    let file = db.path().join("sandbox.db");
    let run = |home: &Home, args: &str| {
        home.portgate(&format!("--env sandbox approvals {args}")).arg("--db").arg(&file).run()
    };
    let (first, other) = (Home::new(), Home::new());
    run(&first, "deny e04b77 --reason full").exits(0).stdout_has("denied");
    for home in [&first, &other] {
        run(home, "deny e04b77").exits(0).stdout_has("is already denied: ").stderr_has("denied by");
        run(home, "accept e04b77").exits(13).stderr_has("already denied").stdout_lacks("accepted");
        let whole = "e04b77f2-8a19-5f63-b2d7-0c9e6a1f5d38";
        run(home, &format!("deny {whole}")).exits(0).stdout_has("is already denied: ");
        run(home, &format!("accept {whole} -o json")).exits(13);
    }
}

#[test]
fn a_new_speed_that_follows_later_is_not_called_denied() {
    let circuit = Circuit::under("port-mel2-b", "vxc-speed");
    let changing = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            changing.change(json!({"vxcApproval": nothing()}));
            Answer::ok(json!({}))
        })
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {SPEED} --timeout 4s"), &script).run();
    outcome.exits(14).stderr_has("still shows the old state").lacks("denied");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_lost_answer_whose_effect_cannot_be_told_is_14_and_not_denied() {
    let circuit = Circuit::under("port-mel2-b", "vxc-speed");
    let changing = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            changing.change(json!({"vxcApproval": nothing()}));
            Answer::lost()
        })
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {SPEED} --timeout 4s"), &script).run();
    outcome.exits(14);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_lost_answer_is_given_time_to_take_effect_before_anything_is_sent_again() {
    let circuit = Circuit::of("vxc-new");
    let (deciding, looks, sent) =
        (circuit.clone(), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (read, was_sent) = (circuit.read(), Arc::clone(&sent));
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            sent.fetch_add(1, Ordering::SeqCst);
            Answer::lost()
        })
        .on("GET", &circuit.alone(), move |request: &Request, nth: usize| {
            // It takes effect some looks after it was sent.
            if was_sent.load(Ordering::SeqCst) > 0 && looks.fetch_add(1, Ordering::SeqCst) == 2 {
                deciding.accept();
            }
            read(request, nth)
        })
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW} --timeout 20s"), &script).run();
    outcome.exits(0).stdout_has("accepted");
    assert_eq!(script.writes().len(), 1, "{:#?}", script.lines());
}

#[test]
fn a_failure_after_a_lost_answer_is_14_and_not_a_failure() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), [Answer::lost(), Answer::refusal(500, "Something went wrong.")])
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW} --timeout 4s"), &script).run();
    outcome.exits(14);
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn an_inner_vlan_that_the_backend_ignored_is_13_once_the_vxc_is_up() {
    let circuit = Circuit::of("vxc-new");
    let changing = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            changing.change(json!({"vxcApproval": nothing(), "provisioningStatus": "LIVE"}));
            Answer::ok(json!({}))
        })
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    let outcome = home.approvals(&format!("accept {NEW} --inner-vlan 200 --timeout 4s"), &script).run();
    outcome.exits(13).stderr_has("without inner VLAN 200");
}

#[test]
fn an_inner_vlan_that_does_not_show_yet_is_said() {
    let circuit = Circuit::of("vxc-new");
    let changing = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            changing.change(json!({"vxcApproval": nothing()}));
            Answer::ok(json!({}))
        })
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    let outcome = home.approvals(&format!("accept {NEW} --inner-vlan 200 --timeout 4s"), &script).run();
    outcome.exits(0).stderr_has("doesn't show inner VLAN 200 yet");
}

#[test]
fn what_was_expected_must_hold_for_what_is_decided_already() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    home.approvals(&format!("accept {NEW} --expect-customer Nobody"), &script).run().exits(13);
    home.approvals(&format!("accept {NEW} --expect-rate 9"), &script).run().exits(13);
    home.approvals(&format!("accept {NEW} --expect-rate 500"), &script).run().exits(0);
}

#[test]
fn among_several_an_error_says_which_one_it_is_about_and_the_others_go_on() {
    let (first, second) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
    let script = Script::new()
        .on("PUT", &first.by_vxc(), Answer::refusal(403, "Not your role."))
        .marketplace_of(&[&first, &second])
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW} {SPEED}"), &script).run();
    outcome
        .exits(12)
        .stderr_has(&format!("error: {NEW}: "))
        .stderr_has("use a key with the Company Admin, Technical Admin or Finance role");
    outcome.stdout_has(SPEED);
}

#[test]
fn a_whole_id_that_cannot_be_read_now_does_not_keep_the_others_waiting() {
    let (first, second) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
    let failing = Arc::new(AtomicUsize::new(0));
    let (fails, read) = (Arc::clone(&failing), first.read());
    let script = Script::new()
        .on("GET", &first.alone(), move |request: &Request, nth: usize| match fails.load(Ordering::SeqCst) {
            0 => read(request, nth),
            _ => Answer::refusal(500, "Not now."),
        })
        .marketplace_of(&[&first, &second])
        .start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    failing.store(1, Ordering::SeqCst);
    let outcome = home.approvals(&format!("accept {NEW} {SPEED} --max-retries 0 -o json"), &script).run();
    outcome.exits(12);
    assert_eq!(
        outcome.json()["summary"],
        json!({"ok": 1, "failed": 1, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 0})
    );
    assert_eq!(outcome.json()["results"][0]["error"]["code"], 4);
}

#[test]
fn one_request_named_in_three_ways_is_decided_once() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let ids = format!("accept {NEW} {} {} -o json", &NEW[..8], circuit.uid());
    let outcome = Home::new().approvals(&ids, &script).run();
    outcome.exits(0);
    assert_eq!(outcome.json()["results"].as_array().unwrap().len(), 1);
}

#[test]
fn the_reason_is_said_to_be_where_it_really_is() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), Answer::refusal(400, "Not in this form."))
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW} --reason because"), &script).run();
    outcome.exits(0).stderr_has("the API does not accept one here").stderr_lacks("was sent");
}

#[test]
fn a_busy_token_endpoint_is_asked_again() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on(
            "POST",
            "/oauth2/token",
            [Answer::refusal(429, "Slow down.").header("Retry-After", 0), crate::common::wire::token_ok()],
        )
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    home.portgate("approvals list").at(&script).key("id", "secret").run().exits(0).stdout_has("7c1e09ab");
    assert_eq!(script.hits("POST", "/oauth2/token"), 2);
}

#[test]
fn a_full_disk_behind_stdout_does_not_hide_what_was_decided() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let outcome = home.approvals(&format!("accept {NEW}"), &script).run_with_full_stdout();
    outcome.exits(1).stderr_has("accepted").stderr_has("could not write");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_ledger_that_is_a_device_is_not_read_and_nothing_is_sent() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals(&format!("accept {NEW}"), &script).env("PORTGATE_LEDGER", "/dev/full").run().exits(1);
    assert!(script.writes().is_empty());
}

#[test]
fn a_dry_run_that_finds_only_some_is_8_as_the_real_run_and_names_nothing_without_a_name() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals(&format!("accept zzzzzz {NEW} --dry-run"), &script)
        .run()
        .exits(8)
        .stdout_lacks("would send");
    let nameless = home.approvals("accept --dry-run", &script).run();
    nameless.exits(2);
    assert!(script.writes().is_empty());
}

//! Asking before deciding, deciding several at once, saying what would be done, and the ledger.

use serde_json::json;

use crate::common::wire::{self, Circuit};
use crate::common::{Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";

#[test]
fn a_terminal_shows_what_will_happen_and_asks() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let mut terminal =
        home.approvals(&format!("accept {NEW}"), &script).env("NO_COLOR", "1").in_terminal(100, 30);
    terminal.expect("[y/N]");
    assert!(script.writes().is_empty(), "nothing is sent before the answer");
    terminal.send_line("y");
    let seen = terminal.exits(0);
    for said in [
        "Example Cloud Connect",
        "Globex Bank",
        "SYD1-A",
        "500",
        "1201, as requested",
        "9500 of 10000 Mbps left if accepted",
        "this can't be undone",
        "accepted",
    ] {
        assert!(seen.contains(said), "{said}: {seen}");
    }
    assert_eq!(script.hits("PUT", &circuit.by_vxc()), 1);
}

#[test]
fn no_is_5_and_enter_means_no() {
    for answer in ["n\r", "\r"] {
        for verb in ["accept", "deny"] {
            let circuit = Circuit::of("vxc-new");
            let script = Script::new().marketplace(&circuit).start();
            let home = Home::new();
            let mut terminal =
                home.approvals(&format!("{verb} {NEW}"), &script).env("NO_COLOR", "1").in_terminal(100, 30);
            terminal.expect("[y/N]");
            terminal.send(answer);
            terminal.exits(5);
            assert!(script.writes().is_empty(), "{verb} {answer:?}");
            assert!(home.ledger().is_empty(), "{verb} {answer:?}");
        }
    }
}

#[test]
fn a_question_is_asked_on_stderr_when_stdout_goes_elsewhere() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let file = home.path().join("result");
    let mut terminal = home
        .approvals(&format!("accept {NEW} -o json"), &script)
        .env("NO_COLOR", "1")
        .in_terminal_with_stdout_to(100, 30, &file);
    terminal.expect("[y/N]");
    terminal.send_line("y");
    terminal.exits(0);
    let result: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(result["summary"]["ok"], 1);
}

#[test]
fn yes_and_no_input_skip_the_question_for_a_named_id() {
    for flag in ["--yes", "--no-input"] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        let seen = Home::new()
            .approvals(&format!("accept {NEW} {flag}"), &script)
            .env("NO_COLOR", "1")
            .in_terminal(100, 30)
            .exits(0);
        assert!(!seen.contains("[y/N]"), "{flag}: {seen}");
        assert_eq!(script.writes().len(), 1, "{flag}");
    }
}

#[test]
fn choosing_by_filter_off_terminal_needs_yes_before_any_request() {
    let script = Script::new().start();
    let home = Home::new();
    for args in ["accept --all", "deny --all", "accept", "deny"] {
        let outcome = home.approvals(args, &script).run();
        outcome.exits(2);
        assert!(script.requests().is_empty(), "{args}: {:?}", script.lines());
    }
    home.approvals("accept --all", &script).run().stderr_has("--yes");
    let on_terminal = home.approvals("accept --all --no-input", &script).in_terminal(80, 24).exits(2);
    assert!(on_terminal.contains("--yes"), "{on_terminal}");
}

#[test]
fn all_means_incoming_and_waiting_on_me() {
    let circuits = [
        "vxc-new",
        "vxc-new-late",
        "vxc-outgoing",
        "vxc-outgoing-external",
        "vxc-internal",
        "vxc-stale-live",
    ]
    .map(Circuit::of);
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();

    let outcome = Home::new().approvals("accept --all --max 50 --yes -o json", &script).run();

    outcome.exits(0);
    let mut sent: Vec<String> = script.writes().iter().map(|request| request.path.clone()).collect();
    sent.sort();
    // The second names no VLAN, on the port of the first.
    let mut wanted = [circuits[0].by_vxc(), circuits[1].by_order()];
    wanted.sort();
    assert_eq!(sent, wanted);
    assert_eq!(
        outcome.json()["summary"],
        json!({"ok": 2, "failed": 0, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 0})
    );
}

#[test]
fn one_id_has_the_batch_document_and_its_own_code() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let document = |outcome: &str| {
        json!({
            "schema": "portgate.batch/v1",
            "summary": {"ok": 1, "failed": 0, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 0},
            "results": [{"id": NEW, "decision": "accept", "outcome": outcome, "error": null}],
        })
    };

    let first = home.approvals(&format!("accept {NEW} -o json"), &script).run();
    let second = home.approvals(&format!("accept {NEW} -o json"), &script).run();
    let third = home.approvals(&format!("deny {NEW} -o json"), &script).run();

    for (outcome, wanted) in [(&first, "done"), (&second, "already")] {
        outcome.exits(0);
        let mut document_seen = outcome.json();
        let result = &mut document_seen["results"][0];
        let fields = ["id", "decision", "outcome", "error"];
        let kept: serde_json::Map<_, _> =
            fields.iter().map(|&field| (field.to_owned(), result[field].take())).collect();
        *result = json!(kept);
        let head = document_seen.as_object_mut().unwrap().shift_remove("ledger_head").unwrap();
        assert_eq!(head.is_string(), wanted == "done", "{head}");
        assert_eq!(document_seen, document(wanted), "{outcome}");
    }
    third.exits(13);
    assert_eq!(third.json()["results"][0]["outcome"], "conflict");
    assert_eq!(third.json()["results"][0]["error"]["code"], 13);
    assert_eq!(third.json()["summary"]["failed"], 1);
}

#[test]
fn some_of_several_failed_is_12_and_the_others_are_done() {
    let (good, bad) = (Circuit::of("vxc-new"), Circuit::of("vxc-new-late"));
    let script = Script::new()
        .on("PUT", &bad.by_order(), wire::body(403, "error-forbidden"))
        .marketplace_of(&[&good, &bad])
        .start();

    let outcome = Home::new().approvals(&format!("accept {LATE} {NEW} -o json"), &script).run();

    outcome.exits(12);
    let document = outcome.json();
    assert_eq!(document["summary"]["ok"], 1);
    assert_eq!(document["summary"]["refused"], 1);
    let by_id = |id: &str| {
        document["results"].as_array().unwrap().iter().find(|result| result["id"] == id).unwrap().clone()
    };
    assert_eq!(by_id(NEW)["outcome"], "done");
    assert_eq!(by_id(LATE)["error"]["code"], 7);
    assert_eq!(script.hits("PUT", &good.by_vxc()), 1);
}

#[test]
fn the_same_id_twice_is_decided_once() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    Home::new().approvals(&format!("accept {NEW} 7c1e09 {}", NEW.to_uppercase()), &script).run().exits(0);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn one_bad_name_among_several_decides_none() {
    let (first, second) = (Circuit::of("vxc-new"), Circuit::of("vxc-new-late"));
    let script = Script::new().marketplace_of(&[&first, &second]).start();
    Home::new().approvals(&format!("accept {NEW} 7c1e09"), &script).run().exits(2);
    assert!(script.writes().is_empty(), "an ambiguous prefix is a usage error: nothing half done");
}

#[test]
fn a_dry_run_shows_the_request_and_only_reads() {
    let circuit = Circuit::of("vxc-new");
    for (args, method_and_path, body) in [
        ("accept", format!("PUT {}", circuit.by_vxc()), "\"isApproved\":true"),
        ("deny", format!("PUT {}", circuit.by_vxc()), "\"isApproved\":false"),
        ("accept --vlan 1305", format!("PUT {}", circuit.by_order()), "\"vlan\":1305"),
    ] {
        let script = Script::new().marketplace(&circuit).start();
        let home = Home::new();
        let outcome = home.approvals(&format!("{args} {NEW} --dry-run"), &script).run();
        outcome.exits(0).stdout_has(&method_and_path);
        assert!(outcome.stdout.replace(' ', "").contains(body), "{outcome}");
        assert!(script.requests().iter().all(|request| request.method == "GET"), "{:#?}", script.lines());
        assert!(home.ledger().is_empty());
    }
}

#[test]
fn a_dry_run_never_asks() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let seen = Home::new()
        .approvals(&format!("accept {NEW} --dry-run"), &script)
        .env("NO_COLOR", "1")
        .in_terminal(100, 30)
        .exits(0);
    assert!(!seen.contains("[y/N]"), "{seen}");
}

#[test]
fn the_ledger_has_a_line_before_sending_and_one_after() {
    let circuit = Circuit::of("vxc-new");
    let decided = circuit.clone();
    let home = Home::new();
    let ledger = home.ledger_path();
    let lines_before = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&lines_before);
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |request: &Request, _: usize| {
            let text = std::fs::read_to_string(&ledger).unwrap_or_default();
            *seen.lock().unwrap() = text.lines().map(str::to_owned).collect();
            decided.decide(request)
        })
        .marketplace(&circuit)
        .start();

    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);

    let before = lines_before.lock().unwrap().clone();
    assert_eq!(before.len(), 1, "one line before sending: {before:?}");
    assert!(before[0].contains(NEW));
    let lines = home.ledger();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert_eq!(
        lines[0].to_string(),
        serde_json::from_str::<serde_json::Value>(&before[0]).unwrap().to_string()
    );
    assert!(lines[1].to_string().contains(NEW));
    assert!(!std::fs::read_to_string(home.ledger_path()).unwrap().contains("scripted-token"));
}

#[test]
fn the_ledger_may_be_elsewhere_and_nothing_is_sent_where_it_cannot_be_written() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let folder = home.path().join("in-the-way");
    std::fs::create_dir(&folder).unwrap();

    let refused = home.approvals(&format!("accept {NEW}"), &script).env("PORTGATE_LEDGER", &folder).run();
    assert_ne!(refused.code, 0, "{refused}");
    refused.stderr_has("ledger");
    assert!(script.writes().is_empty());

    let elsewhere = home.path().join("deep/er/ledger.jsonl");
    home.approvals(&format!("accept {NEW}"), &script).env("PORTGATE_LEDGER", &elsewhere).run().exits(0);
    assert_eq!(std::fs::read_to_string(elsewhere).unwrap().lines().count(), 2);
    assert!(home.ledger().is_empty());
}

#[test]
fn a_failed_decision_is_recorded_too() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), wire::body(403, "error-forbidden"))
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    home.approvals(&format!("accept {NEW}"), &script).run().exits(7);
    assert_eq!(home.ledger().len(), 2, "{:#?}", home.ledger());
    // What failed was not decided: it can be decided later.
    let script = Script::new().marketplace(&circuit).start();
    home.approvals(&format!("deny {NEW}"), &script).run().exits(0);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_half_written_ledger_line_does_not_stop_the_work() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.write("data/portgate/ledger.jsonl", "{\"schema\":\"portgate.ledg");
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0).stdout_has("already");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn argument_errors_are_json_too_where_json_is_asked_for() {
    let script = Script::new().start();
    let outcome = Home::new().approvals(&format!("accept {NEW} --vlan 9999 -o json"), &script).run();
    outcome.exits(2);
    assert_eq!(outcome.error()["type"], "usage");
    assert!(script.requests().is_empty());
}

#[test]
fn the_question_says_what_follows_from_the_answer() {
    let asked = |circuit: &Circuit, args: &str| {
        let script = Script::new().marketplace(circuit).start();
        let home = Home::new();
        let mut terminal = home.approvals(args, &script).env("NO_COLOR", "1").in_terminal(120, 30);
        let shown = terminal.expect("[y/N]");
        terminal.send_line("n");
        terminal.exits(5);
        assert!(script.writes().is_empty());
        shown
    };
    let speed = Circuit::under("port-mel2-b", "vxc-speed");
    speed.change(json!({"vxcApproval": {"newSpeed": 1400}}));
    let shown = asked(&speed, "accept e04b77f2");
    assert!(
        shown.contains("OVER by 400 Mbps: the port would be oversubscribed (20% → 140% OVER)"),
        "{shown}"
    );
    assert!(shown.contains("the new speed applies and is billed"), "{shown}");
    let shown = asked(&speed, "deny e04b77f2 --reason full");
    assert!(shown.contains("the VXC keeps its current speed") && shown.contains("Reason    full"), "{shown}");
    let shown = asked(&Circuit::of("vxc-new"), &format!("accept {NEW} --vlan 1305"));
    assert!(shown.contains("1305 instead of 1201"), "{shown}");
}

#[test]
fn a_filter_that_is_empty_is_2_before_any_request() {
    let script = Script::new().start();
    let home = Home::new();
    for (command, flag) in [
        ("approvals list", "--customer"),
        ("approvals list", "--port"),
        ("approvals accept --yes", "--customer"),
        ("approvals deny --yes", "--customer"),
        ("approvals deny --yes", "--port"),
        ("approvals review", "--customer"),
        ("approvals watch", "--port"),
        ("approvals accept 7c1e09ab", "--expect-customer"),
        ("approvals accept 7c1e09ab", "--expect-port"),
        ("approvals accept 7c1e09ab", "--move-to"),
        ("speed list", "--port"),
        ("speed deny --yes", "--customer"),
        ("keys list", "--port"),
        ("keys create --no-expiry", "--port"),
    ] {
        for blank in ["", " ", "\t "] {
            let run = home.portgate(command).arg(flag).arg(blank).at(&script).token("scripted-token").run();
            run.exits(2).stderr_has(flag).stderr_has("the value is empty");
        }
    }
    home.portgate("ports vlans").arg(" ").at(&script).token("scripted-token").run().exits(2);
    assert!(script.requests().is_empty(), "{:?}", script.lines());
}

#[test]
fn what_keeps_a_question_from_being_asked_is_named() {
    for (flag, variables, why) in [
        ("", [("CI", "true"), ("TZ", "UTC")], "can't prompt: CI is set"),
        ("", [("PORTGATE_NO_INPUT", "1"), ("CI", "true")], "can't prompt: PORTGATE_NO_INPUT is set"),
        ("--no-input", [("PORTGATE_NO_INPUT", "0"), ("CI", "true")], "can't prompt: --no-input is set"),
    ] {
        let home = Home::new();
        for command in ["approvals accept", "approvals review", "notify edit", "keys create"] {
            let mut run = home.portgate(&format!("--env sandbox {command} {flag}"));
            for (name, value) in variables {
                run = run.env(name, value);
            }
            let seen = run.in_terminal(120, 40).exits(2);
            assert!(seen.contains(why) && !seen.contains("not a terminal"), "{command}: {seen}");
        }
    }
    let home = Home::new();
    let run = home.portgate("--env sandbox approvals accept").env("CI", "true").env("PORTGATE_NO_INPUT", "0");
    let mut terminal = run.in_terminal(120, 40);
    terminal.expect("Which requests do you want to accept?");
    terminal.send("\u{1b}");
    terminal.exits(5);
}

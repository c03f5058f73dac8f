//! `approvals apply`: decisions from a file, checked as a whole, sent once, safe to run again.

use serde_json::json;

use crate::common::wire::{self, Circuit};
use crate::common::{Home, Outcome, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";

fn apply(home: &Home, script: &Script, args: &str, file: &str) -> Outcome {
    home.approvals(&format!("apply - {args}"), script).stdin(file).run()
}

fn circuits() -> [Circuit; 2] {
    ["vxc-new", "vxc-new-late"].map(Circuit::of)
}

#[test]
fn csv_json_and_json_lines_send_the_same() {
    let csv = format!("id,decision,vlan,reason\n{NEW},accept,1305,\n{LATE},deny,,full\n");
    let json = json!([
        {"id": NEW, "decision": "accept", "vlan": 1305},
        {"id": LATE, "decision": "deny", "reason": "full"},
    ]);
    let lines = format!("{}\n{}\n", json[0], json[1]);
    for text in [csv, json.to_string(), lines] {
        let circuits = circuits();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home = Home::new();
        let applied = apply(&home, &script, "--yes -o json", &text);
        applied.exits(0);
        assert_eq!(applied.json()["schema"], "portgate.batch/v1");
        assert_eq!(applied.json()["summary"]["ok"], 2);
        assert_eq!(
            script.only("PUT", &circuits[0].by_order()).json(),
            json!({"isApproved": true, "vlan": 1305}),
            "{text}"
        );
        assert_eq!(
            script.only("PUT", &circuits[1].by_vxc()).json(),
            json!({"isApproved": false, "message": "full"}),
            "{text}"
        );
        // Once more: nothing is sent, and all is well.
        let again = apply(&home, &script, "--yes -o json", &text);
        again.exits(0);
        assert_eq!(again.json()["results"][0]["outcome"], "already", "{again}");
        assert_eq!(again.json()["results"][1]["outcome"], "already", "{again}");
        assert_eq!(script.writes().len(), 2);
    }
}

#[test]
fn a_file_with_anything_wrong_sends_not_even_a_read() {
    let script = Script::new().start();
    let home = Home::new();
    for (text, said) in [
        (format!("{NEW},accept\n"), "missing column 'id'"),
        (format!("id,decision\n{NEW},accept\n{LATE},perhaps\n"), "line 3"),
        (format!("id,decision\n{NEW},accept\n{NEW},deny\n"), "different decision on line 2"),
        (format!("id,decision\n{NEW},accept\n{NEW},accept\n"), "is already on line 2"),
        ("[{\"id\": \"7c1e09ab\"}]".to_owned(), "entry 1"),
        (
            format!("{{\"id\": \"{NEW}\", \"decision\": \"deny\", \"decision\": \"accept\"}}"),
            "'decision' is set twice",
        ),
        (format!("[{{\"id\": \"{LATE}\", \"id\": \"{NEW}\", \"decision\": \"deny\"}}]"), "'id' is set twice"),
        (String::new(), "no decisions"),
    ] {
        apply(&home, &script, "--yes", &text).exits(2).stderr_has(said);
    }
    apply(&home, &script, "", &format!("id,decision\n{NEW},accept\n")).exits(2).stderr_has("--yes");
    home.approvals("apply nowhere.csv --yes", &script).run().exits(2).stderr_has("nowhere.csv");
    assert!(script.requests().is_empty(), "{:?}", script.lines());
}

#[test]
fn two_names_of_one_request_are_found_out_before_anything_is_sent() {
    let circuits = circuits();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    let vxc = circuits[0].now()["productUid"].as_str().unwrap().to_owned();
    for (one, other) in [("accept", "deny"), ("accept", "leave"), ("leave", "accept"), ("leave", "deny")] {
        for also in ["7c1e09ab", &vxc] {
            let text = format!("id,decision\n{NEW},{one}\n{also},{other}\n");
            let refused = apply(&home, &script, "--yes", &text);
            refused.exits(2).stderr_has("is the same request as").stderr_has("line 2").stderr_has("line 3");
        }
    }
    // Rows below would be decided as those above, were they paired by what is left.
    let between = format!("id,decision\n{NEW},accept\n7c1e09ab,accept\n{LATE},deny\n");
    apply(&home, &script, "--yes", &between).exits(2).stderr_has("line 3");
    assert!(script.writes().is_empty());
}

#[test]
fn what_is_decided_already_must_be_what_was_meant() {
    let circuits = circuits();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    apply(&home, &script, "--yes", &format!("id,decision\n{NEW},accept\n")).exits(0);
    let again =
        |rate: &str| apply(&home, &script, "--yes", &format!("id,decision,rate\n{NEW},accept,{rate}\n"));
    again("500").exits(0).stdout_has("already");
    again("501").exits(13).stderr_has("line 2");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn what_is_not_as_expected_is_13_and_the_others_are_done() {
    for (column, wrong, right) in [
        ("rate", "501", "500"),
        ("customer", "Initech", "globex bank"),
        ("port", "MEL2-B", "syd1-a"),
        ("type", "speed-change", "connection"),
    ] {
        let circuits = circuits();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home = Home::new();
        let text = format!("id,decision,{column}\n{NEW},accept,{wrong}\n{LATE},deny,\n");
        let applied = apply(&home, &script, "--yes -o json", &text);
        applied.exits(12);
        assert_eq!(applied.json()["results"][0]["error"]["code"], 13, "{applied}");
        assert_eq!(script.writes().len(), 1, "{column}");
        let text = format!("id,decision,{column}\n{NEW},accept,{right}\n");
        apply(&home, &script, "--yes", &text).exits(0);
        assert_eq!(script.writes().len(), 2, "{column}");
    }
}

#[test]
fn what_list_and_plan_write_can_be_carried_out() {
    let circuits = circuits();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    let listed = home.approvals("list -o csv", &script).run();
    listed.exits(0);
    let mut lines = listed.stdout.lines();
    let mut edited = format!("decision,{}\n", lines.next().unwrap());
    for line in lines {
        edited.push_str(&format!("{},{line}\n", if line.contains(NEW) { "accept" } else { "leave" }));
    }
    apply(&home, &script, "--yes", &edited).exits(0);
    assert_eq!(script.only("PUT", &circuits[0].by_vxc()).json(), json!({"isApproved": true}));

    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"no\"\nmatch = \"all\"\ndecision = \"deny\"\n",
    );
    let plan = home.portgate("policy plan -o json").at(&script).token("scripted-token").run();
    home.write("plan.json", &plan.stdout);
    home.approvals("apply plan.json --yes", &script).run().exits(0);
    assert_eq!(script.only("PUT", &circuits[1].by_vxc()).json(), json!({"isApproved": false}));
    assert_eq!(home.ledger().last().unwrap()["object"]["rule"], "no");

    let elsewhere = plan.stdout.replace("\"custom\"", "\"staging\"");
    apply(&home, &script, "--yes", &elsewhere).exits(2).stderr_has("made for staging");
    let other =
        plan.stdout.replace("5f3c9a10-0c57-4b7e-8d21-9e4f6a7b1c01", "00000000-0c57-4b7e-8d21-9e4f6a7b1c01");
    apply(&home, &script, "--yes", &other).exits(2).stderr_has("another company");
}

#[test]
fn a_terminal_is_asked_and_no_is_5() {
    for (answer, code, sent) in [("n\r", 5, 0), ("y\r", 0, 2)] {
        let circuits = circuits();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home = Home::new();
        home.write("d.csv", format!("id,decision\n{NEW},accept\n{LATE},deny\n"));
        let mut terminal = home.approvals("apply d.csv", &script).env("NO_COLOR", "1").in_terminal(100, 30);
        let before = terminal.expect("[y/N]");
        assert!(before.contains("7c1e09ab") && before.contains("Accept 1 request and deny 1?"), "{before}");
        terminal.send(answer);
        terminal.exits(code);
        assert_eq!(script.writes().len(), sent, "{answer}");
    }
}

#[test]
fn an_unknown_id_is_told_and_nothing_is_sent() {
    let circuits = circuits();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let text = format!("id,decision\n00000000-41d2-4f0e-9a53-0d6f2c8b7e11,accept\n{NEW},accept\n");
    let applied = apply(&Home::new(), &script, "--yes -o json", &text);
    applied.exits(8).stdout_is("");
    assert_eq!(applied.error()["resource"], "00000000-41d2-4f0e-9a53-0d6f2c8b7e11", "{applied}");
    assert!(script.writes().is_empty());
}

#[test]
fn a_refusal_of_one_leaves_the_others_and_can_be_run_again() {
    let circuits = circuits();
    let first = circuits[0].clone();
    let script = Script::new()
        .on("PUT", &circuits[0].by_vxc(), move |request: &Request, nth: usize| match nth {
            0 => wire::body(403, "error-forbidden"),
            _ => first.decide(request),
        })
        .marketplace_of(&circuits.each_ref())
        .start();
    let home = Home::new();
    let text = format!("id,decision\n{NEW},accept\n{LATE},accept\n");
    apply(&home, &script, "--yes", &text).exits(12);
    apply(&home, &script, "--yes", &text).exits(0).stdout_has("is already accepted: ");
    assert_eq!(script.hits("PUT", &circuits[0].by_vxc()), 2);
    assert_eq!(script.hits("PUT", &circuits[1].by_order()), 1);
}

#[test]
fn a_dry_run_sends_nothing() {
    let circuits = circuits();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    let text = format!("id,decision\n{NEW},accept\n");
    apply(&home, &script, "--dry-run", &text).exits(0).stdout_has("would send PUT");
    assert!(script.requests().iter().all(|request| request.method == "GET"));
    assert!(home.ledger().is_empty());
}

#[test]
fn a_plan_for_another_backend_is_refused() {
    let (one, other) = (Circuit::of("vxc-new"), Circuit::of("vxc-new"));
    let (here, there) = (Script::new().marketplace(&one).start(), Script::new().marketplace(&other).start());
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"deny\"\n",
    );
    let run = |args: &str, script: &Script| home.portgate(args).at(script).token("scripted-token").run();
    let plan = run("policy plan -o json", &here).exits(0).stdout.clone();
    home.write("plan.json", &plan);
    run("approvals apply plan.json --yes", &there).exits(2).stderr_has(&format!(
        "the plan was made for {}, but this backend is {}",
        here.url(),
        there.url()
    ));
    assert!(there.writes().is_empty());
    run("approvals apply plan.json --yes", &here).exits(0);
    assert_eq!(here.writes().len(), 1);
}

#[test]
fn a_list_of_all_kinds_of_requests_is_a_decision_file() {
    let home = Home::new();
    let listed = home.portgate("--env sandbox approvals list --waiting-on any -o csv").run();
    let text = listed.exits(0).stdout.clone();
    assert!(text.contains("new_term_months"), "{text}");
    let row =
        |(nth, line): (usize, &str)| format!("{line},{}\n", if nth == 0 { "decision" } else { "leave" });
    let file: String = text.lines().enumerate().map(row).collect();
    let applied = home.portgate("--env sandbox approvals apply - --yes").stdin(file).run();
    applied.exits(0).stderr_has("every row says 'leave'");
}

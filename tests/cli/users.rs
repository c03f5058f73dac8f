//! `portgate users`: roles, who could get approval emails, and switching email.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::common::wire::{self, fixture};
use crate::common::{Answer, Home, Outcome, Request, Script};

const DANA: &str = "/v2/employee/5001";

/// A backend that has the users of the fixture, and lets Dana's email be switched.
fn backend() -> (Script, Arc<Mutex<Value>>) {
    let dana = Arc::new(Mutex::new(fixture("employee")["data"].clone()));
    let (read, written) = (Arc::clone(&dana), Arc::clone(&dana));
    let script = Script::new()
        .on("GET", "/v2/employment", wire::body(200, "employment-many"))
        .on("GET", DANA, move |_: &Request, _: usize| Answer::ok(read.lock().unwrap().clone()))
        .on("PUT", DANA, move |request: &Request, _: usize| {
            let mut dana = written.lock().unwrap();
            *dana = wire::with(dana.clone(), request.json());
            Answer::ok(dana.clone())
        });
    (script, dana)
}

fn run(args: &str, script: &Script) -> Outcome {
    Home::new().portgate(&format!("users {args}")).at(script).token("scripted-token").run()
}

#[test]
fn list_tells_role_and_who_could_hear_and_why_not() {
    let script = backend().0.start();
    let outcome = run("list", &script);
    outcome.exits(0);
    assert!(
        outcome.row("dana@").contains("Technical Admin")
            && outcome.row("dana@").contains("if subscribed to Ordering")
    );
    assert!(outcome.row("kim@").contains("no: role can't subscribe"), "{outcome}");
    assert!(outcome.row("mika@").contains("no: email off"), "{outcome}");
    assert!(outcome.row("stone@").contains("invited"), "{outcome}");
    assert!(outcome.row("ari@").contains("no: not active, role can't subscribe"), "{outcome}");
    outcome.stderr_has("5 users").stderr_has("2 of 5 can receive").stderr_has("Example Cloud Connect");
    assert_eq!(script.lines(), ["GET /v2/employment"]);
}

#[test]
fn the_json_keys_of_a_user_are_a_promise() {
    let script = backend().0.start();
    let outcome = run("list --role company-admin -o json", &script);
    outcome.exits(0);
    let mut users = outcome.json();
    users[0]["created_at"].take();
    assert_eq!(
        users,
        json!([{
            "id": 5003, "uid": "5a1e2d3c-5b6a-4798-8a9b-0c1d2e3f4a03", "name": "Mika Lindqvist",
            "email": "mika@examplecloud.example", "role": "Company Admin", "active": true,
            "invitation_pending": false, "email_enabled": false, "could_hear_of_approvals": false,
            "why_not": ["email off"], "mfa_enabled": null, "phone": null, "created_at": null,
            "last_login_at": null,
        }])
    );
}

#[test]
fn the_fields_offered_are_those_there_are() {
    let script = backend().0.start();
    let help = run("list --fields help", &Script::new().start());
    let first =
        run("list -o json", &script).json()[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(help.exits(0).stdout.lines().collect::<Vec<_>>(), first);
    let outcome = run("list --fields email --sort email:desc --limit 2", &script);
    outcome.exits(0).stdout_has("stone@").stdout_has("mika@").stdout_lacks("kim@").stderr_has("2 of 5 users");
}

#[test]
fn filters_keep_who_fits_and_refuse_what_is_no_role() {
    let script = backend().0.start();
    let outcome = run("list --could-hear", &script);
    outcome.exits(0).stdout_has("dana@").stdout_has("stone@").stdout_lacks("kim@").stdout_lacks("mika@");
    run("list --role FINANCE --role read_only", &script).exits(0).stdout_has("kim@").stdout_has("ari@");
    let hits = script.requests().len();
    run("list --role boss", &script).exits(2).stderr_has("Technical Contact");
    assert_eq!(script.requests().len(), hits);
}

#[test]
fn a_user_is_named_by_address_number_or_name() {
    let script = backend().0.start();
    for named in
        ["dana@examplecloud.example", "5001", "Dana Reyes", "reyes", "4f1e2d3c-5b6a-4798-8a9b-0c1d2e3f4a01"]
    {
        let home = Home::new();
        let outcome = home.portgate("users show").arg(named).at(&script).token("t").run();
        outcome.exits(0).stdout_has("Dana Reyes").stdout_has("Technical Admin");
    }
    run("show dana", &script).exits(2).stdout_is("").stderr_has("stone@").stderr_has("dana@");
    run("show nobody", &script).exits(8).stderr_has("users list");
    let shown = run("show 5001 -o json", &script).json();
    assert_eq!(
        (&shown["id"], &shown["mfa_enabled"]),
        (&json!(5001), &json!(true)),
        "the list fills what is missing"
    );
}

#[test]
fn a_user_that_cannot_be_read_alone_is_shown_as_listed() {
    let script = Script::new()
        .on("GET", "/v2/employee/5002", wire::body(403, "error-forbidden"))
        .on("GET", "/v2/employment", wire::body(200, "employment-many"))
        .start();
    run("show kim", &script).exits(0).stdout_has("Finance").stdout_has("role can't subscribe");
}

#[test]
fn update_sends_only_what_changes_and_reads_it_back() {
    let (script, dana) = backend();
    let script = script.start();
    let outcome = run("update dana@examplecloud.example --email off", &script);
    outcome.exits(0).stdout_is("turned off email to Dana Reyes <dana@examplecloud.example>\n");
    outcome.stderr_has("Example Cloud Connect");
    assert_eq!(script.only("PUT", DANA).json(), json!({"notificationEnabled": false}));
    assert_eq!(dana.lock().unwrap()["notificationEnabled"], false);
    let lines = script.lines();
    assert_eq!(lines.last().unwrap(), &format!("GET {DANA}"), "read back");

    let again = run("update 5001 --email off -o json", &script);
    again.exits(0);
    assert_eq!(
        (&again.json()["changed"], &again.json()["user"]["email_enabled"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_dry_run_of_an_update_sends_nothing() {
    let script = backend().0.start();
    let outcome = run("update 5001 --email off --dry-run", &script);
    outcome.exits(0).stdout_has(&format!("would send PUT {DANA} {{\"notificationEnabled\":false}}"));
    assert!(script.writes().is_empty());
}

#[test]
fn a_terminal_is_asked_and_the_answer_is_no() {
    for (answer, code, writes) in [("y\r", 0, 1), ("\r", 5, 0)] {
        let script = backend().0.start();
        let home = Home::new();
        let mut terminal = home
            .portgate("users update 5001 --email off")
            .at(&script)
            .token("t")
            .env("NO_COLOR", "1")
            .in_terminal(120, 30);
        let before = terminal.expect("[y/N]");
        assert!(before.contains("Example Cloud Connect") && before.contains("Dana Reyes"), "{before}");
        assert!(script.writes().is_empty());
        terminal.send(answer);
        terminal.exits(code);
        assert_eq!(script.writes().len(), writes);
    }
    let script = backend().0.start();
    let home = Home::new();
    let terminal =
        home.portgate("users update 5001 --email off --yes").at(&script).token("t").in_terminal(120, 30);
    assert!(!terminal.exits(0).contains("[y/N]"));
}

#[test]
fn refusals_and_what_does_not_show_are_told() {
    let users = || Script::new().on("GET", "/v2/employment", wire::body(200, "employment-many"));
    let dana = || wire::body(200, "employee");
    let script = users().on("GET", DANA, dana()).on("PUT", DANA, wire::body(403, "error-forbidden")).start();
    run("update 5001 --email off", &script).exits(7).stderr_has("Company Admin");
    let script = users().on("GET", DANA, dana()).on("PUT", DANA, dana()).start();
    run("update 5001 --email off --timeout 4s", &script).exits(14).stdout_is("");
    assert_eq!(script.writes().len(), 1);
    let script = users().start();
    run("update nobody --email off", &script).exits(8);
    run("update 5001 --email maybe", &script).exits(2).stderr_has("off");
    run("update 5001", &script).exits(2).stderr_has("--email");
    assert!(script.writes().is_empty());
}

#[test]
fn f10_a_page_is_no_yes_to_a_change_of_a_user() {
    for page in [Answer::html(200), Answer::html(403), Answer::new(200, "application/json", "{}")] {
        let script = Script::new()
            .on("GET", "/v2/employment", wire::body(200, "employment-many"))
            .on("GET", DANA, wire::body(200, "employee"))
            .on("PUT", DANA, page)
            .start();
        let outcome = run("update 5001 --email off --timeout 2s", &script);
        outcome.exits(14).stdout_is("").stderr_has("can't tell whether");
    }
}

#[test]
fn names_from_outside_do_not_drive_the_terminal() {
    let evil = json!({"personId": 1, "name": "Ev\u{1b}[2Jil\n\u{202e}", "email": "e@x.example", "position": "\u{7}"});
    let script = Script::new()
        .on("GET", "/v2/employment", Answer::ok(json!([evil])))
        .on("GET", "/v2/employee/1", wire::body(404, "error-not-found"))
        .start();
    for args in ["list", "show 1"] {
        run(args, &script).exits(0).lacks("\u{1b}").lacks("\u{202e}").lacks("\u{7}");
    }
    assert_eq!(run("list", &script).stdout.lines().count(), 2);
}

#[test]
fn a_part_of_a_name_changes_nobody_where_nobody_is_asked() {
    let home = Home::new();
    let sandbox =
        |args: &str| home.portgate(&format!("--env sandbox --as provider:company-admin users {args}")).run();
    let refused = sandbox("update pri --email off");
    refused.exits(2).stderr_has("only part of a user's name").stderr_has("priya");
    let address = sandbox("show pri -o json").exits(0).json()["email"].as_str().unwrap().to_owned();
    sandbox(&format!("update {address} --email off")).exits(0);
}

#[test]
fn at_80_columns_all_of_why_not_can_be_read() {
    let script = backend().0.start();
    let home = Home::new();
    let mut terminal = home
        .portgate("users list")
        .at(&script)
        .token("scripted-token")
        .env("NO_COLOR", "1")
        .in_terminal(80, 30);
    let seen = terminal.expect("5 users");
    let words: Vec<&str> = seen.split_whitespace().collect();
    assert!(words.contains(&"subscribe"), "{seen}");
    assert!(seen.lines().all(|line| line.trim_end().chars().count() <= 80), "{seen}");
    terminal.exits(0);
}

#[test]
fn a_user_without_a_name_is_wrong_usage_and_a_switch_takes_any_case() {
    let (script, dana) = backend();
    let script = script.start();
    let home = Home::new();
    for verb in ["show", "update --email off"] {
        let run = home.portgate(&format!("users {verb}")).at(&script).token("scripted-token");
        run.arg("").run().exits(2).stderr_has("the value is empty");
    }
    assert!(script.requests().is_empty());
    run("update 5001 --email OFF", &script).exits(0);
    assert_eq!(dana.lock().unwrap()["notificationEnabled"], false);
}

#[test]
fn whoever_turns_off_the_last_email_is_warned_though_nobody_is_asked() {
    let home = Home::new();
    let turn_off = |user: &str| {
        let args = format!("users update {user}@examplecloud.example --email off --yes");
        home.portgate(&format!("--env sandbox --as provider:company-admin {args}")).run()
    };
    for user in ["casey", "priya"] {
        turn_off(user).exits(0).stderr_lacks("warning:");
    }
    turn_off("tomas")
        .exits(0)
        .stderr_has("warning: Tomas Example is the last user who can receive approval emails");
}

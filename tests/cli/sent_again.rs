//! What may be sent again, after a rate limit or a question, is read, checked and compared anew first.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::common::wire::{self, Circuit, fixture};
use crate::common::{Answer, Gate, Home, Outcome, Request, Script};
use crate::keys_shelf::{MADE, Shelf, keys, sent};
use crate::oversold::{desk, home_with};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

/// A handler that limits the rate at first, while `change` happens, and then does the work.
fn limited_once(
    change: impl Fn() + Send + Sync + 'static,
    work: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
) -> impl Fn(&Request, usize) -> Answer + Send + Sync + 'static {
    move |request: &Request, nth: usize| match nth {
        0 => {
            change();
            Answer::refusal(429, "Too many requests.").header("Retry-After", 1)
        }
        _ => work(request, nth),
    }
}

/// Accepts a request whose first answer is a rate limit, while `change` happens to it or to the VXC beside it.
fn accept_limited(
    args: &str,
    change: impl Fn(&Circuit, &Circuit) + Send + Sync + 'static,
) -> (Home, Script, Outcome) {
    let [live, new] = ["vxc-live", "vxc-new"].map(Circuit::of);
    let (decided, changing) = (new.decided(), (live.clone(), new.clone()));
    let script = Script::new()
        .on("PUT", &new.by_vxc(), limited_once(move || change(&changing.0, &changing.1), decided))
        .marketplace_of(&[&live, &new])
        .start();
    let home = home_with(&script, "90%");
    let outcome = desk(&home, &script, &format!("approvals accept {NEW} {args} -o json")).run();
    (home, script, outcome)
}

#[test]
fn f11_what_was_rate_limited_is_sent_once_more_where_nothing_has_changed() {
    let (home, script, outcome) = accept_limited("", |_, _| {});
    assert_eq!(outcome.exits(0).json()["results"][0]["outcome"], "done");
    assert_eq!(script.writes().len(), 2);
    let outcomes: Vec<Value> = home.ledger().iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, [Value::Null, json!("failed"), Value::Null, json!("done")]);
}

#[test]
fn a_port_that_was_sold_while_the_rate_was_limited_is_above_the_limit() {
    let (_, script, outcome) = accept_limited("", |live, _| live.change(json!({"rateLimit": 9000})));
    outcome.exits(15).stderr_has("95% sold");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_request_that_changed_while_the_rate_was_limited_is_not_accepted() {
    let faster = |_: &Circuit, new: &Circuit| new.change(json!({"rateLimit": 600}));
    let (_, script, outcome) = accept_limited("", faster);
    outcome.exits(13).stderr_has("the request has changed");
    assert_eq!(script.writes().len(), 1);
    let (_, script, outcome) = accept_limited("--expect-rate 500", faster);
    outcome.exits(13).stderr_has("it asks for 600 Mbps, not 500 Mbps");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn what_somebody_else_did_while_the_rate_was_limited_is_not_ours() {
    let (home, script, outcome) = accept_limited("", |_, new| new.accept());
    assert_eq!(outcome.exits(0).json()["results"][0]["outcome"], "already");
    assert_eq!(script.writes().len(), 1);
    assert_eq!(home.ledger().pop().unwrap()["outcome"], "failed");

    let (_, _, outcome) = accept_limited("", |_, new| new.deny());
    outcome.exits(13).stderr_has("was already denied");
}

#[test]
fn groups_that_somebody_else_changed_while_the_rate_was_limited_stay_so() {
    let path = "/v2/notificationPreferences";
    let settings = Arc::new(Mutex::new(fixture("notification-preferences")["data"].clone()));
    let [reading, changing, replacing] = [(); 3].map(|()| Arc::clone(&settings));
    let change = move || changing.lock().unwrap()["destinations"]["EMAIL"][2]["subscribed"] = json!(true);
    let replace = move |request: &Request, _: usize| {
        *replacing.lock().unwrap() = request.json();
        Answer::ok(request.json())
    };
    let script = Script::new()
        .on("GET", "/v3/notificationPreferences", wire::body(404, "error-not-found"))
        .on("GET", path, move |_: &Request, _: usize| Answer::ok(reading.lock().unwrap().clone()))
        .on("PUT", path, limited_once(change, replace))
        .on("GET", "/v2/employment", wire::body(200, "employment-many"))
        .start();
    let outcome = Home::new().portgate("notify subscribe ordering").at(&script).token("scripted-token").run();
    outcome.exits(0);
    let groups = &settings.lock().unwrap()["destinations"]["EMAIL"];
    assert_eq!(
        [&groups[1]["subscribed"], &groups[2]["subscribed"]],
        [&json!(true), &json!(true)],
        "{groups:#}"
    );
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn a_key_like_it_that_somebody_else_made_while_the_rate_was_limited_is_not_ours() {
    let shelf = Shelf::new();
    let [theirs, ours] = [shelf.clone(), shelf.clone()];
    let body = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&body);
    let create = move |request: &Request, nth: usize| match nth {
        0 => {
            theirs.create(request);
            *kept.lock().unwrap() = Some(request.json());
            Answer::refusal(429, "Too many requests.").header("Retry-After", 1)
        }
        _ => ours.create(request),
    };
    let script = Script::new().on("POST", "/v2/service/key", create).shelf(&shelf).start();
    let outcome = keys(&Home::new(), "create --port SYD1-A --no-expiry -o json", &script).run();
    assert_eq!(outcome.exits(0).json()["key"], MADE[1]);
    assert_eq!(sent(&script)[1].1, body.lock().unwrap().clone().unwrap());
}

#[test]
fn a_key_that_a_gateway_s_page_hides_is_found_and_made_once() {
    for status in [302, 304, 401, 403, 404, 408, 409, 499, 502] {
        let shelf = Shelf::new();
        let creating = shelf.clone();
        let create = move |request: &Request, _: usize| {
            creating.create(request);
            Answer::html(status)
        };
        let script = Script::new().on("POST", "/v2/service/key", create).shelf(&shelf).start();
        let outcome = keys(&Home::new(), "create --port SYD1-A --no-expiry -o json", &script).run();
        assert_eq!(outcome.exits(0).json()["key"], MADE[0], "{status}");
        outcome.stderr_has("the API's response was lost, but the change took effect");
        assert_eq!(script.writes().len(), 1, "{status}");
    }
}

#[test]
fn a_signal_while_the_end_of_the_old_key_waits_leaves_the_new_one_told() {
    let shelf = Shelf::new();
    let asked = Gate::new();
    let seen = asked.clone();
    let limit = move |_: &Request, _: usize| {
        seen.open();
        Answer::refusal(429, "Too many requests.").header("Retry-After", 60)
    };
    let script = Script::new().on("PUT", "/v2/service/key", limit).shelf(&shelf).start();
    let home = Home::new();
    let mut child = keys(&home, "rotate 3f0c2a91 --overlap 7d --yes", &script).spawn();
    asked.wait_open();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let [mut stdout, mut stderr] = [String::new(), String::new()];
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{stderr}");
    assert!(stdout.contains(MADE[0]), "{stdout}");
    assert!(stderr.contains("the new key c4d81f3a exists; let the old one expire:"), "{stderr}");
    assert!(stderr.contains("keys update 3f0c2a91 --expires-in 7d"), "{stderr}");
    assert!(!stderr.contains("nothing was sent"), "{stderr}");
}

#[test]
fn the_end_of_the_old_key_is_sent_again_without_another_new_key() {
    let shelf = Shelf::new();
    let replacing = shelf.clone();
    let replace = limited_once(|| {}, move |request: &Request, _: usize| replacing.replace(request));
    let script = Script::new().on("PUT", "/v2/service/key", replace).shelf(&shelf).start();
    let outcome = keys(&Home::new(), "rotate 3f0c2a91 --overlap 7d --yes -o json", &script).run();
    assert_eq!(outcome.exits(0).json()["new"]["key"], MADE[0]);
    let methods: Vec<String> = sent(&script).into_iter().map(|(method, _)| method).collect();
    assert_eq!(methods, ["POST", "PUT", "PUT"]);
}

#[test]
fn a_port_that_was_sold_while_a_question_stood_is_asked_about_again() {
    let [live, new] = ["vxc-live", "vxc-new"].map(Circuit::of);
    let script = Script::new().marketplace_of(&[&live, &new]).start();
    let home = home_with(&script, "86%");
    let run = desk(&home, &script, &format!("approvals accept {NEW}")).env("NO_COLOR", "1");
    let mut terminal = run.in_terminal(160, 30);
    let asked = terminal.expect("Accept anyway? [y/N]");
    assert!(asked.contains("be 86% sold") || asked.contains("be 87% sold"), "{asked}");
    live.change(json!({"rateLimit": 9000}));
    terminal.send_line("y");
    let asked = terminal.expect("be 95% sold");
    assert!(script.writes().is_empty(), "{asked}");
    terminal.expect("Accept anyway? [y/N]");
    terminal.send_line("n");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

#[test]
fn f07_one_deadline_covers_the_sending_and_the_reads_back() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), |_: &Request, _: usize| Answer::silence())
        .marketplace(&circuit)
        .start();
    let started = Instant::now();
    Home::new().approvals(&format!("accept {NEW} --timeout 4s"), &script).run().exits(14);
    // Each sending and each look with a deadline of its own took twice as long and more.
    assert!(started.elapsed() < Duration::from_millis(7500), "{:?}", started.elapsed());
}

#[test]
fn f02_a_pause_longer_than_there_is_time_for_is_9_at_once() {
    for pause in ["18446744073709551615", "99999999999999999999999999", "9223372036854775807"] {
        let circuit = Circuit::of("vxc-new");
        let limit = Answer::refusal(429, "Too many requests.").header("Retry-After", pause);
        let script = Script::new().on("PUT", &circuit.by_vxc(), limit).marketplace(&circuit).start();
        Home::new().approvals(&format!("accept {NEW} -o json"), &script).run().exits(9).error();
        assert_eq!(script.writes().len(), 1, "{pause}");
    }
}

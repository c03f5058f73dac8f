//! `approvals wait`, `watch`, `history` and `withdraw`: following requests over time.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::common::wire::{self, Circuit, fixture, port, products, with};
use crate::common::{Answer, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const ENTRY: &str = "c9d382a5-17e4-4b5f-88a6-4a3b2c17a821";

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

/// A marketplace in which the VXC changes at its nth reading, counted from 0.
fn changing(circuit: &Circuit, at: usize, change: impl Fn(&Circuit) + Send + Sync + 'static) -> Script {
    let (read, changed) = (circuit.read(), circuit.clone());
    Script::new()
        .on("GET", &circuit.alone(), move |request: &Request, nth: usize| {
            if nth == at {
                change(&changed);
            }
            read(request, nth)
        })
        .marketplace(circuit)
        .start()
}

#[test]
fn wait_ends_with_0_once_accepted_and_13_once_denied() {
    for (accepted, code) in [(true, 0), (false, 13)] {
        let circuit = Circuit::of("vxc-new");
        let script = changing(&circuit, 1, move |vxc| if accepted { vxc.accept() } else { vxc.deny() });
        let outcome =
            Home::new().approvals(&format!("wait {} --interval 1s -o json", &NEW[..8]), &script).run();
        outcome.exits(code);
        assert_eq!(outcome.json()["id"], NEW);
        assert_eq!(outcome.json()["status"], if accepted { "accepted" } else { "denied" });
        assert!(script.hits("GET", &circuit.alone()) >= 2, "it looked again");
        assert!(script.writes().is_empty());
    }
}

#[test]
fn wait_until_live_goes_on_after_the_acceptance() {
    let circuit = Circuit::of("vxc-new");
    circuit.accept();
    let script = changing(&circuit, 2, |vxc| vxc.change(json!({"provisioningStatus": "LIVE"})));
    let home = Home::new();
    let entry = json!({
        "schema": "portgate.journal/v1", "at": "2026-01-01T00:00:00Z", "step": "sending", "attempt": "a",
        "environment": "custom", "backend": script.url(), "company": {"uid": null, "name": null, "id": null},
        "by": "x", "id": NEW, "source": "marketplace", "type": "connection", "vxc_uid": circuit.uid(),
        "customer": "Globex Bank", "rate_limit_mbps": 500, "decision": "accept",
    });
    home.write("data/portgate/journal.jsonl", format!("{entry}\n"));
    let outcome = home.approvals(&format!("wait {NEW} --until live --interval 1s"), &script).run();
    outcome.exits(0).stdout_has("accepted and live").stdout_has("Globex Bank");
    assert!(script.hits("GET", &circuit.alone()) >= 3, "{:#?}", script.lines());
}

#[test]
fn wait_gives_up_with_11_and_says_how_it_stands() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let outcome = Home::new().approvals(&format!("wait {NEW} --timeout 1s -o json"), &script).run();
    outcome.exits(11);
    assert_eq!(outcome.error()["type"], "timeout");
    assert_eq!(outcome.error()["reason"], "the connection request from Globex Bank is still pending");
    assert_eq!(outcome.stdout, "");
}

#[test]
fn wait_survives_what_passes_and_ends_at_what_does_not() {
    let circuit = Circuit::of("vxc-new");
    let read = circuit.read();
    let accepted = circuit.clone();
    let script = Script::new()
        .on("GET", &circuit.alone(), move |request: &Request, nth: usize| match nth {
            1 => Answer::refusal(503, "maintenance"),
            2 => {
                accepted.accept();
                read(request, nth)
            }
            _ => read(request, nth),
        })
        .marketplace(&circuit)
        .start();
    let run = Home::new();
    // The first reading finds it, the second fails, the third sees it accepted.
    let args = format!("wait {NEW} --interval 1s --max-retries 0");
    let outcome = run.approvals(&args, &script).run();
    outcome.exits(0).stderr_has("warning:").stderr_has("maintenance");
    assert_eq!(outcome.stderr.matches("warning:").count(), 1);

    let circuit = Circuit::of("vxc-new");
    let read = circuit.read();
    let script = Script::new()
        .on("GET", &circuit.alone(), move |request: &Request, nth: usize| match nth {
            0 => read(request, nth),
            _ => wire::body(403, "error-forbidden"),
        })
        .marketplace(&circuit)
        .start();
    run.approvals(&args, &script).run().exits(7);
    Home::new().approvals("wait ffffffff", &script).run().exits(8);
}

/// A product list in which a second request appears at the nth reading.
fn growing(at: usize) -> Script {
    growing_with(move |nth| {
        let all: &[&str] = if nth < at { &["vxc-new"] } else { &["vxc-new", "vxc-new-late"] };
        wire::products_of(all)
    })
}

fn growing_with(answer: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Script {
    Script::new()
        .on("GET", "/v2/products", move |_: &Request, nth: usize| answer(nth))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start()
}

#[test]
fn watch_prints_what_is_new_and_not_what_waits_already() {
    let script = growing(2);
    let outcome = Home::new().approvals("watch --interval 1s --count 1 -o jsonl", &script).run();
    outcome.exits(0).stderr_has("1 pending request");
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{outcome}");
    let request: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!(request["customer"]["name"], "Sample Logistics");
    assert_eq!(script.hits("GET", "/v2/products"), 3);
    assert!(script.writes().is_empty());
}

#[test]
fn watch_prints_what_exists_where_asked_and_each_once() {
    let script = growing(1);
    let outcome = Home::new().approvals("watch --existing --interval 1s --count 2", &script).run();
    outcome.exits(0);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{outcome}");
    assert!(
        lines[0].contains("7c1e09ab  connection request from Globex Bank (new), 500 Mbps on SYD1-A"),
        "{outcome}"
    );
    assert!(lines[1].contains("Sample Logistics"), "{outcome}");
}

#[test]
fn watch_shows_the_fields_and_answers_the_query_asked_for() {
    let home = Home::new();
    let watch = |args: &str| {
        let run = home.portgate("--env sandbox approvals watch --existing --count 2 --interval 1s");
        args.split(' ').fold(run, |run, arg| run.arg(arg)).run()
    };
    let customers =
        "424e4529-9c4f-59e3-9ede-bc9fc96b8773  Initech\n7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70  Globex Bank\n";
    watch("--fields id,customer.name").exits(0).stdout_is(customers);
    let fields = "{\"type\":\"connection\",\"rate_limit_mbps\":100}\n{\"type\":\"connection\",\"rate_limit_mbps\":500}\n";
    watch("--fields type,rate_limit_mbps -o jsonl").exits(0).stdout_is(fields);
    watch("--query customer.name").exits(0).stdout_is("Initech\nGlobex Bank\n");
    watch("--query customer.name -o json").exits(0).stdout_is("\"Initech\"\n\"Globex Bank\"\n");
}

#[test]
fn watch_filters() {
    let script = growing(1);
    let args = "watch --customer sample --interval 1s --count 1 -o json";
    let outcome = Home::new().approvals(args, &script).run();
    outcome.exits(0).stderr_has("0 pending requests");
    assert_eq!(outcome.json()["customer"]["name"], "Sample Logistics");
}

#[test]
fn watch_survives_failures_that_pass_and_warns_once() {
    let script = growing_with(|nth| match nth {
        1 | 2 => Answer::refusal(503, "maintenance"),
        0 => wire::products_of(&["vxc-new"]),
        _ => wire::products_of(&["vxc-new", "vxc-new-late"]),
    });
    let args = "watch --interval 1s --count 1 --max-retries 0";
    let outcome = Home::new().approvals(args, &script).run();
    outcome
        .exits(0)
        .stdout_has("Sample Logistics")
        .stderr_has("maintenance")
        .stderr_has("reading requests works again");
    assert_eq!(outcome.stderr.matches("warning:").count(), 1, "{outcome}");
}

#[test]
fn watch_waits_as_long_as_the_backend_asks() {
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let times = asked.clone();
    let script = growing_with(move |nth| {
        times.lock().unwrap().push(std::time::Instant::now());
        match nth {
            0 => wire::products_of(&["vxc-new"]),
            1 => Answer::refusal(429, "slow down").header("Retry-After", 5),
            _ => wire::products_of(&["vxc-new", "vxc-new-late"]),
        }
    });
    let args = "watch --interval 1s --count 1 --max-retries 0";
    Home::new().approvals(args, &script).run().exits(0).stderr_has("in 5 s");
    // At least as long: a lower bound doesn't depend on how fast the machine is.
    let times = asked.lock().unwrap();
    assert!(times[2].duration_since(times[1]).as_secs() >= 5);
}

#[test]
fn watch_ends_at_once_where_it_is_wrong_from_the_start() {
    let script = growing_with(|_| Answer::refusal(503, "maintenance"));
    Home::new().approvals("watch --max-retries 0", &script).run().exits(4);
    let script = Script::new().start();
    Home::new().approvals("watch -o yaml", &script).run().exits(2).stderr_has("jsonl");
    Home::new().approvals("watch --interval 100ms", &script).run().exits(2);
    assert!(script.requests().is_empty());
}

#[test]
fn watch_ends_cleanly_at_a_signal() {
    for (sent, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let script = growing(usize::MAX);
        let home = Home::new();
        let mut child = home.approvals("watch --existing -o jsonl", &script).spawn();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert!(line.starts_with('{') && line.ends_with("}\n"), "each line is written at once: {line}");
        signal(&child, sent);
        let mut rest = String::new();
        child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(!rest.contains("error"), "{rest}");
    }
}

#[test]
fn history_tells_what_was_decided_from_here_without_asking_anyone() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals(&format!("accept {NEW} --reason because"), &script).env("USER", "dana").run().exits(0);
    let asked = script.requests().len();

    let outcome = home.portgate("approvals history -o json").at(&script).run();

    outcome.exits(0);
    assert_eq!(script.requests().len(), asked, "no request");
    let records = outcome.json();
    assert_eq!(records.as_array().unwrap().len(), 1, "two lines of the ledger are one decision");
    let record = &records[0];
    assert_eq!(record["origin"], "ledger");
    for (field, value) in [("id", NEW), ("decision", "accept"), ("outcome", "done"), ("by", "dana")] {
        assert_eq!(record[field], value);
    }
    assert_eq!(
        (record["customer"].as_str(), record["reason"].as_str()),
        (Some("Globex Bank"), Some("because"))
    );
    home.portgate("approvals history")
        .at(&script)
        .run()
        .exits(0)
        .stdout_has("7c1e09ab")
        .stdout_has("accepted");

    // Another backend has another history.
    let other = Script::new().start();
    home.portgate("approvals history -o json").at(&other).run().exits(0).stdout_is("[]\n");
    let everywhere = home.portgate("approvals history --everywhere -o json").at(&other).run();
    assert_eq!(everywhere.json().as_array().unwrap().len(), 1);
    home.portgate("approvals history --since 0m").at(&script).run().exits(0).stdout_is("");
}

#[test]
fn history_of_one_asks_the_backend_too() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    circuit.change(json!({"provisioningStatus": "LIVE"}));
    let outcome = home.approvals("history --id 7c1e09ab -o json", &script).run();
    outcome.exits(0);
    let records = outcome.json();
    assert_eq!(records.as_array().unwrap().len(), 2, "{outcome}");
    assert_eq!(records[1]["origin"], "backend");
    assert_eq!(records[1]["status"], "accepted");
    home.approvals("history --id ffffffff", &script).run().exits(8);
}

#[test]
fn a_decision_that_was_stopped_in_between_is_unknown() {
    let home = Home::new();
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    let text = std::fs::read_to_string(home.ledger_path()).unwrap();
    std::fs::write(home.ledger_path(), text.lines().next().unwrap()).unwrap();
    let outcome = home.portgate("approvals history -o json").at(&script).run();
    assert_eq!(outcome.json()[0]["outcome"], "unknown", "{outcome}");
}

/// The queue as its requester sees it: company 3300.
fn requester(entry: impl Fn() -> Value + Send + Sync + 'static) -> Script {
    let mut employment = fixture("employment");
    employment["data"][0]["companyId"] = json!(3300);
    employment["data"][0]["companyName"] = json!("Example Media");
    Script::new()
        .on("GET", "/v2/products", products([port("port-syd1-a", [])]))
        .on("GET", "/v2/employment", Answer::json(200, &employment))
        .on("GET", "/v3/order_approvals", move |_: &Request, _: usize| {
            wire::paged(Answer::ok(json!([entry()])), 1, 1, 1)
        })
}

fn entry(status: &str) -> Value {
    with(fixture("order-approvals-page-1")["data"][0].clone(), json!({"status": status}))
}

#[test]
fn withdraw_posts_once_and_reads_back() {
    let withdrawn = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (seen, done) = (withdrawn.clone(), withdrawn);
    let path = format!("/v3/order_approvals/{ENTRY}/withdraw");
    let script = requester(move || {
        entry(if seen.load(std::sync::atomic::Ordering::SeqCst) { "WITHDRAWN" } else { "PENDING" })
    })
    .on("POST", &path, move |_: &Request, _: usize| {
        done.store(true, std::sync::atomic::Ordering::SeqCst);
        wire::body(200, "order-approval-done")
    })
    .start();
    let home = Home::new();

    let preview = home.approvals("withdraw c9d382a5 --dry-run", &script).run();
    preview.exits(0).stdout_has(&format!("POST {path}"));
    assert!(script.writes().is_empty() && home.ledger().is_empty());

    let outcome = home.approvals("withdraw c9d382a5 --reason 'twice'", &script).run();
    outcome.exits(0).stdout_has(&format!("withdrawn {ENTRY}"));
    assert_eq!(script.only("POST", &path).json(), json!({"comments": "'twice'"}));
    assert_eq!(home.ledger()[1]["object"]["action"], "withdraw");
    assert_eq!(home.ledger()[1]["outcome"], "done");

    home.approvals(&format!("withdraw {ENTRY}"), &script).run().exits(0).stdout_has("is already withdrawn: ");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn withdraw_asks_on_a_terminal() {
    let script = requester(|| entry("PENDING")).start();
    let home = Home::new();
    let run = home.approvals(&format!("withdraw {ENTRY}"), &script).env("NO_COLOR", "1");
    let mut terminal = run.in_terminal(100, 30);
    terminal.expect("the request is withdrawn");
    terminal.expect("Withdraw this request? [y/N]");
    terminal.send_line("n");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

#[test]
fn only_the_requester_s_entries_of_the_queue_can_be_withdrawn() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("GET", "/v3/order_approvals", |_: &Request, _: usize| {
            wire::paged(Answer::ok(json!([entry("PENDING")])), 1, 1, 1)
        })
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    home.approvals(&format!("withdraw {NEW}"), &script).run().exits(2).stderr_has("queue");
    home.approvals(&format!("withdraw {ENTRY}"), &script).run().exits(7).stderr_has("another company");
    home.approvals("withdraw", &Script::new().start()).run().exits(2);
    assert!(script.writes().is_empty() && home.ledger().is_empty());
    let decided = requester(|| entry("APPROVED")).start();
    home.approvals(&format!("withdraw {ENTRY}"), &decided).run().exits(13).stderr_has("already accepted");
}

//! A signal in the middle: the decision under way comes to its end, the others stay undecided.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use serde_json::Value;

use crate::common::wire::Circuit;
use crate::common::{Answer, Gate, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

#[test]
fn a_signal_lets_the_decision_under_way_end_and_leaves_the_rest() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        the_decision_under_way_ends_and_the_rest_is_left(signal, code);
    }
}

/// A run that accepts two, which has heard a signal while the answer to the first is held.
struct Interrupted {
    home: Home,
    script: Script,
    child: Child,
    /// Lets the answer go.
    gate: Gate,
}

impl Interrupted {
    fn by(signal: Signal) -> Self {
        let (first, second) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
        let (gate, asked) = (Gate::new(), Gate::new());
        let (held, seen, decided) = (gate.clone(), asked.clone(), first.decided());
        let script = Script::new()
            .on("PUT", &first.by_vxc(), move |request: &Request, nth: usize| -> Answer {
                seen.open();
                decided(request, nth).behind(&held)
            })
            .marketplace_of(&[&first, &second])
            .start();
        let home = Home::new();
        let mut child =
            home.approvals(&format!("accept {NEW} {SPEED} --concurrency 1 -o json"), &script).spawn();
        asked.wait_open();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("finishing the change in progress") {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it never said that it was interrupted");
        }
        child.stderr = Some(stderr.into_inner());
        Interrupted { home, script, child, gate }
    }

    /// Its code and its document.
    fn end(&mut self) -> (Option<i32>, Value) {
        let mut document = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut document).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, serde_json::from_str(&document).unwrap())
    }
}

fn the_decision_under_way_ends_and_the_rest_is_left(signal: Signal, code: i32) {
    let mut interrupted = Interrupted::by(signal);
    interrupted.gate.open();
    let (ended, document) = interrupted.end();
    let Interrupted { home, script, .. } = interrupted;

    assert_eq!(ended, Some(code), "{document}");
    assert_eq!(
        document["summary"],
        serde_json::json!({"ok": 1, "failed": 0, "refused": 0, "unknown": 0, "skipped": 1, "proposed": 0})
    );
    assert_eq!(document["results"][1]["outcome"], "skipped");
    assert_eq!(document["results"][1]["error"]["code"], code);
    assert_eq!(script.writes().len(), 1, "the second decision was never sent");
    let ledger = home.ledger();
    assert_eq!(ledger.len(), 2);
    assert_eq!(ledger[1]["outcome"], "done");
}

/// Signals in quick succession are one wish.
pub fn until_another_wish() {
    let first_at = Instant::now();
    while first_at.elapsed() < Duration::from_millis(300) {
        std::thread::yield_now();
    }
}

#[test]
fn a_second_signal_ends_at_once_and_the_document_is_whole() {
    let mut interrupted = Interrupted::by(Signal::INT);
    until_another_wish();
    kill_process(Pid::from_child(&interrupted.child), Signal::INT).unwrap();
    let (ended, document) = interrupted.end();
    assert_eq!(ended, Some(130), "{document}");
    assert_eq!(
        document["summary"],
        serde_json::json!({"ok": 0, "failed": 0, "refused": 0, "unknown": 1, "skipped": 1, "proposed": 0})
    );
    assert_eq!(document["results"][0]["error"]["code"], 14);
    assert_eq!(interrupted.home.ledger().len(), 1, "how the first ended is open");
    interrupted.gate.open();
}

/// Interrupts a run of three while the second one is being read, which never ends; answers its code, stdout and stderr.
fn interrupted_while_reading(flags: &str) -> (Option<i32>, String, String, usize) {
    let [first, second] = ["vxc-new", "vxc-new-late"].map(Circuit::of);
    let third = Circuit::under("port-mel2-b", "vxc-speed");
    let (gate, asked) = (Gate::new(), Gate::new());
    let (held, seen, read) = (gate.clone(), asked.clone(), second.read());
    let script = Script::new()
        .on("GET", &second.alone(), move |request: &Request, nth: usize| -> Answer {
            seen.open();
            read(request, nth).behind(&held)
        })
        .marketplace_of(&[&first, &second, &third])
        .start();
    let home = Home::new();
    let mut child =
        home.approvals(&format!("accept {NEW} {LATE} {SPEED} --concurrency 1 {flags}"), &script).spawn();
    asked.wait_open();
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    (child.wait().unwrap().code(), stdout, stderr, script.writes().len())
}

#[test]
fn an_interrupt_of_a_long_wait_tells_each_that_was_not_sent() {
    let (code, stdout, stderr, writes) = interrupted_while_reading("");
    assert_eq!((code, writes), (Some(130), 1), "{stderr}");
    assert!(stdout.contains(NEW), "{stdout}");
    assert!(
        stderr.contains(&format!("2 requests were not sent (interrupted): {LATE} {SPEED}\n")),
        "{stderr}"
    );
    assert!(stderr.contains("2 were not tried"), "{stderr}");

    let (code, stdout, stderr, writes) = interrupted_while_reading("-o json");
    assert_eq!((code, writes), (Some(130), 1), "{stderr}");
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let outcomes: Vec<_> = (0..3).map(|at| document["results"][at]["outcome"].clone()).collect();
    assert_eq!(outcomes, ["done", "skipped", "skipped"]);
    assert_eq!(document["results"][2]["id"], SPEED);
    assert!(document["results"][2]["error"]["message"].as_str().unwrap().contains("not sent"), "{stdout}");
}

#[test]
fn an_interrupt_while_the_backend_limits_the_rate_tells_each_that_was_not_decided() {
    for flags in ["", "-o json"] {
        let (first, second) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
        let asked = Gate::new();
        let seen = asked.clone();
        let script = Script::new()
            .on("PUT", &first.by_vxc(), move |_: &Request, _: usize| -> Answer {
                seen.open();
                Answer::refusal(429, "Too many requests").header("Retry-After", "60")
            })
            .marketplace_of(&[&first, &second])
            .start();
        let home = Home::new();
        let mut child =
            home.approvals(&format!("accept {NEW} {SPEED} --concurrency 1 {flags}"), &script).spawn();
        asked.wait_open();
        kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::INT).unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{stderr}");
        let told = if flags.is_empty() { stderr.clone() } else { stdout };
        assert!(told.contains(&format!("{NEW} was not accepted: interrupted while")), "{told}");
        assert!(told.contains(&format!("{SPEED} was not sent: interrupted")), "{told}");
        assert!(stderr.contains("interrupted; nothing was sent"), "{stderr}");
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn what_was_told_to_outlive_its_terminal_does() {
    let (first, gate, asked) = (Circuit::of("vxc-new"), Gate::new(), Gate::new());
    let (held, seen, decided) = (gate.clone(), asked.clone(), first.decided());
    let script = Script::new()
        .on("PUT", &first.by_vxc(), move |request: &Request, nth: usize| -> Answer {
            seen.open();
            decided(request, nth).behind(&held)
        })
        .marketplace(&first)
        .start();
    let home = Home::new();
    let mut child =
        home.approvals(&format!("accept {NEW}"), &script).spawn_under("trap '' HUP; exec \"$0\" \"$@\"");
    asked.wait_open();
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), Signal::HUP).unwrap();
    gate.open();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{stderr}");
    assert!(!stderr.contains("interrupted"), "{stderr}");
}

//! SIGINT in the middle: the decision under way comes to its end, the others stay undecided.

use std::io::{BufRead, BufReader, Read};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::wire::Circuit;
use crate::common::{Answer, Gate, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

#[test]
fn an_interrupt_lets_the_decision_under_way_end_and_leaves_the_rest() {
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
    let mut child = home.approvals(&format!("accept {NEW} {SPEED} -o json"), &script).spawn();
    asked.wait_open();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("comes to its end") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it never said that it was interrupted");
    }
    gate.open();
    let mut document = String::new();
    child.stdout.take().unwrap().read_to_string(&mut document).unwrap();
    let status = child.wait().unwrap();

    assert_eq!(status.code(), Some(130), "{document}");
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["summary"], serde_json::json!({"ok": 1, "failed": 0, "unknown": 0, "skipped": 1}));
    assert_eq!(document["results"][1]["outcome"], "skipped");
    assert_eq!(script.writes().len(), 1, "the second decision was never sent");
    let journal = home.journal();
    assert_eq!(journal.len(), 2);
    assert_eq!(journal[1]["outcome"], "done");
}

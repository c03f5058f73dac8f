//! Many decisions at once: the same outcomes as one after the other, few requests, and nothing sent twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::approvals_signals::until_another_wish;
use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Gate, Home, Outcome, Request, Script};

/// So many connection requests on SYD1-A, for the VLANs from 100 on, and their IDs in the order of the list.
pub fn requests(count: usize) -> Vec<Circuit> {
    (0..count)
        .map(|nth| {
            let circuit = Circuit::of("vxc-new");
            circuit.change(json!({
                "productUid": format!("{nth:08x}-1111-4111-8111-111111111111"),
                "productName": format!("connection {nth}"),
                "vxcApproval": {"uid": format!("{nth:08x}-2222-4222-8222-222222222222")},
                "bEnd": {"vlan": 100 + nth},
            }));
            circuit
        })
        .collect()
}

pub fn script_of(circuits: &[Circuit]) -> Script {
    Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>())
}

fn accept(home: &Home, script: &Script, args: &str) -> Outcome {
    home.approvals(&format!("accept --all --yes --max 200 -o json {args}"), script).run()
}

/// How many requests each kind of path got.
fn counts(script: &Script) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in script.requests() {
        let path = request.path.split('/').take(4).collect::<Vec<_>>().join("/");
        *counts.entry(format!("{} {path}", request.method)).or_default() += 1;
    }
    counts
}

pub fn outcomes(document: &Value) -> Vec<&str> {
    document["results"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect()
}

pub fn ids(document: &Value) -> Vec<&str> {
    document["results"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn a_large_batch_takes_one_request_per_decision_and_a_few_lists() {
    let circuits = requests(60);
    let script = script_of(&circuits).start();
    let home = Home::new();
    let ended = accept(&home, &script, "--concurrency 16");
    let document = ended.exits(0).json();
    assert_eq!(document["summary"]["ok"], 60);
    let expected: Vec<String> = circuits.iter().map(Circuit::approval_uid).collect();
    assert_eq!(ids(&document), expected, "in the order of the list");
    let counts = counts(&script);
    assert_eq!(counts["PUT /v3/product/vxc"], 60, "{counts:?}");
    let reads: usize =
        counts.iter().filter(|(kind, _)| kind.starts_with("GET")).map(|(_, count)| count).sum();
    assert!(reads <= 60 * 3 / 10, "{counts:?}");
    assert_eq!(home.ledger().len(), 120);
}

/// A marketplace that loses every tenth answer to a decision, and limits the rate every so often.
fn unreliable(circuits: &[Circuit], effects: &Arc<AtomicUsize>) -> Script {
    let nth = AtomicUsize::new(0);
    let (all, effects) = (circuits.to_vec(), Arc::clone(effects));
    Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, _: usize| {
            let nth = nth.fetch_add(1, Ordering::SeqCst) + 1;
            if nth.is_multiple_of(25) {
                return Answer::refusal(429, "Too many requests").header("Retry-After", "0");
            }
            let circuit = all.iter().find(|circuit| circuit.by_vxc() == request.path).unwrap();
            effects.fetch_add(1, Ordering::SeqCst);
            let answer = circuit.decide(request);
            if nth.is_multiple_of(10) { Answer::lost() } else { answer }
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start()
}

#[test]
fn lost_answers_and_rate_limits_decide_none_twice() {
    let circuits = requests(120);
    let effects = Arc::new(AtomicUsize::new(0));
    let script = unreliable(&circuits, &effects);
    let home = Home::new();
    let document = accept(&home, &script, "--concurrency 16").exits(0).json();
    assert_eq!(
        document["summary"],
        json!({"ok": 120, "failed": 0, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 0})
    );
    assert_eq!(effects.load(Ordering::SeqCst), 120, "each once");
    let ledger = home.ledger();
    let done: BTreeSet<&str> = ledger
        .iter()
        .filter(|line| line["step"] == "answered" && line["outcome"] == "done")
        .map(|line| line["object"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(done.len(), 120);
}

/// The document of a run after one that was killed as soon as `asked` was open; what that sent is answered after it.
fn killed_and_run_again(home: &Home, script: &Script, args: &str, asked: &Gate, gate: &Gate) -> Value {
    let args = format!("accept --all --yes -o json {args}");
    let mut child = home.approvals(&args, script).spawn();
    asked.wait_open();
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    gate.open();
    home.approvals(&args, script).run().exits(0).json()
}

#[test]
fn a_killed_run_is_continued_without_deciding_again() {
    let circuits = requests(80);
    let effects = Arc::new(AtomicUsize::new(0));
    let (asked, gate) = (Gate::new(), Gate::new());
    let (seen, held, counted, all) = (asked.clone(), gate.clone(), Arc::clone(&effects), circuits.clone());
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, nth: usize| {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = all.iter().find(|circuit| circuit.by_vxc() == request.path).unwrap().decide(request);
            if nth < 30 {
                return answer;
            }
            seen.open();
            answer.behind(&held)
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let document = killed_and_run_again(&home, &script, "--max 80 --concurrency 16", &asked, &gate);
    let again = document["summary"]["ok"].as_u64().unwrap() as usize;
    assert!((1..80).contains(&again), "{document}");
    assert_eq!(effects.load(Ordering::SeqCst), 80, "each once");
    assert!(circuits.iter().all(|circuit| circuit.now()["vxcApproval"]["status"].is_null()));
}

#[test]
fn a_decision_that_arrives_after_it_was_sent_again_is_not_left_unknown() {
    let circuits = requests(60);
    let (asked, gate) = (Gate::new(), Gate::new());
    let (seen, held, all) = (asked.clone(), gate.clone(), circuits.clone());
    let late = circuits[7].clone();
    let script = Script::new()
        .on("PUT", &circuits[7].by_vxc(), move |request: &Request, nth: usize| match nth {
            0 => {
                seen.open();
                Answer::refusal(500, "nobody reads this").behind(&held)
            }
            // The first arrives just before the second.
            _ => {
                late.decide(request);
                Answer::refusal(409, "The request was already approved")
            }
        })
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, _: usize| {
            all.iter().find(|circuit| circuit.by_vxc() == request.path).unwrap().decide(request)
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let document = killed_and_run_again(&home, &script, "--max 60 --concurrency 4", &asked, &gate);
    let result = |row: &&Value| row["id"] == circuits[7].approval_uid();
    let ended = document["results"].as_array().unwrap().iter().find(result).unwrap();
    assert_eq!(ended["outcome"], "already", "{document}");
    let unknown =
        home.portgate("ledger list --outcome unknown -o json").at(&script).token("scripted-token").run();
    assert_eq!(unknown.exits(0).json(), json!([]));
}

/// What becomes of 60 requests of 500 Mbps each where only some fit.
fn limited(concurrency: usize, failing: usize) -> (Value, Vec<usize>) {
    let circuits = requests(60);
    let all = circuits.clone();
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, _: usize| {
            let nth = all.iter().position(|circuit| circuit.by_vxc() == request.path).unwrap();
            if nth == failing {
                return Answer::refusal(400, "not possible");
            }
            all[nth].decide(request)
        })
        .on("PUT", "/v2/order/vxc/*", Answer::refusal(400, "not possible"))
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let ended = accept(&home, &script, &format!("--max-sold 100% --concurrency {concurrency}"));
    let document = ended.json();
    let accepted = circuits
        .iter()
        .enumerate()
        .filter(|(_, circuit)| circuit.now()["vxcApproval"]["status"].is_null())
        .map(|(nth, _)| nth)
        .collect();
    (document, accepted)
}

#[test]
fn limits_come_out_as_if_decisions_were_made_one_after_the_other() {
    // One that fails leaves its room to a later one.
    let (one, accepted) = limited(1, 3);
    let (many, accepted_at_once) = limited(16, 3);
    assert_eq!(accepted, accepted_at_once);
    assert!(accepted.len() > 5 && accepted.len() < 60 && !accepted.contains(&3), "{accepted:?}");
    assert_eq!(outcomes(&one), outcomes(&many));
    assert_eq!(ids(&one), ids(&many));
}

#[test]
fn free_vlans_are_given_once_each_until_the_pool_is_empty() {
    let circuits = requests(60);
    let script = script_of(&circuits).start();
    let home = Home::new();
    let ended = accept(&home, &script, "--vlan next --vlan-pool 2001-2040 --concurrency 16");
    let document = ended.exits(12).json();
    assert_eq!(document["summary"]["ok"], 40);
    assert_eq!(document["summary"]["failed"], 20);
    let expected = [vec!["done"; 40], vec!["conflict"; 20]].concat();
    assert_eq!(outcomes(&document), expected);
    let given: Vec<i64> =
        circuits.iter().take(40).map(|circuit| circuit.now()["bEnd"]["vlan"].as_i64().unwrap()).collect();
    assert_eq!(given, (2001..=2040).collect::<Vec<_>>());
    assert_eq!(script.writes().len(), 40, "nothing is sent for the rest");
}

#[test]
fn a_dead_backend_ends_the_run_after_a_few() {
    let circuits = requests(60);
    let script = Script::new().on("PUT", "/v3/product/vxc/*", |_: &Request, _: usize| Answer::html(503));
    let script = circuits.iter().fold(script, |script, circuit| {
        script.on("GET", &circuit.alone(), |_: &Request, _: usize| Answer::html(503))
    });
    let listed = circuits.clone();
    let script = script
        .on("GET", "/v2/products", move |_: &Request, nth: usize| match nth {
            0 | 1 => crate::common::wire::products([crate::common::wire::port(
                "port-syd1-a",
                listed.iter().map(Circuit::now),
            )]),
            _ => Answer::html(503),
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let ended = accept(&home, &script, "--concurrency 4 --max-retries 0 --timeout 5s");
    let document = ended.exits(12).json();
    let unknown = document["summary"]["unknown"].as_u64().unwrap();
    assert!((5..=12).contains(&unknown), "{document}");
    assert_eq!(document["summary"]["skipped"].as_u64().unwrap(), 60 - unknown);
    assert_eq!(script.writes().len() as u64, unknown);
    let last = document["results"][59]["error"]["message"].as_str().unwrap();
    assert!(last.ends_with("was not sent: the API can't be reached"), "{last}");
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let circuits = requests(6);
    let script = Script::new()
        .on("PUT", &circuits[1].by_vxc(), Answer::refusal(400, "not possible"))
        .on("PUT", &circuits[1].by_order(), Answer::refusal(400, "not possible"))
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let ended = accept(&home, &script, "--concurrency 1 --fail-fast");
    let document = ended.exits(12).json();
    assert_eq!(outcomes(&document), ["done", "failed", "skipped", "skipped", "skipped", "skipped"]);
    let last = document["results"][5]["error"]["message"].as_str().unwrap();
    assert!(last.contains("was not sent") && last.contains("--fail-fast"), "{last}");
    let everything = accept(&Home::new(), &script, "--concurrency 1");
    assert_eq!(outcomes(&everything.exits(12).json()).iter().filter(|one| **one == "done").count(), 4);
}

/// Reads lines until one contains this.
fn until_said(lines: &mut impl BufRead, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it never said {text:?}");
    }
}

#[test]
fn a_signal_lets_all_under_way_end_and_tells_the_rest() {
    let circuits = requests(12);
    let (asked, gate, count) = (Gate::new(), Gate::new(), AtomicUsize::new(0));
    let (seen, held, all) = (asked.clone(), gate.clone(), circuits.clone());
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, _: usize| {
            if count.fetch_add(1, Ordering::SeqCst) == 3 {
                seen.open();
            }
            all.iter().find(|circuit| circuit.by_vxc() == request.path).unwrap().decide(request).behind(&held)
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let mut child = home.approvals("accept --all --max 50 --yes -o json --concurrency 4", &script).spawn();
    asked.wait_open();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    until_said(&mut stderr, "finishing 4 changes in progress");
    gate.open();
    let mut document = String::new();
    child.stdout.take().unwrap().read_to_string(&mut document).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{document}");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(outcomes(&document), [vec!["done"; 4], vec!["skipped"; 8]].concat());
    assert_eq!(script.writes().len(), 4);
}

#[test]
fn a_second_signal_ends_at_once_and_says_how_many_are_unknown() {
    let circuits = requests(12);
    let (asked, gate, count) = (Gate::new(), Gate::new(), AtomicUsize::new(0));
    let (seen, held, all) = (asked.clone(), gate.clone(), circuits.clone());
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, _: usize| {
            let place = all.iter().position(|circuit| circuit.by_vxc() == request.path).unwrap();
            match (place, count.fetch_add(1, Ordering::SeqCst)) {
                (1, _) => return Answer::refusal(400, "not possible"),
                (_, 4) => seen.open(),
                _ => {}
            }
            let answer = all[place].decide(request);
            if place == 0 { answer } else { answer.behind(&held) }
        })
        .on("PUT", "/v2/order/vxc/*", Answer::refusal(400, "not possible"))
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let mut child = home.approvals("accept --all --max 50 --yes -o json --concurrency 3", &script).spawn();
    asked.wait_open();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    until_said(&mut stderr, "finishing 3 changes in progress");
    until_another_wish();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let (mut document, mut said) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut document).unwrap();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{said}");
    gate.open();
    let document: Value = serde_json::from_str(&document).unwrap();
    let expected = [vec!["done", "failed"], vec!["unknown"; 3], vec!["skipped"; 7]].concat();
    assert_eq!(outcomes(&document), expected);
    let counts = "interrupted; 1 change is done, 1 failed, 3 have an unknown outcome, 7 were not tried";
    assert!(said.contains(counts) && said.contains("ledger list --outcome unknown"), "{said}");
}

#[test]
fn the_concurrency_is_a_number_from_1_to_64() {
    let home = Home::new();
    for wrong in ["0", "65", "many", "-1"] {
        let ended =
            home.portgate(&format!("approvals accept --all --max 50 --yes --concurrency={wrong}")).run();
        ended.exits(2).stderr_has("use a number from 1 to 64");
        let ended =
            home.portgate("approvals accept --all --max 50 --yes").env("PORTGATE_CONCURRENCY", wrong).run();
        ended.exits(2).stderr_has("PORTGATE_CONCURRENCY");
    }
}

#[test]
fn a_condition_selects_by_the_fields_of_the_record() {
    let circuits = requests(4);
    circuits[1].change(json!({"rateLimit": 100}));
    circuits[2].change(json!({"rateLimit": null}));
    let script = script_of(&circuits).start();
    let home = Home::new();
    let listed = |condition: &str| -> Vec<String> {
        let run = home.approvals("list -o json", &script).arg(format!("--where={condition}")).run();
        let listed = run.exits(0).json();
        listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("rate_limit_mbps <= `100`"), ["connection 1"]);
    assert_eq!(listed("!(rate_limit_mbps <= `100`)"), ["connection 0", "connection 3"], "2 is unknown");
    assert_eq!(listed("rate_limit_mbps == `null`"), ["connection 2"]);
    assert_eq!(listed("b_end.vlan > `101` && rate_limit_mbps > `100`"), ["connection 3"]);

    let accept =
        |condition: &str| home.approvals("accept --yes", &script).arg(format!("--where={condition}")).run();
    let ended = accept("b_end.vlan == `103`");
    ended.exits(0);
    assert_eq!(script.only("PUT", &circuits[3].by_vxc()).json(), json!({"isApproved": true}));
    accept("b_end.vlan == `999`").exits(0).stderr_has("no matching requests are waiting for you");
    for (condition, why) in [
        ("rate_limit_mbps", "neither true nor false"),
        ("custmer.name == 'x'", "did you mean 'customer'"),
        ("customer.nme == 'x'", "did you mean 'customer.name'"),
        ("@", "an object is neither true nor false"),
        ("rate_limit_mbps >", "is not a valid condition"),
        ("room_after_mbps > `0`", "--max-sold"),
    ] {
        accept(condition).exits(2).stderr_has(why);
    }
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn one_that_waits_for_the_others_does_not_hold_up_what_is_sent_again() {
    let circuits = requests(6);
    let all = circuits.clone();
    let script = Script::new()
        .on("PUT", "/v2/order/vxc/*", move |request: &Request, nth: usize| match nth {
            0 => Answer::refusal(429, "Too many requests").header("Retry-After", "1"),
            _ => all.iter().find(|circuit| circuit.by_order() == request.path).unwrap().decide(request),
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let ended = accept(&home, &script, "--vlan next --vlan-pool 2001 --concurrency 2");
    let document = ended.exits(12).json();
    assert_eq!(outcomes(&document), [vec!["done"], vec!["conflict"; 5]].concat());
}

#[test]
fn what_a_list_leaves_in_doubt_is_read_by_itself() {
    let circuits = requests(60);
    let listed = circuits.clone();
    let script = Script::new()
        .on("GET", "/v2/products", move |_: &Request, nth: usize| {
            let mut vxcs: Vec<Value> = listed.iter().map(Circuit::now).collect();
            if nth > 0 {
                // Without its marker, a request looks accepted.
                vxcs[7]["vxcApproval"] = Value::Null;
                vxcs[8].as_object_mut().unwrap().remove("provisioningStatus");
            }
            wire::products([wire::port("port-syd1-a", vxcs)])
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let document = accept(&home, &script, "--concurrency 16").exits(0).json();
    assert_eq!(outcomes(&document), vec!["done"; 60]);
    assert_eq!(script.writes().len(), 60);
}

#[test]
fn what_is_sent_again_in_a_large_batch_is_still_what_was_listed() {
    let circuits = requests(60);
    let all = circuits.clone();
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, nth: usize| {
            let circuit = all.iter().find(|circuit| circuit.by_vxc() == request.path).unwrap();
            if nth > 0 {
                return circuit.decide(request);
            }
            circuit.change(json!({"rateLimit": 7777}));
            Answer::refusal(429, "Too many requests").header("Retry-After", "1")
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let document = accept(&home, &script, "--concurrency 1").exits(12).json();
    assert_eq!(outcomes(&document), [vec!["conflict"], vec!["done"; 59]].concat());
    assert!(!circuits[0].now()["vxcApproval"]["status"].is_null(), "it was never accepted");
}

#[test]
fn a_vlan_that_only_looked_free_is_replaced_before_the_question_and_after_it() {
    let circuits = requests(1);
    let script = Script::new()
        .on("GET", "/v2/product/port/*/vlan", |request: &Request, nth: usize| {
            match request.parameter("vlan").as_deref() {
                Some("2") => Answer::ok(json!([])),
                _ => wire::vlan_is_free(request, nth),
            }
        })
        .marketplace(&circuits[0])
        .start();
    let home = Home::new();
    let id = circuits[0].approval_uid();
    let mut terminal = home.approvals(&format!("accept {id} --vlan next"), &script).in_terminal(100, 30);
    terminal.expect("Accept this request?");
    terminal.send("y\r");
    terminal.exits(0);
    assert_eq!(script.only("PUT", &circuits[0].by_order()).json()["vlan"], 3);
}

/// VLAN 2 is free until the decision with it arrives.
fn script_with_a_rival(circuit: &Circuit) -> Script {
    let decided = circuit.clone();
    Script::new()
        .on("GET", "/v2/product/port/*/vlan", |request: &Request, nth: usize| {
            match (request.parameter("vlan").as_deref(), nth) {
                (Some("2"), 1..) => Answer::ok(json!([])),
                _ => wire::vlan_is_free(request, nth),
            }
        })
        .on("PUT", "/v2/order/vxc/*", move |request: &Request, nth: usize| match nth {
            0 => Answer::refusal(400, "VLAN 2 is already in use"),
            _ => decided.decide(request),
        })
        .on("PUT", "/v3/product/vxc/*", |_: &Request, _: usize| {
            Answer::refusal(400, "VLAN 2 is already in use")
        })
        .marketplace(circuit)
}

#[test]
fn a_vlan_that_another_run_gets_first_is_replaced_unless_somebody_agreed_to_it() {
    let circuit = &requests(1)[0];
    let id = circuit.approval_uid();
    let script = script_with_a_rival(circuit).start();
    let home = Home::new();
    let ended = home.approvals(&format!("accept {id} --vlan next -o json"), &script).run();
    let document = ended.exits(0).json();
    assert_eq!(document["results"][0]["vlan"], 3);
    let sent: Vec<Value> = script.writes().iter().map(|request| request.json()).collect();
    let vlan = |body: &Value| body.get("vlan").or(body.get("bEndVlan")).cloned();
    assert_eq!(sent.iter().filter_map(vlan).collect::<Vec<_>>(), [2, 2, 3].map(|vlan| json!(vlan)));
    let recorded = home.ledger();
    let outcomes: Vec<&Value> =
        recorded.iter().filter(|line| line["step"] == "answered").map(|line| &line["outcome"]).collect();
    assert_eq!(outcomes, [&json!("failed"), &json!("done")], "{recorded:?}");

    let circuit = &requests(1)[0];
    let script = script_with_a_rival(circuit).start();
    let home = Home::new();
    let mut terminal = home.approvals(&format!("accept {id} --vlan next"), &script).in_terminal(100, 30);
    terminal.expect("Accept this request?");
    terminal.send("y\r");
    let said = terminal.exits(13);
    assert!(said.contains("VLAN 2 is now taken; the next free VLAN is 3"), "{said}");
}

#[test]
fn a_requested_vlan_that_the_first_does_not_get_is_the_next_one_s() {
    for concurrency in [1, 16] {
        let circuits = requests(3);
        circuits.iter().for_each(|circuit| circuit.change(json!({"bEnd": {"vlan": 77}})));
        let script = Script::new()
            .on("PUT", &circuits[0].by_vxc(), wire::body(403, "error-forbidden"))
            .marketplace_of(&circuits.iter().collect::<Vec<_>>())
            .start();
        let ended =
            accept(&Home::new(), &script, &format!("--vlan keep-or-next --concurrency {concurrency}"));
        let document = ended.exits(12).json();
        let vlans: Vec<&Value> =
            document["results"].as_array().unwrap().iter().map(|row| &row["vlan"]).collect();
        assert_eq!(outcomes(&document), ["refused", "done", "done"], "{concurrency}");
        assert_eq!(vlans[1..], [&json!(77), &json!(2)], "{concurrency}");
    }
}

#[test]
fn the_vlan_of_one_that_fails_is_given_again_only_where_no_other_is_left() {
    for (pool, expected) in [("2001-2010", [2001, 2003, 2004, 2005]), ("2001-2004", [2001, 2003, 2004, 2002])]
    {
        for concurrency in [1, 16] {
            let circuits = requests(5);
            let script = Script::new()
                .on("PUT", &circuits[1].by_order(), wire::body(403, "error-forbidden"))
                .marketplace_of(&circuits.iter().collect::<Vec<_>>())
                .start();
            let args = format!("--vlan next --vlan-pool {pool} --concurrency {concurrency}");
            let document = accept(&Home::new(), &script, &args).exits(12).json();
            assert_eq!(outcomes(&document), ["done", "refused", "done", "done", "done"], "{args}");
            let given = [0, 2, 3, 4].map(|nth: usize| circuits[nth].now()["bEnd"]["vlan"].as_i64().unwrap());
            assert_eq!(given, expected, "{args}");
        }
    }
}

#[test]
fn a_backend_that_fails_now_and_then_is_not_taken_for_dead() {
    let circuits = requests(30);
    let all = circuits.clone();
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, _: usize| {
            let nth = all.iter().position(|circuit| circuit.by_vxc() == request.path).unwrap();
            if nth % 3 == 0 { Answer::refusal(500, "It failed") } else { all[nth].decide(request) }
        })
        .on("PUT", "/v2/order/vxc/*", |_: &Request, _: usize| Answer::refusal(500, "It failed"))
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let ended = accept(&Home::new(), &script, "--concurrency 16 --timeout 4s");
    let document = ended.exits(12).json();
    assert_eq!(document["summary"]["ok"], 20, "{ended}");
    assert_eq!(document["summary"]["skipped"], 0, "{ended}");
}

//! The primary of a cluster is killed in the middle of many decisions: none is lost, and none is made twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use super::kept::kept_path;
use super::{Team, by_path, ended, requests};
use crate::common::{Gate, Outcome, Postgres, Request, Script};

const COUNT: usize = 1000;
/// The decision during which the primary is killed.
const MIDDLE: usize = 60;
/// How many decisions the policy allows in a day.
const LIMIT: usize = 90;

/// Who decided what, by the path: what took effect at the backend.
type Effects = Arc<Mutex<Vec<(String, bool)>>>;

/// Answers lists once three have been asked for.
fn together(others: usize) -> impl Fn() + Send + Sync + 'static {
    let (came, all) = (Mutex::new(0), Gate::new());
    move || {
        let mut number = came.lock().unwrap();
        *number += 1;
        let is_last = *number == others;
        drop(number);
        if is_last {
            all.open();
        }
        all.wait(&|| false);
    }
}

#[test]
fn a_failover_in_the_middle_of_many_decisions_loses_and_doubles_nothing() {
    let Some(mut primary) = Postgres::start() else { return };
    let team = Team::new(&primary);
    let mut replica = primary.replica();
    let circuits = requests(COUNT);
    let effects = Effects::default();
    let (middle, seen) = (Gate::new(), Arc::clone(&effects));
    let (reached, find, meet) = (middle.clone(), by_path(&circuits), together(3));
    let listed = Mutex::new(0);
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, nth: usize| {
            if nth == MIDDLE {
                reached.open();
            }
            let is_accepted = request.json()["isApproved"].as_bool().unwrap();
            seen.lock().unwrap().push((request.path.clone(), is_accepted));
            find(request).decide(request)
        })
        .on("GET", "/v3/order_approvals", move |_: &Request, _: usize| {
            // The first page of each process: all three start with all requests before them.
            let mut number = listed.lock().unwrap();
            *number += 1;
            let is_first = *number <= 3;
            drop(number);
            if is_first {
                meet();
            }
            crate::common::wire::empty_queue()
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();

    let desks = ["ana", "ben", "ana"].map(|login| {
        let mut desk = team.desk(&primary, login);
        desk.ledger = primary.address_of_both(&replica, login, &team.database);
        desk
    });
    let decisions = ["accept", "deny --reason no", "accept"];
    let names = ["ana", "ben", "cleo"];
    let started: Vec<_> = desks
        .iter()
        .zip(decisions)
        .zip(names)
        .map(|((desk, decision), name)| {
            let args = format!("{decision} --all --yes --max {COUNT} --concurrency 8 --timeout 50s -o json");
            desk.approvals(&args, &script).env("PORTGATE_ACTOR", name).spawn()
        })
        .collect();
    let waiting: Vec<_> = started.into_iter().map(|child| thread::spawn(move || ended(child))).collect();
    middle.wait_open();
    primary.kill();
    replica.promote();
    let outcomes: Vec<Outcome> = waiting.into_iter().map(|one| one.join().unwrap()).collect();

    let effects = effects.lock().unwrap();
    let decided: BTreeMap<String, bool> = effects.iter().cloned().collect();
    assert_eq!((effects.len(), decided.len()), (COUNT, COUNT), "each request is decided once");
    let of_request: BTreeMap<String, bool> =
        circuits.iter().map(|circuit| (circuit.approval_uid(), decided[&circuit.by_vxc()])).collect();

    // The chain on what was the standby has each decision once, as it took effect.
    let mut reader = team.desk(&primary, "carl");
    reader.ledger = replica.address("carl", &team.database);
    reader.verify().exits(0);
    let rows =
        "SELECT object, actor, action, count(DISTINCT attempt), string_agg(outcome, ' ') FROM portgate.entry
        WHERE step = 'answered' GROUP BY 1, 2, 3 ORDER BY 1";
    let mut winners: BTreeMap<String, String> = BTreeMap::new();
    for row in replica.sql(&team.database, rows).lines() {
        let [object, actor, action, count, outcome] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        assert_eq!((count, outcome), ("1", "done"), "{row}");
        assert_eq!(action == "accept", of_request[object], "{row}");
        assert!(winners.insert(object.to_owned(), actor.to_owned()).is_none(), "{row}");
    }
    assert_eq!(winners.len(), COUNT, "no decision is missing");
    let attempts = "SELECT count(DISTINCT attempt) FROM portgate.entry";
    assert_eq!(replica.sql(&team.database, attempts), COUNT.to_string(), "nothing else was claimed");

    let mut done = 0;
    for (outcome, name) in outcomes.iter().zip(names) {
        let document: Value = outcome.json();
        let results = document["results"].as_array().unwrap();
        assert_eq!(results.len(), COUNT, "{name} started with all of them");
        for row in results {
            check_row(row, name, &winners);
        }
        done += results.iter().filter(|row| row["outcome"] == "done").count();
        let lost = results.iter().any(|row| row["outcome"] != "done" && row["outcome"] != "already");
        assert_eq!(outcome.code, if lost { 12 } else { 0 }, "{name}: {}", outcome.stderr);
    }
    assert_eq!(done, COUNT);
    for desk in &desks {
        assert!(!kept_path(desk).exists(), "all outcomes are recorded");
        let history = desk.approvals(&format!("history -o json --limit {}", 2 * COUNT), &script).run();
        let history = history.exits(0).json();
        let ids: BTreeSet<&str> =
            history.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!((history.as_array().unwrap().len(), ids.len()), (COUNT, COUNT));
    }
}

#[test]
fn a_limit_of_a_policy_holds_through_a_failover() {
    let Some(mut primary) = Postgres::start() else { return };
    let team = Team::new(&primary);
    let mut replica = primary.replica();
    let circuits = requests(3 * LIMIT);
    let effects = Effects::default();
    let (middle, seen) = (Gate::new(), Arc::clone(&effects));
    let (reached, find) = (middle.clone(), by_path(&circuits));
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, nth: usize| {
            if nth == LIMIT / 3 {
                reached.open();
            }
            seen.lock().unwrap().push((request.path.clone(), true));
            find(request).decide(request)
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let apply = |login: &'static str| {
        let mut desk = team.desk(&primary, login);
        desk.ledger = primary.address_of_both(&replica, login, &team.database);
        let policy = format!(
            "schema = \"portgate.policy/v1\"\n[limits]\ndecisions_per_day = {LIMIT}\n[[rule]]\nname = \"all\"\n\
             type = \"connection\"\ndecision = \"accept\"\n"
        );
        desk.home.write("portgate-policy.toml", policy);
        let run = desk.portgate("policy apply --yes --max 1000 --concurrency 8 --timeout 50s -o json");
        let child = run.at(&script).token("scripted-token").spawn();
        (desk, thread::spawn(move || ended(child)))
    };
    let running = ["ana", "ben", "ana", "ben", "ana", "ben", "ana", "ben"].map(apply);
    middle.wait_open();
    primary.kill();
    replica.promote();
    let mut done = 0;
    for (_desk, run) in running {
        let outcome = run.join().unwrap();
        let document = outcome.json();
        let results = document["results"].as_array().unwrap();
        done += results.iter().filter(|row| row["outcome"] == "done").count();
        assert!(results.iter().all(|row| row["outcome"] != "unknown"), "{outcome}");
    }
    let effects = effects.lock().unwrap();
    let decided: BTreeSet<&String> = effects.iter().map(|(path, _)| path).collect();
    assert_eq!((effects.len(), decided.len(), done), (LIMIT, LIMIT, LIMIT), "no more, and none twice");
    let mut reader = team.desk(&primary, "carl");
    reader.ledger = replica.address("carl", &team.database);
    reader.verify().exits(0);
}

/// What a process says of a request is what happened to it: done by itself, or by whom it says.
fn check_row(row: &Value, name: &str, winners: &BTreeMap<String, String>) {
    let winner = &winners[row["id"].as_str().unwrap()];
    let text = row.to_string();
    match row["outcome"].as_str().unwrap() {
        "done" => assert_eq!(winner, name, "{row:#}"),
        // One that somebody else was deciding is a failure, too.
        "already" | "conflict" | "failed" => {
            assert_ne!(winner, name, "{row:#}");
            assert!(text.contains(winner.as_str()), "it names {winner}: {row:#}");
            assert!(row["error"].is_null() || row["error"]["code"] == 13, "{row:#}");
        }
        other => panic!("{name}: {other}: {row:#}"),
    }
}

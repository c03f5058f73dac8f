//! What a batch says once some of it failed: what to send again, what to look at first, and what was not sent.

use std::io::{BufRead as _, BufReader, Read as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Gate, Home, Request, Script};
use crate::many::{outcomes, requests};

/// Refuses decisions on these circuits.
fn refusing(script: Script, circuits: &[Circuit]) -> Script {
    circuits.iter().fold(script, |script, circuit| {
        script.on("PUT", &circuit.by_vxc(), Answer::refusal(400, "not possible")).on(
            "PUT",
            &circuit.by_order(),
            Answer::refusal(400, "not possible"),
        )
    })
}

#[test]
fn only_what_may_succeed_is_to_be_sent_again() {
    let circuits = requests(4);
    let script = refusing(Script::new(), &circuits[1..2])
        .on("PUT", &circuits[2].by_vxc(), Answer::html(503))
        .on("PUT", &circuits[2].by_order(), Answer::html(503))
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let ids: Vec<String> = circuits.iter().map(Circuit::approval_uid).collect();
    home.approvals(&format!("deny {}", ids[3]), &script).run().exits(0);
    let args = format!("accept {} --max-retries 0 --timeout 2s -o json", ids.join(" "));
    let ended = home.approvals(&args, &script).run();
    let document = ended.exits(12).json();
    assert_eq!(outcomes(&document), ["done", "failed", "unknown", "conflict"], "{ended}");
    let error: Value = serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
    let hint = error["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("check the unknown ones before you do anything else"), "{hint}");
    assert!(hint.contains("ledger list --outcome unknown"), "{hint}");
    assert!(hint.ends_with(&format!("retry only: {}", ids[1])), "{hint}");
    // What was denied can't be accepted any more, whatever is fixed.
    let ended = home.approvals(&format!("accept {} {}", ids[0], ids[3]), &script).run();
    ended.exits(12).stderr_has("already denied").stderr_lacks("retry");
}

#[test]
fn a_policy_or_a_file_is_applied_again_as_it_takes_no_ids() {
    let rule = "[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"accept\"\n";
    for command in ["policy apply --yes", "approvals apply decisions.csv --yes"] {
        let circuits = requests(2);
        let script = refusing(Script::new(), &circuits[1..])
            .marketplace_of(&circuits.iter().collect::<Vec<_>>())
            .start();
        let home = Home::new();
        home.write("portgate-policy.toml", format!("schema = \"portgate.policy/v1\"\n{rule}"));
        let rows = circuits.iter().map(|circuit| format!("{},accept\n", circuit.approval_uid()));
        home.write("decisions.csv", format!("id,decision\n{}", rows.collect::<String>()));
        let ended = home.portgate(command).at(&script).token("scripted-token").run();
        ended
            .exits(12)
            .stderr_has("1 of 2 failed")
            .stderr_has("then run the same command again: nothing is decided twice")
            .stderr_lacks("retry only");
    }
}

#[test]
fn what_is_not_named_is_where_it_was_told() {
    let circuits = requests(12);
    let script =
        refusing(Script::new(), &circuits).marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let accept =
        |args: &str| Home::new().approvals(&format!("accept --port SYD1-A --yes {args}"), &script).run();
    accept("").exits(12).stderr_has(" and 2 more (see the errors above)");
    accept("-o json").exits(12).stderr_has(" and 2 more (see their errors in the result)");
}

/// The lines that say what was not sent.
fn unsent(stderr: &str) -> Vec<&str> {
    stderr.lines().filter(|line| line.contains("not sent")).collect()
}

#[test]
fn what_fail_fast_has_left_unsent_is_one_line_with_a_count() {
    let circuits = requests(12);
    let script =
        refusing(Script::new(), &circuits[1..2]).marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let accept = |args: &str| {
        let args = format!("accept --port SYD1-A --yes --concurrency 1 --fail-fast {args}");
        Home::new().approvals(&args, &script).run()
    };
    let ended = accept("");
    ended.exits(12).stderr_has("1 of 12 failed, 10 skipped");
    let ids: Vec<String> = circuits.iter().map(Circuit::approval_uid).collect();
    let line = format!(
        "warning: 10 requests were not sent ({} failed, and --fail-fast is set): {} and 5 more",
        ids[1],
        ids[2..7].join(" ")
    );
    assert_eq!(unsent(&ended.stderr), [line], "{ended}");
    // The document has each.
    let document = accept("-o json").exits(12).json();
    let skipped = document["results"].as_array().unwrap().iter().filter(|row| row["outcome"] == "skipped");
    assert_eq!(skipped.count(), 10, "{document:#}");
}

#[test]
fn what_a_dead_backend_has_left_unsent_is_one_line_with_a_count() {
    let circuits = requests(20);
    let script = circuits.iter().fold(Script::new(), |script, circuit| {
        script.on("GET", &circuit.alone(), |_: &Request, _: usize| Answer::html(503))
    });
    let script = script.marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let args = "accept --port SYD1-A --yes --concurrency 1 --max-retries 0";
    let ended = Home::new().approvals(args, &script).run();
    ended.exits(12).stderr_has("5 of 20 failed, 15 skipped");
    let lines = unsent(&ended.stderr);
    let start = "warning: 15 requests were not sent (the API can't be reached): ";
    assert!(lines.len() == 1 && lines[0].starts_with(start), "{ended}");
    assert!(lines[0].ends_with(" and 10 more"), "{ended}");
    assert!(script.writes().is_empty());
}

#[test]
fn an_interruption_is_one_line_and_counts_what_waits_to_be_read_back_apart() {
    let circuits = requests(60);
    let (sent, gate, count) = (Gate::new(), Gate::new(), Arc::new(AtomicUsize::new(0)));
    let (seen, held, all, listed) = (sent.clone(), gate.clone(), circuits.clone(), circuits.clone());
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, _: usize| {
            if count.fetch_add(1, Ordering::SeqCst) == 39 {
                seen.open();
            }
            match count.load(Ordering::SeqCst) {
                // These are on their way until the end.
                37.. => Answer::html(503).behind(&held),
                _ => all.iter().find(|circuit| circuit.by_vxc() == request.path).unwrap().decide(request),
            }
        })
        .on("GET", "/v2/products", {
            let held = gate.clone();
            move |_: &Request, nth: usize| {
                let list = wire::products([wire::port("port-syd1-a", listed.iter().map(Circuit::now))]);
                // The first is chosen from, the second is what is sent from.
                if nth < 2 { list } else { list.behind(&held) }
            }
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let mut child = home
        .approvals("accept --all --max 60 --yes --concurrency 4 --max-retries 0 --timeout 20s", &script)
        .spawn();
    sent.wait_open();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("to stop immediately") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    let told = "interrupted: finishing 4 changes in progress, and reading back 36 already sent; send the signal again";
    assert!(said.contains(told), "{said}");
    gate.open();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{said}");
    let lines = unsent(&said);
    assert!(lines.len() == 1, "{said}");
    assert!(lines[0].starts_with("20 requests were not sent (interrupted): "), "{said}");
    assert!(said.contains("20 were not tried"), "{said}");
}

#[test]
fn only_a_result_of_changes_says_that_they_were_made() {
    let circuits = requests(2);
    let script = Script::new().marketplace_of(&[&circuits[0], &circuits[1]]).start();
    let home = Home::new();
    let ids = format!("{} {}", circuits[0].approval_uid(), circuits[1].approval_uid());
    let run = |args: &str| home.approvals(&format!("{args} -o json --query abs(schema)"), &script).run();
    for args in [format!("accept {ids} --dry-run"), format!("show {}", circuits[0].approval_uid())] {
        let failed = run(&args);
        failed.exits(1).stderr_has("the full result is on stdout").stderr_lacks("already been made");
        failed.stderr_lacks("was made");
    }
    assert!(script.writes().is_empty());
    run(&format!("accept {ids}")).exits(1).stderr_has("the change was made; it is named above");
    // Both are accepted by now.
    run(&format!("deny {ids}")).exits(1).stderr_has("nothing was changed").stderr_lacks("was made");
    assert_eq!(script.writes().len(), 2);
}

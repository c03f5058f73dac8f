//! Without its ledger, portgate decides nothing: it fails in time, and says that nothing was sent.

use super::{NEW, Team, by_path, ended, one_request, requests};
use crate::common::{Gate, Postgres, Request, Script};

#[test]
fn nothing_is_decided_while_nobody_listens() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let (_, script) = one_request();
    let ana = team.desk(&postgres, "ana");
    postgres.kill();
    let place = &team.place;
    let refused = ana.approvals(&format!("accept {NEW}"), &script).run();
    refused.exits(10).stdout_is("").stderr_has(&format!("error: could not use the ledger at {place}"));
    refused.stderr_has("Connection refused").stderr_has("nothing was sent");
    refused.stderr_has(
        "  next: portgate changes nothing without a record: check the address and the database\n",
    );
    for args in
        ["ledger status", "ledger verify", "ledger list", "ledger sync", "approvals history --everywhere"]
    {
        let unread = ana.portgate(args).run();
        if args == "ledger sync" {
            unread.is(0, "nothing to record\n", "");
            continue;
        }
        unread.exits(10).stdout_is("").stderr_has(&format!("error: could not use the ledger at {place}"));
    }
    for args in [
        "policy apply --yes",
        "keys deactivate f9f3c9ad --yes --env sandbox",
        "api PUT /v2/x --yes --env sandbox",
    ] {
        ana.home.write(
            "portgate-policy.toml",
            "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"deny\"\n",
        );
        let run = ana.portgate(args);
        let run = if args.contains("sandbox") { run } else { run.at(&script).token("scripted-token") };
        run.run().exits(10).stderr_has("could not use the ledger at");
    }
    // Reading requests needs no ledger.
    ana.approvals("list", &script).run().exits(0).stdout_has("7c1e09ab");
    assert!(script.writes().is_empty());
}

#[test]
fn a_database_that_is_back_in_a_moment_is_waited_for() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let (_, script) = one_request();
    let ana = team.desk(&postgres, "ana");
    postgres.kill();
    let runs = [
        ana.approvals(&format!("accept {NEW} --timeout 50s"), &script).spawn(),
        ana.portgate("keys deactivate f9f3c9ad --yes --env sandbox --timeout 50s").spawn(),
    ];
    postgres.restart();
    for run in runs {
        ended(run).exits(0);
    }
    assert_eq!(team.steps(&postgres).len(), 4);
}

#[test]
fn a_restart_in_the_middle_of_many_decisions_skips_none() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuits = requests(400);
    let (middle, find) = (Gate::new(), by_path(&circuits));
    let reached = middle.clone();
    let script = Script::new()
        .on("PUT", "/v3/product/vxc/*", move |request: &Request, nth: usize| {
            if nth == 40 {
                reached.open();
            }
            find(request).decide(request)
        })
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let desks = ["ana", "ben"].map(|login| team.desk(&postgres, login));
    let args = "accept --all --yes --max 400 --concurrency 8 --timeout 50s -o json";
    let runs = desks.each_ref().map(|desk| desk.approvals(args, &script).spawn());
    let waiting = runs.map(|run| std::thread::spawn(move || ended(run)));
    middle.wait_open();
    postgres.restart();
    let mut done = 0;
    for run in waiting {
        let document = run.join().unwrap().json();
        for row in document["results"].as_array().unwrap() {
            done += usize::from(row["outcome"] == "done");
            let is_settled = ["done", "already"].iter().any(|word| row["outcome"] == *word);
            assert!(is_settled || row["error"]["code"] == 13, "{row:#}");
        }
    }
    assert_eq!((done, script.writes().len()), (400, 400));
    desks[0].verify().exits(0).stdout_has("intact: 800 entries");
}

#[test]
fn many_decisions_fail_once_the_first_has() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuits = requests(60);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let ana = team.desk(&postgres, "ana");
    postgres.kill();
    let ended = ana.approvals("accept --all --yes --max 60 -o json", &script).run();
    let document = ended.exits(12).json();
    assert_eq!(document["summary"]["ok"], 0, "{document:#}");
    for row in document["results"].as_array().unwrap() {
        let message = row["error"]["message"].as_str().unwrap();
        assert!(["failed", "skipped"].iter().any(|word| row["outcome"] == *word), "{row:#}");
        assert!(message.contains("nothing was sent") || message.contains("was not sent"), "{row:#}");
    }
    assert!(script.writes().is_empty());
}

#[test]
fn a_database_that_is_silent_is_not_waited_for_longer_than_the_timeout() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let (_, script) = one_request();
    let ana = team.desk(&postgres, "ana");
    postgres.suspend();
    let refused = ana.approvals(&format!("accept {NEW} --timeout 3s"), &script).run();
    refused
        .exits(11)
        .stdout_is("")
        .stderr_has(&format!("error: could not use the ledger at {}; nothing was sent\n", team.place));
    refused.stderr_has("the database did not answer in time").stderr_has("nothing was sent");
    for args in
        ["ledger status", "ledger verify", "ledger list", "ledger export", "approvals history --everywhere"]
    {
        let unread = ana.portgate(&format!("{args} --timeout 2s")).run();
        unread.exits(11).stderr_has("the database did not answer in time");
    }
    assert!(script.writes().is_empty());
    postgres.resume();
    ana.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    assert_eq!(team.steps(&postgres).len(), 2);
}

#[test]
fn a_database_that_falls_silent_is_not_waited_for_either() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let (_, script) = one_request();
    let ana = team.desk(&postgres, "ana");
    let mut asked = ana.approvals(&format!("accept {NEW} --timeout 3s"), &script).in_terminal(100, 30);
    asked.expect("Accept this request?");
    postgres.suspend();
    asked.send("y\r");
    asked.expect("nothing was sent");
    asked.exits(11);
    assert!(script.writes().is_empty());
}

#[test]
fn nothing_is_decided_on_a_standby() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let replica = postgres.replica();
    let (_, script) = one_request();
    let mut ana = team.desk(&postgres, "ana");
    ana.ledger = replica.address("ana", &team.database);
    let refused = ana.approvals(&format!("accept {NEW}"), &script).run();
    refused
        .exits(10)
        .stderr_has("during recovery\n  next: name the primary in the address, or all hosts")
        .stderr_has("nothing was sent");
    assert!(script.writes().is_empty());
    // It is read like any other.
    ana.portgate("ledger status").run().exits(0).stdout_has("Changes  0");
    // Of several hosts, the one that can be written to.
    let both = postgres.address_of_both(&replica, "ana", &team.database);
    let (login, hosts) = both.split_once('@').unwrap();
    let (hosts, rest) = hosts.split_once('/').unwrap();
    let reversed: Vec<&str> = hosts.split(',').rev().collect();
    let database = rest.split('?').next().unwrap();
    ana.ledger = format!("{login}@{}/{database}", reversed.join(","));
    ana.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    assert_eq!(team.steps(&postgres).len(), 2);
}

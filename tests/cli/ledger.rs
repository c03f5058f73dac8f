//! The ledger: every change is in it, nothing of it can be changed unseen, and ledgers of other machines are taken in.

use std::fs;

use serde_json::{Value, json};

use crate::common::wire::Circuit;
use crate::common::{Answer, Home, Request, Script, chained};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

/// What a run in the sandbox prints, which must succeed.
fn sandbox(home: &Home, args: &str) -> String {
    home.portgate(&format!("--env sandbox {args}")).run().exits(0).stdout.clone()
}

#[test]
fn every_change_is_recorded_before_and_after_it_is_sent() {
    for (args, kind, action, body) in [
        (
            "approvals accept 7c1e09ab --ticket NET-1",
            "request",
            "accept",
            json!({"isApproved": true, "message": "[NET-1]"}),
        ),
        ("keys deactivate f9f3c9ad --yes", "service-key", "deactivate", Value::Null),
        ("keys create --port SYD1-A --no-expiry --max-speed 100", "service-key", "create", Value::Null),
        ("notify subscribe service-status", "notification-settings", "change", Value::Null),
        (
            "users update priya@examplecloud.example --email off --yes",
            "user",
            "update",
            json!({"notificationEnabled": false}),
        ),
        (
            "api PUT /v2/employee/2002 -F notificationEnabled=false",
            "raw-request",
            "send",
            json!({"notificationEnabled": false}),
        ),
    ] {
        let home = Home::new();
        let run = home.portgate(&format!("--env sandbox {args} --actor ana"));
        run.env("GITHUB_ACTIONS", "true")
            .env("GITHUB_SERVER_URL", "https://ci.example")
            .env("GITHUB_REPOSITORY", "net/desk")
            .env("GITHUB_RUN_ID", "7")
            .run()
            .exits(0);
        let lines = home.ledger();
        let [sent, answered] = lines.as_slice() else { panic!("{args}: {lines:#?}") };
        assert_eq!((&sent["step"], &answered["step"]), (&json!("sending"), &json!("answered")), "{args}");
        assert_eq!(sent["attempt"], answered["attempt"]);
        assert_eq!((&sent["sequence"], &answered["sequence"]), (&json!(1), &json!(2)));
        assert_eq!(answered["previous"], sent["hash"], "{args}");
        for line in [sent, answered] {
            assert_eq!((&line["object"]["type"], &line["object"]["action"]), (&json!(kind), &json!(action)));
            assert_eq!(
                (&line["who"]["actor"], &line["who"]["actor_from"]),
                (&json!("ana"), &json!("--actor"))
            );
            assert_eq!(line["who"]["key_owner"], "Priya Example");
            assert!(line["who"]["client_id"].is_string() && line["where"]["host"].is_string(), "{line}");
            assert_eq!(line["where"]["ci_run"], "https://ci.example/net/desk/actions/runs/7");
            let words: Vec<&str> = args.split(' ').take(if kind == "raw-request" { 1 } else { 2 }).collect();
            assert_eq!(line["command"], words.join(" "));
            assert_eq!(line["company"]["name"], "Example Cloud Connect");
        }
        assert_eq!((&sent["answer"], &sent["outcome"]), (&Value::Null, &Value::Null));
        assert_eq!((&answered["answer"]["http_status"], &answered["outcome"]), (&json!(200), &json!("done")));
        assert!(answered["answer"]["trace_id"].is_string(), "{answered}");
        if !body.is_null() {
            assert_eq!(sent["sent"]["body"], body);
        }
        home.portgate("ledger verify").run().exits(0).stdout_has("intact: 2 entries");
    }
}

#[test]
fn a_refused_change_is_recorded_with_the_answer() {
    let home = Home::new();
    home.portgate("--env sandbox --as provider:read-only approvals accept 7c1e09ab").run().exits(7);
    let answered = home.ledger().pop().unwrap();
    assert_eq!((&answered["outcome"], &answered["answer"]["http_status"]), (&json!("refused"), &json!(403)));
    let listed = home.portgate("ledger list --outcome refused -o json").run().exits(0).json();
    assert_eq!(listed[0]["error"], answered["error"]);
    // What is not sent is not recorded.
    home.portgate("--env sandbox approvals accept 7c1e09ab --dry-run").run().exits(0);
    home.portgate("--env sandbox approvals accept 7c1e09ab --expect-speed 1g").run().exits(13);
    assert_eq!(home.ledger().len(), 2);
}

#[test]
fn who_acts_is_named_by_option_variable_or_system() {
    let started = || Script::new().marketplace(&Circuit::of("vxc-new")).start();
    for (actor, variable, expected) in [
        ("--actor ana", "ben", ["ana", "--actor"]),
        ("", "ben", ["ben", "PORTGATE_ACTOR"]),
        ("", "", ["dana", "USER"]),
    ] {
        let (home, script) = (Home::new(), started());
        let run = home.approvals(&format!("deny {NEW} --reason full {actor}"), &script);
        run.env("PORTGATE_ACTOR", variable).env("USER", "dana").run();
        let who = &home.ledger()[0]["who"];
        assert_eq!([&who["actor"], &who["actor_from"]], [&json!(expected[0]), &json!(expected[1])]);
        assert_eq!(who["client_id"], Value::Null, "a ready-made token");
    }
    let (home, script) = (Home::new(), started());
    let wrong = home.approvals(&format!("accept {NEW}"), &script).env("PORTGATE_ACTOR", "a\nb").run();
    wrong.exits(2).stderr_has("PORTGATE_ACTOR: the name has control characters");
}

#[test]
fn a_changed_ledger_is_found_and_nothing_is_added_to_a_broken_end() {
    let home = Home::new();
    sandbox(&home, "approvals accept 7c1e09ab");
    sandbox(&home, "approvals deny 6ac56e45 --reason full");
    let text = fs::read_to_string(home.ledger_path()).unwrap();
    let heads: Vec<String> =
        home.ledger().iter().map(|line| line["hash"].as_str().unwrap().to_owned()).collect();
    let verify = |text: &str, args: &str| {
        fs::write(home.ledger_path(), text).unwrap();
        home.portgate(&format!("ledger verify {args}")).run()
    };
    verify(&text, &format!("--head {}", heads[3])).exits(0);
    verify(&text, &format!("--head {}", &heads[1][..12])).exits(0);
    let edited = verify(&text.replace("\"full\"", "\"none\""), "");
    edited
        .exits(13)
        .stdout_has("ledger.jsonl:3: changed after it was written")
        .stdout_has("not intact: 4 entries");
    edited.stderr_has("error: the ledger is not as portgate wrote it");
    let lines: Vec<&str> = text.lines().collect();
    verify(&lines[..2].join("\n"), "").exits(0);
    let cut = verify(&lines[..2].join("\n"), &format!("--head {}", heads[3]));
    cut.exits(13).stderr_has("entries at the end may be missing");
    let broken = text.replace("\"done\"", "\"none\"");
    fs::write(home.ledger_path(), &broken).unwrap();
    let refused = home.portgate("--env sandbox approvals accept 6ac56e45").run();
    assert_eq!(refused.code, 13, "it is denied: {refused}");
    let refused = home.portgate("--env sandbox keys deactivate f9f3c9ad --yes").run();
    refused
        .exits(13)
        .stderr_has("is not as portgate wrote it; nothing was sent\n  why: line 2: changed after");
    assert_eq!(fs::read_to_string(home.ledger_path()).unwrap(), broken);
    assert!(sandbox(&home, "keys show f9f3c9ad").contains("active"), "nothing was sent");
    let doctor = home.portgate("--env sandbox doctor -o json").run().json();
    let check = doctor.as_array().unwrap().iter().find(|check| check["check"] == "ledger").unwrap();
    assert_eq!(check["result"], "warning");
    let forced = home.portgate("--env sandbox keys deactivate f9f3c9ad --yes --accept-broken-chain");
    forced.arg("restored from a backup").run().exits(0);
    let last = &home.ledger()[5];
    assert_eq!(last["accepted_broken_chain"], "restored from a backup");
    assert_eq!(last["outcome"], "done");
}

#[test]
fn the_ledgers_of_runners_are_imported_once_each() {
    let (desk, runner) = (Home::new(), Home::new());
    sandbox(&desk, "approvals accept 7c1e09ab --actor ana");
    sandbox(&runner, "approvals deny 6ac56e45 --reason full --actor ci");
    sandbox(&runner, "keys deactivate f9f3c9ad --yes --actor ci");
    let exported = runner.portgate("ledger export").run().exits(0).stdout.clone();
    assert_eq!(exported, fs::read_to_string(runner.ledger_path()).unwrap());
    let file = desk.write("runner.jsonl", &exported);
    let import = |counts: [u64; 2]| {
        let shown = desk.portgate(&format!("ledger import {} -o json", file.display())).run().exits(0).json();
        assert_eq!([&shown[0]["added"], &shown[0]["known"]], [&json!(counts[0]), &json!(counts[1])]);
    };
    import([4, 0]);
    import([0, 4]);
    let lines = desk.ledger();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[2]["imported"]["hash"], runner.ledger()[0]["hash"]);
    assert_eq!((&lines[2]["sequence"], &lines[2]["imported"]["sequence"]), (&json!(3), &json!(1)));
    desk.portgate("ledger verify").run().exits(0).stdout_has("intact: 6 entries");
    let shown = desk.portgate("approvals history --everywhere --by ci -o json").run().exits(0).json();
    assert_eq!(shown[0]["id"], runner.ledger()[0]["object"]["id"]);
    assert_eq!(desk.portgate("ledger list -o json").run().json().as_array().unwrap().len(), 3);
    // What was imported here is known where it comes from.
    let back = runner.write("desk.jsonl", desk.portgate("ledger export").run().stdout.clone());
    let shown = runner.portgate(&format!("ledger import {} -o json", back.display())).run().exits(0).json();
    assert_eq!([&shown[0]["added"], &shown[0]["known"]], [&json!(2), &json!(4)]);
    let changed = desk.write("changed.jsonl", exported.replace("\"ci\"", "\"me\""));
    let refused = desk.portgate(&format!("ledger import {}", changed.display())).run();
    refused.exits(13).stderr_has("its chain is broken").stderr_has("line 1: changed after it was written");
    assert_eq!(desk.ledger().len(), 6);
}

#[test]
fn a_time_without_a_zone_is_local_in_filters() {
    let home = Home::new();
    sandbox(&home, "approvals accept 7c1e09ab");
    let at: jiff::Timestamp = home.ledger()[0]["at"].as_str().unwrap().parse().unwrap();
    let hour = jiff::SignedDuration::from_hours(1);
    for (zone, ahead) in [("AEST-10", 10), ("EST5", -5), ("UTC", 0)] {
        let offset = jiff::tz::Offset::constant(ahead);
        for (since, found) in [(at - hour, 1), (at + hour, 0)] {
            let local = offset.to_datetime(since);
            for given in [format!("{local:.0}"), format!("{local:.0}{offset}"), format!("{since:.0}")] {
                for command in ["ledger list", "approvals history --everywhere"] {
                    let args = format!("{command} -o json --since {given}");
                    let shown = home.portgate(&args).env("TZ", zone).run();
                    assert_eq!(
                        shown.exits(0).json().as_array().map(Vec::len),
                        Some(found),
                        "{zone}: {shown}"
                    );
                }
            }
        }
        // The day begins at local midnight.
        let today = offset.to_datetime(at).date();
        let tomorrow = today.tomorrow().unwrap();
        for (date, found) in [(today, 1), (tomorrow, 0)] {
            let shown = home.portgate(&format!("ledger list -o json --since {date}")).env("TZ", zone).run();
            assert_eq!(shown.exits(0).json().as_array().map(Vec::len), Some(found), "{zone}: {shown}");
        }
    }
    let wrong = home.portgate("ledger list --since 2026-13-01").run();
    wrong.exits(2).stderr_has("'2026-13-01' is not a valid time: use a duration such as 3d");
}

#[test]
fn the_head_is_in_documents_and_with_verbose() {
    let home = Home::new();
    let batch = home.portgate("--env sandbox approvals accept 7c1e09ab 6ac56e45 -o json -v").run();
    let head = home.ledger().pop().unwrap()["hash"].as_str().unwrap().to_owned();
    assert_eq!(batch.exits(0).json()["ledger_head"], json!(head));
    batch.stderr_has(&format!("ledger head: {head}\n"));
    let status = home.portgate("ledger status -o json").run().exits(0).json();
    assert_eq!(
        (&status["head"], &status["changes"], &status["entries"]),
        (&json!(head), &json!(2), &json!(4))
    );
    let again = home.portgate("--env sandbox approvals accept 7c1e09ab 6ac56e45 -o json").run();
    assert_eq!(again.exits(0).json()["ledger_head"], Value::Null, "nothing was written");
}

#[test]
fn many_processes_write_one_chain() {
    let home = Home::new();
    sandbox(&home, "approvals list");
    let list = home.portgate("--env sandbox approvals list -o json").run().json();
    let ids: Vec<String> =
        list.as_array().unwrap().iter().take(8).map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let running: Vec<_> = ids
        .iter()
        .map(|id| home.portgate(&format!("--env sandbox approvals deny {id} --reason full")).spawn())
        .collect();
    for mut one in running {
        assert!(one.wait().unwrap().success());
    }
    home.portgate("ledger verify").run().exits(0).stdout_has("intact: 16 entries");
    let listed = home.portgate("ledger list --outcome done -o json").run().json();
    assert_eq!(listed.as_array().unwrap().len(), 8);
}

#[test]
fn one_change_that_is_sent_again_is_one_attempt() {
    let home = Home::new();
    let circuit = Circuit::of("vxc-new");
    let script =
        Script::new().on("PUT", &circuit.by_vxc(), circuit.decide_after_loss()).marketplace(&circuit).start();
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    assert_eq!(script.writes().len(), 2);
    let steps: Vec<Value> = home.ledger().iter().map(|line| line["step"].clone()).collect();
    assert_eq!(steps, ["sending", "answered", "sending", "answered"]);
    let listed = home.portgate("ledger list -o json").run().exits(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed:#}");
    assert_eq!(listed[0]["outcome"], "done");
    assert_eq!(home.portgate("ledger status -o json").run().json()["unknown"], 0);
}

#[test]
fn a_run_that_was_killed_while_it_sent_again_knows_nothing() {
    let home = Home::new();
    let circuit = Circuit::of("vxc-new");
    let decided = circuit.clone();
    let limited = move |request: &Request, nth: usize| match nth {
        0 => Answer::refusal(429, "Too many requests").header("Retry-After", "0"),
        _ => decided.decide(request),
    };
    let script = Script::new().on("PUT", &circuit.by_vxc(), limited).marketplace(&circuit).start();
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    fs::write(home.ledger_path(), chained(&home.ledger()[..3])).unwrap();
    let outcomes = |outcome: &str| {
        let listed = home.portgate(&format!("ledger list --outcome {outcome} -o json")).run().exits(0).json();
        listed.as_array().unwrap().len()
    };
    assert_eq!(["unknown", "failed", "done"].map(outcomes), [1, 0, 0]);
    assert_eq!(home.portgate("ledger status -o json").run().json()["unknown"], 1);
}

#[test]
fn part_of_a_line_that_a_crash_left_is_no_fault() {
    let (home, desk) = (Home::new(), Home::new());
    sandbox(&home, "approvals accept 7c1e09ab");
    let whole = fs::read_to_string(home.ledger_path()).unwrap();
    for tail in [&whole[..400], "{\"schema\":\"portgate.ledger/v1\"", " "] {
        fs::write(home.ledger_path(), format!("{whole}{tail}")).unwrap();
        home.portgate("ledger verify").run().exits(0).stdout_has("intact: 2 entries");
        home.portgate("ledger export").run().exits(0).stdout_is(&whole);
        let file = home.ledger_path();
        desk.portgate(&format!("ledger import {}", file.display())).run().exits(0);
        sandbox(&home, "keys update f9f3c9ad --description x");
        home.portgate("ledger verify").run().exits(0).stdout_has("intact: 4 entries");
        sandbox(&home, "keys update f9f3c9ad --description y");
        fs::write(home.ledger_path(), &whole).unwrap();
    }
    desk.portgate("ledger verify").run().exits(0).stdout_has("intact: 2 entries");
}

#[test]
fn imports_at_the_same_time_add_each_entry_once_and_a_line_that_cannot_be_read_stops_no_other() {
    let (desk, runner) = (Home::new(), Home::new());
    sandbox(&runner, "approvals accept 7c1e09ab");
    let file = runner.ledger_path().display().to_string();
    let running: Vec<_> = (0..4).map(|_| desk.portgate(&format!("ledger import {file}")).spawn()).collect();
    for mut one in running {
        assert!(one.wait().unwrap().success());
    }
    assert_eq!(desk.ledger().len(), 2);
    let mut lines = runner.ledger();
    lines[0]["imported"] = Value::Null;
    let odd = desk.write("odd.jsonl", chained(&lines[..1]));
    desk.portgate(&format!("ledger import {}", odd.display()))
        .run()
        .exits(1)
        .stderr_has("could not read ledger");
    let text = fs::read_to_string(desk.ledger_path()).unwrap();
    fs::write(
        desk.ledger_path(),
        text.replacen("Globex", "Glob\u{fffd}x", 1).replacen("\"step\":", "\"stop\":", 1),
    )
    .unwrap();
    desk.portgate(&format!("ledger import {file}")).run().exits(13).stderr_has("is not as portgate wrote it");
    desk.portgate(&format!("ledger import {file} --accept-broken-chain known")).run().exits(0);
}

#[test]
fn no_secret_of_a_raw_request_is_recorded_and_its_path_is_the_one_that_was_sent() {
    let home = Home::new();
    let script = Script::new()
        .on("PUT", "/v2/service/key/3f0c2a91-1111-4111-8111-111111111111/on", Answer::ok(json!({})))
        .start();
    let path =
        "/v2/x/../service/key/3f0c2a91-1111-4111-8111-111111111111/on?access_token=t0ken-value&x=a%26b%20c";
    let run = home.portgate("api PUT --yes -f passphrase=pa55 -f note=x").arg(path);
    run.at(&script).token("scripted-token").run();
    let text = fs::read_to_string(home.ledger_path()).unwrap();
    for secret in ["3f0c2a91-1111", "t0ken-value", "pa55", "scripted-token"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let sent = &home.ledger()[0]["sent"];
    assert!(
        sent["path"].as_str().unwrap().starts_with("/v2/service/key/3f0c2a91.../on?access_token="),
        "{sent}"
    );
    assert!(sent["path"].as_str().unwrap().ends_with("&x=a%26b+c"), "{sent}");
    assert_eq!(sent["body"]["note"], "x");
}

#[test]
fn what_is_saved_for_another_address_of_a_ledger_is_named() {
    let home = Home::new();
    let path = |name: &str| home.data().join(format!("ledger-kept-{name}.jsonl")).display().to_string();
    let status = |home: &Home| home.portgate("--env sandbox ledger status").run();
    status(&home).exits(0).stderr_is("");
    // Files are named after the address, without its user: that of postgres://db.example.net/desk.
    home.write("data/portgate/ledger-kept-6535b32a.jsonl", "one\n");
    let unknown = status(&home);
    unknown.exits(0).stderr_is(&format!(
        "note: 1 entry saved locally for a ledger at another address in {}; upload: PORTGATE_LEDGER=ADDRESS portgate ledger sync\n",
        path("6535b32a")
    ));
    let profile = "[profiles.desk]\nenvironment = \"sandbox\"\nledger = \"postgres://ana@db.example.net/desk\"\n\
                   [profiles.lab]\nenvironment = \"sandbox\"\nledger = \"postgres://ana@127.0.0.1/portgate\"\n";
    crate::auth::private_config(&home, profile);
    let known = "note: 1 entry saved locally for the ledger at postgres://db.example.net/desk in ";
    status(&home).exits(0).stderr_has(known);
    // Another name of this machine: that of postgres://localhost/portgate.
    home.write("data/portgate/ledger-kept-ac394db0.jsonl", "one\ntwo\n");
    status(&home).exits(0).stderr_has(known).stderr_has(&format!(
        "note: 2 entries saved locally for the ledger at postgres://localhost/portgate in {}; upload: \
             PORTGATE_LEDGER=postgres://localhost/portgate portgate ledger sync\n",
        path("ac394db0")
    ));
}

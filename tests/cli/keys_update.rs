//! `keys update`, `activate`, `deactivate`, `rotate`: nothing is reset that wasn't asked for.

use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::json;

use crate::common::wire::{self, days_from_now, fixture, with};
use crate::common::{Answer, Gate, Home, Request, Script};
use crate::keys_shelf::{MADE, MULTI, PORT, SINGLE, Shelf, keys, sent};

/// The body that changes nothing of the fixture's key.
fn all_of(shelf: &Shelf, key: &str) -> serde_json::Value {
    let now = shelf.key(key);
    let mut body = json!({"key": key, "productUid": PORT});
    for name in ["description", "singleUse", "active", "preApproved", "vlan", "validFor", "promoCode"] {
        if !now[name].is_null() {
            body[name] = now[name].clone();
        }
    }
    // The wire has it as text in places; it is written as a number.
    body["maxSpeed"] = json!(now["maxSpeed"].as_i64().or_else(|| now["maxSpeed"].as_str()?.parse().ok()));
    body
}

#[test]
fn update_writes_every_field_and_reads_again() {
    for (key, args, change) in [
        (MULTI, "--max-speed 2000", json!({"maxSpeed": 2000})),
        (MULTI, "--description Other", json!({"description": "Other"})),
        (MULTI, "--pre-approved", json!({"preApproved": true})),
        (SINGLE, "--vlan 1700", json!({"vlan": 1700})),
        (SINGLE, "--approval-needed", json!({"preApproved": false})),
    ] {
        let shelf = Shelf::new();
        let wanted = with(all_of(&shelf, key), change);
        let script = Script::new().shelf(&shelf).start();
        let home = Home::new();
        let outcome = keys(&home, &format!("update {key} {args}"), &script).run();
        outcome.exits(0).stdout_has("updated").stdout_has("→").stderr_has("Example Cloud Connect").lacks(key);
        assert_eq!(sent(&script), [("PUT".to_owned(), wanted)], "{args}");
        let lines = script.lines();
        assert!(lines.last().unwrap().starts_with("GET /v2/service/key?key="), "{lines:#?}");
    }
}

#[test]
fn fields_are_taken_off_by_leaving_them_out() {
    let shelf = Shelf::new();
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();
    let run = keys(&home, "update b27d4e05 --multi-use --no-vlan --no-expiry --yes", &script);
    run.arg("--description").arg("").run().exits(0);
    let body = script.only("PUT", "/v2/service/key").json();
    assert!(body.get("vlan").is_none() && body.get("description").is_none(), "{body}");
    assert!(body["validFor"].get("end").is_none(), "{body}");
    let now = shelf.key(SINGLE);
    assert_eq!((&now["singleUse"], &now["maxSpeed"]), (&json!(false), &json!(500)));
}

#[test]
fn expiry_counts_from_now() {
    let shelf = Shelf::new();
    let script = Script::new().shelf(&shelf).start();
    let start = shelf.key(SINGLE)["validFor"]["start"].clone();
    keys(&Home::new(), "update b27d4e05 --expires-in 90d", &script).run().exits(0);
    let body = script.only("PUT", "/v2/service/key").json();
    let days = (body["validFor"]["end"].as_i64().unwrap() - days_from_now(0.0)) as f64 / 86_400_000.0;
    assert!((days - 90.0).abs() < 0.01, "{days}");
    assert_eq!(body["validFor"]["start"], start);
}

#[test]
fn nothing_is_sent_for_what_is_so_already_or_cannot_be() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    keys(&home, "update 3f0c2a91 --max-speed 1000 --multi-use", &script).run().exits(0).stdout_has("already");
    for (args, code, said) in [
        ("update 3f0c2a91", 2, "--max-speed"),
        ("update 3f0c2a91 --max-speed 10001", 2, "10000"),
        ("update 3f0c2a91 --vlan 7", 2, "single-use"),
        ("update b27d4e05 --multi-use", 2, "--no-vlan"),
        ("update b27d4e05 --multi-use --no-vlan --no-expiry", 2, "--yes"),
        ("update b27d4e05 --expires-in 2020-01-01", 2, "before it becomes valid"),
        ("update ffffffff --max-speed 5", 8, "ffffffff"),
    ] {
        keys(&home, args, &script).run().exits(code).stderr_has(said);
    }
    assert!(script.writes().is_empty());
}

#[test]
fn a_speed_that_reads_as_the_port_s_is_no_difference() {
    // What was never set reads as the port's speed: written or not, it reads so again.
    let shelf = Shelf::of([with(fixture("service-key"), json!({"maxSpeed": 10000}))]);
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();
    keys(&home, "update 3f0c2a91 --description x", &script).run().exits(0);
    assert_eq!(shelf.key(MULTI)["maxSpeed"], 10000);

    let shelf = Shelf::of([with(fixture("service-key"), json!({"maxSpeed": null}))]);
    let script = Script::new().shelf(&shelf).start();
    keys(&home, "update 3f0c2a91 --description x", &script).run().exits(0);
    assert!(script.only("PUT", "/v2/service/key").json().get("maxSpeed").is_none());
    assert_eq!(shelf.key(MULTI)["maxSpeed"], 10000);
}

#[test]
fn what_the_backend_did_otherwise_is_13_and_said() {
    let shelf = Shelf::new();
    let replacing = shelf.clone();
    let forgetful = move |request: &Request, _: usize| {
        let answer = replacing.replace(request);
        replacing.change(MULTI, json!({"description": null, "active": false}));
        answer
    };
    let script = Script::new().on("PUT", "/v2/service/key", forgetful).shelf(&shelf).start();
    let outcome = keys(&Home::new(), "update 3f0c2a91 --max-speed 2000", &script).run();
    outcome.exits(13).stderr_has("description is none").stderr_has("active is false, not true");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_lost_answer_is_read_back_and_sent_again_only_where_nothing_changed() {
    let home = Home::new();
    let shelf = Shelf::new();
    let replacing = shelf.clone();
    let took_effect = move |request: &Request, _: usize| {
        replacing.replace(request);
        Answer::lost()
    };
    let script = Script::new().on("PUT", "/v2/service/key", took_effect).shelf(&shelf).start();
    keys(&home, "update 3f0c2a91 --max-speed 2000 --timeout 4s", &script).run().exits(0).stderr_has("lost");
    assert_eq!(script.writes().len(), 1, "it took effect: no second one");

    let shelf = Shelf::new();
    let replacing = shelf.clone();
    let second_works = move |request: &Request, nth: usize| match nth {
        0 => Answer::lost(),
        _ => replacing.replace(request),
    };
    let script = Script::new().on("PUT", "/v2/service/key", second_works).shelf(&shelf).start();
    keys(&home, "update 3f0c2a91 --max-speed 2000 --timeout 4s", &script)
        .run()
        .exits(0)
        .stderr_has("sent again");
    assert_eq!(script.writes().len(), 2);

    let script = Script::new().on("PUT", "/v2/service/key", Answer::lost()).shelf(&Shelf::new()).start();
    keys(&home, "update 3f0c2a91 --max-speed 2000 --timeout 4s", &script)
        .run()
        .exits(14)
        .stderr_has("keys show 3f0c2a91");
    assert_eq!(script.writes().len(), 2);

    let shelf = Shelf::new();
    let other = shelf.clone();
    let somebody = move |_: &Request, _: usize| {
        other.change(MULTI, json!({"maxSpeed": 77}));
        Answer::lost()
    };
    let script = Script::new().on("PUT", "/v2/service/key", somebody).shelf(&shelf).start();
    keys(&home, "update 3f0c2a91 --max-speed 2000 --timeout 4s", &script).run().exits(14);
    assert_eq!(script.writes().len(), 1, "it is no longer what was read: no second one");
}

#[test]
fn another_company_s_key_is_not_mine_to_change() {
    let shelf = Shelf::new();
    let script =
        Script::new().on("PUT", "/v2/service/key", wire::body(403, "error-forbidden")).shelf(&shelf).start();
    keys(&Home::new(), &format!("update {MULTI} --max-speed 5"), &script).run().exits(7);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_terminal_shows_the_change_and_asks_and_reads_again() {
    let home = Home::new();
    for (answer, code, writes) in [("\r", 5, 0), ("y\r", 0, 1)] {
        let script = Script::new().shelf(&Shelf::new()).start();
        let mut terminal = keys(&home, "update 3f0c2a91 --max-speed 2000 --timeout 4s", &script)
            .env("NO_COLOR", "1")
            .in_terminal(120, 30);
        let before = terminal.expect("[y/N]");
        assert!(before.contains("1000 → 2000") && before.contains("Example Cloud Connect"), "{before}");
        terminal.send(answer);
        terminal.exits(code);
        assert_eq!(script.writes().len(), writes);
    }
}

#[test]
fn a_key_that_changes_while_somebody_is_asked_is_not_written() {
    let home = Home::new();
    for (args, active) in [
        ("update 3f0c2a91 --max-speed 2000", true),
        ("rotate 3f0c2a91", true),
        ("deactivate 3f0c2a91", true),
        ("activate 3f0c2a91", false),
    ] {
        let shelf = Shelf::new();
        shelf.change(MULTI, json!({"active": active}));
        let script = Script::new().shelf(&shelf).start();
        let mut terminal = keys(&home, args, &script).env("NO_COLOR", "1").in_terminal(120, 30);
        terminal.expect("[y/N]");
        shelf.change(MULTI, json!({"description": "changed by a colleague"}));
        terminal.send_line("y");
        let seen = terminal.exits(13);
        assert!(seen.contains("changed by a colleague"), "{args}: {seen}");
        assert!(script.writes().is_empty(), "{args}");
    }
}

#[test]
fn switching_keeps_all_else_and_prints_a_batch_document() {
    let shelf = Shelf::new();
    let wanted = [MULTI, SINGLE].map(|key| with(all_of(&shelf, key), json!({"active": false})));
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();

    let outcome = keys(&home, "deactivate 3f0c2a91 b27d4e05 3f0c2a -o json", &script).run();

    outcome.exits(0).lacks(MULTI).lacks(SINGLE);
    let document = outcome.json();
    assert_eq!(document["schema"], "portgate.batch/v1");
    assert_eq!(
        document["summary"],
        json!({"ok": 2, "failed": 0, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 0})
    );
    assert_eq!(
        document["results"][0],
        json!({"id": "3f0c2a91", "decision": "deactivate", "outcome": "done", "error": null, "state": "inactive",
            "notes": []})
    );
    let mut bodies: Vec<_> = sent(&script).into_iter().map(|(_, body)| body).collect();
    // They are sent at the same time.
    bodies.sort_by_key(|body| body["key"].to_string());
    assert_eq!(bodies, wanted);

    let again = keys(&home, "deactivate 3f0c2a91", &script).run();
    again.exits(0).stdout_has("3f0c2a91 is already deactivated");
    assert_eq!(script.writes().len(), 2);
    keys(&home, "activate 3f0c2a91", &script).run().exits(0).stdout_has("activated 3f0c2a91");
    assert_eq!(shelf.key(MULTI)["active"], true);
}

#[test]
fn some_of_several_failed_is_12_and_one_has_its_own_code() {
    let shelf = Shelf::new();
    let replacing = shelf.clone();
    let only_one = move |request: &Request, _: usize| match request.json()["key"] == MULTI {
        true => wire::body(403, "error-forbidden"),
        false => replacing.replace(request),
    };
    let script = Script::new().on("PUT", "/v2/service/key", only_one).shelf(&shelf).start();
    let home = Home::new();
    let outcome = keys(&home, "deactivate 3f0c2a91 b27d4e05 ffffffff -o json", &script).run();
    outcome.exits(12);
    let document = outcome.json();
    assert_eq!(
        document["summary"],
        json!({"ok": 1, "failed": 1, "refused": 1, "unknown": 0, "skipped": 0, "proposed": 0})
    );
    let outcomes: Vec<_> =
        document["results"].as_array().unwrap().iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(outcomes, ["refused", "done", "failed"]);
    assert_eq!(document["results"][2]["error"]["code"], 8);
    keys(&home, "deactivate 3f0c2a91", &script).run().exits(7);
    keys(&home, "deactivate", &script).run().exits(2);
}

#[test]
fn switching_asks_once_for_all_on_a_terminal() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    let mut terminal =
        keys(&home, "deactivate 3f0c2a91 b27d4e05", &script).env("NO_COLOR", "1").in_terminal(120, 30);
    let before = terminal.expect("Deactivate 2 service keys?");
    assert!(before.contains("Globex projects"), "{before}");
    terminal.send("\r");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

#[test]
fn activating_what_is_over_says_that_it_still_does_not_work() {
    let shelf = Shelf::new();
    shelf.change(SINGLE, json!({"active": false, "validFor": {"end": days_from_now(-1.0)}}));
    let script = Script::new().shelf(&shelf).start();
    keys(&Home::new(), "activate b27d4e05", &script).run().exits(0).stderr_has("it has expired");
}

#[test]
fn rotating_makes_a_key_alike_and_lets_the_old_one_end() {
    let shelf = Shelf::new();
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();

    let outcome = keys(&home, "rotate 3f0c2a91 --overlap 3d -o json", &script).run();

    outcome.exits(0).lacks(MULTI);
    let document = outcome.json();
    assert_eq!((&document["new"]["key"], &document["old"]["key"]), (&json!(MADE[0]), &json!("3f0c2a91")));
    let [(post, made), (put, ended)] = sent(&script).try_into().unwrap();
    assert_eq!((post.as_str(), put.as_str()), ("POST", "PUT"));
    let days = |at: &serde_json::Value| (at.as_i64().unwrap() - days_from_now(0.0)) as f64 / 86_400_000.0;
    assert!((days(&made["validFor"]["end"]) - 365.0).abs() < 0.01, "as long as the old one at first: {made}");
    assert!((days(&ended["validFor"]["end"]) - 3.0).abs() < 0.01, "{ended}");
    for name in ["description", "maxSpeed", "singleUse", "promoCode", "productUid", "active"] {
        assert_eq!(made[name], ended[name], "{name}");
        assert!(!made[name].is_null(), "{name}");
    }
    assert!(made.get("key").is_none());
}

#[test]
fn rotating_never_lengthens_the_old_key() {
    let shelf = Shelf::new();
    let old = shelf.key(SINGLE);
    let script = Script::new().shelf(&shelf).start();
    keys(&Home::new(), "rotate b27d4e05 --overlap 30d --no-expiry", &script)
        .run()
        .exits(0)
        .stdout_has(MADE[0]);
    assert_eq!(shelf.key(SINGLE), old, "it ends by itself before that");
    let body = script.only("POST", "/v2/service/key").json();
    assert_eq!((&body["vlan"], body.get("validFor")), (&json!(1500), None));
}

#[test]
fn a_key_that_does_not_work_is_not_rotated() {
    let shelf = Shelf::new();
    shelf.change(MULTI, json!({"active": false}));
    let script = Script::new().shelf(&shelf).start();
    keys(&Home::new(), "rotate 3f0c2a91", &script).run().exits(13).stderr_has("inactive");
    assert!(script.writes().is_empty());
}

#[test]
fn a_rotation_half_done_prints_the_new_key_and_says_what_is_left() {
    let script = Script::new()
        .on("PUT", "/v2/service/key", wire::body(403, "error-forbidden"))
        .shelf(&Shelf::new())
        .start();
    let outcome = keys(&Home::new(), "rotate 3f0c2a91", &script).run();
    outcome.exits(7).stdout_has(MADE[0]).stderr_has("keys update 3f0c2a91 --expires-in 7d");
}

#[test]
fn dry_runs_show_the_requests_without_the_whole_key_and_only_read() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    for (args, said) in [
        ("update 3f0c2a91 --max-speed 2000", "\"maxSpeed\":2000"),
        ("deactivate 3f0c2a91 b27d4e05", "\"active\":false"),
        ("activate 3f0c2a91", "already"),
        ("rotate 3f0c2a91", "POST /v2/service/key"),
    ] {
        let outcome = keys(&home, &format!("{args} --dry-run"), &script).run();
        outcome.exits(0).stdout_has(said).lacks(MULTI).lacks(SINGLE);
    }
    let outcome = keys(&home, "update 3f0c2a91 --max-speed 2000 --dry-run -o json", &script).run();
    let step = outcome.exits(0).json()["would_send"][0].clone();
    assert_eq!(step["changes"], json!([{"field": "max_speed_mbps", "from": 1000, "to": 2000}]));
    assert!(script.writes().is_empty());
}

#[test]
fn an_interrupt_lets_the_write_under_way_end_and_leaves_the_rest() {
    let shelf = Shelf::new();
    let (gate, asked) = (Gate::new(), Gate::new());
    let (held, seen, replacing) = (gate.clone(), asked.clone(), shelf.clone());
    let slow = move |request: &Request, _: usize| {
        seen.open();
        replacing.replace(request).behind(&held)
    };
    let script = Script::new().on("PUT", "/v2/service/key", slow).shelf(&shelf).start();
    let home = Home::new();
    let mut child = keys(&home, "deactivate 3f0c2a91 b27d4e05 --concurrency 1 -o json", &script).spawn();
    asked.wait_open();
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("finishing the change in progress") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it never said that it was interrupted");
    }
    gate.open();
    let mut document = String::new();
    child.stdout.take().unwrap().read_to_string(&mut document).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{document}");
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(
        document["summary"],
        json!({"ok": 1, "failed": 0, "refused": 0, "unknown": 0, "skipped": 1, "proposed": 0})
    );
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn what_was_written_is_not_called_wrong_usage_where_the_query_fails_on_it() {
    let shelf = Shelf::new();
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();
    let update = keys(&home, &format!("update {MULTI} --description Other -o json"), &script);
    let outcome = update.arg("--query").arg("abs(description)").run();
    assert_eq!(outcome.exits(1).json()["description"], "Other", "{outcome}");
    outcome.stderr_has("the change was made");
    assert_eq!(sent(&script).len(), 1);
}

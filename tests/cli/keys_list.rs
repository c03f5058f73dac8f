//! `keys list`, `show`, `validate` and `delete`: what is read and what is shown of it.

use serde_json::json;

use crate::common::wire::{self, days_from_now, fixture, with};
use crate::common::{Answer, Home, Request, Script};
use crate::keys_shelf::{MULTI, SINGLE, Shelf, keys};

#[test]
fn a_list_shows_handles_and_never_whole_keys() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();

    let outcome = keys(&home, "list", &script).run();

    outcome
        .exits(0)
        .stderr_has("2 service keys")
        .stderr_has("Example Cloud Connect")
        .lacks(MULTI)
        .lacks(SINGLE);
    let multi: Vec<&str> = outcome.row("3f0c2a91").split_whitespace().collect();
    for cell in ["SYD1-A", "1000", "multi", "required", "active", "7d"] {
        assert!(multi.contains(&cell), "{cell}: {outcome}");
    }
    let single: Vec<&str> = outcome.row("b27d4e05").split_whitespace().collect();
    for cell in ["500", "single", "pre-approved", "1500", "4d", "never"] {
        assert!(single.contains(&cell), "{cell}: {outcome}");
    }
    let first = outcome.stdout.lines().nth(1).unwrap();
    assert!(first.starts_with("b27d4e05"), "soonest to expire first: {outcome}");
    assert_eq!(script.lines(), ["GET /v2/service/key"]);

    keys(&home, "list --reveal", &script).run().exits(0).stdout_has(MULTI).stdout_has(SINGLE);
    let alias = home.portgate("service-keys list").at(&script).token("t").run();
    assert_eq!(alias.stdout, outcome.stdout);
}

#[test]
fn filters_choose_by_port_state_expiry_and_use() {
    let off = with(
        fixture("service-key"),
        json!({"key": "aaaaaaaa-0000-4000-8000-000000000001", "active": false, "valid": false}),
    );
    let over = with(
        fixture("service-key-single"),
        json!({"key": "bbbbbbbb-0000-4000-8000-000000000002", "validFor": {"end": days_from_now(-3.0)},
            "productName": "MEL2-B", "productUid": "b7e2c914-0000-4000-8000-00000000000b"}),
    );
    let endless = with(
        fixture("service-key"),
        json!({"key": "cccccccc-0000-4000-8000-000000000003", "validFor": null, "lastUsed": null}),
    );
    let shelf = Shelf::of([fixture("service-key"), fixture("service-key-single"), off, over, endless]);
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();
    for (filter, expected) in [
        ("--active", vec!["b27d4e05", "3f0c2a91", "cccccccc"]),
        ("--inactive", vec!["bbbbbbbb", "aaaaaaaa"]),
        ("--expiring 7d", vec!["b27d4e05"]),
        ("--unused", vec!["b27d4e05", "cccccccc", "bbbbbbbb"]),
        ("--port mel2-b", vec!["bbbbbbbb"]),
        ("--port b7e2c9", vec!["bbbbbbbb"]),
    ] {
        let outcome = keys(&home, &format!("list {filter} -o json"), &script).run();
        outcome.exits(0);
        let document = outcome.json();
        let seen: Vec<&str> =
            document.as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap()).collect();
        assert_eq!(seen, expected, "{filter}");
    }
    keys(&home, "list --active --inactive", &script).run().exits(2);
    keys(&home, "list --expiring soon", &script).run().exits(2).stderr_has("7d");
}

#[test]
fn the_fields_of_a_key_in_json_are_these() {
    let script = Script::new().shelf(&Shelf::of([fixture("service-key")])).start();
    let home = Home::new();
    let mut key = keys(&home, "show 3f0c2a91 -o json", &script).run().exits(0).json();
    for date in ["starts_at", "expires_at", "created_at", "last_used_at"] {
        assert!(key[date].as_str().unwrap().ends_with('Z'), "{date}: {key}");
        key.as_object_mut().unwrap().remove(date);
    }
    assert_eq!(
        key,
        json!({"key": "3f0c2a91", "description": "Globex projects", "state": "active",
            "product_uid": "a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11", "product_name": "SYD1-A",
            "max_speed_mbps": 1000, "port_speed_mbps": 10000, "single_use": false, "pre_approved": false,
            "vlan": null, "active": true, "promo_code": "SPRING", "unread": [],
            "company_uid": "5f3c9a10-0c57-4b7e-8d21-9e4f6a7b1c01", "company_name": "Example Cloud Connect"})
    );
    assert_eq!(script.requests()[0].parameter("key").as_deref(), Some("3f0c2a91"));
}

#[test]
fn an_empty_list_is_empty() {
    let script = Script::new().shelf(&Shelf::of([])).start();
    let home = Home::new();
    keys(&home, "list", &script).run().exits(0).stdout_is("").stderr_has("no service keys");
    keys(&home, "list -o json", &script).run().exits(0).stdout_is("[]\n");
}

#[test]
fn a_key_is_shown_by_handle_by_whole_key_and_by_prefix() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    for named in ["3f0c2a91", MULTI, "3F0C2A91-7B", "3f0c2a"] {
        let outcome = keys(&home, &format!("show {named}"), &script).run();
        outcome.exits(0).stdout_has("Globex projects").stdout_has("3f0c2a91").stdout_has("SYD1").lacks(MULTI);
    }
    keys(&home, "show 3f0c2a91 --reveal", &script).run().exits(0).stdout_has(MULTI);
    keys(&home, "show 3f0c2a91-ff", &script).run().exits(8);
    keys(&home, "show ffffffff", &script).run().exits(8).stderr_has("keys list");
    keys(&home, "show 3f0c", &script).run().exits(2).stderr_has("too short");
    keys(&home, "show 'x;y'", &script).run().exits(2);
}

#[test]
fn an_ambiguous_prefix_names_the_candidates() {
    let twin = with(fixture("service-key-single"), json!({"key": "3f0c2aff-0000-4000-8000-000000000001"}));
    let script = Script::new().shelf(&Shelf::of([fixture("service-key"), twin])).start();
    let home = Home::new();
    let outcome = keys(&home, "deactivate 3f0c2a", &script).run();
    outcome.exits(2).stderr_has("Globex projects").stderr_has("Initech migration").stderr_has("3f0c2aff");
    outcome.lacks(MULTI);
    assert!(script.writes().is_empty());
}

#[test]
fn names_from_outside_do_not_drive_the_terminal() {
    let hostile = with(
        fixture("service-key"),
        json!({"description": "a\u{1b}[2Jb\nc\u{202e}d", "productName": "P\rQ", "companyName": "C\u{7}"}),
    );
    let script = Script::new().shelf(&Shelf::of([hostile])).start();
    let home = Home::new();
    for args in [
        "list",
        "show 3f0c2a91",
        "show 3f0c2a91 --handout",
        "deactivate 3f0c2a91",
        "update 3f0c2a91 --max-speed 5",
    ] {
        let outcome = keys(&home, args, &script).run();
        outcome.exits(0).lacks("\u{1b}").lacks("\u{202e}").lacks("\u{7}").lacks("\r");
    }
    assert_eq!(keys(&home, "list", &script).run().stdout.lines().count(), 2);
}

#[test]
fn validate_says_yes_or_why_not() {
    let shelf = Shelf::new();
    let valid = |answer: bool| {
        Script::new().on("GET", "/v2/service/key/validate", Answer::ok(answer)).shelf(&shelf).start()
    };
    let home = Home::new();
    let script = valid(true);
    keys(&home, "validate 3f0c2a91", &script).run().exits(0).stdout_has("is valid").lacks(MULTI);
    let asked = script.only("GET", "/v2/service/key/validate");
    assert_eq!(asked.parameter("key").as_deref(), Some(MULTI), "only the whole key can be asked about");

    shelf.change(MULTI, json!({"active": false, "valid": false}));
    let outcome = keys(&home, "validate 3f0c2a91 -o json", &valid(false)).run();
    outcome.exits(13);
    assert_eq!(outcome.json()["valid"], false);
    assert_eq!(outcome.json()["reason"], "it is inactive");
    keys(&home, "validate ffffffff", &Script::new().shelf(&shelf).start()).run().exits(8);
}

#[test]
fn keys_cannot_be_deleted_and_it_says_what_to_do_instead() {
    let home = Home::new();
    let outcome = home.portgate("keys delete 3f0c2a91 --yes").run();
    outcome.exits(2).stderr_has("can't be deleted").stderr_has("keys deactivate 3f0c2a91");
    home.portgate("keys rm").run().exits(2).stderr_has("deactivate");
    home.portgate("keys --help").run().exits(0).stdout_lacks("delete");
}

#[test]
fn refusals_have_their_own_codes() {
    let home = Home::new();
    for (answer, code) in [
        (wire::body(401, "error-unauthorised"), 6),
        (wire::body(403, "error-forbidden"), 7),
        (Answer::html(200), 4),
        (Answer::empty(200), 4),
    ] {
        let script = Script::new().on("GET", "/v2/service/key", answer).start();
        keys(&home, "list", &script).run().exits(code).stdout_is("");
    }
}

#[test]
fn at_80_columns_it_is_seen_which_key_connects_without_being_asked() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    for (columns, titles) in [
        (80, &["KEY", "DESCRIPTION", "PORT", "SPEED", "USE", "APPROVAL", "STATE", "EXPIRES"][..]),
        (40, &["KEY", "APPROVAL", "STATE"]),
    ] {
        let mut terminal = keys(&home, "list", &script).env("NO_COLOR", "1").in_terminal(columns, 30);
        let seen = terminal.expect("2 service keys");
        for title in titles {
            assert!(seen.contains(title), "{title} at {columns}: {seen}");
        }
        assert!(seen.contains("pre-approved"), "{seen}");
        terminal.exits(0);
    }
}

#[test]
fn a_port_that_is_not_there_is_8_and_one_without_keys_an_empty_list() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    keys(&home, "list --port NOPE", &script).run().exits(8).stderr_has("NOPE");
    keys(&home, "list --port MEL2-B", &script).run().exits(0).stdout_is("");
    keys(&home, "list --port syd1-a", &script).run().exits(0).stdout_has("3f0c2a91");
}

#[test]
fn a_time_below_zero_is_told_what_would_be_right() {
    let script = Script::new().start();
    let home = Home::new();
    for (args, said) in [
        ("list --expiring -3d", "2h or 7d"),
        ("create --port SYD1-A --expires-in -1d", "2h or 7d"),
        ("create --port SYD1-A --expires-in 9d --starts -1d", "2h or 7d"),
        ("update 3f0c2a91 --expires-in -1d", "2h or 7d"),
        ("rotate 3f0c2a91 --overlap -1d", "2h or 7d"),
        ("rotate 3f0c2a91 --expires-in -1d", "2h or 7d"),
        ("list --timeout -1s", "2h or 7d"),
    ] {
        keys(&home, args, &script).run().exits(2).stderr_has(said).stderr_lacks("unexpected argument");
    }
    assert!(script.requests().is_empty());
}

#[test]
fn c19_no_handle_is_a_number_in_a_spreadsheet_and_each_is_taken_back() {
    let rest = "-7b64-4d58-9e21-5c8d0a7f6b33";
    let shelf = ["00123456", "12345e67", "3f0c2a91"].map(|handle| {
        let key =
            wire::with(fixture("service-key")["data"].clone(), json!({"key": format!("{handle}{rest}")}));
        wire::with(key, json!({"description": "2024-11"}))
    });
    let script = Script::new().on("GET", "/v2/service/key", Answer::ok(json!(shelf))).start();
    let home = Home::new();
    let listed = keys(&home, "list -o csv --fields key,description --sort key", &script).run();
    listed.exits(0).stdout_is("key,description\n'00123456,'2024-11\n'12345e67,'2024-11\n3f0c2a91,'2024-11\n");
    for cell in ["'00123456", "'12345e67", "3f0c2a91"] {
        let shown = keys(&home, "show -o json", &script).arg(cell).run();
        assert_eq!(shown.exits(0).json()["key"], cell.trim_start_matches('\''));
    }
}

#[test]
fn a_term_that_cannot_be_read_is_marked_and_not_taken_for_its_default() {
    let strange = json!({"singleUse": "perhaps", "preApproved": {}, "maxSpeed": "fast", "validFor": {"end": "soon"}, "valid": null});
    let key = with(fixture("service-key"), strange);
    let code = key["key"].as_str().unwrap().to_owned();
    let (listed, read) = (json!([key]), key);
    let script = Script::new()
        .on("GET", "/v2/service/key", move |request: &Request, _: usize| match request.parameter("key") {
            Some(_) => Answer::ok(read.clone()),
            None => Answer::ok(listed.clone()),
        })
        .start();
    let home = Home::new();
    home.keeps_secret(&code);
    let run = |args: &str| home.portgate(args).at(&script).token("scripted-token").run();
    let warning = format!(
        "warning: can't read singleUse, preApproved, maxSpeed, validFor of service key {}",
        &code[..8]
    );
    let list = run("keys list");
    list.exits(0).stderr_has(&warning).row(&code[..8]);
    assert_eq!(list.stdout.matches('?').count(), 4, "{list}");
    let record = &run("keys list -o json").json()[0];
    for field in ["single_use", "pre_approved", "max_speed_mbps", "expires_at"] {
        assert_eq!(record[field], json!(null), "{field}");
    }
    assert_eq!(record["unread"], json!(["singleUse", "preApproved", "maxSpeed", "validFor"]));
    assert_eq!(record["state"], "invalid");
    let shown = run(&format!("keys show {}", &code[..8]));
    shown.exits(0).stderr_has(&warning).stdout_has("Use          unknown number of connections");
    assert_eq!(shown.stdout.matches('?').count(), 3, "{shown}");
}

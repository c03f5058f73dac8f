//! `keys create`: what is sent, what is asked, what is refused before anything is sent, and answers that are lost.

use serde_json::{Value, json};

use crate::common::wire::{self, days_from_now};
use crate::common::{Answer, Home, Request, Script};
use crate::keys_shelf::{MADE, MULTI, PORT, Shelf, keys, sent};

/// The body of the only `POST`, its dates taken off and given apart, in days from now.
fn posted(script: &Script) -> (Value, [Option<f64>; 2]) {
    let mut body = script.only("POST", "/v2/service/key").json();
    let period = body.as_object_mut().unwrap().remove("validFor").unwrap_or_default();
    let days = |name: &str| period[name].as_i64().map(|at| (at - days_from_now(0.0)) as f64 / 86_400_000.0);
    (body, [days("start"), days("end")])
}

fn near(days: Option<f64>, expected: f64) -> bool {
    days.is_some_and(|days| (days - expected).abs() < 0.01)
}

#[test]
fn a_key_is_single_use_with_approval_and_active_by_default_and_printed_once() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();

    let outcome =
        keys(&home, "create --port syd1-a --max-speed 500 --expires-in 30d --description Globex", &script)
            .run();

    outcome.exits(0).stdout_has(MADE[0]).stdout_has("Globex").stderr_has("Example Cloud Connect");
    outcome.stderr_has("keys show c4d81f3a --handout").stderr_lacks(MADE[0]);
    let (body, [start, end]) = posted(&script);
    assert_eq!(
        body,
        json!({"productUid": PORT, "description": "Globex", "singleUse": true, "maxSpeed": 500, "active": true,
            "preApproved": false})
    );
    assert!(near(start, 0.0) && near(end, 30.0), "{start:?} {end:?}");
    let lines = script.lines();
    let post = lines.iter().position(|line| line.starts_with("POST")).unwrap();
    assert!(lines[post + 1..].iter().any(|line| line.contains("key=c4d81f3a")), "read back: {lines:#?}");
}

#[test]
fn every_flag_reaches_the_wire() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    let args = "create --expires-in 10d --starts 5d --pre-approved --vlan untagged --inactive --promo-code SPRING -o json";
    let outcome = keys(&home, &format!("{args} --port {PORT}"), &script).run();
    outcome.exits(0);
    assert_eq!(outcome.json()["key"], MADE[0]);
    assert_eq!(outcome.json()["vlan"], -1);
    assert_eq!(outcome.json()["state"], "inactive");
    let (body, [start, end]) = posted(&script);
    assert_eq!(
        body,
        json!({"productUid": PORT, "singleUse": true, "active": false, "preApproved": true, "vlan": -1,
            "promoCode": "SPRING"})
    );
    assert!(near(start, 5.0) && near(end, 15.0), "the span counts from the start: {start:?} {end:?}");
    assert_eq!(script.hits("GET", "/v2/products"), 0, "a whole uid needs no list");
}

#[test]
fn a_file_or_stdin_describes_a_key_and_flags_count_more() {
    let home = Home::new();
    let file = home.write("key.json", r#"{"port": "SYD1-A", "maxSpeed": 200, "no_expiry": true, "vlan": 7}"#);
    let free = format!("/v2/product/port/{PORT}/vlan");
    let script = Script::new().shelf(&Shelf::new()).on("GET", &free, Answer::ok(json!([7]))).start();
    let run = keys(&home, "create --max-speed 300", &script).arg("--from-file").arg(file).run();
    run.exits(0);
    let (body, period) = posted(&script);
    assert_eq!(
        body,
        json!({"productUid": PORT, "singleUse": true, "maxSpeed": 300, "active": true, "preApproved": false,
            "vlan": 7})
    );
    assert_eq!(period, [None, None]);

    let script = Script::new().shelf(&Shelf::new()).start();
    let stdin = r#"{"port": "SYD1-A", "expires_in": "2w", "single_use": false}"#;
    keys(&home, "create --from-file -", &script).stdin(stdin).run().exits(0);
    assert_eq!(posted(&script).0["singleUse"], false);

    let script = Script::new().start();
    for wrong in
        [r#"{"prot": "SYD1-A"}"#, "[]", "not json", r#"{"port": "SYD1-A", "vlan": 4094, "no_expiry": true}"#]
    {
        keys(&home, "create --from-file -", &script).stdin(wrong).run().exits(2);
    }
    keys(&home, "create --from-file missing.json", &script).run().exits(2).stderr_has("missing.json");
    assert!(script.requests().is_empty());
}

/// Ten hours ahead of UTC, and eleven in summer.
const SYDNEY: &str = "AEST-10AEDT,M10.1.0,M4.1.0/3";

#[test]
fn a_date_is_its_first_moment_in_the_local_time_zone() {
    let home = Home::new();
    let file = |at: &str| format!(r#"{{"port": "SYD1-A", "expires_at": "{at}"}}"#);
    for (zone, given, expected) in [
        (SYDNEY, "2036-03-01", "2036-02-29T13:00:00Z"),
        (SYDNEY, "2036-07-01", "2036-06-30T14:00:00Z"),
        (SYDNEY, "2036-03-01T18:30", "2036-03-01T07:30:00Z"),
        (SYDNEY, "2036-03-01T00:00Z", "2036-03-01T00:00:00Z"),
        (SYDNEY, "2036-03-01T00:00-05:00", "2036-03-01T05:00:00Z"),
        ("EST5", "2036-03-01", "2036-03-01T05:00:00Z"),
        ("UTC", "2036-03-01", "2036-03-01T00:00:00Z"),
    ] {
        let expected: jiff::Timestamp = expected.parse().unwrap();
        let sent = |method: &str, args: &str, stdin: &str| {
            let script = Script::new().shelf(&Shelf::new()).start();
            keys(&home, args, &script).env("TZ", zone).stdin(stdin).run().exits(0);
            let period = script.only(method, "/v2/service/key").json()["validFor"].clone();
            ["start", "end"].map(|name| period[name].as_i64().unwrap_or_default())
        };
        let end = expected.as_millisecond();
        for args in [
            format!("create --port SYD1-A --expires-in {given}"),
            format!("rotate 3f0c2a91 --overlap 0d --yes --expires-in {given}"),
        ] {
            assert_eq!(sent("POST", &args, "")[1], end, "{zone}: {args}");
        }
        assert_eq!(sent("POST", "create --from-file -", &file(given))[1], end, "{zone}: {given} in a file");
        assert_eq!(sent("PUT", &format!("update 3f0c2a91 --yes --expires-in {given}"), "")[1], end);
        let args = format!("create --port SYD1-A --starts {given} --expires-in 1d");
        assert_eq!(sent("POST", &args, ""), [end, end + 86_400_000], "{zone}: {args}");
    }
    // It is shown as it was given.
    let script = Script::new().shelf(&Shelf::new()).start();
    let args = "create --port SYD1-A --expires-in 2036-03-01 --dry-run";
    let shown = keys(&home, args, &script).env("TZ", SYDNEY).run();
    shown.exits(0).stdout_has("until 2036-03-01T00:00:00+11:00");
}

#[test]
fn what_is_missing_off_terminal_is_named_before_any_request() {
    let script = Script::new().start();
    let home = Home::new();
    for (args, flag) in [
        ("create", "--port"),
        ("create --port SYD1-A", "--no-expiry"),
        ("create --expires-in 30d", "--port"),
        ("create --port SYD1-A --no-expiry --multi-use --pre-approved", "--yes"),
        ("create --port SYD1-A --expires-in 30d --vlan 1", "4093"),
        ("create --port SYD1-A --expires-in 30d --vlan 4094", "4093"),
        ("create --port SYD1-A --expires-in soon", "3d"),
        ("create --port SYD1-A --expires-in 30d --no-expiry", "--no-expiry"),
    ] {
        let outcome = keys(&home, args, &script).run();
        outcome.exits(2).stderr_has(flag);
        let json = keys(&home, &format!("{args} -o json"), &script).run();
        assert_eq!(json.exits(2).error()["type"], "usage", "{args}");
    }
    assert!(script.requests().is_empty(), "{:?}", script.lines());
}

#[test]
fn what_breaks_a_rule_is_refused_before_it_is_sent() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    for (args, said) in [
        ("--expires-in 30d --max-speed 10001", "10000"),
        ("--expires-in 30d --max-speed 0", "at least 1 Mbps"),
        ("--expires-in 30d --multi-use --vlan 7", "single-use"),
        ("--expires-in 2020-01-01", "before it becomes valid"),
        ("--starts 10d --expires-in 2020-01-01", "before it becomes valid"),
    ] {
        keys(&home, &format!("create --port SYD1-A {args}"), &script).run().exits(2).stderr_has(said);
    }
    keys(&home, "create --port NOWHERE --no-expiry", &script).run().exits(8).stderr_has("NOWHERE");
    assert!(script.writes().is_empty());
}

#[test]
fn all_three_together_are_created_with_yes() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    keys(&home, "create --port SYD1-A --no-expiry --multi-use --pre-approved --yes", &script).run().exits(0);
    let (body, period) = posted(&script);
    assert_eq!((&body["singleUse"], &body["preApproved"]), (&json!(false), &json!(true)));
    assert_eq!(period, [None, None]);
}

#[test]
fn a_dry_run_only_reads() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    let outcome = keys(&home, "create --port SYD1-A --expires-in 30d --dry-run", &script).run();
    outcome.exits(0).stdout_has("POST /v2/service/key").stdout_has("singleUse");
    let outcome = keys(&home, "create --port SYD1-A --expires-in 30d --dry-run -o json", &script).run();
    let document = outcome.exits(0).json();
    assert_eq!(document["schema"], "portgate.dry-run/v1");
    assert_eq!(document["would_send"][0]["body"]["productUid"], PORT);
    assert!(script.writes().is_empty());
}

#[test]
fn a_terminal_asks_and_enter_means_no() {
    let home = Home::new();
    for (answer, code, writes) in [("\r", 5, 0), ("n\r", 5, 0), ("y\r", 0, 1)] {
        let script = Script::new().shelf(&Shelf::new()).start();
        let mut terminal =
            keys(&home, "create --port SYD1-A --no-expiry --multi-use --pre-approved", &script)
                .env("NO_COLOR", "1")
                .in_terminal(160, 30);
        let before = terminal.expect("[y/N]");
        assert!(before.contains("Example Cloud Connect"), "{before}");
        assert!(before.contains("any number of connections") && before.contains("warning:"), "{before}");
        assert!(script.writes().is_empty());
        terminal.send(answer);
        terminal.exits(code);
        assert_eq!(script.writes().len(), writes);
    }
}

#[test]
fn a_terminal_asks_for_all_that_is_not_said() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    let mut terminal = keys(&home, "create --accessible", &script).env("NO_COLOR", "1").in_terminal(160, 40);
    let before = terminal.expect("Port (number or name)");
    assert!(before.contains(&script.url()), "where it goes comes before the first question: {before}");
    terminal.send_line("1");
    terminal.expect("Description (optional)");
    terminal.send_line("Globex");
    terminal.expect("Maximum speed per connection");
    terminal.send_line("250");
    terminal.expect("Expires in");
    terminal.send_line("10d");
    terminal.expect("multiple connections?");
    terminal.send_line("n");
    terminal.expect("made with this key?");
    terminal.send_line("n");
    terminal.expect("Create this service key?");
    assert!(script.writes().is_empty());
    terminal.send_line("y");
    let seen = terminal.exits(0);
    assert!(seen.contains(MADE[0]), "{seen}");
    let (body, [_, end]) = posted(&script);
    assert_eq!(
        body,
        json!({"productUid": PORT, "description": "Globex", "singleUse": true, "maxSpeed": 250, "active": true,
            "preApproved": false})
    );
    assert!(near(end, 10.0), "{end:?}");
}

#[test]
fn a_lost_answer_is_found_again_and_never_sent_twice() {
    let home = Home::new();
    let shelf = Shelf::new();
    let making = shelf.clone();
    let lost = move |request: &Request, _: usize| {
        making.create(request);
        Answer::lost()
    };
    let script = Script::new().on("POST", "/v2/service/key", lost).shelf(&shelf).start();
    let outcome = keys(&home, "create --port SYD1-A --max-speed 500 --expires-in 30d -o json", &script).run();
    outcome.exits(0).stderr_has("lost");
    assert_eq!(outcome.json()["key"], MADE[0]);
    assert_eq!(script.writes().len(), 1);
    assert_eq!(shelf.all().len(), 3);
}

#[test]
fn a_lost_answer_without_a_new_key_is_14_and_never_sent_twice() {
    let home = Home::new();
    for answer in [Answer::lost(), Answer::html(200), wire::body(500, "error-conflict"), Answer::empty(200)] {
        let script = Script::new().on("POST", "/v2/service/key", answer).shelf(&Shelf::new()).start();
        let outcome =
            keys(&home, "create --port SYD1-A --max-speed 1000 --no-expiry --timeout 4s", &script).run();
        outcome.exits(14).stdout_is("").stderr_has("keys list");
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn two_new_keys_alike_cannot_be_told_apart() {
    let home = Home::new();
    let shelf = Shelf::new();
    let making = shelf.clone();
    let lost = move |request: &Request, _: usize| {
        making.create(request);
        making.create(request);
        Answer::lost()
    };
    let script = Script::new().on("POST", "/v2/service/key", lost).shelf(&shelf).start();
    keys(&home, "create --port SYD1-A --no-expiry", &script).run().exits(14);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_key_that_is_not_as_asked_is_13_and_printed_all_the_same() {
    let home = Home::new();
    let shelf = Shelf::new();
    let making = shelf.clone();
    let slower = move |request: &Request, _: usize| {
        let answer = making.create(request);
        making.change(MADE[0], json!({"maxSpeed": 100}));
        answer
    };
    let script = Script::new().on("POST", "/v2/service/key", slower).shelf(&shelf).start();
    let outcome = keys(&home, "create --port SYD1-A --max-speed 500 --no-expiry", &script).run();
    outcome.exits(13).stdout_has(MADE[0]).stderr_has("max_speed_mbps is 100, not 500");
}

#[test]
fn refusals_of_the_backend_keep_their_codes_and_reasons() {
    let home = Home::new();
    for (status, fixture, code) in [(400, "error-bad-request", 4), (403, "error-forbidden", 7)] {
        let refusal = wire::body(status, fixture).header("Trace-Id", "trace-4711");
        let script = Script::new().on("POST", "/v2/service/key", refusal).shelf(&Shelf::new()).start();
        let outcome = keys(&home, "create --port SYD1-A --no-expiry", &script).run();
        outcome.exits(code).stderr_has("trace-4711");
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn the_limits_of_a_profile_hold_for_every_write() {
    let home = Home::new();
    let script = Script::new().start();
    for (limit, args) in [
        ("read_only = true", "create --port SYD1-A --no-expiry --yes"),
        ("read_only = true", "update 3f0c2a91 --max-speed 5 --yes"),
        ("read_only = true", "deactivate 3f0c2a91 --yes"),
        ("read_only = true", "rotate 3f0c2a91 --yes"),
        ("confirm = \"always\"", "create --port SYD1-A --no-expiry --yes"),
        ("confirm = \"always\"", "activate 3f0c2a91 --yes"),
    ] {
        let path = home.write(
            "config/portgate/config.toml",
            format!(
                "schema = \"portgate.config/v1\"\ndefault = \"p\"\n[profiles.p]\nenvironment = \"custom\"\n\
                 api_url = \"{}\"\n{limit}\n",
                script.url()
            ),
        );
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let run =
            home.portgate(&format!("keys {args}")).token("t").env("MEGAPORT_API_URL", script.url()).run();
        run.exits(15).stderr_has("profile");
    }
    assert!(script.requests().is_empty());
}

#[test]
fn only_what_was_asked_is_sent() {
    let shelf = Shelf::new();
    let before = shelf.key(MULTI);
    let script = Script::new().shelf(&shelf).start();
    keys(&Home::new(), "create --port SYD1-A --no-expiry", &script).run().exits(0);
    assert_eq!(sent(&script).len(), 1);
    assert_eq!(shelf.key(MULTI), before);
}

//! A profile's `max_sold`: asked about on a terminal, refused anywhere else, counted over a whole batch.

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit, fixture, port};
use crate::common::{Answer, Home, Outcome, Portgate, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

/// A home whose profile `desk` belongs to the script and sells so much of a port.
pub fn home_with(script: &Script, max_sold: &str) -> Home {
    let home = Home::new();
    let url = script.url();
    let profile = format!(
        "schema = \"portgate.config/v1\"\n[profiles.desk]\nenvironment = \"custom\"\napi_url = \"{url}\"\nmax_sold = \"{max_sold}\"\n"
    );
    home.write("config/portgate/config.toml", profile);
    home
}

/// A run of that profile.
pub fn desk<'h>(home: &'h Home, script: &Script, args: &str) -> Portgate<'h> {
    home.portgate(args)
        .arg("--profile")
        .arg("desk")
        .token("scripted-token")
        .env("MEGAPORT_API_URL", script.url())
}

fn run(home: &Home, script: &Script, args: &str) -> Outcome {
    desk(home, script, args).run()
}

/// SYD1-A (10000 Mbps) with 8200 sold and two requests: 500 and 100.
fn syd() -> [Circuit; 3] {
    ["vxc-live", "vxc-new", "vxc-new-late"].map(Circuit::of)
}

#[test]
fn within_the_limit_nothing_is_said() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&script, "87%");
    run(&home, &script, &format!("approvals accept {NEW}")).exits(0).stderr_lacks("sold");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn above_it_nobody_to_ask_is_15_and_nothing_is_sent() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&script, "86%");
    for flags in ["", "--yes"] {
        let outcome = run(&home, &script, &format!("approvals accept {NEW} {flags}"));
        outcome.exits(15).stderr_has("SYD1-A").stderr_has("87%").stderr_has("86%");
        outcome.stderr_has("--allow-oversubscribed");
    }
    let refused = run(&home, &script, &format!("approvals accept {NEW} -o json"));
    refused.exits(15);
    assert_eq!(refused.json()["results"][0]["outcome"], "refused");
    assert!(script.writes().is_empty());
    assert!(home.ledger().is_empty());
}

#[test]
fn the_flag_waives_it_and_denying_is_never_above_it() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&script, "50%");
    run(&home, &script, &format!("approvals deny {LATE}")).exits(0);
    run(&home, &script, &format!("approvals accept {NEW} --allow-oversubscribed")).exits(0);
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn a_batch_counts_what_it_has_accepted_before() {
    for (first, second) in [(NEW, LATE), (LATE, NEW)] {
        let circuits = syd();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home = home_with(&script, "87%");
        let outcome = run(&home, &script, &format!("approvals accept {first} {second} -o json"));
        outcome.exits(15);
        let results = &outcome.json()["results"];
        assert_eq!((&results[0]["id"], &results[0]["outcome"]), (&json!(first), &json!("done")));
        assert_eq!((&results[1]["id"], &results[1]["outcome"]), (&json!(second), &json!("refused")));
        assert_eq!(results[1]["error"]["code"], 15);
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn a_speed_change_counts_what_it_adds() {
    for (limit, code) in [("140%", 0), ("139%", 15)] {
        let circuits =
            [Circuit::under("port-mel2-b", "vxc-speed"), Circuit::under("port-mel2-b", "vxc-live-small")];
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        run(&home_with(&script, limit), &script, &format!("speed accept {SPEED}")).exits(code);
        assert_eq!(script.writes().len(), usize::from(code == 0), "{limit}");
    }
}

/// SYD1-A (8200 Mbps of 10000 sold, and the request) with another, empty member of its LAG.
fn lag(new: &Circuit) -> Script {
    let member = |uid: Value, vxcs: Vec<Value>| {
        wire::with(port("port-syd1-a", vxcs), json!({"productUid": uid, "aggregationId": 31}))
    };
    let syd = fixture("port-syd1-a")["productUid"].clone();
    let (held, alone) = (new.clone(), syd.clone());
    let list = move |_: &Request, _: usize| {
        let first = member(alone.clone(), vec![held.now(), fixture("vxc-live")]);
        wire::products([first, member(json!("11111111-0000-4000-8000-000000000001"), vec![])])
    };
    let (held, one) = (new.clone(), syd.clone());
    let port_alone =
        move |_: &Request, _: usize| Answer::ok(member(one.clone(), vec![held.now(), fixture("vxc-live")]));
    Script::new()
        .on("GET", "/v2/products", list)
        .on("GET", &format!("/v2/product/{}", syd.as_str().unwrap()), port_alone)
        .marketplace(new)
        .start()
}

#[test]
fn the_question_counts_the_room_of_a_lag_as_the_limit_does() {
    let new = Circuit::of("vxc-new");
    let script = lag(&new);
    let home = home_with(&script, "500%");
    let mut terminal =
        desk(&home, &script, &format!("approvals accept {NEW}")).env("NO_COLOR", "1").in_terminal(160, 30);
    let before = terminal.expect("[y/N]");
    assert!(before.contains("11300 of 20000"), "{before}");
    terminal.send_line("n");
    terminal.exits(5);
}

#[test]
fn the_members_of_a_lag_have_one_room() {
    // 8700 of 20000 is 43.5%: more than the member alone could say.
    for (limit, code) in [("43%", 15), ("44%", 0)] {
        let new = Circuit::of("vxc-new");
        let script = lag(&new);
        let outcome = run(&home_with(&script, limit), &script, &format!("approvals accept {NEW}"));
        outcome.exits(code);
        if code == 15 {
            outcome.stderr_has("8700 of 20000");
        }
    }
}

#[test]
fn a_port_that_cannot_be_read_is_not_within_the_limit() {
    let new = Circuit::of("vxc-new");
    let syd = fixture("port-syd1-a")["productUid"].as_str().unwrap().to_owned();
    let script = Script::new()
        .on("GET", &format!("/v2/product/{syd}"), wire::body(404, "error-not-found"))
        .marketplace(&new)
        .start();
    let home = home_with(&script, "500%");
    run(&home, &script, &format!("approvals accept {NEW}"))
        .exits(15)
        .stderr_has("can't check the profile's limit");
    assert!(script.writes().is_empty());
}

#[test]
fn a_dry_run_tells_what_is_above_it() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&script, "87%");
    let outcome = run(&home, &script, &format!("approvals accept {NEW} {LATE} --dry-run -o json"));
    outcome.exits(15);
    let document = outcome.json();
    assert_eq!(document["would_send"][0]["above_limit"], Value::Null);
    let refused = &document["settled"]["results"][0];
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(LATE), &json!(15)), "{outcome}");
    // Where somebody can be asked, it is said that they would be.
    let seen = desk(&home, &script, &format!("approvals accept {NEW} {LATE} --dry-run"))
        .env("NO_COLOR", "1")
        .in_terminal(160, 30)
        .exits(0);
    assert!(seen.contains(&format!("{LATE}: SYD1-A would be 88% sold")), "{seen}");
    assert!(script.writes().is_empty());
}

#[test]
fn a_terminal_is_asked_whatever_yes_says() {
    for (answer, code, writes) in [("y\r", 0, 1), ("n\r", 5, 0)] {
        let circuits = syd();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home = home_with(&script, "86%");
        let mut terminal = desk(&home, &script, &format!("approvals accept {NEW} --yes"))
            .env("NO_COLOR", "1")
            .in_terminal(160, 30);
        let before = terminal.expect("[y/N]");
        assert!(before.contains("87%") && before.contains("anyway"), "{before}");
        assert!(script.writes().is_empty());
        terminal.send(answer);
        terminal.exits(code);
        assert_eq!(script.writes().len(), writes);
    }
}

#[test]
fn of_several_a_no_leaves_out_all_that_it_named() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&script, "86%");
    let mut terminal = desk(&home, &script, &format!("approvals accept {NEW} {LATE} --yes"))
        .env("NO_COLOR", "1")
        .in_terminal(160, 30);
    terminal.expect("2 of 2 requests would exceed the limit of 86% on SYD1-A. Accept them too? [y/N]");
    terminal.send_line("n");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

//! `portgate notify`: the whole object read, changed and sent back, whose it is, and who else could hear.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::common::wire::{self, fixture};
use crate::common::{Answer, Gate, Home, Outcome, Request, Script};

const V2: &str = "/v2/notificationPreferences";
const V3: &str = "/v3/notificationPreferences";
/// A token that says it was made for dana@examplecloud.example, and one for Kim of Finance. No signature is checked here.
const DANAS: &str = "e30.eyJlbWFpbCI6ImRhbmFAZXhhbXBsZWNsb3VkLmV4YW1wbGUifQ.x";
const KIMS: &str = "e30.eyJlbWFpbCI6ImtpbUBleGFtcGxlY2xvdWQuZXhhbXBsZSJ9.x";

/// The settings of one user, which PUT replaces.
#[derive(Clone)]
struct Held(Arc<Mutex<Value>>);

impl Held {
    fn new() -> Self {
        Held(Arc::new(Mutex::new(fixture("notification-preferences")["data"].clone())))
    }

    fn now(&self) -> Value {
        self.0.lock().unwrap().clone()
    }

    fn read(&self) -> impl Fn(&Request, usize) -> Answer + Send + Sync + 'static {
        let held = self.clone();
        move |_, _| Answer::ok(held.now())
    }

    fn replaced(&self) -> impl Fn(&Request, usize) -> Answer + Send + Sync + 'static {
        let held = self.clone();
        move |request, _| {
            *held.0.lock().unwrap() = request.json();
            Answer::ok(held.now())
        }
    }
}

/// A backend that knows v2 only.
fn backend(held: &Held) -> Script {
    with_users(Script::new().on("GET", V3, wire::body(404, "error-not-found")).on("GET", V2, held.read())).on(
        "PUT",
        V2,
        held.replaced(),
    )
}

fn with_users(script: Script) -> Script {
    script.on("GET", "/v2/employment", wire::body(200, "employment-many"))
}

fn run_as(token: &str, args: &str, script: &Script) -> Outcome {
    Home::new().portgate(&format!("notify {args}")).at(script).token(token).run()
}

fn run(args: &str, script: &Script) -> Outcome {
    run_as("scripted-token", args, script)
}

/// The settings as the fixture has them, with one group changed.
fn changed(group: usize, subscribed: bool) -> Value {
    let mut whole = fixture("notification-preferences")["data"].clone();
    whole["destinations"]["EMAIL"][group]["subscribed"] = json!(subscribed);
    whole
}

#[test]
fn list_tells_what_each_group_contains_and_falls_back_to_v2() {
    let script = backend(&Held::new()).start();
    let outcome = run("list", &script);
    outcome.exits(0).stdout_is(
        "\
GROUP           EMAIL  EVENTS
Security        on     An API key was created; Logging in failed
Ordering        off    A connection request was received; A speed change was asked for
Service Status  off    A port is down
Xero            on
",
    );
    outcome.stderr_has("Example Cloud Connect");
    assert_eq!((script.hits("GET", V3), script.hits("GET", V2)), (1, 1));
    assert!(script.writes().is_empty());
    assert_eq!(
        run("list -o json", &script).json()[1],
        json!({
            "group": "ORDERING", "name": "ordering", "subscribed": false,
            "details": ["A connection request was received", "A speed change was asked for"],
        })
    );
}

#[test]
fn the_fields_offered_are_those_there_are() {
    let script = backend(&Held::new()).start();
    let help = run("list --fields help", &Script::new().start());
    let first =
        run("list -o json", &script).json()[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(help.exits(0).stdout.lines().collect::<Vec<_>>(), first);
    run("list -o csv --fields name,subscribed --sort name --limit 2", &script)
        .exits(0)
        .stdout_is("name,subscribed\nordering,false\nsecurity,true\n");
}

#[test]
fn v3_is_used_where_it_answers_in_the_known_shape() {
    let held = Held::new();
    let script = with_users(Script::new().on("GET", V3, held.read()).on("PUT", V3, held.replaced())).start();
    run("subscribe ordering", &script).exits(0);
    assert_eq!(script.only("PUT", V3).json(), changed(1, true));
    assert_eq!(script.hits("GET", V2), 0);
}

#[test]
fn v3_in_another_shape_is_not_used() {
    for v3 in [
        Answer::ok(json!({"notifications": [{"id": 1, "enabled": true}]})),
        Answer::html(200),
        Answer::ok(Value::Null),
    ] {
        let held = Held::new();
        let script = with_users(Script::new().on("GET", V3, v3).on("GET", V2, held.read()))
            .on("PUT", V2, held.replaced())
            .start();
        run("subscribe ordering", &script).exits(0);
        assert_eq!(held.now(), changed(1, true));
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn a_shape_nobody_knows_is_an_error_and_nothing_is_sent() {
    let script = with_users(Script::new().on("GET", V3, wire::body(404, "error-not-found")).on(
        "GET",
        V2,
        Answer::ok(json!({"destinations": {"EMAIL": {"ORDERING": true}}})),
    ))
    .start();
    run("subscribe ordering", &script).exits(4).stdout_is("").stderr_has("unknown format");
    assert!(script.writes().is_empty());
}

#[test]
fn subscribe_sends_the_whole_object_back_and_reads_it() {
    let held = Held::new();
    let script = backend(&held).start();
    let outcome = run("subscribe Ordering", &script);
    outcome.exits(0).stdout_is("subscribed to Ordering\n");
    assert_eq!(script.only("PUT", V2).json(), changed(1, true), "what isn't known is kept");
    let lines = script.lines();
    let put = lines.iter().position(|line| line.starts_with("PUT")).unwrap();
    assert!(lines[put + 1..].contains(&format!("GET {V2}")), "read back: {lines:#?}");
    outcome.stderr_lacks("aren't subscribed to Ordering");
}

#[test]
fn already_as_asked_is_0_and_sends_nothing() {
    let script = backend(&Held::new()).start();
    run("subscribe security", &script).exits(0).stdout_is("already subscribed to Security\n");
    run("unsubscribe ordering", &script).exits(0).stdout_is("already unsubscribed from Ordering\n");
    assert!(script.writes().is_empty());
    let some = run("subscribe security ordering -o json", &script);
    some.exits(0);
    let document = some.json();
    assert_eq!((&document["changed"], &document["already"]), (&json!(["ORDERING"]), &json!(["SECURITY"])));
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_group_is_taken_in_any_spelling() {
    for spelling in ["service-status", "SERVICE_STATUS", "Service Status", "serviceStatus"] {
        let held = Held::new();
        let script = backend(&held).start();
        let home = Home::new();
        home.portgate("notify subscribe").arg(spelling).at(&script).token("t").run().exits(0);
        assert_eq!(held.now(), changed(2, true), "{spelling}");
    }
}

#[test]
fn a_typo_is_2_with_a_suggestion_before_any_request() {
    let script = Script::new().start();
    run("subscribe ordring", &script).exits(2).stderr_has("'ordering'");
    run("unsubscribe security service-statsu", &script).exits(2).stderr_has("'service-status'");
    run("subscribe weather", &script).exits(2).stderr_has("financial").stderr_lacks("did you mean");
    run("subscribe", &script).exits(2);
    assert!(script.requests().is_empty());
}

#[test]
fn a_group_the_backend_does_not_offer_is_never_invented() {
    let script = backend(&Held::new()).start();
    run("subscribe people ordering", &script).exits(8).stderr_has("People").stderr_has("Ordering");
    assert!(script.writes().is_empty());
}

#[test]
fn a_dry_run_shows_the_request_and_sends_none() {
    let script = backend(&Held::new()).start();
    let outcome = run("subscribe ordering --dry-run", &script);
    outcome
        .exits(0)
        .stdout_has(&format!("would send PUT {V2}"))
        .stdout_has("would subscribe you to Ordering");
    let document = run("subscribe ordering --dry-run -o json", &script).json();
    let request = &document["would_send"][0];
    assert_eq!((&request["method"], &request["path"]), (&json!("PUT"), &json!(V2)));
    assert_eq!(request["body"], changed(1, true));
    assert!(script.writes().is_empty());
}

#[test]
fn a_change_that_does_not_show_is_14() {
    let held = Held::new();
    let script = with_users(Script::new().on("GET", V3, wire::body(404, "error-not-found")).on(
        "GET",
        V2,
        held.read(),
    ))
    .on("PUT", V2, Answer::ok(held.now()))
    .start();
    run("subscribe ordering --timeout 4s", &script).exits(14).stdout_is("").stderr_has("notify list");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn f10_a_page_is_no_yes_to_a_change_of_settings() {
    for page in [Answer::html(200), Answer::html(403), Answer::new(200, "application/json", "{}")] {
        let held = Held::new();
        let script = with_users(Script::new().on("GET", V3, wire::body(404, "error-not-found")).on(
            "GET",
            V2,
            held.read(),
        ))
        .on("PUT", V2, page)
        .start();
        let outcome = run("subscribe ordering --timeout 2s", &script);
        outcome.exits(14).stdout_is("").stderr_has("can't tell whether");
    }
}

#[test]
fn a_role_that_may_not_is_told_which_ones_may() {
    let held = Held::new();
    let script = with_users(Script::new().on("GET", V3, wire::body(404, "error-not-found")).on(
        "GET",
        V2,
        held.read(),
    ))
    .on("PUT", V2, wire::body(403, "error-forbidden"))
    .start();
    let outcome = run_as(KIMS, "subscribe ordering", &script);
    outcome
        .exits(7)
        .stderr_has("use a key with the Company Admin, Technical Admin or Technical Contact role");
    run_as(KIMS, "list", &script).exits(0).stderr_has("the Finance role can't subscribe");
}

#[test]
fn a_lost_answer_is_read_back_before_anything_is_sent_again() {
    let held = Held::new();
    let taken = held.clone();
    let script = with_users(Script::new().on("GET", V3, wire::body(404, "error-not-found")).on(
        "GET",
        V2,
        held.read(),
    ))
    .on("PUT", V2, move |request: &Request, _: usize| {
        *taken.0.lock().unwrap() = request.json();
        Answer::lost()
    })
    .start();
    run("subscribe ordering", &script).exits(0).stdout_has("subscribed").stderr_has("lost");
    assert_eq!(script.writes().len(), 1);

    let held = Held::new();
    let second = held.clone();
    let script = with_users(Script::new().on("GET", V3, wire::body(404, "error-not-found")).on(
        "GET",
        V2,
        held.read(),
    ))
    .on("PUT", V2, move |request: &Request, nth: usize| {
        if nth == 0 {
            return Answer::lost();
        }
        *second.0.lock().unwrap() = request.json();
        Answer::ok(request.json())
    })
    .start();
    run("subscribe ordering", &script).exits(0);
    assert_eq!(script.writes().len(), 2);
    assert_eq!(held.now(), changed(1, true));
}

#[test]
fn whose_settings_they_are_is_told_and_never_guessed() {
    let script = backend(&Held::new()).start();
    run_as(DANAS, "list", &script).exits(0).stderr_has("settings of Dana Reyes <dana@examplecloud.example>");
    run("list", &script).exits(0).stderr_has("owner of the access token").stderr_lacks("Dana");
    let keyed = with_users(backend(&Held::new()).on("POST", "/oauth2/token", wire::token_ok())).start();
    let home = Home::new();
    let outcome = home.portgate("notify list").at(&keyed).key("client-7", "s3cret").run();
    outcome.exits(0).stderr_has("owner of API key client-7").lacks("s3cret");
}

#[test]
fn not_on_ordering_warns_and_counts_who_else_could_hear() {
    let script = backend(&Held::new()).start();
    // Of the five one has email off, one is inactive, two roles may not: Dana and Dana Stone remain.
    run_as(DANAS, "list", &script)
        .exits(0)
        .stderr_has("aren't subscribed to Ordering")
        .stderr_has("1 colleague can receive them");
    run("list", &script).exits(0).stderr_has(
        "2 users of the company, possibly including the owner of these settings, can receive them",
    );
    run("unsubscribe security", &script).exits(0).stderr_has("aren't subscribed to Ordering");
    run("subscribe ordering", &script).exits(0).stderr_lacks("aren't subscribed to Ordering");
}

#[test]
fn users_that_cannot_be_read_keep_nothing_from_being_done() {
    let held = Held::new();
    let script = Script::new()
        .on("GET", "/v2/employment", wire::body(403, "error-forbidden"))
        .on("GET", V3, wire::body(404, "error-not-found"))
        .on("GET", V2, held.read())
        .on("PUT", V2, held.replaced())
        .start();
    run("list", &script).exits(0).stderr_has("could not be read");
    run("subscribe ordering", &script).exits(0);
    assert_eq!(held.now(), changed(1, true));
}

#[test]
fn a_read_only_profile_changes_nothing() {
    let script = backend(&Held::new()).start();
    let home = Home::new();
    let url = script.url();
    let text = format!("[profiles.desk]\nenvironment = \"custom\"\napi_url = \"{url}\"\nread_only = true\n");
    crate::auth::private_config(&home, &text);
    let run = |args: &str| {
        home.portgate(args).arg("--profile").arg("desk").token("t").env("MEGAPORT_API_URL", &url).run()
    };
    run("notify subscribe ordering").exits(15);
    run("notify subscribe ordering --dry-run").exits(15).stdout_has("would subscribe you to Ordering");
    assert!(script.writes().is_empty());
}

#[test]
fn edit_needs_a_terminal() {
    let script = Script::new().start();
    run("edit", &script).exits(2).stderr_has("notify subscribe");
    assert!(script.requests().is_empty());
}

#[test]
fn edit_sends_what_was_picked() {
    let held = Held::new();
    let script = backend(&held).start();
    let home = Home::new();
    let mut terminal =
        home.portgate("notify edit").at(&script).token(DANAS).env("NO_COLOR", "1").in_terminal(140, 30);
    let before = terminal.expect("Service Status");
    assert!(before.contains("settings of"), "whose they are comes first: {before}");
    assert!(script.writes().is_empty());
    // Down to the second line, switch it, end.
    terminal.send("\u{1b}[B");
    terminal.send(" ");
    terminal.send("\r");
    terminal.expect("Subscribe to Ordering");
    terminal.expect("[y/N]");
    assert!(script.writes().is_empty());
    terminal.send_line("y");
    let seen = terminal.exits(0);
    assert!(seen.contains("subscribed to Ordering"), "{seen}");
    assert_eq!(held.now(), changed(1, true));
}

#[test]
fn what_others_change_while_a_person_picks_stays_changed() {
    for turns_off in [false, true] {
        let held = Held::new();
        let script = backend(&held).start();
        let home = Home::new();
        let mut terminal =
            home.portgate("notify edit").at(&script).token(DANAS).env("NO_COLOR", "1").in_terminal(140, 30);
        terminal.expect("Service Status");
        let switch = |whole: &mut Value, group: usize, on: bool| {
            whole["destinations"]["EMAIL"][group]["subscribed"] = json!(on);
        };
        let mut expected = held.now();
        let others = 2;
        let on = expected["destinations"]["EMAIL"][others]["subscribed"] != json!(true);
        switch(&mut held.0.lock().unwrap(), others, on);
        switch(&mut expected, others, on);
        // The second line is switched on, or the first one off.
        terminal.send(if turns_off { " " } else { "\u{1b}[B " });
        switch(&mut expected, usize::from(!turns_off), !turns_off);
        terminal.send("\r");
        terminal.expect("[y/N]");
        terminal.send_line("y");
        terminal.exits(0);
        assert_eq!(held.now(), expected);
    }
}

#[test]
fn control_c_while_what_was_picked_is_sent_lets_it_end_and_says_what_became_of_it() {
    let held = Held::new();
    let (gate, asked) = (Gate::new(), Gate::new());
    let (behind, seen, replaced) = (gate.clone(), asked.clone(), held.replaced());
    let script = Script::new()
        .on("PUT", V2, move |request: &Request, nth: usize| -> Answer {
            seen.open();
            replaced(request, nth).behind(&behind)
        })
        .on("GET", V3, wire::body(404, "error-not-found"))
        .on("GET", V2, held.read());
    let script = with_users(script).start();
    let home = Home::new();
    let mut terminal =
        home.portgate("notify edit").at(&script).token(DANAS).env("NO_COLOR", "1").in_terminal(140, 30);
    terminal.expect("Service Status");
    terminal.send("\u{1b}[B ");
    terminal.send("\r");
    terminal.expect("[y/N]");
    terminal.send_line("y");
    asked.wait_open();
    terminal.send("\u{3}");
    terminal.expect("finishing the change in progress");
    gate.open();
    terminal.expect("interrupted; the change in progress was completed: subscribed to Ordering");
    terminal.exits(130);
    assert_eq!(held.now(), changed(1, true));
}

#[test]
fn edit_left_as_it_is_sends_nothing_and_escape_is_5() {
    for (keys, code) in [("\r", 0), ("\u{1b}", 5)] {
        let script = backend(&Held::new()).start();
        let home = Home::new();
        let mut terminal =
            home.portgate("notify edit").at(&script).token(DANAS).env("NO_COLOR", "1").in_terminal(140, 30);
        terminal.expect("Service Status");
        terminal.send(keys);
        terminal.exits(code);
        assert!(script.writes().is_empty());
    }
}

#[test]
fn edit_by_numbers_for_who_asks_for_plain_lines() {
    let held = Held::new();
    let script = backend(&held).start();
    let home = Home::new();
    let mut terminal = home
        .portgate("notify edit --accessible")
        .at(&script)
        .token(DANAS)
        .env("NO_COLOR", "1")
        .in_terminal(140, 30);
    let lines = terminal.expect("Numbers (for example");
    assert!(lines.contains("groups you leave out"), "{lines}");
    assert!(
        lines.contains("2. Ordering") && lines.contains("1. Security") && lines.contains("(selected)"),
        "{lines}"
    );
    terminal.send_line("1,2,4");
    terminal.expect("[y/N]");
    terminal.send_line("y");
    terminal.exits(0);
    assert_eq!(held.now(), changed(1, true));
}

#[test]
fn edit_shows_what_it_would_turn_off_and_asks() {
    for (answer, code) in [("\r", 5), ("n\r", 5), ("y\r", 0)] {
        let held = Held::new();
        let before = held.now();
        let script = backend(&held).start();
        let home = Home::new();
        let mut terminal = home
            .portgate("notify edit --accessible")
            .at(&script)
            .token(DANAS)
            .env("NO_COLOR", "1")
            .in_terminal(140, 30);
        terminal.expect("Numbers (for example");
        terminal.send_line("2");
        let shown = terminal.expect("[y/N]");
        assert!(shown.contains("Subscribe to Ordering"), "{shown}");
        assert!(shown.contains("Unsubscribe from Security"), "{shown}");
        assert!(script.writes().is_empty());
        terminal.send(answer);
        terminal.exits(code);
        assert_eq!(script.writes().len(), usize::from(code == 0));
        assert_eq!(held.now() == before, code != 0);
    }
}

#[test]
fn edit_in_the_list_asks_too() {
    let held = Held::new();
    let script = backend(&held).start();
    let home = Home::new();
    let mut terminal =
        home.portgate("notify edit").at(&script).token(DANAS).env("NO_COLOR", "1").in_terminal(140, 30);
    terminal.expect("Service Status");
    terminal.send(" ");
    terminal.send("\r");
    let shown = terminal.expect("[y/N]");
    assert!(shown.contains("Unsubscribe from Security"), "{shown}");
    terminal.send_line("n");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

#[test]
fn at_80_columns_all_that_a_group_contains_can_be_read() {
    let script = backend(&Held::new()).start();
    let home = Home::new();
    let mut terminal =
        home.portgate("notify list").at(&script).token(DANAS).env("NO_COLOR", "1").in_terminal(80, 30);
    let seen = terminal.expect("settings of").replace("\r\n", "\n");
    assert!(!seen.contains('…'), "{seen}");
    let wide = home.portgate("notify list").at(&script).token(DANAS).run();
    for word in wide.stdout.split_whitespace() {
        assert!(seen.contains(word), "{word}: {seen}");
    }
    terminal.exits(0);
}

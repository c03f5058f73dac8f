//! `approvals review`: a walk through what waits, on a real pseudo-terminal.

use std::path::Path;

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Gate, Home, PseudoTerminal, Request, Script, without_paste_marks};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

/// Globex Bank's connection on SYD1-A, which is asked about first, and Initech's speed change on MEL2-B.
struct Desk {
    globex: Circuit,
    initech: Circuit,
    script: Script,
    home: Home,
}

impl Desk {
    fn new() -> Self {
        Desk::with(|script| script)
    }

    fn with(rules: impl FnOnce(Script) -> Script) -> Self {
        let (globex, initech) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
        let script = rules(Script::new()).marketplace_of(&[&globex, &initech]).start();
        Desk { globex, initech, script, home: Home::new() }
    }

    fn review(&self, args: &str) -> PseudoTerminal {
        let run = self.home.approvals(&format!("review {args}"), &self.script);
        run.env("NO_COLOR", "1").in_terminal(100, 40)
    }

    fn sent(&self) -> Vec<(String, Value)> {
        self.script.writes().iter().map(|request| (request.path.clone(), request.json())).collect()
    }
}

#[test]
fn accept_one_deny_the_next_with_a_reason() {
    let desk = Desk::new();
    let mut terminal = desk.review("");
    let before = terminal.expect("1 of 2");
    assert!(
        before.contains("Example Cloud Connect") && before.contains("2 requests are waiting for you"),
        "{before}"
    );
    let shown = terminal.expect("What do you want to do?");
    for said in ["Globex Bank", "500 Mbps", "SYD1-A", "1201", "Room", "in 9d"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(desk.sent().is_empty());
    terminal.send("a\r");
    terminal.expect(&format!("accepted {NEW}"));
    let shown = terminal.expect("What do you want to do?");
    assert!(shown.contains("2 of 2") && shown.contains("Initech") && shown.contains("200 → 1000"), "{shown}");
    terminal.send("d\r");
    terminal.expect("Reason");
    terminal.send("no room before March\r");
    terminal.expect("Deny this speed change from Initech? [y/N]");
    terminal.send("y\r");
    terminal.expect("denied e04b77f2");
    terminal.expect("review: 1 accepted, 1 denied");
    terminal.exits(0);
    assert_eq!(
        desk.sent(),
        [
            (desk.globex.by_vxc(), json!({"isApproved": true})),
            (desk.initech.by_vxc(), json!({"isApproved": false, "message": "no room before March"})),
        ]
    );
    assert_eq!(desk.home.ledger().len(), 4);
    assert_eq!(desk.home.ledger()[2]["object"]["reason"], "no room before March");
}

#[test]
fn each_is_read_again_before_it_is_sent() {
    let desk = Desk::new();
    let mut terminal = desk.review("--customer globex");
    terminal.expect("What do you want to do?");
    // Somebody else is quicker.
    desk.globex.deny();
    terminal.send("a\r");
    terminal.expect("already denied");
    terminal.exits(13);
    assert!(desk.sent().is_empty(), "what was decided meanwhile is not decided again");
}

#[test]
fn what_was_decided_is_told_where_stdout_takes_nothing() {
    let desk = Desk::new();
    let run = desk.home.approvals("review", &desk.script);
    let mut terminal = run.in_terminal_with_stdout_to(160, 60, Path::new("/dev/full"));
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect(&format!("accepted {NEW}"));
    terminal.expect("What do you want to do?");
    terminal.send("q\r");
    terminal.expect("could not write the result");
    terminal.expect("the change was made");
    terminal.exits(1);
}

#[test]
fn what_has_changed_is_shown_again_before_it_is_sent() {
    let desk = Desk::new();
    let mut terminal = desk.review("--customer globex");
    terminal.expect("What do you want to do?");
    desk.globex.change(json!({"rateLimit": 900}));
    terminal.send("a\r");
    terminal.expect("the request has changed since");
    let shown = terminal.expect("What do you want to do?");
    assert!(shown.contains("900 Mbps"), "{shown}");
    assert!(desk.sent().is_empty());
    terminal.send("a\r");
    terminal.expect("accepted");
    terminal.exits(0);
    assert_eq!(desk.sent().len(), 1);
}

#[test]
fn skipping_looking_closer_and_quitting_send_nothing() {
    let answers: [&[&str]; 6] = [
        &["s\r", "q\r"],
        &["\r", "skip\r", "q\r"],
        &["t\r", "q\r"],
        &["details\r", "quit\r"],
        &["\u{1b}"],
        &["Q\r"],
    ];
    for lines in answers {
        let desk = Desk::new();
        let mut terminal = desk.review("");
        for line in lines {
            terminal.expect("What do you want to do?");
            terminal.send(line);
        }
        let last = lines.concat();
        let seen = terminal.exits(0);
        assert!(seen.contains("review: 2 left"), "{last:?}: {seen}");
        let details = last.starts_with('t') || last.starts_with("details");
        assert_eq!(seen.contains("provisioningStatus"), details, "{last:?}: {seen}");
        assert!(!seen.contains("\"id\":"), "details are for people: {seen}");
        assert!(desk.sent().is_empty() && desk.home.ledger().is_empty(), "{last}");
    }
}

#[test]
fn a_vlan_is_asked_for_where_the_request_has_none() {
    let globex = Circuit::of("vxc-new");
    globex.change(json!({"bEnd": {"vlan": null}}));
    let script = Script::new().marketplace(&globex).start();
    let home = Home::new();
    let mut terminal = home.approvals("review", &script).env("NO_COLOR", "1").in_terminal(100, 40);
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("VLAN: a number, next (");
    terminal.send("9999\r");
    terminal.expect("'9999' is not a valid VLAN");
    terminal.expect("VLAN: a number");
    terminal.send("1305\r");
    terminal.expect("accepted");
    terminal.exits(0);
    let sent: Vec<(String, Value)> =
        script.writes().iter().map(|request| (request.path.clone(), request.json())).collect();
    assert_eq!(sent, [(globex.by_order(), json!({"isApproved": true, "vlan": 1305}))]);
}

#[test]
fn control_c_ends_it_and_says_what_was_done() {
    let desk = Desk::new();
    let mut terminal = desk.review("");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("accepted");
    terminal.expect("What do you want to do?");
    terminal.send("\u{3}");
    terminal.expect("review: 1 accepted, 1 left");
    terminal.expect("interrupted; 1 change is done, 1 was not tried");
    terminal.exits(130);
    assert_eq!(desk.sent().len(), 1);
}

#[test]
fn control_c_during_a_request_lets_it_end_and_says_what_became_of_it() {
    let (globex, initech) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
    let (gate, asked) = (Gate::new(), Gate::new());
    let (held, seen, decided) = (gate.clone(), asked.clone(), globex.decided());
    let script = Script::new()
        .on("PUT", &globex.by_vxc(), move |request: &Request, nth: usize| -> Answer {
            seen.open();
            decided(request, nth).behind(&held)
        })
        .marketplace_of(&[&globex, &initech])
        .start();
    let home = Home::new();
    let mut terminal = home.approvals("review", &script).env("NO_COLOR", "1").in_terminal(100, 40);
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    asked.wait_open();
    terminal.send("\u{3}");
    terminal.expect("finishing the change in progress");
    gate.open();
    terminal.expect(&format!("accepted {NEW}"));
    terminal.expect("interrupted; 1 change is done, 1 was not tried");
    terminal.exits(130);
    assert_eq!(script.writes().len(), 1);
    assert_eq!(home.ledger()[1]["outcome"], "done");
}

#[test]
fn a_failure_is_told_and_the_walk_goes_on() {
    let refused = Circuit::of("vxc-new").by_vxc();
    let desk = Desk::with(|script| script.on("PUT", &refused, wire::body(403, "error-forbidden")));
    let mut terminal = desk.review("");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("error:");
    terminal.expect("2 of 2");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("review: 1 accepted, 1 not allowed");
    terminal.exits(12);
    assert_eq!(desk.sent().len(), 2);
}

#[test]
fn the_profile_s_limits_hold() {
    let desk = Desk::new();
    let config = |limits: &str| {
        let url = desk.script.url();
        let profile = format!(
            "schema = \"portgate.config/v1\"\n[profiles.desk]\nenvironment = \"custom\"\napi_url = \"{url}\"\n{limits}\n"
        );
        desk.home.write("config/portgate/config.toml", profile);
        let run = desk.home.portgate("approvals review --profile desk --customer initech");
        run.env("MEGAPORT_API_URL", &url).token("scripted-token").env("NO_COLOR", "1").in_terminal(100, 40)
    };

    config("read_only = true").exits(15);
    assert!(desk.script.requests().is_empty(), "{:#?}", desk.script.lines());
    let mut terminal = config("require_ticket = true");
    terminal.expect("Ticket (required by the profile): ");
    terminal.send("\u{1b}");
    terminal.exits(5);

    let mut terminal = config("require_reason = true");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("Reason");
    terminal.send("\r");
    terminal.expect("requires a reason");
    terminal.expect("What do you want to do?");
    terminal.send("q\r");
    terminal.exits(0);

    let mut terminal = config("max_sold = \"90%\"");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("limit of 90%");
    terminal.expect("Accept anyway? [y/N]");
    terminal.send_line("n");
    terminal.expect("What do you want to do?");
    terminal.send("q\r");
    terminal.exits(0);
    assert!(desk.sent().is_empty());
}

#[test]
fn accessible_reads_words_and_lines() {
    let desk = Desk::new();
    let run = desk.home.approvals("review --accessible", &desk.script);
    let mut terminal = run.in_terminal(100, 40);
    let mut seen = terminal.expect("details (t), quit (q) [s]: ");
    terminal.send("perhaps\r");
    seen += &terminal.expect("'perhaps' is not a valid answer");
    seen += &terminal.expect("quit (q) [s]: ");
    terminal.send("accept\r");
    seen += &terminal.expect("accepted");
    seen += &terminal.expect("quit (q) [s]: ");
    terminal.send("d\r");
    seen += &terminal.expect("Reason (optional): ");
    terminal.send("\r");
    seen += &terminal.expect("[y/N]");
    terminal.send("y\r");
    seen += &terminal.exits(0);
    assert!(!without_paste_marks(&seen).contains('\u{1b}'), "{seen:?}");
    assert_eq!(desk.sent()[1], (desk.initech.by_vxc(), json!({"isApproved": false})));
}

#[test]
fn json_is_the_batch_document_at_the_end() {
    let desk = Desk::new();
    let file = desk.home.path().join("result");
    let run = desk.home.approvals("review -o json", &desk.script).env("NO_COLOR", "1");
    let mut terminal = run.in_terminal_with_stdout_to(100, 40, &file);
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("What do you want to do?");
    terminal.send("s\r");
    terminal.expect("What do you want to do?");
    terminal.send("q\r");
    terminal.exits(0);
    let document: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(document["schema"], "portgate.batch/v1");
    assert_eq!(
        document["summary"],
        json!({"ok": 1, "failed": 0, "refused": 0, "unknown": 0, "skipped": 1, "proposed": 0})
    );
    assert_eq!(document["results"][0]["id"], NEW);
}

#[test]
fn without_a_terminal_it_is_2_before_any_request() {
    let script = Script::new().start();
    let home = Home::new();
    home.approvals("review", &script).run().exits(2).stderr_has("not a terminal");
    let seen = home.approvals("review --no-input", &script).in_terminal(80, 24).exits(2);
    assert!(seen.contains("approvals list"), "{seen}");
    assert!(script.requests().is_empty());
}

#[test]
fn a_half_read_list_is_walked_and_said_to_be_half() {
    let globex = Circuit::of("vxc-new");
    let script = Script::new()
        .on("GET", "/v3/order_approvals", |_: &Request, _: usize| Answer::refusal(500, "down"))
        .marketplace(&globex)
        .start();
    let home = Home::new();
    let run = home.approvals("review --max-retries 0", &script).env("NO_COLOR", "1");
    let mut terminal = run.in_terminal(100, 40);
    terminal.expect("could not read the service approval queue");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("accepted");
    terminal.exits(4);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn what_is_typed_ahead_or_is_no_answer_decides_nothing() {
    let desk = Desk::new();
    let mut terminal = desk.review("");
    for typed in ["aaa", "denyy", "x"] {
        terminal.expect("What do you want to do?");
        terminal.send(&format!("{typed}\r"));
        terminal.expect(&format!("'{typed}' is not a valid answer"));
    }
    terminal.expect("What do you want to do?");
    // Only the first line answers a question that was there.
    terminal.send("accept\ra\ra\r");
    terminal.expect(&format!("accepted {NEW}"));
    terminal.expect("2 of 2");
    terminal.expect("What do you want to do?");
    terminal.send("x\u{7f}q\r");
    terminal.exits(0);
    assert_eq!(desk.sent().len(), 1);
}

#[test]
fn escape_at_a_question_of_an_answer_goes_back() {
    let desk = Desk::new();
    let mut terminal = desk.review("--customer initech");
    terminal.expect("What do you want to do?");
    terminal.send("deny\r");
    terminal.expect("Reason");
    terminal.send("not this one");
    terminal.expect("not this one");
    terminal.send("\u{1b}");
    terminal.expect("What do you want to do?");
    terminal.send("q\r");
    terminal.exits(0);
    assert!(desk.sent().is_empty() && desk.home.ledger().is_empty());
}

#[test]
fn an_accept_that_oversells_the_port_asks_once_more() {
    let desk = Desk::new();
    desk.initech.change(json!({"vxcApproval": {"newSpeed": 1400}}));
    let mut terminal = desk.review("--customer initech");
    for (answer, goes_on) in [("n\r", true), ("y\r", false)] {
        terminal.expect("What do you want to do?");
        terminal.send("a\r");
        let said = terminal.expect("Accept anyway? [y/N]");
        assert!(said.contains("MEL2-B would be oversubscribed: 140% sold"), "{said}");
        assert!(desk.sent().is_empty());
        terminal.send(answer);
        if !goes_on {
            terminal.expect("accepted");
        }
    }
    terminal.exits(0);
    assert_eq!(desk.sent().len(), 1);
}

#[test]
fn a_vlan_that_is_taken_is_asked_for_anew() {
    let (globex, live) = (Circuit::of("vxc-new"), Circuit::of("vxc-live"));
    live.change(json!({"bEnd": {"vlan": 1201}}));
    let script = Script::new().marketplace_of(&[&globex, &live]).start();
    let home = Home::new();
    let mut terminal = home.approvals("review", &script).env("NO_COLOR", "1").in_terminal(100, 40);
    let shown = terminal.expect("What do you want to do?");
    assert!(shown.contains("1201 TAKEN"), "{shown}");
    terminal.send("a\r");
    terminal.expect("VLAN 1201 is taken. Enter another number, next (");
    terminal.send("\u{1b}");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("VLAN 1201 is taken");
    terminal.send("next\r");
    terminal.expect("accepted");
    terminal.exits(0);
    assert_eq!(script.writes()[0].json()["vlan"], 2);
}

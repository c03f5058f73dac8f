//! What answers a question about a write: a line that is typed once the question stands there, and nothing else.

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Gate, Home, PseudoTerminal, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const POLICY: &str =
    "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"new\"\nmatch = \"all\"\ndecision = \"accept\"\n";
const BACKSPACE: &str = "\u{7f}";
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

fn pasted(text: &str) -> String {
    format!("\u{1b}[200~{text}\u{1b}[201~")
}

/// Globex Bank's connection, which waits.
struct Desk {
    script: Script,
    home: Home,
}

impl Desk {
    fn new() -> Self {
        Desk { script: Script::new().marketplace(&Circuit::of("vxc-new")).start(), home: Home::new() }
    }

    fn terminal(&self, args: &str) -> PseudoTerminal {
        self.home.approvals(args, &self.script).env("NO_COLOR", "1").in_terminal(100, 40)
    }

    #[track_caller]
    fn sent(&self, count: usize) {
        assert_eq!(self.script.writes().len(), count);
    }
}

#[test]
fn f03_a_sentence_with_a_y_in_it_decides_nothing_and_is_asked_about_again() {
    for plain in ["", "--accessible"] {
        let desk = Desk::new();
        let mut terminal = desk.terminal(&format!("deny {NEW} {plain}"));
        terminal.expect("[y/N] ");
        terminal.send("ok for Sydney change window");
        terminal.expect("window");
        desk.sent(0);
        terminal.send("\r");
        terminal.expect("'ok for sydney change window' is not a valid answer: type yes (y) or no (n)");
        terminal.expect("[y/N] ");
        desk.sent(0);
        terminal.send("YES\r");
        terminal.expect("denied");
        terminal.exits(0);
        desk.sent(1);
    }
}

#[test]
fn f03_no_command_takes_a_single_key_for_a_yes() {
    for command in [
        "approvals accept 7c1e09ab",
        "approvals deny 7c1e09ab afce3a24",
        "speed accept e04b77f2",
        "policy apply --file policy.toml",
        "keys create --port SYD1-A --expires-in 30d",
        "keys update 8ea6f3bf --max-speed 800",
        "keys rotate 8ea6f3bf",
        "keys deactivate 8ea6f3bf",
        "users update tomas@examplecloud.example --email off --as provider:company-admin",
    ] {
        let home = Home::new();
        home.write("policy.toml", POLICY);
        let run = home.portgate(&format!("--env sandbox {command}")).env("NO_COLOR", "1");
        let mut terminal = run.in_terminal(120, 60);
        terminal.expect("[y/N] ");
        terminal.send("y");
        terminal.expect("y");
        terminal.send(&format!("{BACKSPACE}no\r"));
        terminal.exits(5);
    }
}

#[test]
fn f03_what_is_pasted_is_no_answer() {
    for plain in ["", "--accessible"] {
        what_is_pasted_decides_nothing(plain);
    }
}

fn what_is_pasted_decides_nothing(plain: &str) {
    let desk = Desk::new();
    let mut terminal = desk.terminal(&format!("accept {NEW} {plain}"));
    let before = terminal.expect("[y/N] ");
    assert!(before.contains("\u{1b}[?2004h"), "the terminal is asked to mark it: {before:?}");
    for typed in ["", "y"] {
        terminal.send(&format!("{typed}{}", pasted("y\ryes\r")));
        terminal.expect("pasted text is not accepted: type yes (y) or no (n)");
        terminal.expect("[y/N] ");
        desk.sent(0);
    }
    terminal.send("y\r");
    let seen = terminal.exits(0);
    desk.sent(1);
    let marking = seen.matches("\u{1b}[?2004h").count();
    assert_eq!(seen.matches("\u{1b}[?2004l").count(), marking, "{seen:?}");
}

#[test]
fn what_is_pasted_into_a_review_chooses_nothing_but_may_be_a_reason() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("review");
    terminal.expect("[s]: ");
    terminal.send(&pasted("a\r"));
    terminal.expect("pasted text is not accepted: type accept (a)");
    terminal.expect("[s]: ");
    terminal.send("d\r");
    terminal.expect("Reason");
    terminal.send(&pasted("no room\rbefore March\r"));
    terminal.expect("no room before March");
    desk.sent(0);
    terminal.send("\r");
    terminal.expect("[y/N]");
    desk.sent(0);
    terminal.send("y\r");
    terminal.expect("denied");
    terminal.exits(0);
    assert!(desk.home.ledger().iter().any(|line| line["object"]["reason"] == "no room before March"));
}

#[test]
fn what_is_pasted_into_a_list_filters_it_and_picks_nothing() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("accept");
    terminal.expect("filter: ");
    terminal.send(&pasted(" globex\r\t\r"));
    terminal.expect("0 of 1 selected");
    terminal.expect("filter: globex");
    terminal.send("\u{1b}");
    terminal.exits(5);
    desk.sent(0);
}

#[test]
fn control_d_leaves_a_question_and_nothing_is_sent() {
    for plain in ["", "--accessible"] {
        for (command, question) in [
            ("approvals accept 7c1e09ab", "[y/N] "),
            ("approvals accept", if plain.is_empty() { "filter: " } else { "cancel: " }),
            ("keys create", "Port (number or name): "),
            ("keys create --port SYD1-A", "or never) [30d]: "),
        ] {
            let home = Home::new();
            let run = home.portgate(&format!("--env sandbox {command} {plain}")).env("NO_COLOR", "1");
            let mut terminal = run.in_terminal_then(120, 60, "stty -a");
            terminal.expect(question);
            terminal.send(CTRL_D);
            let seen = terminal.exits(5);
            assert!(seen.contains("nothing was sent"), "{command} {plain}: {seen}");
            assert!(seen.contains("isig icanon") && seen.contains(" echo "), "{command} {plain}: {seen}");
        }
    }
}

#[test]
fn control_c_ends_a_review_while_a_request_is_read() {
    let globex = Circuit::of("vxc-new");
    let (gate, asked) = (Gate::new(), Gate::new());
    let (held, seen) = (gate.clone(), asked.clone());
    let script = Script::new()
        .on("GET", "/v2/product/port/*/vlan", move |request: &Request, nth: usize| -> Answer {
            seen.open();
            wire::vlan_is_free(request, nth).behind(&held)
        })
        .marketplace(&globex)
        .start();
    let home = Home::new();
    let mut terminal = home.approvals("review", &script).env("NO_COLOR", "1").in_terminal(100, 40);
    asked.wait_open();
    terminal.send(CTRL_C);
    terminal.exits(130);
    gate.open();
    assert!(script.writes().is_empty());
}

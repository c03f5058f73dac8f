//! Questions on a real pseudo-terminal: what is drawn, what keys do, and that the terminal is given back.

use rustix::process::{Pid, Signal, kill_process};

use crate::common::wire::Circuit;
use crate::common::{Gate, Home, PseudoTerminal, Request, Script, without_paste_marks};

const DOWN: &str = "\u{1b}[B";
const GLOBEX: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

/// Two that wait: Globex Bank's connection on SYD1-A, and Initech's speed change on MEL2-B.
struct Desk {
    globex: Circuit,
    initech: Circuit,
    script: Script,
    home: Home,
}

impl Desk {
    fn new() -> Self {
        let (globex, initech) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
        let script = Script::new().marketplace_of(&[&globex, &initech]).start();
        Desk { globex, initech, script, home: Home::new() }
    }

    fn terminal(&self, args: &str, columns: u16, rows: u16) -> PseudoTerminal {
        self.home.approvals(args, &self.script).env("NO_COLOR", "1").in_terminal(columns, rows)
    }

    /// The paths written to.
    fn sent(&self) -> Vec<String> {
        self.script.writes().iter().map(|request| request.path.clone()).collect()
    }
}

#[test]
fn typing_filters_tab_picks_enter_ends_and_then_it_is_confirmed() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("accept", 100, 30);
    let before = terminal.expect("Which requests do you want to accept? 0 of 2 selected");
    assert!(before.contains("Example Cloud Connect"), "where it goes comes first: {before}");
    terminal.expect("filter: ");
    terminal.send("initech");
    terminal.expect("1 hidden by the filter");
    terminal.expect("filter: initech");
    terminal.send("\t\r");
    terminal.expect("1 selected");
    terminal.expect("[y/N]");
    assert!(desk.sent().is_empty(), "picking decides nothing");
    terminal.send_line("y");
    terminal.expect("accepted");
    terminal.exits(0);
    assert_eq!(desk.sent(), [desk.initech.by_vxc()]);
    assert_eq!(desk.script.writes()[0].json()["isApproved"], true);
}

#[test]
fn tab_picks_one_after_the_other_and_control_t_all() {
    for keys in ["\t\t\r", " \u{1b}[B \r", "\u{14}\r"] {
        let desk = Desk::new();
        let mut terminal = desk.terminal("deny", 100, 30);
        terminal.expect("filter: ");
        terminal.send(keys);
        terminal.expect("Deny 2 requests? [y/N]");
        terminal.send_line("y");
        terminal.exits(0);
        let mut sent = desk.sent();
        sent.sort();
        let mut wanted = [desk.globex.by_vxc(), desk.initech.by_vxc()];
        wanted.sort();
        assert_eq!(sent, wanted, "{keys:?}");
    }
}

#[test]
fn enter_alone_picks_nothing_and_says_so() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("accept", 100, 30);
    terminal.expect("filter: ");
    terminal.send("\r");
    terminal.expect("nothing selected");
    terminal.expect("filter: ");
    terminal.send("\u{1b}");
    terminal.exits(5);
    assert!(desk.sent().is_empty());
}

#[test]
fn escape_and_control_c_leave_without_sending() {
    for (key, code) in [("\u{1b}", 5), ("\u{4}", 5), ("\u{3}", 130)] {
        let desk = Desk::new();
        let mut terminal = desk.terminal("accept", 100, 30);
        terminal.expect("filter: ");
        terminal.send(DOWN);
        terminal.expect("filter: ");
        terminal.send(" ");
        terminal.expect("1 of 2 selected");
        terminal.send(key);
        terminal.exits(code);
        assert!(desk.sent().is_empty(), "{key:?}");
        assert!(desk.home.ledger().is_empty(), "{key:?}");
    }
}

#[test]
fn it_works_in_twenty_columns_and_five_rows() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("accept", 20, 5);
    terminal.expect("Which requests");
    terminal.expect("\n> ");
    terminal.send("glo");
    terminal.expect("glo");
    terminal.send("\t\r");
    terminal.expect("[y/N]");
    terminal.send_line("y");
    terminal.exits(0);
    assert_eq!(desk.sent(), [desk.globex.by_vxc()]);
}

#[test]
fn accessible_is_numbered_lines_and_draws_nothing() {
    let desk = Desk::new();
    let mut terminal = desk.home.approvals("accept --accessible", &desk.script).in_terminal(100, 30);
    let mut seen = terminal.expect("Numbers (for example 1,3-5) or 'all'; empty to cancel: ");
    terminal.send("7\r");
    seen += &terminal.expect("'7' is not a number from 1 to 2");
    seen += &terminal.expect("empty to cancel: ");
    terminal.send("1\r");
    seen += &terminal.expect("[y/N] ");
    terminal.send("y\r");
    seen += &terminal.exits(0);
    assert!(seen.contains("1. 7c1e09ab  connection request from Globex Bank"), "{seen}");
    assert!(!without_paste_marks(&seen).contains('\u{1b}'), "{seen:?}");
    assert_eq!(desk.sent(), [desk.globex.by_vxc()]);
}

#[test]
fn a_dumb_terminal_is_not_drawn_on() {
    let desk = Desk::new();
    let mut terminal = desk.home.approvals("accept", &desk.script).in_terminal_as("dumb", 100, 30);
    terminal.expect("empty to cancel: ");
    terminal.send("\r");
    let seen = terminal.exits(5);
    assert!(!seen.contains('\u{1b}'), "{seen:?}");
}

#[test]
fn nobody_agrees_to_a_question_that_is_not_there_yet() {
    let globex = Circuit::of("vxc-new");
    let (gate, asked, read) = (Gate::new(), Gate::new(), globex.read());
    let (held, seen) = (gate.clone(), asked.clone());
    let script = Script::new()
        .on("GET", &globex.alone(), move |request: &Request, nth: usize| {
            seen.open();
            read(request, nth).behind(&held)
        })
        .marketplace(&globex)
        .start();
    let home = Home::new();
    let mut terminal =
        home.approvals(&format!("accept {GLOBEX}"), &script).env("NO_COLOR", "1").in_terminal(100, 30);
    asked.wait_open();
    terminal.send("yy");
    // Echoed: it has been typed before the question is there.
    terminal.expect("yy");
    gate.open();
    terminal.expect("[y/N]");
    terminal.send_line("n");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

#[test]
fn a_signal_ends_a_question_and_gives_the_terminal_back() {
    let accept = format!("approvals accept {GLOBEX}");
    for (args, shown) in
        [("approvals accept", "filter: "), (&accept, "[y/N]"), ("keys create", "Port (number or name): ")]
    {
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
            let desk = Desk::new();
            let run = desk.home.portgate(args).at(&desk.script).token("scripted-token").env("NO_COLOR", "1");
            // A shell that stays tells what it finds afterwards.
            let mut terminal = run.in_terminal_then(100, 30, "stty -a");
            terminal.expect("PID=");
            let pid: i32 = terminal.expect(";").trim().parse().unwrap();
            terminal.expect(shown);
            kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
            let seen = terminal.exits(code);
            for mode in ["isig icanon", " echo ", " icrnl"] {
                assert!(seen.contains(mode), "{mode:?} after {signal:?}: {seen}");
            }
            let is_told = ["error: interrupted; nothing was sent", "error: cancelled; nothing was sent"];
            let is_told =
                is_told.iter().any(|told| seen.contains(told)) || seen.contains("no key was created");
            assert!(is_told, "after {signal:?}: {seen}");
            let seen = without_paste_marks(&seen);
            let glued = ["filter: error", "[y/N] error", "): error"].iter().any(|glued| seen.contains(glued));
            assert!(!glued, "the error has a line of its own: {seen:?}");
            assert!(desk.sent().is_empty());
        }
    }
}

#[test]
fn what_takes_long_shows_that_it_goes_on_and_what_it_waits_for() {
    let globex = Circuit::of("vxc-new");
    let (gate, listed) = (Gate::new(), globex.listed());
    let held = gate.clone();
    let script = Script::new()
        .on("GET", "/v2/products", move |request: &Request, nth: usize| listed(request, nth).behind(&held))
        .marketplace(&globex)
        .start();
    let home = Home::new();
    let mut terminal = home.approvals("list", &script).env("NO_COLOR", "1").in_terminal(100, 30);
    terminal.expect("reading requests");
    terminal.expect("reading requests (5 s)");
    gate.open();
    let before = terminal.expect("7c1e09ab");
    assert!(before.contains("\u{1b}[2K"), "the spinner's line is cleared first: {before:?}");
    terminal.exits(0);
}

#[test]
fn accessible_progress_is_one_line_and_off_terminal_there_is_none() {
    for accessible in [true, false] {
        let globex = Circuit::of("vxc-new");
        let (gate, listed) = (Gate::new(), globex.listed());
        let held = gate.clone();
        let script = Script::new()
            .on("GET", "/v2/products", move |request: &Request, nth: usize| {
                listed(request, nth).behind(&held)
            })
            .marketplace(&globex)
            .start();
        let home = Home::new();
        if accessible {
            let mut terminal = home.approvals("list --accessible", &script).in_terminal(100, 30);
            let mut seen = terminal.expect("reading requests ...");
            gate.open();
            seen += &terminal.exits(0);
            assert_eq!(seen.matches("reading requests").count(), 1, "{seen}");
            assert!(!seen.contains('\u{1b}'), "{seen:?}");
        } else {
            gate.open();
            home.approvals("list", &script).run().exits(0).stderr_lacks("reading requests");
        }
    }
}

#[test]
fn a_batch_says_how_far_it_is() {
    let desk = Desk::new();
    let gate = Gate::new();
    let (held, decided) = (gate.clone(), desk.initech.decided());
    let script = Script::new()
        .on("PUT", &desk.initech.by_vxc(), move |request: &Request, nth: usize| {
            decided(request, nth).behind(&held)
        })
        .marketplace_of(&[&desk.globex, &desk.initech])
        .start();
    let run = desk.home.approvals("accept --all --max 50 --yes", &script).env("NO_COLOR", "1");
    let mut terminal = run.in_terminal(100, 30);
    terminal.expect("1 of 2 (5 s)");
    gate.open();
    let seen = terminal.exits(0);
    assert!(seen.contains("accepted e04b77f2"), "{seen}");
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn a_blank_in_the_filter_is_typed_and_picks_nothing() {
    let desk = Desk::new();
    let mut terminal = desk.terminal("accept", 100, 30);
    terminal.expect("filter: ");
    terminal.send("globex bank");
    terminal.expect("filter: globex bank");
    terminal.send("\r");
    terminal.expect("nothing selected: press tab");
    terminal.expect("filter: globex bank");
    terminal.send("\u{1b}");
    let seen = terminal.exits(5);
    assert!(!seen.contains("1 of 2 selected"), "{seen}");
    assert!(desk.sent().is_empty());
}

#[test]
fn what_ends_a_question_for_a_line_is_said_on_a_line_of_its_own() {
    let home = Home::new();
    for accessible in ["", " --accessible"] {
        let run = home.portgate(&format!("--env sandbox keys create{accessible}")).env("NO_COLOR", "1");
        let mut terminal = run.in_terminal(80, 24);
        terminal.expect("Port (number");
        terminal.send("\u{3}");
        let seen = without_paste_marks(&terminal.exits(130));
        assert!(seen.lines().any(|line| line.starts_with("error: cancelled; no")), "{seen:?}");
    }
}

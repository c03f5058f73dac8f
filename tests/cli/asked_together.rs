//! What one question about several requests covers: nothing else is sent, and nothing once somebody has said no.

use crate::common::{Home, PseudoTerminal};

fn sandbox(home: &Home, args: &str) -> String {
    let run = home.portgate(&format!("--env sandbox {args}")).run();
    run.exits(0).stdout.trim().to_owned()
}

fn ask(home: &Home, args: &str) -> PseudoTerminal {
    home.portgate(&format!("--env sandbox {args}")).env("NO_COLOR", "1").in_terminal(120, 50)
}

/// Somebody else gets a connection meanwhile.
fn sell(home: &Home, request: &str) {
    let id = sandbox(home, &format!("sandbox request --from initech {request} -q"));
    sandbox(home, &format!("approvals accept {id} --yes"));
}

fn status(home: &Home, id: &str) -> String {
    let shown = home.portgate(&format!("--env sandbox approvals show {id} -o json")).run();
    shown.exits(0).json()["status"].as_str().unwrap().to_owned()
}

fn statuses<const N: usize>(home: &Home, ids: [&str; N]) -> [String; N] {
    ids.map(|id| status(home, id))
}

#[test]
fn ctrl_c_at_a_question_about_one_of_several_sends_none_of_the_others() {
    let ids = ["7c1e09ab", "6ac56e45", "33eccbef", "41879dc0"];
    for form in ["", " -o json"] {
        let home = Home::new();
        let mut terminal = ask(&home, &format!("approvals accept {}{form}", ids.join(" ")));
        terminal.expect("Accept 4 requests?");
        sell(&home, "--to SYD1-A --speed 1700 --vlan 1900");
        terminal.send_line("y");
        terminal.expect("Accept anyway? [y/N]");
        terminal.send("\u{3}");
        let screen = terminal.exits(130);
        assert!(screen.contains("interrupted; nothing was sent"), "{screen}");
        assert_eq!(statuses(&home, ids), ["pending"; 4], "{form}");
    }
}

#[test]
fn no_to_those_that_exceed_a_limit_sends_none_that_the_question_named() {
    let home = Home::new();
    let ids = ["06b5f74f", "7c1e09ab", "6ac56e45", "33eccbef"];
    let mut terminal = ask(&home, &format!("approvals accept {} --max-sold 83% --yes", ids.join(" ")));
    terminal.expect("3 of 4 requests would exceed the limit of 83% on SYD1-A. Accept them too? [y/N]");
    terminal.send_line("n");
    terminal.exits(12);
    assert_eq!(statuses(&home, ids), ["pending", "pending", "pending", "accepted"]);
}

#[test]
fn a_policy_exceeds_no_limit_whatever_is_answered() {
    let home = Home::new();
    let rule = "[[rule]]\nname = \"small\"\ntype = \"connection\"\nport = [\"SYD1-A\", \"MEL2-A\"]\ndecision = \"accept\"\n";
    let file = home.write("policy.toml", format!("schema = \"portgate.policy/v1\"\n{rule}"));
    let ids = ["7c1e09ab", "6ac56e45", "33eccbef"];
    let mut terminal = ask(&home, &format!("policy apply --file {} --max-sold 100%", file.display()));
    terminal.expect("Accept 4 requests?");
    sell(&home, "--to SYD1-A --speed 1700 --vlan 1900");
    terminal.send_line("y");
    let screen = terminal.exits(15);
    assert!(!screen.contains("Accept them too?"), "{screen}");
    assert_eq!(statuses(&home, ids), ["pending", "accepted", "accepted"]);
}

#[test]
fn only_the_vlan_that_the_question_showed_is_sent() {
    let home = Home::new();
    let mut terminal = ask(&home, "approvals accept 33eccbef 7c1e09ab --vlan next --vlan-pool 2-9");
    let shown = terminal.expect("Accept 2 requests?");
    assert!(shown.contains("30 → 2") && shown.contains("1201 → 2"), "{shown}");
    sell(&home, "--to MEL2-A --speed 10 --vlan 2");
    terminal.send_line("y");
    let screen = terminal.exits(12);
    assert!(screen.contains("VLAN 2 is now taken; the next free VLAN is 3"), "{screen}");
    assert_eq!(statuses(&home, ["33eccbef", "7c1e09ab"]), ["pending", "accepted"]);
}

#[test]
fn what_is_not_as_expected_is_not_counted_in_the_question() {
    let home = Home::new();
    let mut terminal = ask(&home, "approvals accept 7c1e09ab 33eccbef --expect-speed 500");
    let shown = terminal.expect("Accept 1 request?");
    assert!(shown.contains("1 request is not what you expected and won't be decided: 33eccbef"), "{shown}");
    terminal.send_line("y");
    terminal.exits(12);
    assert_eq!(statuses(&home, ["7c1e09ab", "33eccbef"]), ["accepted", "pending"]);
}

#[test]
fn the_vlan_that_the_question_showed_is_sent_though_another_request_drops_out() {
    let home = Home::new();
    let mut terminal = ask(&home, "approvals accept 7c1e09ab 6ac56e45 --vlan next");
    let shown = terminal.expect("Accept 2 requests?");
    assert!(shown.contains("1201 → 2") && shown.contains("310 → 3"), "{shown}");
    sandbox(&home, "approvals deny 7c1e09ab --yes");
    terminal.send_line("y");
    let screen = terminal.exits(12);
    assert!(screen.contains("50 Mbps on SYD1-A, VLAN 3"), "{screen}");
    assert_eq!(statuses(&home, ["7c1e09ab", "6ac56e45"]), ["denied", "accepted"]);
}

#[test]
fn what_will_not_be_decided_takes_neither_vlan_nor_room_from_the_others() {
    let home = Home::new();
    sell(&home, "--to SYD1-A --speed 1300 --vlan 1900");
    let rows = "id,decision,speed,vlan\n7c1e09ab,accept,501,next\n6ac56e45,accept,50,next\n";
    let file = home.write("rows.csv", rows);
    let dry_run = home.portgate(&format!("--env sandbox approvals apply {} --dry-run", file.display())).run();
    dry_run.exits(12).stdout_has("310 → 2").stdout_has("50 Mbps on SYD1-A, VLAN 2");
    let mut terminal = ask(&home, &format!("approvals apply {}", file.display()));
    let shown = terminal.expect("Accept 1 request? [y/N]");
    assert!(shown.contains("310 → 2") && !shown.contains("OVER"), "{shown}");
    terminal.send_line("y");
    let screen = terminal.exits(12);
    assert!(screen.contains("50 Mbps on SYD1-A, VLAN 2"), "{screen}");
    assert_eq!(statuses(&home, ["7c1e09ab", "6ac56e45"]), ["pending", "accepted"]);
}

#[test]
fn the_question_about_a_limit_names_the_vlans_that_are_sent() {
    let home = Home::new();
    let mut terminal = ask(&home, "approvals accept 7c1e09ab 6ac56e45 --vlan next --max-sold 100%");
    terminal.expect("Accept 2 requests?");
    sell(&home, "--to SYD1-A --speed 1400 --vlan 1900");
    terminal.send_line("y");
    let screen = terminal.expect("Accept them too? [y/N]");
    for named in ["500 Mbps on SYD1-A, VLAN 2", "50 Mbps on SYD1-A, VLAN 3"] {
        assert!(screen.contains(named), "{screen}");
    }
    terminal.send("\u{3}");
    terminal.exits(130);
    assert_eq!(statuses(&home, ["7c1e09ab", "6ac56e45"]), ["pending", "pending"]);
}

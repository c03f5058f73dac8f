//! What is shown and checked before a decision: ports that aren't known, VLANs that are taken, and several at once.

use std::fs;

use serde_json::json;

use super::screens::at_demo;
use crate::auth::private_config;
use crate::common::wire::Circuit;
use crate::common::{Answer, Home, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

#[test]
fn a_speed_change_without_a_port_says_that_its_room_is_unknown() {
    let home = Home::new();
    for command in ["approvals accept 9b32c220", "approvals review --type speed-change --source queue"] {
        let mut terminal = at_demo(&home, 100, command);
        let screen =
            terminal.expect(if command.contains("review") { "What do you want to do?" } else { "[y/N]" });
        let shown = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in ["Port unknown", "Room unknown: oversubscription can't be checked"] {
            assert!(shown.contains(said), "{said}: {screen}");
        }
        terminal.send("\u{1b}");
        terminal.ends();
    }
    let shown = home.portgate("--env sandbox approvals show 9b32c220").run();
    shown.exits(0).stdout_has("Room         unknown: oversubscription can't be checked\n");
    home.portgate("--env sandbox approvals show 06b5f74f").run().exits(0).stdout_lacks("unknown: ");
}

#[test]
fn review_says_that_a_decision_cant_be_undone_and_that_undo_returns_to_a_skip() {
    let home = Home::new();
    let mut terminal = at_demo(&home, 100, "approvals review --customer initech");
    let screen = terminal.expect("What do you want to do?");
    assert!(screen.contains("Effect       if you accept: the connection is deployed"), "{screen}");
    terminal.send("s\r");
    let screen = terminal.expect("What do you want to do?");
    assert!(screen.contains("undo skip (u)") && !screen.contains("undo (u)"), "{screen}");
    terminal.send("undo\r");
    let screen = terminal.expect("What do you want to do?");
    assert!(screen.contains("1 of 2"), "{screen}");
    terminal.send("q\r");
    terminal.exits(0);
}

#[test]
fn a_taken_vlan_is_refused_or_asked_for_again_and_never_sent() {
    let home = Home::new();
    let refused = home.portgate("--env sandbox -v approvals accept afce3a24 --vlan 210 --yes").run();
    refused.exits(13).stderr_has("the requested VLAN 210 is taken on SIN1-A").stderr_lacks("PUT ");
    let mut terminal = at_demo(&home, 100, "approvals review --port SIN1-A --customer globex");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("VLAN 210 is taken. Enter another");
    terminal.send("210\r");
    terminal.expect("VLAN 210 is taken: it can't be used");
    terminal.expect("Enter another");
    terminal.send("2\r");
    terminal.expect("accepted afce3a24");
    terminal.exits(0);
}

#[test]
fn several_show_the_vlans_that_are_chosen_what_they_add_and_what_is_final() {
    let home = Home::new();
    let mut terminal = at_demo(&home, 120, "approvals accept afce3a24 9e4e7a73 7c1e09ab --vlan keep-or-next");
    let screen = terminal.expect("[y/N]");
    let row =
        |id: &str| screen.lines().find(|line| line.starts_with(id)).unwrap_or_else(|| panic!("{screen}"));
    assert!(row("afce3a24").contains(" 210 → 2 "), "{screen}");
    assert!(row("9e4e7a73").contains("MEL2-A  2 ") && row("7c1e09ab").contains(" 1201 "), "{screen}");
    assert!(
        screen.contains("Adds 1700 Mbps in total.\r\nAccepting starts billing and can't be undone."),
        "{screen}"
    );
    terminal.send("n\r");
    terminal.exits(5);
    let dry = home.portgate("--env sandbox approvals accept 7c1e09ab 6ac56e45 --vlan next --dry-run").run();
    dry.exits(0).stdout_has("1201 → 2 ").stdout_has("310 → 3 ");
    let mut terminal = at_demo(&home, 120, "approvals deny 9e4e7a73 7c1e09ab");
    let screen = terminal.expect("[y/N]");
    assert!(screen.contains("This can't be undone, but") && !screen.contains("billed"), "{screen}");
    terminal.send("n\r");
    terminal.exits(5);
    assert!(home.ledger().is_empty());
}

#[test]
fn a_policy_shows_the_vlans_that_it_gives() {
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\ntype = \"connection\"\ndecision = \"accept\"\nvlan = \
         \"keep-or-next\"\nvlan_pool = \"1400-1401\"\n",
    );
    home.portgate("--env sandbox policy plan").run().exits(0).stdout_has("210 → 1400").stdout_lacks("next");
    let mut terminal = at_demo(&home, 140, "policy apply");
    let screen = terminal.expect("[y/N]");
    assert!(screen.contains("210 → 1400") && screen.contains("Mbps in total."), "{screen}");
    terminal.send("n\r");
    terminal.exits(5);
}

#[test]
fn one_decision_marks_a_new_customer_as_lists_do() {
    let home = Home::new();
    home.portgate("--env sandbox approvals list").run().exits(0);
    let whole =
        home.portgate("--env sandbox approvals list --query [?starts_with(id,'33eccbef')].id|[0]").run();
    for (id, is_new) in [("33eccbef", true), (whole.stdout.trim(), true), ("7c1e09ab", false)] {
        for verb in ["accept", "deny"] {
            let mut terminal = at_demo(&home, 100, &format!("approvals {verb} {id}"));
            let screen = terminal.expect("[y/N]");
            assert_eq!(screen.contains(" (new)"), is_new, "{id}: {screen}");
            terminal.send("n\r");
            terminal.exits(5);
        }
    }
}

#[test]
fn what_the_profile_requires_is_asked_for_in_a_terminal() {
    let circuits = [Circuit::of("vxc-new"), Circuit::of("vxc-new-late")];
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    let url = script.url();
    private_config(
        &home,
        &format!("[profiles.lab]\napi_url = \"{url}\"\nrequire_reason = true\nrequire_ticket = true\n"),
    );
    let run = |args: &str| {
        let run = home.portgate(&format!("approvals {args} --profile lab")).token("scripted-token");
        run.env("MEGAPORT_API_URL", &url).env("NO_COLOR", "1")
    };
    run(&format!("accept {NEW}")).run().exits(15).stderr_has("requires a reason");
    run(&format!("accept {NEW} --yes")).in_terminal(100, 40).exits(15);
    for (args, reason, question) in [
        (format!("deny {NEW}"), "no room", "Deny this request?"),
        ("accept --all".to_owned(), "as agreed", "Accept all 2 requests?"),
    ] {
        let mut terminal = run(&args).in_terminal(100, 40);
        // What it is about is seen first.
        let shown = terminal.expect("Reason (required by the profile): ");
        for seen in ["Globex", "500", "SYD1-A"] {
            assert!(shown.contains(seen), "{args}: {seen}: {shown}");
        }
        terminal.send("\r");
        terminal.expect("Reason (required by the profile): ");
        terminal.send(&format!("{reason}\r"));
        terminal.expect("Ticket (required by the profile): ");
        terminal.send("CHG-1\r");
        terminal.expect(question);
        terminal.send("n\r");
        terminal.exits(5);
    }
    let mut terminal = run("review --customer globex").in_terminal(100, 40);
    terminal.expect("Ticket (required by the profile): ");
    terminal.send("CHG-2\r");
    terminal.expect("What do you want to do?");
    terminal.send("a\r");
    terminal.expect("Reason: ");
    terminal.send("fits\r");
    terminal.expect("accepted");
    terminal.exits(0);
    assert_eq!(home.ledger()[0]["object"]["reason"], "[CHG-2] fits");
    // What is typed is sent and recorded.
    let mut terminal = run("deny --all").in_terminal(100, 40);
    for (question, answer) in [("Reason (", "no room\r"), ("Ticket (", "CHG-1\r"), ("[y/N]", "y\r")] {
        terminal.expect(question);
        terminal.send(answer);
    }
    terminal.exits(0);
    assert_eq!(
        home.ledger()
            .iter()
            .rev()
            .find_map(|line| line["object"]["reason"].as_str().map(str::to_owned))
            .unwrap(),
        "[CHG-1] no room"
    );
}

#[test]
fn watch_names_the_internal_request_that_it_leaves_out() {
    let home = Home::new();
    let watched = home.portgate("--env sandbox approvals watch --existing --limit 1").run();
    watched
        .exits(0)
        .stderr_has("note: 1 internal request isn't included; to decide it, use its ID: 41879dc0");
}

#[test]
fn a_login_keeps_the_company_so_that_another_key_is_refused() {
    // {"companyUid": "5f3c9a10-0c57-4b7e-8d21-9e4f6a7b1c01"}
    let token = "e30.eyJjb21wYW55VWlkIjogIjVmM2M5YTEwLTBjNTctNGI3ZS04ZDIxLTllNGY2YTdiMWMwMSJ9.sig";
    let script = Script::new()
        .on("POST", "/oauth2/token", Answer::json(200, &json!({"access_token": token, "expires_in": 3600})))
        .on("GET", "/v2/employment", Answer::ok(json!([{"companyName": "Example Cloud Connect"}])))
        .start();
    let home = Home::new();
    let login = "auth login --profile lab --client-id x -o json";
    let run = home.portgate(login).arg("--secret-command").arg("echo s3cret").at(&script).run();
    home.holds_secrets(&home.config().join("config.toml"));
    assert_eq!(run.exits(0).json()["company"]["uid"], "5f3c9a10-0c57-4b7e-8d21-9e4f6a7b1c01");
    let config = fs::read_to_string(home.config().join("config.toml")).unwrap();
    assert!(config.contains("company_uid = \"5f3c9a10-0c57-4b7e-8d21-9e4f6a7b1c01\""), "{config}");
}

#[test]
fn a_policy_says_what_it_would_oversell_adds_only_what_is_known_and_names_ports() {
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"accept\"\n",
    );
    let run = |args: &str| home.portgate(&format!("--env sandbox policy {args}")).run();
    // 9b32c220 is from an unknown speed to 250 Mbps.
    const SUMMARY: &str =
        "10 to accept (4150 Mbps; 1 would oversubscribe the port), 1 left for manual review";
    run("plan").exits(0).stderr_has(SUMMARY);
    let dry = run("apply --dry-run");
    dry.exits(0)
        .stderr_has(SUMMARY)
        .stdout_has("order from Example Media, 400 Mbps for 12 months on MEL2-A\n");
    let mut terminal = at_demo(&home, 100, "policy apply");
    let screen = terminal.expect("[y/N]");
    assert!(
        screen.contains("Adds 4150 Mbps in total, without 1 request whose increase is unknown."),
        "{screen}"
    );
    terminal.send("n\r");
    terminal.exits(5);
}

#[test]
fn an_internal_request_is_billed_to_its_own_company_which_is_no_new_customer() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    run("accept 41879dc0 --dry-run").exits(0).stdout_has("and your company is billed;");
    run("show 41879dc0").exits(0).stdout_has("Customer     Example Cloud Connect\n");
}

#[test]
fn a_file_that_sets_a_vlan_where_there_is_none_to_set_sends_nothing() {
    let home = Home::new();
    home.write(
        "all.csv",
        "id,decision,vlan\n7c1e09ab,accept,next\n9b32c220,accept,55\n06b5f74f,accept,next\ne04b77f2,deny,\n",
    );
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals apply all.csv {args}")).run();
    for args in ["--yes", "--dry-run"] {
        run(args).exits(2).stdout_is("").stderr_has(
            "invalid decision file; nothing was sent\n  why: line 3: 9b32c220 is a speed change or queue entry, which has no VLAN to set: remove \
             its vlan; line 4: 06b5f74f is a",
        );
    }
    assert!(home.ledger().is_empty());
}

#[test]
fn the_term_is_shown_before_a_request_is_accepted() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    run("show 7c1e09ab").exits(0).stdout_has("\nTerm         1 month\n");
    run("accept 7c1e09ab --dry-run").exits(0).stdout_has("\nTerm      1 month\n");
    run("accept 5d3f34d2 --dry-run")
        .exits(0)
        .stdout_has("the new term applies, and the customer is billed for it;");
    run("accept 274d69b0 --dry-run").exits(0).stdout_has("waits for your approval as a request of its own");
}

#[test]
fn a_speed_change_that_was_accepted_is_not_undone_by_cancelling_and_keeps_its_old_speed_in_the_history() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    run("accept e04b77f2").exits(0);
    run("deny e04b77f2").exits(13).stderr_lacks("cancel").stderr_has("the customer must make a new request");
    assert!(run("history").exits(0).row("e04b77f2").contains("200 → 1000"));
    // What the API says of a request whose status isn't clear.
    let denied = run("list --status unknown --query [0].id -o json").stdout;
    let denied: String = serde_json::from_str(&denied).unwrap();
    run(&format!("show {denied}")).exits(0).stdout_has("\nStatus       unknown (");
}

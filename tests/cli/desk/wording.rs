//! Texts that must not mislead.

use std::fs;

use super::screens::at_demo;
use crate::common::{Answer, Home, Script};

#[test]
fn a_list_that_read_nothing_counts_nothing() {
    let outcome = Home::new()
        .portgate("approvals list --api-url http://127.0.0.1:1 --max-retries 0")
        .env("MEGAPORT_ACCESS_TOKEN", "t")
        .run();
    outcome.exits(10).stderr_lacks("no requests found").stderr_has("http://127.0.0.1:1");
}

#[test]
fn a_policy_says_once_what_happens_to_all_other_requests() {
    let home = Home::new();
    let head = "schema = \"portgate.policy/v1\"\n";
    let last =
        |decision: &str| format!("[[rule]]\nname = \"rest\"\nmatch = \"all\"\ndecision = \"{decision}\"\n");
    let some = "[[rule]]\nname = \"small\"\nmax_speed = 100\ndecision = \"accept\"\n";
    for (rules, says, count) in [
        (last("leave"), "leave for manual review in all cases", 0),
        (last("deny"), "deny in all cases", 0),
        (format!("{some}{}", last("leave")), "leave for manual review in all other cases", 0),
        (some.to_owned(), "all other requests are left for manual review", 1),
    ] {
        fs::write(home.path().join("portgate-policy.toml"), format!("{head}{rules}")).unwrap();
        let checked = home.portgate("policy check").run();
        checked.exits(0).stdout_has(says);
        assert_eq!(checked.stdout.matches("all other requests").count(), count, "{}", checked.stdout);
    }
}

#[test]
fn no_other_command_is_suggested_for_one_that_is_not_like_it() {
    let home = Home::new();
    let renamed = home.portgate("profile rename a b").run();
    renamed.exits(2).stderr_lacks("similar").stderr_has("profile add").stderr_has("remove the old one");
    home.portgate("approvals remind x").run().exits(2).stderr_lacks("similar");
    home.portgate("approvals lst").run().exits(2).stderr_has("list");
}

#[test]
fn an_expression_that_cannot_be_read_is_told_in_plain_words() {
    let home = Home::new();
    for (option, says) in [
        ("--query [", "the expression ends unexpectedly (character 2)"),
        ("--where a==", "the expression ends unexpectedly (character 4)"),
        ("--where rate_limit_mbps>500", "write numbers in backticks: `500`"),
    ] {
        home.portgate(&format!("--env sandbox approvals list {option}")).run().exits(2).stderr_has(says);
    }
    home.portgate("--env sandbox ports vlans SYD1-A --free 0").run().exits(2).stderr_has("from 1 to 4092");
    home.portgate("sandbox serve --listen foo").run().exits(2).stderr_has("such as 127.0.0.1:8400");
}

#[test]
fn a_ticket_alone_is_not_called_a_reason() {
    let home = Home::new();
    let deny =
        |id: &str, words: &str| home.portgate(&format!("--env sandbox approvals deny {id} {words}")).run();
    deny("7c1e09ab", "--ticket CHG-1")
        .exits(0)
        .stderr_has("your ticket was sent")
        .stderr_lacks("your reason");
    deny("6ac56e45", "--ticket CHG-1 --reason full").exits(0).stderr_has("your reason was sent");
}

#[test]
fn a_port_is_named_as_the_user_named_it() {
    let home = Home::new();
    let run = |line: &str| home.portgate(&format!("--env sandbox approvals accept 7c1e09ab {line}")).run();
    run("--move-to SYD2-A --vlan 77 --dry-run").exits(0).stdout_has("500 Mbps on SYD2-A");
    run("").exits(0);
    run("--move-to SYD2-A").exits(13).stderr_has("on port SYD1-A, not SYD2-A");
}

#[test]
fn a_command_that_needs_a_shell_is_told_so() {
    let home = Home::new();
    let login = |command: &str| {
        home.portgate("auth login --client-id x --api-url http://127.0.0.1:1 --secret-command")
            .arg(command)
            .run()
    };
    let failed = login("false");
    failed.exits(3).stderr_has("the secret command failed").stderr_has("run `false` yourself");
    failed.stderr_lacks("sh -c").stderr_lacks("profile 'production'");
    login("false | head").exits(3).stderr_has("sh -c");
    let none = home.portgate("auth login --client-id x").run();
    none.exits(2).stderr_has("no client secret given").stderr_lacks("--client-id");
}

#[test]
fn topics_and_commands_are_listed_separately() {
    let unknown = Home::new().portgate("help foo").run();
    unknown.exits(2).stderr_has("available commands: ").stderr_has("available topics: options, exit-codes");
}

#[test]
fn a_role_that_may_not_is_told_once_which_roles_may() {
    let home = Home::new();
    for (role, command, roles) in [
        ("read-only", "approvals accept 7c1e09ab", "Company Admin, Technical Admin or Finance"),
        ("finance", "approvals accept 274d69b0", "Company Admin, Technical Admin or Technical Contact"),
        ("read-only", "keys list", "Company Admin, Technical Admin or Finance"),
        (
            "read-only",
            "keys create --port SYD1-A --expires-in 30d",
            "Company Admin, Technical Admin or Finance",
        ),
        ("finance", "notify subscribe ordering", "Company Admin, Technical Admin or Technical Contact"),
        ("technical-admin", "users update tomas@examplecloud.example --email off", "Company Admin"),
    ] {
        let outcome = home.portgate(&format!("--env sandbox --as provider:{role} {command}")).run();
        outcome.exits(7).stderr_has(&format!("next: use a key with the {roles} role;"));
        assert_eq!(outcome.stderr.matches("use a key with").count(), 1, "{outcome}");
    }
}

#[test]
fn a_login_is_suggested_for_the_backend_of_this_run() {
    let home = Home::new();
    let unknown = home.portgate("--env staging --profile lab approvals list").run();
    unknown.exits(2).stderr_has("next: create it: portgate --env staging auth login --profile lab\n");
    let none = home.portgate("--env staging approvals list").run();
    none.exits(3).stderr_has("next: log in: portgate auth login --env staging\n");
}

#[test]
fn what_was_cancelled_is_said_with_one_word() {
    let home = Home::new();
    home.portgate("profile add lab --env staging").run().exits(0);
    for (args, question, answer, said) in [
        ("--env sandbox approvals accept 7c1e09ab", "[y/N]", "n\r", "cancelled; nothing was sent"),
        ("profile remove lab", "[y/N]", "n\r", "cancelled; nothing was removed"),
        ("--env sandbox --accessible approvals deny", "umbers", "\r", "cancelled; nothing was sent"),
    ] {
        let mut terminal = home.portgate(args).in_terminal(100, 40);
        terminal.expect(question);
        terminal.send(answer);
        let seen = terminal.exits(5);
        assert!(seen.contains(said), "{args}: {seen}");
    }
    // Ctrl-C says what was not done, too.
    for (args, question, said) in [
        ("--env sandbox keys create", "Port (number or name)", "cancelled; no key was created"),
        ("--env sandbox keys create --accessible", "Port (number or name)", "cancelled; no"),
        ("--env sandbox approvals accept 7c1e09ab", "[y/N]", "interrupted; nothing was sent"),
        ("profile remove lab", "[y/N]", "cancelled; nothing was sent"),
    ] {
        let mut terminal = home.portgate(args).in_terminal(100, 40);
        terminal.expect(question);
        terminal.send("\u{3}");
        let seen = terminal.exits(130);
        assert!(seen.contains(said) && !seen.contains("in progress"), "{args}: {seen}");
    }
}

#[test]
fn sentences_are_usual_english() {
    let home = Home::new();
    let run = |args: &str| home.portgate(args).run();
    let unknown = "00000000-0000-4000-8000-00000000abcd";
    run(&format!("--env sandbox approvals list --on-behalf-of {unknown}"))
        .exits(8)
        .stderr_has(&format!("your company doesn't manage an account with UID {unknown}\n"))
        .stderr_lacks("why:");
    run("--env sandbox approvals list --on-behalf-of nosuch").exits(8).stderr_has("named 'nosuch'");
    run("auth login --env sandbox").exits(2).stderr_has(
        "error: the sandbox doesn't require a login\n  next: try: portgate --env sandbox approvals list\n",
    );
    run("profile show --env sandbox").exits(0).stdout_has("asks for confirmation unless --yes is given");
    run("profile show --env sandbox --timeout 1500ms").exits(0).stdout_has("1.5 s");
    run("--env sandbox ledger status")
        .exits(0)
        .stdout_has("Entries  0 (each change has one before it is sent");
    run("--env sandbox approvals list --accept-broken-chain=").exits(2).stderr_has(
        "'--accept-broken-chain <REASON>': a reason is required, which is recorded in the ledger",
    );
    run("--env sandbox approvals list --actor=").exits(2).stderr_has("a name is required");
    run("--env sandbox notify list").exits(0).stdout_has("EVENTS").stdout_lacks("CONTAINS");
    let helps = [
        ("ledger migrate", "Upgrade a team's ledger to the current version"),
        ("ledger sync", "Upload entries saved locally while the database was unavailable"),
        ("keys update", "Change settings of a service key"),
        ("approvals list", "Filter by who must decide"),
        ("auth login", "'pass show megaport'"),
        ("keys show", "first 6 or more characters"),
    ];
    for (command, text) in helps {
        run(&format!("{command} --help")).exits(0).stdout_has(text);
    }
    run("help environment").exits(0).stdout_has("maximum number of retries for a read request");
    home.write("config/portgate/config.toml", "= damaged");
    run("--env sandbox approvals list").exits(0).stderr_has("warning: ignoring all profiles: ");
}

#[test]
fn a_time_limit_is_shown_as_it_was_given() {
    let silent = Script::new().on("GET", "/v2/products", Answer::silence()).start();
    let home = Home::new();
    let late = home.portgate("api /v2/products --timeout 600ms --max-retries 0").at(&silent).token("t").run();
    late.exits(11).stderr_has("within 600 ms");
}

#[test]
fn a_refused_key_names_the_url_and_the_cause() {
    let refused = Answer::json(401, &serde_json::json!({"error": "invalid_client"}));
    let script = Script::new().on("POST", "/oauth2/token", refused).start();
    let home = Home::new();
    let run = home.portgate("auth token").at(&script).key("id", "wrong-secret-of-a-test").run();
    run.exits(3)
        .stderr_has(&format!("error: the API key was rejected by {}/oauth2/token\n", script.url()))
        .stderr_has("  why: unknown client ID or wrong secret (invalid_client)\n");
}

#[test]
fn hints_have_one_label_and_no_quotes_around_commands() {
    let home = Home::new();
    for args in [
        "approvals list --json",
        "approvalls",
        "completions tcsh",
        "help nothing",
        "--env sandbox approvals show 99999999",
        "--env sandbox sandbox inbox show 99999999",
        "approvals list",
    ] {
        let refused = home.portgate(args).run();
        assert!(!refused.stderr.contains("`portgate") && !refused.stderr.contains("tip:"), "{refused}");
        assert!(refused.stderr.contains("\n  next: "), "{refused}");
        let json = home.portgate(&format!("-o json {args}")).run();
        assert!(!json.stderr.contains("`portgate") && !json.stderr.contains("tip:"), "{json}");
    }
}

#[test]
fn lines_of_messages_are_broken_between_words_and_commands_not_at_all() {
    let home = Home::new();
    for args in [
        "approvals list",
        "--env sandbox users list",
        "--env sandbox approvals list --older-than soon",
        "--env sandbox approvals list --on-behalf-of nosuch",
        "profile show --profile lab",
        "doctor --env sandbox",
    ] {
        let (_, seen) = home.portgate(args).in_terminal(80, 60).ends();
        for line in seen.lines() {
            // Without the spinner that was there before.
            let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
            let line = console::strip_ansi_codes(line);
            let is_whole = line.trim_start().starts_with("portgate ") || !line.trim().contains(' ');
            assert!(line.chars().count() <= 80 || is_whole, "{args}: {line}\n{seen}");
        }
    }
}

#[test]
fn an_explanation_of_one_request_says_nothing_of_others() {
    let home = Home::new();
    let rule =
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"leave\"\n";
    fs::write(home.path().join("portgate-policy.toml"), rule).unwrap();
    let run = |args: &str| home.portgate(&format!("--env sandbox policy {args}")).run();
    run("check 7c1e09ab").exits(0).stderr_lacks("internal").stdout_has("result: leave");
    let internal = run("check 41879dc0");
    internal.exits(0).stdout_has("internal requests are only decided by ID").stdout_lacks("not waiting");
    run("plan").exits(0).stderr_has("note: 1 internal request isn't included");
}

#[test]
fn a_note_that_several_share_is_said_once_with_their_number() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    let several = run("deny 7c1e09ab 6ac56e45 274d69b0 --reason full");
    several
        .exits(0)
        .stderr_has("note (2 of 3): your reason was sent, but")
        .stderr_has("note (1 of 3): your reason was sent as a comment");
    assert_eq!(several.stderr.matches("your reason").count(), 2, "{several}");
    let more = run("deny 06b5f74f e04b77f2 --reason full");
    more.exits(0).stderr_has("note (all 2): your reason was sent, but");
    run("deny 424e4529 --reason full").exits(0).stderr_has("note: your reason was sent, but");
    // Programs read the notes of each.
    let accepted = run("accept 33eccbef 9e4e7a73 --reason fits -o json").exits(0).json();
    for result in accepted["results"].as_array().unwrap() {
        assert!(result["notes"][0].as_str().unwrap().starts_with("your reason"), "{result}");
    }
}

#[test]
fn a_review_says_once_where_its_reasons_went() {
    let home = Home::new();
    let mut terminal = at_demo(&home, 100, "approvals review --type connection");
    for _ in 0..2 {
        terminal.expect("What do you want to do?");
        terminal.send("d\r");
        terminal.expect("Reason (optional): ");
        terminal.send("full\r");
        terminal.expect("[y/N]");
        terminal.send("y\r");
    }
    terminal.expect("What do you want to do?");
    terminal.send("q\r");
    let seen = terminal.exits(0);
    assert!(seen.contains("note (all 2): your reason was sent"), "{seen}");
    assert_eq!(seen.matches("your reason").count(), 1, "{seen}");
}

#[test]
fn an_entry_of_the_queue_is_shown_with_the_name_of_its_port() {
    let home = Home::new();
    let port = |args: &str| {
        let listed =
            home.portgate(&format!("--env sandbox {args} approvals list --source queue -o json")).run();
        let listed = listed.exits(0).json();
        let order = listed.as_array().unwrap().iter().find(|one| one["type"] == "order").unwrap().clone();
        order["b_end"]["product_name"].clone()
    };
    // Nothing was listed here before; and then it is known.
    assert_eq!(port(""), "MEL2-A");
    assert_eq!(port(""), "MEL2-A");
    home.portgate("--env sandbox approvals list --source queue").run().exits(0).stdout_has("MEL2-A");
}

#[test]
fn a_live_vxc_is_one_that_is_configured_or_live() {
    let home = Home::new();
    home.portgate("help approvals wait")
        .run()
        .exits(0)
        .stdout_has("The VXC is up: its status is CONFIGURED or LIVE");
}

#[test]
fn the_history_keeps_its_columns_at_80() {
    let home = Home::new();
    let reason = "the port is planned for another customer, as agreed in the change meeting";
    let deny = home.portgate("--env sandbox approvals deny 7c1e09ab --reason").arg(reason).run();
    deny.exits(0);
    for (command, titles) in [
        ("approvals history", &["AT", "ID", "DECISION", "TYPE", "CUSTOMER", "SPEED", "BY", "REASON"][..]),
        ("approvals history --everywhere", &["AT", "ID", "DECISION", "BY", "WHERE", "REASON"][..]),
        ("ledger list", &["AT", "BY", "OUTCOME", "CHANGE", "CUSTOMER", "WHERE"][..]),
    ] {
        let terminal = home.portgate(&format!("--env sandbox {command}")).in_terminal(80, 40);
        let screen = terminal.exits(0);
        for title in titles {
            assert!(screen.split_whitespace().any(|word| word == *title), "{command}: {title}: {screen}");
        }
        assert!(screen.contains("Globex Bank"), "{command}: {screen}");
        if command.starts_with("approvals") {
            for word in reason.split(' ') {
                assert!(screen.contains(word), "{command}: {word}: {screen}");
            }
        }
    }
}

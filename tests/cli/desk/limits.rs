//! Overselling, taken VLANs, and what limits stop: D2, D4 and D5.

use serde_json::{Value, json};

use super::screens::at_demo;
use crate::common::Home;

/// The speed change that oversells MEL2-B, and one that doesn't oversell SYD1-A.
const OVERSELLS: &str = "e04b77f2";
const FITS: &str = "06b5f74f";

#[test]
fn d02_one_question_names_how_many_oversell_and_which_ports() {
    let home = Home::new();
    home.write("both.csv", format!("id,decision\n{OVERSELLS},accept\n{FITS},accept\n"));
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\ntype = \"speed-change\"\n\
         decision = \"accept\"\nmatch = \"all\"\n",
    );
    for args in [
        format!("approvals accept {OVERSELLS} {FITS}"),
        format!("speed accept {OVERSELLS} {FITS}"),
        "approvals apply both.csv".to_owned(),
    ] {
        let mut terminal = at_demo(&home, 80, &args);
        let screen = terminal.expect("[y/N]");
        assert!(
            screen.contains("warning: MEL2-B would be oversubscribed: 104% sold (10400 of 10000 Mbps)"),
            "{screen}"
        );
        assert!(screen.contains("Accept 2 requests, 1 of which would oversubscribe MEL2-B?"), "{screen}");
        terminal.send("n\r");
        terminal.exits(5);
    }
    // Yes is the answer to both: nothing else is asked.
    let mut terminal = at_demo(&home, 80, &format!("approvals accept {OVERSELLS} {FITS}"));
    terminal.expect("[y/N]");
    terminal.send("y\r");
    let seen = terminal.exits(0);
    assert_eq!(seen.matches("[y/N]").count(), 1, "{seen}");
}

#[test]
fn d02_a_policy_a_review_and_a_single_request_ask_by_the_same_rule() {
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\ntype = \"speed-change\"\n\
         customer = \"Initech\"\ndecision = \"accept\"\n",
    );
    const WARNING: &str = "warning: MEL2-B would be oversubscribed: 104% sold (10400 of 10000 Mbps)";
    let mut terminal = at_demo(&home, 100, "policy apply");
    let screen = terminal.expect("[y/N]");
    assert!(
        screen.contains(WARNING) && screen.contains("Accept 1 request, which would oversubscribe MEL2-B?"),
        "{screen}"
    );
    terminal.send("n\r");
    terminal.exits(5);
    let mut terminal = at_demo(&home, 100, &format!("approvals accept {OVERSELLS}"));
    let screen = terminal.expect("[y/N]");
    assert!(screen.contains(WARNING) && screen.contains("Accept anyway?"), "{screen}");
    terminal.send("n\r");
    terminal.exits(5);
    let mut terminal = at_demo(&home, 100, "approvals review --customer initech --type speed-change");
    terminal.expect("to do?");
    terminal.send("a\r");
    let screen = terminal.expect("[y/N]");
    assert!(screen.contains(WARNING) && screen.contains("Accept anyway?"), "{screen}");
    terminal.send("y\r");
    let seen = terminal.exits(0);
    assert_eq!(seen.matches("[y/N]").count(), 1, "{seen}");
}

#[test]
fn d02_a_runner_without_a_profile_has_the_limit_by_a_flag_or_a_variable() {
    let home = Home::new();
    home.write("one.csv", format!("id,decision\n{OVERSELLS},accept\n"));
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\ntype = \"speed-change\"\n\
         customer = \"Initech\"\ndecision = \"accept\"\n",
    );
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}"));
    for args in [
        format!("approvals accept {OVERSELLS}"),
        format!("speed accept {OVERSELLS}"),
        "approvals apply one.csv --yes".to_owned(),
        "policy apply --yes".to_owned(),
    ] {
        run(&format!("{args} --max-sold 103%"))
            .run()
            .exits(15)
            .stderr_has("limit of 103% (--max-sold)")
            .stderr_has("MEL2-B would be 104% sold (10400 of 10000 Mbps), above the limit of 103%")
            .stderr_has("--allow-oversubscribed");
        run(&args)
            .env("PORTGATE_MAX_SOLD", "103%")
            .run()
            .exits(15)
            .stderr_has("limit of 103% (PORTGATE_MAX_SOLD)");
        run(&args).env("PORTGATE_MAX_SOLD", "wide").run().exits(2).stderr_has("PORTGATE_MAX_SOLD");
    }
    run(&format!("approvals accept {OVERSELLS} --max-sold 104")).run().exits(2);
    run(&format!("approvals accept {OVERSELLS} --max-sold 90% --allow-oversubscribed")).run().exits(2);
    let raw = run("api POST /v3/order_approvals/one/approve").env("PORTGATE_MAX_SOLD", "100%");
    raw.arg("--yes").run().exits(15).stderr_has("PORTGATE_MAX_SOLD limits decisions");
    // The flag is meant more than the variable, and what is within it is accepted.
    run(&format!("approvals accept {OVERSELLS} --max-sold 104% --dry-run"))
        .env("PORTGATE_MAX_SOLD", "90%")
        .run()
        .exits(0);
    run(&format!("approvals deny {OVERSELLS}")).env("PORTGATE_MAX_SOLD", "90%").run().exits(0);
}

#[test]
fn d02_the_lower_of_a_flag_and_the_profile_s_limit_applies() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let path = home.write(
        "config/portgate/config.toml",
        "schema = \"portgate.config/v1\"\n[profiles.desk]\nenvironment = \"sandbox\"\nmax_sold = \"103%\"\n",
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let run =
        |args: &str| home.portgate(&format!("--profile desk approvals accept {OVERSELLS} {args}")).run();
    run("--max-sold 200%").exits(15).stderr_has("limit of profile 'desk'").stderr_has("limit of 103%");
    run("--max-sold 100%").exits(15).stderr_has("not allowed by --max-sold");
    // Several that exceed a limit are one question, whatever --yes says.
    let args = format!("--profile desk approvals accept {OVERSELLS} {FITS} --yes --max-sold 91%");
    for (answer, code, accepted) in [("n\r", 5, 0), ("y\r", 0, 2)] {
        let mut terminal = home.portgate(&args).env("NO_COLOR", "1").in_terminal(100, 40);
        let screen = terminal.expect("[y/N]");
        assert!(
            screen.contains(
                "2 of 2 requests would exceed the limit of 91% on MEL2-B, SYD1-A. Accept them too?"
            ),
            "{screen}"
        );
        terminal.send(answer);
        let seen = terminal.exits(code);
        assert_eq!(
            (seen.matches("[y/N]").count(), seen.matches("accepted ").count()),
            (1, accepted),
            "{seen}"
        );
    }
}

/// Accepts what Globex Bank asks for, of which one VLAN is taken; four at most.
pub(super) const OF_GLOBEX: &str = "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"globex\"\ncustomer = \"Globex Bank\"\n\
    type = \"connection\"\ndecision = \"accept\"\n";

#[test]
fn d04_a_request_whose_vlan_is_taken_is_left_for_people_by_plan_and_apply_alike() {
    let home = Home::new();
    home.write("portgate-policy.toml", OF_GLOBEX);
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    run("policy plan").exits(0).stderr_has("1 to accept (500 Mbps), 10 left for manual review");
    let plan = run("policy plan -o json");
    let left = plan.json()["decisions"].as_array().unwrap().clone();
    let left = left.iter().find(|one| one["id"].as_str().unwrap().starts_with("afce3a24")).unwrap().clone();
    assert_eq!((&left["decision"], &left["stopped_by"]), (&json!("leave"), &json!("vlan")), "{left}");
    assert_eq!(plan.json()["summary"]["stopped"], 0);
    // The first run accepts the other one, the second has nothing to do: neither ends with a failure.
    for accepted in [1, 0] {
        let applied = run("policy apply --yes -o json");
        applied
            .exits(0)
            .stderr_has("note: afce3a24 is left for manual review: VLAN 210 is taken on SIN1-A")
            .stderr_has("approvals accept afce3a24 --vlan next");
        assert_eq!(applied.json()["summary"]["ok"], accepted, "{applied}");
    }
    run("policy plan --exit-pending").exits(20);
    run("policy apply --yes --exit-pending").exits(20);
}

#[test]
fn d04_what_a_limit_stops_is_stopped_in_the_plan_as_well() {
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\ntype = \"speed-change\"\n\
         customer = \"Initech\"\ndecision = \"accept\"\n",
    );
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    let plan = run("policy plan --max-sold 100% -o json");
    assert_eq!(plan.json()["summary"]["stopped"], 1, "{plan}");
    run("policy plan --max-sold 100%").exits(0).stdout_has("MEL2-B would be 104% sold");
    let applied = run("policy apply --yes --max-sold 100% -o json");
    applied.exits(15);
    assert_eq!(applied.json()["results"][0]["outcome"], "refused", "{applied}");
    run("policy plan").exits(0).stderr_has("1 to accept");
    run("policy apply --yes").exits(0);
}

#[test]
fn d05_counts_sentence_and_code_say_the_same() {
    let home = Home::new();
    let limited = OF_GLOBEX
        .replace("[[rule]]", "[limits]\ndecisions_per_run = 1\n[[rule]]")
        .replace("customer = \"Globex Bank\"", "customer_new = false");
    home.write("portgate-policy.toml", limited);
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    let applied = run("policy apply --yes -o json");
    let summary = applied.json()["summary"].clone();
    assert_eq!(
        summary,
        json!({"ok": 1, "failed": 0, "refused": 3, "unknown": 0, "skipped": 0, "proposed": 0}),
        "{applied}"
    );
    applied.exits(15);
    let error: Value = serde_json::from_str(applied.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["message"], "3 of 4 not allowed", "{applied}");
    assert!(!applied.stderr.contains("retry only"), "{applied}");
}

#[test]
fn d05_a_limit_and_a_failure_together_are_12_and_only_the_failure_is_to_be_tried_again() {
    // 424e4529 is accepted, afce3a24 fails for its VLAN, e04b77f2 is above the limit.
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    let outcome = run("accept 424e4529 afce3a24 e04b77f2 --max-sold 100% -o json");
    outcome.exits(12);
    let summary = outcome.json()["summary"].clone();
    assert_eq!(
        summary,
        json!({"ok": 1, "failed": 1, "refused": 1, "unknown": 0, "skipped": 0, "proposed": 0}),
        "{outcome}"
    );
    let error: Value = serde_json::from_str(outcome.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["message"], "1 of 3 failed, 1 not allowed", "{outcome}");
    let hint = error["error"]["hint"].as_str().unwrap();
    assert!(hint.ends_with("retry only: afce3a24-c89c-549c-8c9e-d811837d0ea2"), "{hint}");
    // Where only the limit stops some, it is the limit's code.
    run("accept 6ac56e45 e04b77f2 --max-sold 100%")
        .exits(15)
        .stderr_has("1 of 2 not allowed")
        .stderr_lacks("retry");
}

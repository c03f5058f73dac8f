//! What a ledger file says of its own lines: when they were written, and that some were changed.

use std::fs;

use serde_json::json;

use crate::common::{Home, chained};

/// What a run in the sandbox does, which must succeed.
fn sandbox(home: &Home, args: &str) {
    home.portgate(&format!("--env sandbox {args}")).run().exits(0);
}

#[test]
fn people_read_how_long_ago_a_request_was_decided_and_programs_when() {
    let home = Home::new();
    sandbox(&home, "approvals accept 7c1e09ab --actor ana --ticket OPS-12");
    let at = (jiff::Timestamp::now() - jiff::SignedDuration::from_secs(750)).to_string();
    let mut lines = home.ledger();
    lines.iter_mut().for_each(|line| line["at"] = json!(at));
    fs::write(home.ledger_path(), chained(&lines)).unwrap();
    let deny = "--env sandbox approvals deny 7c1e09ab --reason no --utc";
    let people = home.portgate(deny).run();
    people
        .exits(13)
        .stderr_has("accepted by ana (API key")
        .stderr_has(") 12 minutes ago (20")
        .stderr_has("), ticket OPS-12");
    let document = home.portgate(&format!("{deny} -o json")).run();
    assert!(!format!("{document}").contains(" ago"), "{document}");
    assert!(format!("{document}").contains(") at 20"), "{document}");
}

#[test]
fn a_dry_run_of_each_change_says_that_the_ledger_is_broken() {
    let home = Home::new();
    sandbox(&home, "approvals accept 7c1e09ab");
    let text = fs::read_to_string(home.ledger_path()).unwrap();
    fs::write(home.ledger_path(), text.replace("\"done\"", "\"none\"")).unwrap();
    let plan = home.portgate("--env sandbox approvals list -o json").run().exits(0).json();
    let ids: Vec<&str> = plan.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    let (user, batch) = (
        "users update priya@examplecloud.example --email off",
        format!("approvals deny {} {} --reason full", ids[0], ids[1]),
    );
    for change in [
        "approvals deny 6ac56e45 --reason full",
        &batch,
        "keys deactivate f9f3c9ad",
        "api PUT /v2/x",
        "notify subscribe ordering",
        user,
    ] {
        for flag in ["--yes", "--dry-run"] {
            if flag == "--yes" && change.starts_with("notify") {
                continue;
            }
            let run = home.portgate(&format!("--env sandbox {change} {flag}")).run();
            run.exits(13)
                .stderr_has(" is not as portgate wrote it")
                .stderr_has("  why: line 2: changed after it was written\n");
            run.stderr_has("--accept-broken-chain REASON");
        }
        let anyway =
            home.portgate(&format!("--env sandbox {change} --dry-run --accept-broken-chain edited")).run();
        anyway.exits(0);
    }
}

#[test]
fn a_line_that_is_none_is_a_broken_chain_with_the_same_way_out() {
    let policy = "schema = \"portgate.policy/v1\"\n[limits]\ndecisions_per_day = 3\n[[rule]]\nname = \"all\"\n\
                  match = \"all\"\ndecision = \"deny\"\n";
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for place in [0, 1, 2] {
        let home = Home::new();
        home.write("portgate-policy.toml", policy);
        sandbox(&home, "approvals accept 7c1e09ab");
        let mut written = lines(&fs::read_to_string(home.ledger_path()).unwrap());
        written.insert(place, "no entry".to_owned());
        fs::write(home.ledger_path(), written.join("\n") + "\n").unwrap();
        for change in
            ["policy apply --yes", "policy apply --dry-run", "approvals deny 6ac56e45 --reason full"]
        {
            let refused = home.portgate(&format!("--env sandbox {change}")).run();
            refused.exits(13).stderr_has(" is not as portgate wrote it");
            refused.stderr_has(&format!("line {}: not a line of a ledger\n", place + 1)).lacks("permissions");
            refused.stderr_has("--accept-broken-chain REASON");
        }
        let anyway =
            home.portgate("--env sandbox policy apply --yes --accept-broken-chain edited -o json").run();
        assert_eq!(anyway.json()["summary"]["ok"], 3, "{anyway}");
        let added = lines(&fs::read_to_string(home.ledger_path()).unwrap()).split_off(3);
        assert_eq!(added.len(), 6);
        let verified = home.portgate("ledger verify").run();
        verified
            .exits(13)
            .stderr_has("why: 1 fault\n")
            .stdout_has(&format!("jsonl:{}: not a line", place + 1));
    }
}

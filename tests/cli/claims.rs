//! Requests that one operator of a team has claimed, and decisions that a second person must confirm.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::common::{Home, Outcome, Portgate, Postgres};

const GLOBEX: &str = "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70";

const POLICY: &str = "schema = \"portgate.policy/v1\"\nsecond_person = \"speed >= 500 Mbps\"\n[[rule]]\nname = \"known\"\ntype = \"connection\"\ncustomer = [\"Globex Bank\", \"Sample Logistics\"]\nmax_speed = 500\ndecision = \"accept\"\nvlan = \"keep-or-next\"\nreason = \"known\"\n";

/// Operators of one company, each with a login to the same ledger.
struct Team {
    home: Home,
    server: &'static Postgres,
    database: String,
    sandbox: PathBuf,
}

impl Team {
    fn new() -> Option<Self> {
        let server = Postgres::shared()?;
        let home = Home::new();
        let database = server.database().name;
        for name in ["claim_ana", "claim_ben"] {
            server.login(name);
        }
        let sandbox = home.path().join("sandbox.db");
        let team = Team { home, server, database, sandbox };
        let owner = team.server.address("postgres", &team.database);
        let init = team.home.portgate("ledger init --writer claim_ana --writer claim_ben");
        init.env("PORTGATE_LEDGER", owner).run().exits(0);
        Some(team)
    }

    fn configure(&self, config: &str) {
        configure(&self.home, config);
    }

    fn run(&self, who: &str, command: &str) -> Outcome {
        self.call(who, command).run()
    }

    fn call(&self, who: &str, command: &str) -> Portgate<'_> {
        let login = format!("claim_{who}");
        let who = if command.contains("--actor") { String::new() } else { format!(" --actor {who}") };
        let call = self.home.portgate(&format!("--env sandbox{who} --db")).arg(&self.sandbox);
        let call = command.split(' ').fold(call, |call, word| call.arg(word));
        call.env("PORTGATE_LEDGER", self.server.address(&login, &self.database))
    }

    fn json(&self, who: &str, command: &str) -> Value {
        self.run(who, &format!("{command} -o json")).exits(0).json()
    }

    /// How often this was sent, and by whom, as `ledger list` tells.
    fn changes(&self) -> Vec<String> {
        let list = self.json("ana", "ledger list");
        let change = |row: &Value| {
            let text = |field: &str| row[field].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", text("by"), text("action"), text("outcome"))
        };
        list.as_array().unwrap().iter().map(change).collect()
    }
}

fn configure(home: &Home, config: &str) {
    home.write("config/portgate/config.toml", config);
}

#[test]
fn a_claimed_request_is_decided_by_nobody_else() {
    let Some(team) = Team::new() else { return };
    let claimed = team.json("ana", "approvals claim 7c1e09ab --for 90m");
    assert_eq!((&claimed[0]["id"], &claimed[0]["claimed_by"]), (&json!(GLOBEX), &json!("ana")));
    let listed = team.json("ben", "approvals list");
    let of_globex = listed.as_array().unwrap().iter().find(|row| row["id"] == GLOBEX).unwrap();
    assert_eq!(of_globex["claimed_by"], "ana");
    assert!(of_globex["claimed_until"].is_string());
    team.run("ben", "approvals list").exits(0).stdout_has("CLAIMED BY");
    let speed_list = team.run("ben", "speed list");
    speed_list.exits(0).stdout_lacks("CLAIMED BY");
    let speed = speed_list.stdout.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    team.run("ana", &format!("approvals claim {speed}")).exits(0);
    team.run("ben", "speed list").exits(0).stdout_has("CLAIMED BY");
    team.run("ana", &format!("approvals release {speed}")).exits(0);
    team.run("ben", "approvals show 7c1e09ab").exits(0).stdout_has("Claimed      by ana, until ");
    for command in [
        "approvals claim 7c1e09ab",
        "approvals accept 7c1e09ab --yes",
        "approvals accept 7c1e09ab --dry-run",
        "approvals deny 7c1e09ab --reason no --dry-run",
    ] {
        let refused = team.run("ben", command);
        refused
            .exits(13)
            .stderr_has(&format!("error: {GLOBEX} is claimed by ana (login claim_ana, API key "));
        refused.stderr_has("nothing was sent\n  why: the claim ends in 1 hour 29 minutes\n");
    }
    team.run("ana", "approvals accept 7c1e09ab --vlan next --dry-run").exits(0);
    team.home.write("portgate-policy.toml", POLICY);
    team.run("ben", "policy plan")
        .exits(0)
        .stdout_has("CLAIMED BY")
        .stdout_has("not accepted: claimed by ana");
    let preview = team.run("ben", "policy apply --dry-run");
    preview.exits(0).stdout_lacks(GLOBEX);
    preview.stderr_has("note: 7c1e09ab is left for manual review: claimed by ana\n");
    let plan = team.json("ben", "policy plan");
    let of_globex = plan["decisions"].as_array().unwrap().iter().find(|row| row["id"] == GLOBEX).unwrap();
    let said = ["decision", "stopped_by", "claimed_by"].map(|field| &of_globex[field]);
    assert_eq!(said, [&json!("leave"), &json!("claimed"), &json!("ana")]);
    // Whoever has it in work may decide it.
    team.run("ana", "policy apply --dry-run").exits(0).stdout_has(GLOBEX);
    team.run("ben", "approvals release 7c1e09ab").exits(13).stderr_has("to release it anyway, use --force");
    team.run("ben", "approvals release 7c1e09ab --force").exits(0);
    team.run("ana", "approvals release 7c1e09ab").exits(13).stderr_has("is not claimed");
    team.run("ben", "approvals claim 7c1e09ab").exits(0);
    team.run("ben", "approvals deny 7c1e09ab --reason full --ticket OPS-1 --yes").exits(0);
    let late = team.run("ana", "approvals accept 7c1e09ab --yes");
    late.exits(13).stderr_has("denied by ben (login claim_ben, API key ").stderr_has(", ticket OPS-1\n");
    team.run("ana", "approvals claim 7c1e09ab").exits(13).stderr_has("is not pending");
    let all = team.json("ana", "approvals list --status denied --waiting-on any");
    let of_globex = all.as_array().unwrap().iter().find(|row| row["id"] == GLOBEX).unwrap();
    assert_eq!((&of_globex["decided_by"], &of_globex["claimed_by"]), (&json!("ben"), &Value::Null));
    assert!(of_globex["decided_at"].is_string());
    assert_eq!(
        team.changes(),
        [
            "ana claim done",
            "ana claim done",
            "ana release done",
            "ben release done",
            "ben claim done",
            "ben deny done"
        ]
    );
}

#[test]
fn claims_require_a_ledger_of_a_team() {
    let home = Home::new();
    let refused = home.portgate("--env sandbox approvals claim 7c1e09ab").run();
    refused.exits(2).stderr_has("error: claims require a ledger in a database\n");
    for command in ["init", "migrate", "sync"] {
        let refused = home.portgate(&format!("ledger {command}")).run();
        refused.exits(2).stderr_has("error: this command requires a ledger in a database\n");
    }
}

#[test]
fn what_one_accepts_another_confirms() {
    let Some(team) = Team::new() else { return };
    let rule = "default = \"lab\"\n[profiles.lab]\nenvironment = \"sandbox\"\nsecond_person = \"speed >= 500 Mbps\"\n";
    team.configure(rule);
    // A claim has an end, however long the timeout is.
    team.run("ana", "approvals accept 6ac56e45 --yes --timeout 10d").exits(0);
    let preview = team.run("ana", "approvals accept 7c1e09ab --vlan next --dry-run");
    preview.exits(0).stdout_has("}, once a second person confirms it\n");
    preview.stdout_has(&format!("\nwould propose {GLOBEX}: "));
    let would_send = &team.json("ana", "approvals accept 7c1e09ab --vlan next --dry-run")["would_send"];
    assert_eq!(would_send[0]["outcome"], "would-propose");
    let proposed = team.run("ana", "approvals accept 7c1e09ab --vlan next --ticket OPS-2 --yes");
    proposed.exits(16).stderr_has(&format!("error: {GLOBEX} was proposed; nothing was sent\n"));
    let again = team.run("ana", "approvals accept 7c1e09ab --vlan next --ticket OPS-2 --yes");
    again.exits(16).stderr_has("is already proposed; nothing was sent");
    let listed = team.json("ben", "approvals proposals");
    assert_eq!((&listed[0]["id"], &listed[0]["proposed_by"]), (&json!(GLOBEX), &json!("ana")));
    assert_eq!((&listed[0]["decision"], &listed[0]["ticket"]), (&json!("accept"), &json!("OPS-2")));
    let vlan = listed[0]["vlan"].clone();
    let preview = team.run("ben", "approvals confirm 7c1e09ab --dry-run");
    preview.exits(0).stdout_has(&format!("\nwould accept {GLOBEX}: "));
    team.run("ana", "approvals confirm 7c1e09ab --dry-run").exits(16);
    team.run("ana", "approvals accept 7c1e09ab --vlan next --dry-run").exits(16);
    team.run("ben", "approvals accept 7c1e09ab --dry-run")
        .exits(13)
        .stderr_has("is proposed; nothing was sent");
    // Another name is not another person.
    let own = team.run("ana", "approvals confirm 7c1e09ab --yes --actor ben");
    own.exits(16)
        .stderr_has(&format!("error: you can't confirm your own proposal of {GLOBEX}; nothing was sent\n"));
    own.stderr_has(&format!(" approvals confirm {}\n", &GLOBEX[..8]));
    // A program gets the whole ID.
    team.run("ana", "approvals confirm 7c1e09ab --yes -o json")
        .exits(16)
        .stderr_has(&format!(" approvals confirm {GLOBEX}\""));
    assert_eq!(team.json("ben", "approvals show 7c1e09ab")["status"], "pending");
    team.run("ben", "approvals confirm 7c1e09ab --yes").exits(0).stdout_has("accepted 7c1e09ab");
    let shown = team.json("ben", "approvals show 7c1e09ab");
    assert_eq!((&shown["status"], &shown["b_end"]["vlan"]), (&json!("accepted"), &vlan));
    let lines = team.run("ben", "ledger export").exits(0).stdout.clone();
    let sent = lines.lines().rfind(|line| line.contains("\"step\":\"sending\"")).unwrap();
    let sent: Value = serde_json::from_str(sent).unwrap();
    assert_eq!((&sent["who"]["actor"], &sent["proposed_by"]["actor"]), (&json!("ben"), &json!("ana")));
    assert_eq!(sent["proposed_by"]["login"], "claim_ana");
    let late = team.run("ben", "approvals confirm 7c1e09ab --yes");
    late.exits(8).stderr_has("no proposal found for 7c1e09ab\n  why: the request was accepted by ben");
}

#[test]
fn a_proposal_is_confirmed_or_dropped_before_anything_else() {
    let Some(team) = Team::new() else { return };
    team.configure(
        "default = \"lab\"\n[profiles.lab]\nenvironment = \"sandbox\"\nsecond_person = \"always\"\n",
    );
    team.run("ana", "approvals accept 7c1e09ab --yes").exits(16);
    assert_eq!(team.json("ben", "approvals show 7c1e09ab")["proposed_by"], "ana");
    team.run("ben", "approvals list").exits(0).stdout_has("PROPOSED BY");
    // Nobody confirms it by accident, or passes it over.
    for command in
        ["accept 7c1e09ab --yes", "accept 7c1e09ab --vlan 77 --yes", "deny 7c1e09ab --reason no --yes"]
    {
        let refused = team.run("ben", &format!("approvals {command}"));
        refused.exits(13).stderr_has("is proposed; nothing was sent\n  why: ana (login claim_ana, ");
        refused
            .stderr_has("proposed to accept it\n  next: to decide it otherwise, drop the proposal first: ");
    }
    let put = "api PUT /v3/product/vxc/x -F isApproved=true --yes";
    team.run("ben", put).exits(15).stderr_has("limits decisions, so raw decisions aren't allowed");
    team.run("ana", "approvals drop 7c1e09ab --reason no").exits(0).stderr_has("dropped 1 proposal");
    assert_eq!(team.json("ana", "approvals proposals"), json!([]));
    // A denial needs nobody else.
    team.run("ana", "approvals deny 7c1e09ab --reason no --yes").exits(0);
    let all = team.run("ana", "approvals accept --all --yes --max 20 --vlan keep-or-next");
    all.exits(16);
    assert!(team.changes().iter().all(|change| !change.contains("accept done")), "{:?}", team.changes());
}

#[test]
fn a_policy_can_require_a_second_person_and_its_file_is_recorded() {
    let Some(team) = Team::new() else { return };
    team.home.write("portgate-policy.toml", POLICY);
    let preview = team.run("ana", "policy apply --dry-run");
    preview.exits(0).stdout_has(&format!("\nwould propose {GLOBEX}: "));
    let plan = team.run("ana", "policy plan");
    plan.exits(0).stdout_has("  propose  ").stderr_has("; a second person must confirm");
    let document = team.json("ana", "policy plan");
    assert_eq!(document["summary"]["needs_second_person"], 1);
    team.run("ana", "policy apply --yes").exits(16).stderr_has("was proposed; nothing was sent");
    // It is proposed once, and takes no other's place.
    let again = team.run("ana", "policy apply --yes");
    again.exits(0).stderr_has("note: 7c1e09ab is left for manual review: proposed by ana\n");
    assert_eq!(team.json("ben", "approvals proposals")[0]["id"], GLOBEX);
    team.run("ben", "approvals confirm 7c1e09ab --yes").exits(0);
    // As sha256sum computes it.
    let hash = "ff2e93ac655b42760e1cf8bf1f3ce9f82ee6514ce641b21f05af1e2a0f0f07f6";
    for row in team.json("ana", "approvals history").as_array().unwrap() {
        assert_eq!((&row["rule"], &row["policy"]), (&json!("known"), &json!(hash)), "{row}");
    }
}

#[test]
fn a_proposal_that_is_imported_is_not_open() {
    let Some(team) = Team::new() else { return };
    let Some(other) = Team::new() else { return };
    let other = Team { home: other.home, sandbox: team.sandbox.clone(), ..other };
    for team in [&team, &other] {
        team.configure(
            "default = \"lab\"\n[profiles.lab]\nenvironment = \"sandbox\"\nsecond_person = \"always\"\n",
        );
    }
    team.run("ana", "approvals accept 7c1e09ab --yes").exits(16);
    let exported = team.run("ana", "ledger export").exits(0).stdout.clone();
    let file = other.home.write("exported.jsonl", exported);
    other.run("ben", &format!("ledger import {}", file.display())).exits(0);
    assert_eq!(other.json("ben", "approvals proposals"), json!([]));
    other.run("ben", "approvals confirm 7c1e09ab --yes").exits(8);
    assert_eq!(other.changes(), ["ana accept proposed"]);
    other.run("ana", "ledger verify").exits(0);
}

#[test]
fn a_second_person_requires_a_ledger_of_a_team() {
    let home = Home::new();
    configure(
        &home,
        "default = \"lab\"\n[profiles.lab]\nenvironment = \"sandbox\"\nsecond_person = \"always\"\n",
    );
    let refused = home.portgate("--env sandbox approvals accept 7c1e09ab --yes").run();
    refused.exits(15).stderr_has("why: second_person in the profile requires a ledger in a database\n");
    let shown = home.portgate("--env sandbox approvals show 7c1e09ab -o json").run();
    assert_eq!(shown.exits(0).json()["status"], "pending");
}

#[test]
fn a_question_about_several_says_who_has_them_and_leaves_those_out() {
    let Some(team) = Team::new() else { return };
    team.configure(
        "default = \"lab\"\n[profiles.lab]\nenvironment = \"sandbox\"\nsecond_person = \"speed >= 1 Gbps\"\n",
    );
    let listed = team.json("ana", "approvals list --type connection --sort id");
    let named = |from: u64, to: u64| -> Vec<String> {
        let rows = listed.as_array().unwrap().iter();
        let fits = |row: &&Value| (from..to).contains(&row["rate_limit_mbps"].as_u64().unwrap());
        rows.filter(fits).map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let (slow, fast) = (named(0, 1000), named(1000, 1_000_000));
    let (free, proposed) = (slow.iter().find(|id| *id != GLOBEX).unwrap(), &fast[0]);
    team.run("ana", "approvals claim 7c1e09ab").exits(0);
    team.run("ana", &format!("approvals accept {proposed} --vlan next --allow-oversubscribed --yes"))
        .exits(16);
    let mut asked = team.call("ben", &format!("approvals accept {free} {}", fast[1])).in_terminal(160, 40);
    let screen = asked.expect("Accept 1 request and propose 1");
    assert!(screen.contains("a second person must first confirm 1 request"), "{screen}");
    asked.send("n\r");
    asked.exits(5);
    let command = format!("approvals deny {GLOBEX} {free} {proposed} --reason full");
    let mut asked = team.call("ben", &command).in_terminal(160, 40);
    let screen = asked.expect("Deny 1 request?");
    for text in ["CLAIMED BY", "PROPOSED BY", "2 requests can't be decided: they are claimed or proposed"] {
        assert!(screen.contains(text), "{screen}");
    }
    // What is free by now is no part of the question.
    team.run("ana", "approvals release 7c1e09ab").exits(0);
    asked.send("y\r");
    let screen = asked.exits(12);
    assert!(screen.contains(&format!("{GLOBEX} is claimed by ana; nothing was sent")), "{screen}");
    assert!(screen.contains(&format!("{proposed} is proposed by ana; nothing was sent")), "{screen}");
    let sent: Vec<String> = team.changes().into_iter().filter(|change| change.starts_with("ben")).collect();
    assert_eq!(sent, ["ben deny done"]);
}

#[test]
fn proposals_beside_failures_are_counted_as_proposals() {
    let Some(team) = Team::new() else { return };
    team.configure(
        "default = \"lab\"\n[profiles.lab]\nenvironment = \"sandbox\"\nsecond_person = \"speed >= 500 Mbps\"\n",
    );
    let outcome = team.run("ana", "approvals accept 7c1e09ab afce3a24 --yes -o json");
    let document = outcome.exits(12).json();
    assert_eq!(
        document["summary"],
        json!({"ok": 0, "failed": 1, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 1}),
        "{outcome}"
    );
    assert_eq!(document["results"][0]["outcome"], "proposed", "{outcome}");
    outcome.stderr_has("1 of 2 failed, 1 proposed");
}

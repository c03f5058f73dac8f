//! Rules that decide: read strictly, planned, explained, applied, and stopped where they must be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Home, Outcome, Request, Script, chained};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";
const SYD1_A: &str = "/v2/product/a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11";

const HEAD: &str = "schema = \"portgate.policy/v1\"\n";
const ACCEPT_ALL_NEW: &str = "[[rule]]\nname = \"all new\"\ntype = \"connection\"\ndecision = \"accept\"\n";

/// A home with that policy.
fn home_with(policy: &str) -> Home {
    let home = Home::new();
    home.write("portgate-policy.toml", format!("{HEAD}{policy}"));
    home
}

fn run(home: &Home, script: &Script, args: &str) -> Outcome {
    home.portgate(&format!("policy {args}")).at(script).token("scripted-token").run()
}

/// SYD1-A (10000 Mbps) with 8200 sold and two requests: 500 of Globex Bank and 100 that expires sooner.
fn syd() -> [Circuit; 3] {
    ["vxc-live", "vxc-new", "vxc-new-late"].map(Circuit::of)
}

fn sent_to(script: &Script) -> Vec<String> {
    script.writes().iter().map(|request| request.path.clone()).collect()
}

/// `[id, decision, rule]` of each in the plan.
fn planned(document: &Value) -> Vec<[Value; 3]> {
    let rows = document["decisions"].as_array().unwrap();
    rows.iter().map(|row| ["id", "decision", "rule"].map(|field| row[field].clone())).collect()
}

#[test]
fn init_writes_a_policy_that_leaves_everything_and_never_over_another() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    home.portgate("policy init").run().exits(0);
    home.portgate("policy check").run().exits(0).stdout_lacks("warning");
    run(&home, &script, "apply --yes").exits(0).stderr_has("2 left for manual review");
    assert!(script.writes().is_empty());

    home.write("portgate-policy.toml", "mine");
    home.portgate("policy init").run().exits(2);
    let kept = || std::fs::read_to_string(home.path().join("portgate-policy.toml")).unwrap();
    assert_eq!(kept(), "mine");
    home.portgate("policy init --force").run().exits(0);
    assert!(kept().contains("portgate.policy/v1"));
    home.portgate("policy init --file other.toml -o json").run().exits(0);
    home.portgate("policy init --file other.toml --yes").run().exits(0);
}

#[test]
fn every_example_in_the_file_that_init_writes_is_sound() {
    let home = Home::new();
    home.portgate("policy init").run().exits(0);
    let path = home.path().join("portgate-policy.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rules) = text.split_once("# Customers can choose").unwrap();
    // A line that is commented out has no space after its '#'.
    let uncommented = |text: &str| {
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(|first: char| first != ' ' && !first.is_whitespace()) => rest,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    std::fs::write(&path, format!("{}\n# {}", uncommented(head), uncommented(rules))).unwrap();
    let checked = home.portgate("policy check -o json").run();
    checked.exits(0);
    assert_eq!(checked.json()["problems"], json!([]), "{checked}");
    assert_eq!(checked.json()["rules"].as_array().unwrap().len(), 4, "{checked}");
}

#[test]
fn a_policy_with_an_error_sends_not_even_a_read() {
    let script = Script::new().start();
    let home = home_with("[[rule]]\nname = \"a\"\ndecision = \"accept\"\n");
    for args in ["plan", "apply --yes", "apply --dry-run", "check 7c1e09ab"] {
        run(&home, &script, args).exits(2).stderr_has("line 2");
    }
    assert!(script.requests().is_empty(), "{:?}", script.lines());
}

#[test]
fn a_policy_that_anybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home_with(ACCEPT_ALL_NEW);
    let path = home.path().join("portgate-policy.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    home.portgate("policy check").run().exits(2).stderr_has("chmod o-w");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
    home.portgate("policy check").run().exits(0);
}

#[test]
fn a_policy_for_another_environment_is_refused_before_any_request() {
    let script = Script::new().start();
    let home = home_with(&format!("environment = \"staging\"\n{ACCEPT_ALL_NEW}"));
    for args in ["plan", "apply --yes", "check 7c1e09ab"] {
        run(&home, &script, args).exits(2).stderr_has("staging");
    }
    assert!(script.requests().is_empty());
}

#[test]
fn a_plan_shows_rule_and_decision_and_sends_nothing() {
    let circuits = ["vxc-live", "vxc-new", "vxc-new-late", "vxc-speed"].map(Circuit::of);
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(
        "[[rule]]\nname = \"old\"\nolder_than = \"1m\"\ntype = \"speed-change\"\ndecision = \"deny\"
         [[rule]]\nname = \"globex\"\ncustomer = \"globex bank\"\ndecision = \"accept\"\nreason = \"{rule}: {speed_mbps}\"\n",
    );
    let shown = run(&home, &script, "plan");
    shown.exits(0).stderr_has("left for manual review");
    assert!(shown.row("7c1e09ab").contains("accept"), "{shown}");
    assert!(shown.row("e04b77f2").contains("'old' skipped: its age is unknown"), "{shown}");

    let document = run(&home, &script, "plan -o json").json();
    assert_eq!(document["schema"], "portgate.plan/v1");
    let rows = planned(&document);
    assert!(rows.contains(&[json!(NEW), json!("accept"), json!("globex")]), "{rows:?}");
    let by_id = |id: &str| {
        let rows = document["decisions"].as_array().unwrap();
        rows.iter().find(|row| row["id"] == id).unwrap().clone()
    };
    assert_eq!(by_id(NEW)["reason"], "globex: 500");
    assert_eq!(by_id(SPEED)["decision"], "leave");
    assert_eq!(by_id(SPEED)["passed_over"][0]["rule"], "old");
    let fields = run(&home, &script, "plan --fields help").stdout;
    assert!(fields.lines().count() > 20, "{fields}");
    for path in fields.lines() {
        let field = by_id(NEW).pointer(&format!("/{}", path.replace('.', "/"))).cloned();
        assert!(field.is_some(), "{path}");
    }
    run(&home, &script, "plan --exit-pending").exits(20);
    assert!(script.requests().iter().all(|request| request.method == "GET"), "{:?}", script.lines());
    assert!(home.ledger().is_empty());
}

#[test]
fn room_counts_down_by_what_the_run_accepts() {
    // 8200 of 10000 are sold; 100 expires first, then 500.
    for (most, sent) in [("88%", 2), ("87%", 1), ("83%", 1), ("82%", 0)] {
        let circuits = syd();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home =
            home_with(&format!("[[rule]]\nname = \"room\"\nmax_sold = \"{most}\"\ndecision = \"accept\"\n"));
        run(&home, &script, "apply --yes").exits(0);
        assert_eq!(script.writes().len(), sent, "{most}: {:?}", sent_to(&script));
    }
}

#[test]
fn check_explains_rule_by_rule() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(
        "[[rule]]\nname = \"big\"\nmin_rate_mbps = 501\ndecision = \"deny\"
         [[rule]]\nname = \"globex\"\ncustomer = \"Globex Bank\"\ndecision = \"accept\"\n",
    );
    let told = run(&home, &script, "check 7c1e09ab");
    told.exits(0).stdout_has("rule 'big' (line 2) doesn't match").stdout_has("it asks for 500 Mbps");
    told.stdout_has("rule 'globex' (line 6) matches").stdout_has("result: accept");
    let document = run(&home, &script, &format!("check {NEW} -o json")).json();
    assert_eq!(document["rule"], "globex");
    assert_eq!(document["trials"][0]["conditions"][0]["held"], "no");
    run(&home, &script, "check 7c1e09").exits(2).stderr_has(LATE);
    run(&home, &script, "check 00000000").exits(8);
    assert!(script.writes().is_empty());
}

#[test]
fn apply_sends_what_the_plan_shows_and_the_ledger_names_the_rule() {
    let circuits = ["vxc-live", "vxc-new", "vxc-speed"].map(Circuit::of);
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&format!(
        "{ACCEPT_ALL_NEW}[[rule]]\nname = \"no more speed\"\ntype = \"speed-change\"\ndecision = \"deny\"\nreason = \"no room on {{port}}\"\n"
    ));
    let applied = run(&home, &script, "apply --yes --ticket T-1 --concurrency 1 -o json");
    applied.exits(0);
    assert_eq!(applied.json()["schema"], "portgate.batch/v1");
    assert_eq!(
        applied.json()["summary"],
        json!({"ok": 2, "failed": 0, "refused": 0, "unknown": 0, "skipped": 0, "proposed": 0})
    );
    let accepted = script.only("PUT", &circuits[1].by_vxc()).json();
    assert_eq!(accepted, json!({"isApproved": true, "message": "[T-1]"}));
    let denied = script.only("PUT", &circuits[2].by_vxc()).json();
    assert_eq!(denied, json!({"isApproved": false, "message": "[T-1] no room on MEL2-B"}));
    let rules: Vec<Value> = home.ledger().iter().map(|line| line["object"]["rule"].clone()).collect();
    assert_eq!(rules, ["all new", "all new", "no more speed", "no more speed"].map(Value::from));

    let history = home.approvals("history", &script).run();
    history.exits(0).stdout_has("rule 'all new'").stdout_has("no room on MEL2-B (rule 'no more speed')");

    // Nothing waits any more.
    run(&home, &script, "apply --yes").exits(0);
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn nothing_is_applied_without_consent() {
    let script = Script::new().start();
    let home = home_with(ACCEPT_ALL_NEW);
    run(&home, &script, "apply").exits(2);
    assert!(script.requests().is_empty(), "{:?}", script.lines());

    for (answer, code, sent) in [("n\r", 5, 0), ("\r", 5, 0), ("y\r", 0, 1)] {
        let circuits = ["vxc-live", "vxc-new"].map(Circuit::of);
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let mut terminal = home
            .portgate("policy apply")
            .at(&script)
            .token("scripted-token")
            .env("NO_COLOR", "1")
            .in_terminal(140, 30);
        let before = terminal.expect("[y/N]");
        assert!(before.contains("all new") && before.contains("Accept 1 request?"), "{before}");
        assert!(script.writes().is_empty());
        terminal.send(answer);
        terminal.exits(code);
        assert_eq!(script.writes().len(), sent, "{answer:?}");
    }
}

#[test]
fn a_dry_run_shows_what_would_be_sent() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(ACCEPT_ALL_NEW);
    run(&home, &script, "apply --dry-run").exits(0).stdout_has(&circuits[1].by_vxc());
    let document = run(&home, &script, "apply --dry-run -o json").json();
    assert_eq!(document["would_send"].as_array().unwrap().len(), 2);
    assert!(script.requests().iter().all(|request| request.method == "GET"));
    assert!(home.ledger().is_empty());
}

#[test]
fn a_limit_of_a_day_counts_what_earlier_runs_decided() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&format!("[limits]\ndecisions_per_day = 1\n{ACCEPT_ALL_NEW}"));
    let note = "note: limits per hour, day and week count the ledger of this machine only";
    let plan = run(&home, &script, "plan -o json");
    plan.exits(0).stderr_has(&format!("{note} (0 decisions in the last week)"));
    let decisions = |plan: &Outcome| -> Vec<Value> {
        plan.json()["decisions"].as_array().unwrap().iter().map(|one| one["stopped_by"].clone()).collect()
    };
    assert_eq!(decisions(&plan), [json!(null), json!("decisions_per_day")]);
    run(&home, &script, "apply --yes").exits(15).stderr_has("decisions_per_day: at most 1 decision per day");
    assert_eq!(sent_to(&script), [circuits[2].by_vxc()]);
    let again = run(&home, &script, "plan -o json");
    again.exits(0).stderr_has(&format!("{note} (1 decision in the last week)"));
    assert_eq!(decisions(&again), [json!("decisions_per_day")]);
    run(&home, &script, "apply --yes").exits(15);
    assert_eq!(script.writes().len(), 1);
    // A person may decide it, and that isn't counted.
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    run(&home, &script, "plan").exits(0).stderr_has("(1 decision in the last week)");
    // A ledger that can't be read is no reason to decide more.
    std::fs::remove_file(home.ledger_path()).unwrap();
    std::fs::create_dir(home.ledger_path()).unwrap();
    run(&home, &script, "plan").exits(1).stderr_has("could not read ledger");
}

#[test]
fn a_limit_of_a_day_holds_for_runs_at_the_same_time_and_a_request_that_is_sent_again() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(&format!("[limits]\ndecisions_per_day = 1\n{ACCEPT_ALL_NEW}"));
    let running: Vec<_> = (0..6)
        .map(|_| home.portgate("policy apply --yes").at(&script).token("scripted-token").spawn())
        .collect();
    for mut one in running {
        one.wait().unwrap();
    }
    assert_eq!(script.writes().len(), 1, "{:?}", script.lines());

    let circuit = Circuit::of("vxc-new");
    let script =
        Script::new().on("PUT", &circuit.by_vxc(), circuit.decide_after_loss()).marketplace(&circuit).start();
    let home = home_with(&format!("[limits]\ndecisions_per_day = 1\n{ACCEPT_ALL_NEW}"));
    run(&home, &script, "apply --yes").exits(0);
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn a_limit_of_the_policy_stops_it_with_15() {
    for (limits, sent) in [
        ("decisions_per_run = 1", 1),
        ("decisions_per_run = 0", 0),
        ("accepted_mbps_per_run = 599", 1),
        ("accepted_mbps_per_run = 99", 0),
    ] {
        let circuits = syd();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home = home_with(&format!("[limits]\n{limits}\n{ACCEPT_ALL_NEW}"));
        let key = limits.split(' ').next().unwrap();
        let plan = run(&home, &script, "plan -o json");
        plan.exits(0);
        assert_eq!(plan.json()["summary"]["stopped"], 2 - sent, "{limits}");
        let applied = run(&home, &script, "apply --yes -o json");
        applied.exits(15).stderr_has(key);
        assert_eq!(applied.json()["summary"]["refused"], 2 - sent, "{limits}");
        assert_eq!(script.writes().len(), sent, "{limits}");
    }
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = home_with(
        "[limits]\ndenies_per_run = 1\n[[rule]]\nname = \"no\"\nmatch = \"all\"\ndecision = \"deny\"\n",
    );
    run(&home, &script, "apply --yes").exits(15);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn out_of_its_hours_it_decides_nothing() {
    let circuits = syd();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).weekday();
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    // Neither today nor tomorrow, should midnight pass while this runs.
    let other = names[usize::try_from(today.to_monday_zero_offset()).unwrap().wrapping_add(3) % 7];
    let told = format!("{}{}", other[..1].to_uppercase(), &other[1..]);
    let home = home_with(&format!("[limits]\ndays = [\"{other}\"]\ntime_zone = \"UTC\"\n{ACCEPT_ALL_NEW}"));
    run(&home, &script, "plan").exits(0).stderr_has("this policy can only be applied on");
    run(&home, &script, "apply --yes").exits(15).stderr_has(&told);
    run(&home, &script, "apply --dry-run").exits(15).stdout_has("would accept").stderr_has(&told);
    assert!(script.writes().is_empty());
}

#[test]
fn a_request_that_has_changed_since_is_skipped() {
    let circuits = ["vxc-live", "vxc-new"].map(Circuit::of);
    let listed = circuits[1].clone();
    let changed = circuits[1].clone();
    let script = Script::new()
        .on("GET", &circuits[1].alone(), move |request: &Request, nth: usize| {
            changed.change(json!({"rateLimit": 900}));
            (changed.read())(request, nth)
        })
        .marketplace_of(&[&circuits[0], &listed])
        .start();
    let home = home_with("[[rule]]\nname = \"small\"\nmax_rate_mbps = 1000\ndecision = \"accept\"\n");
    let applied = run(&home, &script, "apply --yes -o json");
    applied.exits(13);
    assert_eq!(applied.json()["results"][0]["outcome"], "conflict", "{applied}");
    assert_eq!(applied.json()["results"][0]["error"]["code"], 13);
    assert!(script.writes().is_empty());
}

#[test]
fn room_that_others_have_sold_since_is_seen() {
    let circuits = ["vxc-live", "vxc-new"].map(Circuit::of);
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let live = circuits[0].clone();
    let script = Script::new()
        .on("GET", SYD1_A, move |_: &Request, _: usize| {
            counted.fetch_add(1, Ordering::SeqCst);
            live.change(json!({"rateLimit": 9900}));
            Answer::ok(wire::port("port-syd1-a", [live.now()]))
        })
        .marketplace_of(&circuits.each_ref())
        .start();
    let home = home_with("[[rule]]\nname = \"room\"\nroom_after_min_mbps = 0\ndecision = \"accept\"\n");
    let applied = run(&home, &script, "apply --yes");
    applied.exits(13).stderr_has("'room' no longer matches");
    assert_eq!(reads.load(Ordering::SeqCst), 1, "its room");
    assert!(script.writes().is_empty());
}

#[test]
fn room_that_cannot_be_read_again_is_not_known() {
    let circuits = ["vxc-live", "vxc-new"].map(Circuit::of);
    let script = Script::new()
        .on("GET", SYD1_A, wire::body(403, "error-forbidden"))
        .marketplace_of(&circuits.each_ref())
        .start();
    let home = home_with("[[rule]]\nname = \"room\"\nmax_sold = \"1000%\"\ndecision = \"accept\"\n");
    run(&home, &script, "apply --yes").exits(13).stderr_has("unknown");
    assert!(script.writes().is_empty());
}

#[test]
fn half_of_what_waits_decides_nothing() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new()
        .on("GET", "/v3/order_approvals", Answer::refusal(500, "broken"))
        .marketplace(&circuit)
        .start();
    let home = home_with(ACCEPT_ALL_NEW);
    let at = |args: &str| {
        home.portgate(&format!("policy {args} --max-retries 0")).at(&script).token("scripted-token").run()
    };
    at("apply --yes").exits(4).stderr_has("nothing was sent");
    at("plan").exits(4).stdout_has("7c1e09ab").stderr_has("missing");
    assert!(script.writes().is_empty());
}

#[test]
fn the_profile_has_the_last_word() {
    for (limit, code, said, sent) in [
        ("read_only = true", 15, "read-only", 0),
        ("require_reason = true", 15, "'all new' has no reason", 0),
        ("require_ticket = true", 15, "--ticket", 0),
        ("max_sold = \"83%\"", 15, "83%", 1),
        ("confirm = \"always\"", 15, "terminal", 0),
    ] {
        let circuits = syd();
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let home = home_with(ACCEPT_ALL_NEW);
        home.write(
            "config/portgate/config.toml",
            format!(
                "schema = \"portgate.config/v1\"\n[profiles.desk]\nenvironment = \"custom\"\napi_url = \"{}\"\n{limit}\n",
                script.url()
            ),
        );
        let applied = home
            .portgate("policy apply --yes --profile desk")
            .token("scripted-token")
            .env("MEGAPORT_API_URL", script.url())
            .run();
        applied.exits(code).stderr_has(said);
        assert_eq!(script.writes().len(), sent, "{limit}");
    }
}

#[test]
fn next_gives_the_lowest_free_vlan_where_none_is_set() {
    let circuit = Circuit::of("vxc-new");
    circuit.change(json!({"bEnd": {"vlan": null}}));
    let script = Script::new().marketplace(&circuit).start();
    let home = home_with(
        "[[rule]]\nname = \"next\"\ntype = \"connection\"\nvlan_set = false\ndecision = \"accept\"\nvlan = \"next\"\n",
    );
    run(&home, &script, "apply --yes").exits(0).stdout_has("VLAN 2");
    assert_eq!(script.only("PUT", &circuit.by_order()).json()["vlan"], 2);
}

#[test]
fn in_the_sandbox_a_policy_decides_the_demo() {
    let home = home_with(
        "environment = \"sandbox\"
         [[rule]]\nname = \"globex\"\ntype = \"connection\"\ncustomer = \"Globex Bank\"\nport = \"SYD*\"\nmax_sold = \"100%\"\ndecision = \"accept\"
         [[rule]]\nname = \"no room\"\ntype = \"speed-change\"\nsold_over = \"100%\"\ndecision = \"deny\"\nreason = \"no room on {port}\"\n",
    );
    let sandbox = |args: &str| home.portgate(&format!("{args} --env sandbox")).run();
    let plan = sandbox("policy plan -o json");
    plan.exits(0);
    assert_eq!(plan.json()["summary"]["accept"], 1, "{plan}");
    assert_eq!(plan.json()["summary"]["deny"], 1, "{plan}");
    let applied = sandbox("policy apply --yes");
    applied.exits(0);
    let left = sandbox("approvals list");
    left.stdout_lacks("7c1e09ab").stdout_lacks("e04b77f2");
}

#[test]
fn a_limit_of_a_day_does_not_count_what_was_never_sent_or_a_request_twice() {
    let circuits = syd();
    let unanswered = |_: &Request, nth: usize| if nth == 0 { Answer::silence() } else { Answer::lost() };
    let script = Script::new()
        .on("PUT", &circuits[1].by_vxc(), unanswered)
        .on("PUT", &circuits[2].by_vxc(), unanswered)
        .marketplace_of(&circuits.each_ref())
        .start();
    let home = home_with(&format!("[limits]\ndecisions_per_day = 1\n{ACCEPT_ALL_NEW}"));
    run(&home, &script, "apply --yes --timeout 2s").exits(12);
    assert_eq!(home.ledger().last().unwrap()["outcome"], "unknown");
    // It may still arrive.
    let counted = |home: &Home, count: &str| {
        run(home, &script, "plan").exits(0).stderr_has(&format!("({count} in the last week)"));
    };
    counted(&home, "1 decision");
    let mut lines = home.ledger();
    // Two attempts at one request.
    let again: Vec<Value> = lines
        .iter()
        .map(|line| {
            let mut line = line.clone();
            line["attempt"] = json!("another");
            line
        })
        .collect();
    lines.extend(again);
    std::fs::write(home.ledger_path(), chained(&lines)).unwrap();
    counted(&home, "1 decision");
    // After the time of the run, it can't.
    for line in &mut lines {
        let at: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        line["at"] = json!((at - jiff::SignedDuration::from_mins(5)).to_string());
    }
    std::fs::write(home.ledger_path(), chained(&lines)).unwrap();
    counted(&home, "0 decisions");
    let closed = &home.ledger()[lines.len()];
    assert_eq!((&closed["step"], &closed["outcome"]), (&json!("closed"), &json!("failed")), "{closed:#}");
}

//! What a person or a pipeline is told before and after several decisions: the same consequence whichever way they were
//! chosen, nothing half done, and no decision lost with a result that can't be written.

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit};
use crate::common::{Home, Portgate, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";
const NOBODY: &str = "00000000-41d2-4f0e-9a53-0d6f2c8b7e11";

/// Globex Bank's connection and a late one on SYD1-A, and Initech's speed change, which oversells MEL2-B.
fn circuits() -> [Circuit; 3] {
    let speed = Circuit::under("port-mel2-b", "vxc-speed");
    speed.change(json!({"vxcApproval": {"newSpeed": 1400}}));
    [Circuit::of("vxc-new"), Circuit::of("vxc-new-late"), speed]
}

fn script_of(circuits: &[Circuit; 3]) -> Script {
    Script::new().marketplace_of(&circuits.each_ref()).start()
}

/// A run with a profile that belongs to the script.
fn with_profile<'h>(home: &'h Home, script: &Script, limits: &str, args: &str) -> Portgate<'h> {
    let url = script.url();
    let profile = format!(
        "schema = \"portgate.config/v1\"\n[profiles.desk]\nenvironment = \"custom\"\napi_url = \"{url}\"\n{limits}\n"
    );
    home.write("config/portgate/config.toml", profile);
    home.portgate(args)
        .arg("--profile")
        .arg("desk")
        .token("scripted-token")
        .env("MEGAPORT_API_URL", url)
        .env("NO_COLOR", "1")
}

#[test]
fn several_named_show_what_choosing_all_shows() {
    for args in [
        "accept 7c1e09ab e04b77",
        "accept --type connection --type speed-change --customer glo --customer initech",
    ] {
        let circuits = circuits();
        let script = script_of(&circuits);
        let home = Home::new();
        let mut terminal = home.approvals(args, &script).env("NO_COLOR", "1").in_terminal(160, 30);
        let shown = terminal.expect("Accept 2 requests, 1 of which would oversubscribe MEL2-B? [y/N]");
        assert!(shown.contains("9500 of 10000") && shown.contains("OVER by 400"), "{args}: {shown}");
        terminal.send_line("n");
        terminal.exits(5);
        assert!(script.writes().is_empty());
    }
}

#[test]
fn what_is_decided_already_is_counted_apart() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    let mut terminal = home
        .approvals(&format!("accept {NEW} {LATE} {SPEED}"), &script)
        .env("NO_COLOR", "1")
        .in_terminal(160, 30);
    let shown = terminal.expect("Accept 2 requests, 1 of which would oversubscribe MEL2-B? [y/N]");
    assert!(shown.contains("skipped, already accepted: 7c1e09ab"), "{shown}");
    terminal.send_line("y");
    let seen = terminal.exits(0);
    assert!(seen.contains(&format!("{NEW} is already accepted")), "{seen}");
    assert_eq!(script.writes().len(), 3);
}

#[test]
fn a_file_shows_what_each_of_its_rows_leads_to() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    let file = format!(
        "id,decision,vlan,reason\n{NEW},accept,1305,\n{LATE},deny,,no room before March\n{SPEED},accept,,\n"
    );
    home.write("d.csv", file);
    let mut terminal = home.approvals("apply d.csv", &script).env("NO_COLOR", "1").in_terminal(200, 30);
    let shown = terminal.expect("Accept 2 requests and deny 1, 1 of which would oversubscribe MEL2-B? [y/N]");
    let row =
        |id: &str| shown.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id}: {shown}"));
    for said in ["accept", "Globex Bank", "500", "SYD1-A", "1305", "9500 of 10000"] {
        assert!(row("7c1e09ab").contains(said), "{said}: {shown}");
    }
    assert!(row("7c1e094f").contains("deny") && row("7c1e094f").contains("no room before March"), "{shown}");
    assert!(row("e04b77f2").contains("200 → 1400") && row("e04b77f2").contains("OVER by 400"), "{shown}");
    terminal.send_line("n");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

#[test]
fn a_narrow_terminal_drops_dates_before_the_consequence() {
    for (columns, kept) in [(80, ["SPEED", "PORT", "ROOM AFTER"]), (72, ["ID", "CUSTOMER", "ROOM AFTER"])] {
        let circuits = circuits();
        let script = script_of(&circuits);
        let home = Home::new();
        let run = home.approvals("accept --all", &script).env("NO_COLOR", "1");
        let mut terminal = run.in_terminal(columns, 30);
        let shown = terminal.expect("Type 3 to confirm [no]: ");
        assert!(shown.contains("Accept all 3 requests, 1 of which would oversubscribe MEL2-B?"), "{shown}");
        for title in kept {
            assert!(shown.contains(title), "{columns}, {title}: {shown}");
        }
        assert!(shown.contains("OVER by 400"), "{columns}: {shown}");
        terminal.send_line("n");
        terminal.exits(5);
    }
}

#[test]
fn what_goes_beyond_the_limit_is_asked_before_anything_is_sent() {
    for (answer, code, sent) in [("\u{3}", 130, 0), ("n\r", 12, 2), ("y\r", 0, 3)] {
        let circuits = circuits();
        let script = script_of(&circuits);
        let home = Home::new();
        let file = home.path().join("out.json");
        let run = with_profile(
            &home,
            &script,
            "max_sold = \"90%\"",
            "approvals accept --all --max 50 --yes -o json",
        );
        let mut terminal = run.in_terminal_with_stdout_to(160, 30, &file);
        let asked = terminal
            .expect("1 of 3 requests would exceed the limit of 90% on MEL2-B. Accept them too? [y/N]");
        assert!(asked.contains("Initech") && asked.contains("limit of 90%"), "{asked}");
        assert!(script.writes().is_empty(), "nothing is sent before the last question");
        terminal.send(answer);
        let seen = terminal.exits(code);
        assert_eq!(script.writes().len(), sent, "{answer:?}");
        let document: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(document["results"].as_array().unwrap().len(), 3, "{document:#}");
        assert_eq!(document["summary"]["ok"], sent, "{document:#}");
        assert_eq!(document["summary"]["skipped"], 3 - sent, "{document:#}");
        if code == 130 {
            assert!(seen.contains("interrupted; nothing was sent"), "{seen}");
        }
    }
}

#[test]
fn a_filter_s_choice_that_has_changed_is_not_sent() {
    let circuits = circuits();
    let changing = circuits[0].clone();
    let read = circuits[0].read();
    let script = Script::new()
        .on("GET", &circuits[0].alone(), move |request: &crate::common::Request, nth: usize| {
            changing.change(json!({"rateLimit": 900}));
            read(request, nth)
        })
        .marketplace_of(&circuits.each_ref())
        .start();
    let home = Home::new();
    let outcome = home.approvals("accept --customer globex --max-rate 500 --yes", &script).run();
    outcome.exits(13).stderr_has("the request has changed since it was listed").stderr_has("900");
    assert!(script.writes().is_empty());
}

#[test]
fn a_batch_that_failed_in_part_names_what_failed() {
    let circuits = circuits();
    let script = Script::new()
        .on("PUT", &circuits[1].by_order(), wire::body(403, "error-forbidden"))
        .marketplace_of(&circuits.each_ref())
        .start();
    let outcome = Home::new().approvals("accept --all --max 50 --yes", &script).run();
    outcome.exits(12).stderr_has(&format!("then retry only: {LATE}"));
    outcome.stderr_lacks("run the same command again");
}

/// Globex Bank's request for VLAN 1201, which another VXC of SYD1-A has.
fn clash() -> [Circuit; 2] {
    let (new, live) = (Circuit::of("vxc-new"), Circuit::of("vxc-live"));
    live.change(json!({"bEnd": {"vlan": 1201}}));
    [new, live]
}

#[test]
fn a_vlan_that_is_taken_is_known_before_anything_is_sent() {
    let circuits = clash();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    for args in
        [format!("accept {NEW}"), format!("accept {NEW} --dry-run"), "accept --all --max 50 --yes".to_owned()]
    {
        let outcome = home.approvals(&args, &script).run();
        outcome.exits(13).stderr_has("VLAN 1201 is taken on SYD1-A").stderr_has("--vlan next");
    }
    assert!(script.writes().is_empty());
    let seen =
        home.approvals(&format!("accept {NEW}"), &script).env("NO_COLOR", "1").in_terminal(120, 30).exits(13);
    assert!(!seen.contains("as requested"), "{seen}");
    // Denying, or taking another one, is not its matter.
    home.approvals(&format!("deny {NEW} --dry-run"), &script).run().exits(0);
    home.approvals(&format!("accept {NEW} --vlan next"), &script).run().exits(0);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn a_table_marks_a_vlan_that_is_taken() {
    let [new, live] = clash();
    let late = Circuit::of("vxc-new-late");
    let script = Script::new().marketplace_of(&[&new, &live, &late]).start();
    let home = Home::new();
    let mut terminal = home.approvals("accept --all", &script).env("NO_COLOR", "1").in_terminal(160, 30);
    let shown = terminal.expect("[y/N]");
    assert!(shown.contains("1201 TAKEN"), "{shown}");
    terminal.send_line("n");
    terminal.exits(5);
}

#[test]
fn a_policy_accepts_nothing_whose_vlan_is_taken() {
    let circuits = clash();
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let home = Home::new();
    let policy = |more: &str| {
        format!(
            "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"accept\"\n{more}\n"
        )
    };
    let run = |args: &str| home.portgate(args).at(&script).token("scripted-token").run();
    home.write("portgate-policy.toml", policy(""));
    let plan = run("policy plan -o json");
    plan.exits(0);
    assert_eq!(plan.json()["decisions"][0]["decision"], "leave", "{plan}");
    assert_eq!(plan.json()["decisions"][0]["stopped_by"], "vlan", "{plan}");
    run("policy plan").stdout_has("VLAN 1201 is taken on SYD1-A");
    run("policy apply --yes").exits(0).stderr_has("left for manual review").stderr_has("--vlan next");
    assert!(script.writes().is_empty());
    home.write(
        "portgate-policy.toml",
        policy("vlan = \"next\"").replace("match = \"all\"", "type = \"connection\""),
    );
    run("policy apply --yes").exits(0);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn an_id_that_nothing_has_stops_the_others_before_anything_is_sent() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    for other in ["zzzzzz", NOBODY] {
        let outcome = home.approvals(&format!("accept {NEW} {other}"), &script).run();
        outcome.exits(8).stderr_has(other).stderr_has("nothing was sent");
    }
    let file = format!("id,decision\n{NEW},accept\n{NOBODY},deny\n");
    home.approvals("apply - --yes", &script).stdin(file).run().exits(8).stderr_has(NOBODY);
    home.approvals("deny --from-file - --yes", &script).stdin(format!("{NEW}\nzzzzzz\n")).run().exits(8);
    assert!(script.writes().is_empty() && home.ledger().is_empty());
}

#[test]
fn a_dry_run_shows_the_consequence_and_ends_as_the_real_run_would() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    let all = home.approvals("accept --all --dry-run", &script).run();
    all.exits(0).stdout_has("OVER by 400").stdout_has("would send PUT");
    let one = home.approvals(&format!("accept {SPEED} --dry-run"), &script).run();
    one.exits(0).stdout_has("the port would be oversubscribed");

    let json = home.approvals(&format!("accept {NEW} {SPEED} --dry-run -o json"), &script).run();
    let shown = &json.exits(0).json()["would_send"];
    assert_eq!(shown[0]["outcome"], "would-accept");
    assert_eq!(shown[0]["approval"]["room_after_mbps"], 9500, "{json}");
    assert_eq!(shown[0]["approval"]["customer"]["is_new"], true, "{json}");
    assert_eq!(shown[1]["approval"]["room_after_mbps"], -400, "{json}");

    let csv =
        home.approvals(&format!("accept {NEW} --dry-run -o csv --fields id,outcome,vlan"), &script).run();
    csv.exits(0).stdout_is(&format!("id,outcome,vlan\n{NEW},would-accept,1201\n"));

    let limited = with_profile(&home, &script, "max_sold = \"90%\"", "approvals accept --dry-run -o json");
    let limited = limited.arg(SPEED).run();
    limited.exits(15).stderr_has(SPEED);
    assert_eq!(limited.json()["settled"]["results"][0]["outcome"], "refused");
    let some = with_profile(&home, &script, "max_sold = \"90%\"", "approvals accept --all --dry-run").run();
    some.exits(15).stderr_has(SPEED).stdout_has(NEW);
    assert!(script.writes().is_empty());
}

#[test]
fn a_result_that_cannot_be_written_names_what_was_decided() {
    for args in ["-o json --query length(summary.ok)", "-o csv"] {
        let circuits = circuits();
        let script = script_of(&circuits);
        let home = Home::new();
        let run = home.approvals(&format!("accept {NEW} {LATE} {args}"), &script);
        let outcome = if args == "-o csv" { run.run_with_full_stdout() } else { run.run() };
        outcome.exits(1).stderr_has(&format!("accepted {NEW}")).stderr_has(&format!("accepted {LATE}"));
        outcome.stderr_has("the change was made");
        assert_eq!(script.writes().len(), 2, "{args}");
    }
}

#[test]
fn fields_without_a_form_are_a_table_of_the_results() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let outcome = Home::new().approvals(&format!("accept {NEW} --fields id,outcome"), &script).run();
    outcome.exits(0).stdout_is(&format!("{:<36}  OUTCOME\n{NEW}  done\n", "ID"));
}

#[test]
fn lists_in_csv_are_plain_text() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    let fields = "-o csv --fields id,notes";
    home.approvals(&format!("accept {NEW} {fields}"), &script)
        .run()
        .exits(0)
        .stdout_is(&format!("id,notes\n{NEW},\n"));
    let again = home.approvals(&format!("accept {NEW} {fields}"), &script).run();
    again.exits(0).stdout_has(&format!("{NEW},accepted by")).stdout_lacks("[");
}

#[test]
fn exit_pending_means_what_waits_on_me_whatever_is_listed() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    for (args, code) in [
        ("--waiting-on them", 20),
        ("--status approved", 20),
        ("--limit 1", 20),
        ("--port SYD1-A", 20),
        ("--customer nobody", 0),
        ("--port NOPE", 8),
    ] {
        let listed = home.approvals(&format!("list --exit-pending {args}"), &script).run();
        listed.exits(code);
    }
    for args in ["list", "watch --count 1", "list -o json"] {
        home.approvals(&format!("{args} --port NOPE"), &script).run().exits(8).stderr_has("no port found");
    }
}

#[test]
fn a_watch_ends_with_its_time() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    home.approvals("watch --timeout 3s", &script).run().exits(0);
    home.approvals("watch --timeout 3s --count 1", &script).run().exits(11).stderr_has("0 requests of 1");
}

#[test]
fn a_port_that_is_oversold_is_said_to_be() {
    let circuits = circuits();
    let script = script_of(&circuits);
    let home = Home::new();
    home.approvals(&format!("accept {SPEED}"), &script).run().exits(0);
    let shown = home.approvals(&format!("show {SPEED}"), &script).run();
    shown.exits(0).stdout_has("1400 of 1000 Mbps sold (OVER by 400 Mbps)").stdout_lacks("+0 Mbps");
}

/// Two customers wait for the same VLAN of SYD1-A, which nobody has yet.
fn two_that_wait_for_one_vlan(home: &Home) -> [String; 2] {
    ["globex", "initech"].map(|customer| {
        let args = format!("sandbox request --from {customer} --to SYD1-A --vlan 1300 -o json");
        home.portgate(&args).run().exits(0).json()["id"].as_str().unwrap().to_owned()
    })
}

#[test]
fn a_vlan_that_is_only_asked_for_is_free_for_whoever_is_accepted_first() {
    let home = Home::new();
    let [one, other] = two_that_wait_for_one_vlan(&home);
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    for id in [&one, &other] {
        run(&format!("show {id}")).exits(0).stdout_has("1300 is free");
        run(&format!("accept {id} --dry-run")).exits(0);
    }
    // A dry run ends as the real one would.
    let both = run(&format!("accept {one} {other} --dry-run -o json"));
    let document = both.exits(12).json();
    assert_eq!(
        [&document["would_send"][0]["id"], &document["settled"]["results"][0]["id"]],
        [one.as_str(), other.as_str()]
    );
    assert!(document["settled"].to_string().contains("VLAN 1300 is taken"), "{document:#}");
    let next = run(&format!("accept {one} {other} --vlan next --dry-run -o json"));
    let given: Vec<Value> = next.exits(0).json()["would_send"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["body"]["vlan"].clone())
        .collect();
    assert!(given.len() == 2 && given[0].is_i64() && given[0] != given[1], "{given:?}");
    // In one run the second finds it taken by the first, and is not sent.
    let both = run(&format!("accept {one} {other} -o json"));
    let results = both.exits(12).json()["results"].clone();
    assert_eq!((&results[0]["outcome"], &results[1]["outcome"]), (&json!("done"), &json!("conflict")));
    assert!(results[1].to_string().contains("VLAN 1300 is taken"), "{results}");
    run(&format!("accept {other}"))
        .exits(13)
        .stderr_has("VLAN 1300 is taken on SYD1-A")
        .stderr_has("--vlan next");
}

#[test]
fn a_table_marks_the_second_that_asks_for_one_vlan() {
    let home = Home::new();
    let [one, other] = two_that_wait_for_one_vlan(&home);
    let ask = |words: &str| {
        let run = home.portgate(&format!("--env sandbox approvals {words} {one} {other}"));
        let mut terminal = run.env("NO_COLOR", "1").in_terminal(160, 30);
        let shown = terminal.expect("[y/N]");
        terminal.send_line("n");
        terminal.exits(5);
        shown
    };
    let shown = ask("accept");
    assert_eq!(shown.matches("1300").count(), 2, "{shown}");
    assert_eq!(shown.matches("1300 TWICE").count(), 1, "{shown}");
    // Each gets one of its own; none gets any.
    assert!(!ask("accept --vlan next").contains("TWICE"));
    assert!(!ask("deny --reason full").contains("TWICE"));
}

#[test]
fn a_policy_gives_a_vlan_once() {
    let home = Home::new();
    let ids = two_that_wait_for_one_vlan(&home);
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"links\"\ntype = \"connection\"\ndecision = \"accept\"\n",
    );
    let plan = home.portgate("--env sandbox policy plan -o json").run().exits(0).json();
    let about: Vec<_> = plan["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| ids.iter().any(|id| one["id"] == **id))
        .map(|one| (one["decision"].clone(), one["stopped_by"].clone()))
        .collect();
    assert_eq!(about, [(json!("accept"), json!(null)), (json!("leave"), json!("vlan"))], "{plan}");
}

/// A profile of the sandbox with these limits, and a command with it.
fn limited<'h>(home: &'h Home, limits: &str, args: &str) -> Portgate<'h> {
    let profile =
        format!("schema = \"portgate.config/v1\"\n[profiles.desk]\nenvironment = \"sandbox\"\n{limits}\n");
    home.write("config/portgate/config.toml", profile);
    home.portgate(args).env("PORTGATE_PROFILE", "desk")
}

#[test]
fn an_entry_of_the_queue_tells_what_it_asks_for() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    run("show 5d3f34d2").exits(0).stdout_has("Term         24 months");
    let order = run("show 274d69b0");
    order.exits(0).stdout_has("Speed        400 Mbps").stdout_has("Term         12 months");
    order.stdout_has("B-End        MEL2-A").stdout_has("Room         0 of 20000 Mbps sold; this request 400");
    run("accept 5d3f34d2 --dry-run").exits(0).stdout_has("Term      24 months").stdout_has("24 months\n");
    run("accept 274d69b0 --dry-run")
        .exits(0)
        .stdout_has("Port      MEL2-A")
        .stdout_has("for 12 months on MEL2-A");
    let listed = run("list --type term-change -o json").exits(0).json();
    assert_eq!((&listed[0]["term_months"], &listed[0]["new_term_months"]), (&json!(null), &json!(24)));
    // What is asked for stays where the table is narrow and the types differ.
    let mut terminal = home
        .portgate("--env sandbox approvals accept 5d3f34d2 274d69b0 7c1e09ab")
        .env("NO_COLOR", "1")
        .in_terminal(80, 30);
    let shown = terminal.expect("[y/N]");
    assert!(shown.contains("TYPE") && shown.contains("24 months"), "{shown}");
    terminal.send_line("n");
    terminal.exits(5);
    // So does a VLAN that can't be had.
    let all = home.portgate("--env sandbox approvals accept --all").env("NO_COLOR", "1");
    let mut terminal = all.in_terminal(80, 40);
    let shown = terminal.expect("to confirm [no]: ");
    assert!(shown.contains("210 TAKEN") && shown.contains("24 months"), "{shown}");
    terminal.send_line("n");
    terminal.exits(5);
}

#[test]
fn the_limit_counts_what_accounts_order_onto_my_ports() {
    let home = Home::new();
    let accept = |limit: &str, args: &str| {
        limited(&home, &format!("max_sold = \"{limit}\""), &format!("approvals accept {args} --dry-run"))
            .run()
    };
    accept("1%", "274d69b0").exits(15).stderr_has("MEL2-A would be 2% sold");
    accept("1%", "274d69b0 --allow-oversubscribed").exits(0);
    accept("90%", "274d69b0").exits(0);
    // A term takes no room; of a speed change that names no port it can't be told.
    accept("1%", "5d3f34d2").exits(0);
    accept("90%", "9b32c220").exits(15).stderr_has("request has no port");
    accept("90%", "9b32c220 --allow-oversubscribed").exits(0);
}

#[test]
fn what_is_oversold_is_told_where_nobody_is_asked() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals accept e04b77f2 {args}")).run();
    let note = "MEL2-B is now oversubscribed: 96% → 104% sold";
    run("--dry-run")
        .exits(0)
        .stderr_has("note: MEL2-B would be oversubscribed: 104% sold (10400 of 10000 Mbps)");
    let accepted = run("-o json").exits(0).json();
    assert_eq!(accepted["results"][0]["notes"], json!([note]), "{accepted}");
    home.portgate("--env sandbox approvals accept 7c1e09ab").run().exits(0).stderr_lacks("oversubscribed");
}

#[test]
fn a_port_that_is_misspelt_decides_nothing_with_an_error() {
    let home = Home::new();
    for args in [
        "accept --port TYPO --yes",
        "deny --port TYPO --reason full --yes",
        "accept --port TYPO --dry-run --yes",
    ] {
        let outcome = home.portgate(&format!("--env sandbox approvals {args}")).run();
        outcome.exits(8).stderr_has("no port found with name or UID 'TYPO'");
    }
    // A port where nothing waits is no mistake.
    home.portgate("--env sandbox approvals accept --port SYD2-A --type speed-change --yes").run().exits(0);
}

#[test]
fn a_dry_run_ends_as_the_real_run_would() {
    let home = Home::new();
    for (limits, hint) in [
        ("read_only = true", "is read-only"),
        ("require_reason = true", "--reason"),
        ("require_ticket = true", "--ticket"),
        ("confirm = \"always\"", "not a terminal"),
    ] {
        for args in ["approvals accept 7c1e09ab", "--env sandbox approvals accept 7c1e09ab"] {
            limited(&home, limits, args).run().exits(15).stderr_has(hint);
            let dry = limited(&home, limits, &format!("{args} --dry-run")).run();
            dry.exits(15).stdout_has("would accept").stderr_has(hint);
        }
    }
    let given = limited(&home, "require_reason = true", "approvals accept 7c1e09ab --reason ok --dry-run");
    given.run().exits(0);
}

#[test]
fn what_runs_between_my_ports_takes_room_on_both() {
    let home = Home::new();
    let list = || home.portgate("--env sandbox approvals list -o json").run().exits(0).json();
    let room = |listed: &serde_json::Value, id: &str| {
        let rows = listed.as_array().unwrap();
        rows.iter().find(|row| row["id"].as_str().unwrap().starts_with(id)).unwrap()["room_after_mbps"]
            .clone()
    };
    // 1000 Mbps from MEL2-A to SYD2-A stand above: they are gone from MEL2-A too, before and after they are accepted.
    let before = list();
    assert_eq!(room(&before, "9e4e7a73"), json!(17_700), "{before}");
    home.portgate("--env sandbox approvals accept 41879dc0").run().exits(0);
    assert_eq!(room(&list(), "9e4e7a73"), json!(17_700));
}

#[test]
fn a_dry_run_of_many_says_what_the_profile_forbids_whatever_else_fails() {
    let home = Home::new();
    let args = "--env sandbox approvals accept 7c1e09ab afce3a24 --dry-run";
    let outcome = limited(&home, "read_only = true", args).run();
    outcome.exits(15).stdout_has("would accept 7c1e09ab").stderr_has("VLAN 210 is taken");
    outcome.stderr_has("is read-only");
    limited(&home, "max_sold = \"1%\"", "--env sandbox approvals accept 274d69b0 --dry-run")
        .run()
        .exits(15)
        .stdout_has("Term      12 months");
    for args in [
        "keys deactivate 8ea6f3bf --dry-run",
        "keys update 8ea6f3bf --description Other --dry-run",
        "keys create --port SYD1-A --expires-in 1d --dry-run",
        "keys rotate 8ea6f3bf --dry-run",
        "notify subscribe service-status --dry-run",
        "api PUT /v2/product/vxc/x -f name=y --dry-run",
    ] {
        let dry = limited(&home, "read_only = true", &format!("--env sandbox {args}")).run();
        dry.exits(15).stdout_has("would").stderr_has("is read-only");
    }
    limited(&home, "read_only = true", "--env sandbox api GET /v2/products --dry-run").run().exits(0);
}

#[test]
fn an_order_is_told_with_its_port_and_found_by_it() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox approvals {args}")).run();
    run("show 274d69b0").exits(0).stdout_has("other pending 2300");
    let listed = run("list --source queue --port MEL2-A -o json").exits(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["b_end"]["product_name"], "MEL2-A");
    run("accept 274d69b0").exits(0).stdout_has("400 Mbps for 12 months on MEL2-A");
}

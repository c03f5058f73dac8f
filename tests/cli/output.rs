//! The forms of a result: json, jsonl, csv, yaml, chosen fields, queries, order and number.

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit, fixture, port, products, with};
use crate::common::{Home, Outcome, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

fn listing() -> Script {
    with_vxcs([fixture("vxc-new"), fixture("vxc-speed"), fixture("vxc-new-bare")])
}

fn with_vxcs(vxcs: impl IntoIterator<Item = Value>) -> Script {
    Script::new()
        .on("GET", "/v2/products", products([port("port-syd1-a", vxcs)]))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start()
}

fn run(args: &str, query: Option<&str>) -> Outcome {
    let home = Home::new();
    let script = listing();
    let run = home.approvals(args, &script);
    match query {
        Some(query) => run.arg("--query").arg(query).run(),
        None => run.run(),
    }
}

/// Every path of an object, parents included.
fn paths(value: &Value, above: &str, found: &mut Vec<String>) {
    for (name, field) in value.as_object().into_iter().flatten() {
        let path = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        paths(field, &path, found);
        found.push(path);
    }
}

#[test]
fn the_fields_of_an_approval_are_pinned() {
    let list = run("list -o json", None);
    let approvals = list.exits(0).json();
    let mut found = Vec::new();
    paths(&approvals[0], "", &mut found);
    found.retain(|path| !path.starts_with("extra."));
    found.sort_unstable();
    let expected = "a_end a_end.inner_vlan a_end.location a_end.product_name a_end.product_uid a_end.vlan account \
        b_end b_end.inner_vlan b_end.location b_end.product_name b_end.product_uid b_end.vlan \
        claimed_by claimed_until created_at customer customer.is_new customer.name customer.uid decided_at decided_by decided_message direction expires_at extra id message \
        name new_rate_limit_mbps new_term_months port_speed_mbps proposed_by rate_limit_mbps room_after_mbps source status \
        term_months type vlan_free vxc_uid waiting_on wire_status wire_type";
    assert_eq!(found, expected.split_whitespace().collect::<Vec<_>>());
}

/// They are read from a record that has every part: one that is forgotten there is missing here.
#[test]
fn every_part_of_a_record_is_offered() {
    let home = Home::new();
    let sandbox = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    for args in ["approvals list", "approvals show 7c1e09ab", "speed list", "ports list"] {
        let outcome = sandbox(&format!("{args} -o json"));
        let records = outcome.exits(0).json();
        let records = records.as_array().map_or(std::slice::from_ref(&records), Vec::as_slice);
        let mut found: Vec<String> = Vec::new();
        for record in records {
            paths(record, "", &mut found);
        }
        found.retain(|path| !path.starts_with("extra."));
        let help = sandbox(&format!("{args} --fields help"));
        let offered: Vec<&str> =
            help.exits(0).stdout.lines().map(|known| known.trim_end_matches(".*")).collect();
        // The API's own words are there only where portgate doesn't know them, an account only where it acts for one.
        let is_rare = |known: &&&str| known.contains("wire_") || known.starts_with("account.");
        for known in offered.iter().filter(|known| !is_rare(known)) {
            assert!(found.iter().any(|path| path == known), "{args}: no record has {known}");
        }
        for path in &found {
            let below = format!("{path}.");
            let fits = offered.iter().any(|known| known == path || known.starts_with(&below));
            assert!(fits, "{args}: {path} is not offered");
        }
    }
}

#[test]
fn jsonl_is_a_record_a_line() {
    let outcome = run("list -o jsonl", None);
    let ids: Vec<String> = outcome
        .exits(0)
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0], NEW);
}

#[test]
fn csv_has_a_heading_and_neutralises_formulas() {
    let evil = with(fixture("vxc-new"), json!({"companyName": "=cmd|' /C calc'!A0", "productName": "-2+3"}));
    let home = Home::new();
    let outcome = home.approvals("list -o csv", &with_vxcs([evil, fixture("vxc-live")])).run();

    let lines: Vec<&str> = outcome.exits(0).stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{outcome}");
    let heading: Vec<&str> = lines[0].split(',').collect();
    let cells: Vec<&str> = lines[1].split(',').collect();
    assert_eq!(heading[0], "id");
    let cell = |name: &str| cells[heading.iter().position(|title| *title == name).unwrap()];
    assert_eq!(cell("customer.name"), "'=cmd|' /C calc'!A0");
    assert_eq!(cell("name"), "'-2+3");
    assert_eq!(cell("rate_limit_mbps"), "500");
    assert_eq!(cell("new_rate_limit_mbps"), "");
    assert!(!heading.contains(&"extra"), "{outcome}");

    let negative = home.approvals("list -o csv --fields room_after_mbps", &listing()).run();
    let over = home
        .approvals(
            "list -o csv --fields id,room_after_mbps",
            &with_vxcs([with(fixture("vxc-new"), json!({"rateLimit": 100_000}))]),
        )
        .run();
    negative.exits(0).stdout_has("room_after_mbps\n");
    assert!(over.exits(0).row("7c1e09ab").contains(",-"), "a negative number stays one\n{over}");
}

#[test]
fn empty_lists_are_empty_in_every_form() {
    let script = with_vxcs([]);
    let home = Home::new();
    for (form, expected) in [("json", "[]\n"), ("jsonl", ""), ("yaml", "[]\n"), ("table", "")] {
        home.approvals(&format!("list -o {form}"), &script).run().exits(0).stdout_is(expected);
    }
    home.approvals("list -o csv --fields id,type", &script).run().exits(0).stdout_is("id,type\n");
    home.approvals("list", &script).arg("--query").arg("[].id").run().exits(0).stdout_is("");
}

#[test]
fn yaml_is_one_document() {
    let outcome = run("list -o yaml --fields id,customer.name,new_rate_limit_mbps --limit 1", None);
    let expected = format!("- id: {NEW}\n  customer:\n    name: Globex Bank\n  new_rate_limit_mbps: null\n");
    outcome.exits(0).stdout_is(&expected);
}

#[test]
fn fields_choose_from_json_and_make_a_table_of_their_own() {
    let json = run("list -o json --fields customer.name,id,a_end --limit 1", None);
    let first = &json.exits(0).json()[0];
    let names: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(names, ["customer", "id", "a_end"]);
    assert_eq!(first["customer"], json!({"name": "Globex Bank"}));
    assert!(first["a_end"]["vlan"].is_i64());

    let table = run("list --fields id,customer.name,expires_at", None);
    let lines: Vec<&str> = table.exits(0).stdout.lines().collect();
    assert!(lines[0].starts_with("ID ") && lines[0].contains("CUSTOMER.NAME"), "{table}");
    assert!(table.row(SPEED).ends_with('-'), "what isn't there is a dash\n{table}");
}

#[test]
fn unknown_fields_and_wrong_queries_end_before_any_request() {
    let script = Script::new().start();
    let home = Home::new();
    let cases: [(&str, &[&str]); 7] = [
        ("list --fields custmer.name", &["unknown field 'custmer.name'", "customer.name"]),
        ("list --fields ,", &["is empty"]),
        ("list --sort age", &["unknown field 'age'", "created_at"]),
        ("list --sort id:up", &["asc or desc"]),
        ("list --query [?type==", &["invalid --query", "JMESPath"]),
        ("list --query nope(@)", &["unknown function 'nope'", "sort_by"]),
        ("accept 7c1e09ab --fields idd", &["unknown field 'idd'", "did you mean 'id'"]),
    ];
    for (args, texts) in cases {
        let outcome = home.approvals(args, &script).run();
        outcome.exits(2).stdout_is("");
        for text in texts {
            outcome.stderr_has(text);
        }
        let json = home.approvals(&format!("{args} -o jsonl"), &script).run();
        assert_eq!(json.exits(2).error()["code"], 2);
    }
    assert!(script.lines().is_empty());
}

#[test]
fn argument_errors_are_json_however_the_form_is_asked_for() {
    let home = Home::new();
    for args in [
        "approvals list --nonsense -o json",
        "approvals list --nonsense -ojsonl",
        "approvals accept --nonsense -yo json",
        "--output=json approvals list --limit 0",
        "-o json approvals",
        "-o json",
    ] {
        let outcome = home.portgate(args).run();
        let error = outcome.exits(2).error();
        assert_eq!(error["type"], "usage", "{args}");
        assert!(!error["message"].as_str().unwrap().contains('\n'), "{args}");
        outcome.stdout_is("");
    }
    let text = home.portgate("approvals list --nonsense -o csv").run();
    text.exits(2).stderr_has("error: ").stderr_lacks("{");
    let variable = home.portgate("approvals list --nonsense").env("PORTGATE_OUTPUT", "jsonl").run();
    assert_eq!(variable.exits(2).error()["code"], 2);
    home.portgate("approvals list").env("PORTGATE_OUTPUT", "xml").run().exits(2).stderr_has("yaml");
}

#[test]
fn a_query_is_plain_for_a_shell_and_formed_where_a_form_is_asked_for() {
    let ids = "[?type=='connection'].id";
    assert_eq!(run("list", Some(ids)).exits(0).stdout.lines().next(), Some(NEW));
    run("list", Some("[0].customer.name")).exits(0).stdout_is("Globex Bank\n");
    run("list", Some("length(@)")).exits(0).stdout_is("3\n");
    run("list", Some("[0].expires_at.nothing")).exits(0).stdout_is("");
    run("list", Some("[0].[id, rate_limit_mbps]")).exits(0).stdout_is(&format!("{NEW}\n500\n"));
    run("list", Some("[:1].[id, rate_limit_mbps]")).exits(0).stdout_is(&format!("{NEW}\t500\n"));
    assert_eq!(run("list", Some("[0].{n: name}")).exits(0).json()["n"], "Globex Bank to Example Cloud");
    run("list -o json", Some("[0].customer.name")).exits(0).stdout_is("\"Globex Bank\"\n");
    run("list -o yaml", Some("[0].customer.name")).exits(0).stdout_is("Globex Bank\n");
    run("list -o csv", Some("[:1].{id: id, vlan: b_end.vlan}"))
        .exits(0)
        .stdout_is(&format!("id,vlan\n{NEW},1201\n"));
    run("list -o jsonl", Some("[:1].{id: id}")).exits(0).stdout_is(&format!("{{\"id\":\"{NEW}\"}}\n"));
}

#[test]
fn a_decision_is_not_lost_to_a_query_that_fails_on_it() {
    let circuit = Circuit::of("vxc-new");
    let home = Home::new();
    let script = Script::new().marketplace(&circuit).start();
    let outcome =
        home.approvals(&format!("accept {NEW} -o json"), &script).arg("--query").arg("abs(schema)").run();
    assert_eq!(outcome.exits(1).json()["summary"]["ok"], 1, "{outcome}");
    assert!(outcome.error()["hint"].as_str().unwrap().contains("the change was made"));
    let again =
        home.approvals(&format!("accept {NEW}"), &script).arg("--query").arg("results[].outcome").run();
    again.exits(0).stdout_is("already\n");
}

#[test]
fn a_batch_is_a_document_or_its_results_as_lines() {
    let circuit = Circuit::of("vxc-new");
    let home = Home::new();
    let script = Script::new().marketplace(&circuit).start();
    let csv = home.approvals(&format!("accept {NEW} -o csv --fields id,outcome,vlan"), &script).run();
    csv.exits(0).stdout_is(&format!("id,outcome,vlan\n{NEW},done,1201\n"));
    let jsonl = home.approvals(&format!("accept {NEW} -o jsonl"), &script).run();
    assert_eq!(jsonl.exits(0).json()["outcome"], "already", "one result, one line");
    let yaml = home.approvals(&format!("accept {NEW} -o yaml --fields outcome"), &script).run();
    yaml.exits(0).stdout_has("schema: portgate.batch/v1\n").stdout_has("results:\n- outcome: already\n");
}

#[test]
fn lists_are_sorted_and_limited_alike() {
    let vxcs = [
        with(fixture("vxc-new"), json!({"rateLimit": 90})),
        with(fixture("vxc-new-late"), json!({"rateLimit": 1000})),
        fixture("vxc-new-bare"),
    ];
    let script = with_vxcs(vxcs);
    let home = Home::new();
    let rates = |args: &str| {
        let run = home.approvals(&format!("list {args}"), &script).arg("--query").arg("[].[rate_limit_mbps]");
        run.run().exits(0).stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(rates("--sort rate_limit_mbps"), ["90", "1000", ""]);
    assert_eq!(rates("--sort rate_limit_mbps:desc"), ["1000", "90", ""]);
    assert_eq!(rates("--sort rate_limit_mbps:desc --limit 1"), ["1000"]);
    let limited = home.approvals("list --limit 1", &script).run();
    limited.exits(0).stderr_has("1 of 3 requests");
    // Room counts down the list as it is shown.
    let rooms = home
        .approvals("list --sort rate_limit_mbps:desc", &script)
        .arg("--query")
        .arg("[?rate_limit_mbps].room_after_mbps")
        .run();
    let rooms: Vec<i64> = rooms.exits(0).stdout.lines().map(|room| room.parse().unwrap()).collect();
    assert_eq!(rooms[0] - rooms[1], 90);
}

#[test]
fn a_wrong_number_is_told_what_would_be_right() {
    let home = Home::new();
    for (args, right) in [
        ("approvals list --max-rate fast", "such as 500 Mbps or 1 Gbps"),
        ("approvals accept 7c1e09ab --expect-rate 10T", "such as 500 Mbps or 1 Gbps"),
        ("approvals list --max-rate -5", "at least 1 Mbps"),
        ("keys create --max-speed 1.5", "a whole number of Mbps"),
        ("keys update 8ea6f3bf --max-speed 0", "at least 1 Mbps"),
        ("approvals list --limit 0", "a whole number of at least 1"),
        ("approvals list --limit -1", "a whole number of at least 1"),
        ("approvals history --last none", "a whole number of at least 1"),
        ("approvals watch --count 0", "a whole number of at least 1"),
        ("approvals watch --interval often", "2h or 7d"),
        ("approvals wait 7c1e09ab --interval 10ms", "the minimum is 1 second"),
        ("approvals list --max-retries often", "a whole number, 0 for none"),
        ("ports vlans SYD1-A --free -1", "a number from 1 to 4092"),
        ("sandbox reset --ports many", "a whole number"),
    ] {
        home.portgate(&format!("--env sandbox {args}")).run().exits(2).stderr_has(right);
    }
}

#[test]
fn commands_that_an_error_proposes_can_be_copied() {
    let home = Home::new();
    let many =
        home.portgate("--env sandbox approvals accept 424e4529 00000000-0000-4000-8000-000000000000 -o json");
    let many = many.run();
    many.exits(8);
    let hint = many.error()["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("portgate --env sandbox approvals list"), "{hint}");
}

#[test]
fn history_takes_an_id_as_show_does() {
    let home = Home::new();
    home.portgate("--env sandbox approvals accept 7c1e09ab").run().exits(0);
    home.portgate("--env sandbox approvals accept 6ac56e45").run().exits(0);
    for args in ["7c1e09ab", "--id 7c1e09ab"] {
        let history = home.portgate(&format!("--env sandbox approvals history {args}")).run();
        history.exits(0).stdout_has("7c1e09ab").stdout_lacks("6ac56e45");
    }
    home.portgate("--env sandbox approvals history 7c1e09ab --everywhere").run().exits(2);
}

#[test]
fn a_list_is_a_page_that_loads_nothing() {
    let home = Home::new();
    let run = |args: &str| home.portgate(args).arg("--env").arg("sandbox").run();
    let ports = run("ports list -o html");
    let page = &ports.exits(0).stdout;
    assert!(!page.contains("<script") && !page.contains("://") && !page.contains("url("), "{page}");
    assert_eq!(page.matches("<tr>").count(), page.matches("</tr>").count());
    for (args, said) in [
        ("approvals show 7c1e09ab -o html", "`portgate approvals show` can't write HTML"),
        ("approvals accept 7c1e09ab -o html", "`portgate approvals accept` can't write HTML"),
        ("ports list -o html --query [].name", "--query can't be combined with -o html"),
    ] {
        run(args).exits(2).stderr_has(said).stdout_is("");
    }
}

#[test]
fn the_error_of_missing_arguments_names_them_in_json() {
    let home = Home::new();
    let refused = home.portgate("users update -o json").run();
    let error = refused.exits(2).error();
    assert_eq!(
        error["message"],
        "the following required arguments were not provided: --email <SWITCH>, <USER>"
    );
    let hint = "Usage: portgate users update --email <SWITCH> --output <FORMAT> <USER>; For more information, try '--help'.";
    assert_eq!(error["hint"], hint);
}

//! `approvals list` and `approvals show`: what waits, how it looks, what is left out.

use serde_json::json;

use crate::common::wire::{self, Circuit, fixture, port, products, with};
use crate::common::{Answer, Home, Outcome, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

/// A backend with these VXCs and an empty queue.
fn listing(vxcs: &[&str]) -> Script {
    Script::new()
        .on("GET", "/v2/products", wire::products_of(vxcs))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start()
}

fn list_json(script: &Script, args: &str) -> Vec<serde_json::Value> {
    let home = Home::new();
    let outcome = home.approvals(&format!("list -o json {args}"), script).run();
    outcome.exits(0);
    outcome.json().as_array().expect("list prints an array").clone()
}

/// The cells of a table's row: parted by two blanks or more.
fn cells(row: &str) -> Vec<&str> {
    row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn rows(outcome: &Outcome) -> Vec<Vec<&str>> {
    outcome.stdout.lines().map(cells).collect()
}

#[test]
fn the_table_is_the_one_the_contract_shows() {
    let script = Script::new()
        .on("GET", "/v2/products", {
            let sydney = port("port-syd1-a", [fixture("vxc-live"), fixture("vxc-new")]);
            let melbourne = port("port-mel2-b", [fixture("vxc-speed"), fixture("vxc-live-small")]);
            products([sydney, melbourne])
        })
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let home = Home::new();

    let outcome = home.approvals("list", &script).run();

    outcome.exits(0).stderr_has("Example Cloud Connect");
    assert_eq!(
        rows(&outcome),
        [
            vec!["ID", "TYPE", "CUSTOMER", "SPEED", "PORT", "VLAN", "ROOM AFTER", "AGE", "EXPIRES"],
            vec!["7c1e09ab", "new", "Globex Bank", "500", "SYD1-A", "1201", "1300 of 10000", "51d", "in 9d"],
            vec!["e04b77f2", "speed", "Initech", "200 → 1000", "MEL2-B", "340", "OVER by 400", "?", "-"],
        ],
        "{outcome}"
    );
}

#[test]
fn json_has_every_field_the_contract_names() {
    let script = listing(&["vxc-new", "vxc-speed"]);

    let approvals = list_json(&script, "");

    assert_eq!(approvals.len(), 2);
    let first = &approvals[0];
    let fixture = fixture("vxc-new");
    assert_eq!(first["id"], NEW);
    assert_eq!(first["source"], "marketplace");
    assert_eq!(first["type"], "connection");
    assert_eq!(first["direction"], "incoming");
    assert_eq!(first["status"], "pending");
    assert_eq!(first["waiting_on"], "me");
    assert_eq!(first["name"], "Globex Bank to Example Cloud");
    assert_eq!(first["vxc_uid"], "4bd20f71-93c8-4a6e-b5d1-0e7f8a9b1c10");
    assert_eq!(first["customer"]["uid"], "91b7d3e2-5a4c-4e1f-8f70-1b2c3d4e5f02");
    assert_eq!(first["customer"]["name"], "Globex Bank");
    for (ours, wire) in [("a_end", "aEnd"), ("b_end", "bEnd")] {
        let fields = [
            ("product_uid", "productUid"),
            ("product_name", "productName"),
            ("location", "location"),
            ("vlan", "vlan"),
            ("inner_vlan", "innerVlan"),
        ];
        for (field, on_wire) in fields {
            assert_eq!(first[ours][field], fixture[wire][on_wire], "{ours}.{field}");
        }
    }
    assert_eq!(first["rate_limit_mbps"], 500);
    assert_eq!(first["new_rate_limit_mbps"], json!(null));
    assert!(first["room_after_mbps"].is_i64());
    let created: jiff::Timestamp = first["created_at"].as_str().unwrap().parse().unwrap();
    let expires: jiff::Timestamp = first["expires_at"].as_str().unwrap().parse().unwrap();
    assert!(first["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(expires.duration_since(created).as_hours(), 60 * 24);
    assert!(first["extra"].is_object());

    let speed = &approvals[1];
    assert_eq!(speed["id"], SPEED);
    assert_eq!(speed["type"], "speed-change");
    assert_eq!(speed["rate_limit_mbps"], 200);
    assert_eq!(speed["new_rate_limit_mbps"], 1000);
    for unknown in ["created_at", "expires_at"] {
        assert_eq!(speed[unknown], json!(null), "a speed change has no date, never the VXC's: {unknown}");
    }
}

#[test]
fn numbers_may_be_text_and_times_iso_8601() {
    let script = listing(&["vxc-new-iso", "vxc-speed-text"]);

    let approvals = list_json(&script, "");

    assert_eq!(approvals[0]["rate_limit_mbps"], 250);
    assert_eq!(approvals[0]["b_end"]["vlan"], 1300);
    let created: jiff::Timestamp = approvals[0]["created_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(jiff::Timestamp::now().duration_since(created).as_hours() / 24, 10);
    assert_eq!(approvals[1]["new_rate_limit_mbps"], 300);
}

#[test]
fn a_request_with_every_optional_field_missing_is_shown() {
    let script = listing(&["vxc-new-bare"]);

    let approvals = list_json(&script, "");

    assert_eq!(approvals.len(), 1);
    assert_eq!(approvals[0]["id"], "748e3d50-c29f-460a-93b1-f5e6d7c2b31c");
    assert_eq!(approvals[0]["direction"], "incoming");
    for absent in ["name", "rate_limit_mbps", "new_rate_limit_mbps", "created_at", "expires_at"] {
        assert_eq!(approvals[0][absent], json!(null), "{absent}");
    }
    assert_eq!(approvals[0]["customer"]["name"], json!(null));
    Home::new().approvals("list", &script).run().exits(0).row("748e3d50");
}

#[test]
fn markers_that_stayed_behind_are_not_listed() {
    let stale = [
        "vxc-stale-configured",
        "vxc-stale-live",
        "vxc-stale-failed",
        "vxc-stale-cancelled",
        "vxc-speed-done",
        "vxc-live",
        "vxc-live-small",
    ];
    let script = listing(&stale);

    assert_eq!(list_json(&script, ""), Vec::<serde_json::Value>::new());
    assert_eq!(list_json(&script, "--waiting-on any"), Vec::<serde_json::Value>::new());
}

#[test]
fn an_empty_list_says_so_on_stderr_only() {
    let script = listing(&["vxc-live"]);
    let home = Home::new();

    let json = home.approvals("list -o json", &script).run();
    let table = home.approvals("list", &script).run();

    json.exits(0);
    assert_eq!(json.json(), json!([]));
    assert_eq!(table.exits(0).stdout.lines().filter(|line| !line.starts_with("ID")).count(), 0, "{table}");
    assert!(!table.stderr.is_empty(), "{table}");
}

#[test]
fn what_does_not_wait_on_me_is_left_out_but_counted() {
    let script = listing(&["vxc-new", "vxc-outgoing", "vxc-outgoing-external"]);
    let home = Home::new();

    let mine = home.approvals("list", &script).run();
    mine.exits(0).stdout_has("7c1e09ab").stdout_lacks("a7b16083");
    mine.stderr_has("more");
    let all = list_json(&script, "--waiting-on any");
    let by_id = |id: &str| {
        all.iter().find(|approval| approval["id"].as_str().unwrap().starts_with(id)).unwrap().clone()
    };
    assert_eq!(all.len(), 3);
    assert_eq!(by_id("96a05f72")["direction"], "outgoing", "marked PENDING_INTERNAL, but the A-End is ours");
    assert_eq!(by_id("a7b16083")["direction"], "outgoing");
    assert_eq!(by_id("a7b16083")["waiting_on"], "them");
    let theirs = list_json(&script, "--waiting-on them");
    assert!(theirs.iter().any(|approval| approval["id"].as_str().unwrap().starts_with("a7b16083")));
    assert!(!theirs.iter().any(|approval| approval["id"] == NEW));
}

#[test]
fn a_vxc_between_two_ports_of_mine_is_there_once() {
    let internal = fixture("vxc-internal");
    let script = Script::new()
        .on("GET", "/v2/products", {
            products([port("port-syd1-a", [internal.clone()]), port("port-mel2-b", [internal])])
        })
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();

    let approvals = list_json(&script, "--waiting-on any");

    assert_eq!(approvals.len(), 1);
    assert_eq!(approvals[0]["direction"], "internal");
}

#[test]
fn the_soonest_to_expire_come_first_and_room_counts_down_the_list() {
    let script = listing(&["vxc-live", "vxc-new", "vxc-new-late", "vxc-speed-text"]);

    let approvals = list_json(&script, "");

    let ids: Vec<&str> = approvals.iter().map(|approval| approval["id"].as_str().unwrap()).collect();
    assert_eq!(ids[..2], ["7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12", NEW]);
    // 10000 - 8200 sold to Globex Bank - 100 of the VXC that is to be raised = 1700 left.
    let room: Vec<i64> =
        approvals.iter().map(|approval| approval["room_after_mbps"].as_i64().unwrap()).collect();
    assert_eq!(room, [1600, 1100, 900]);
}

#[test]
fn ids_are_as_long_as_it_takes_to_tell_them_apart() {
    let mut twin = fixture("vxc-new-late");
    twin["vxcApproval"]["uid"] = json!("7c1e09ab-4f60-4d2a-b9e4-5a1c3f7d2e12");
    let script = Script::new()
        .on("GET", "/v2/products", products([port("port-syd1-a", [fixture("vxc-new"), twin])]))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let home = Home::new();

    let outcome = home.approvals("list", &script).run();

    outcome.exits(0);
    let shown: Vec<&str> = rows(&outcome)[1..].iter().map(|cells| cells[0]).collect();
    assert_eq!(shown.len(), 2);
    assert!(shown.iter().all(|id| id.len() > 9) && shown[0] != shown[1], "{outcome}");
}

#[test]
fn an_entry_that_moves_to_the_next_page_is_one_however_it_is_spelled() {
    let entries = fixture("order-approvals-page-1")["data"].clone();
    let (first, second) = (entries[0].clone(), entries[1].clone());
    let mut again = first.clone();
    again["uid"] = json!(first["uid"].as_str().unwrap().to_uppercase());
    let pages = [json!([first]), json!([again, second])];
    let script = Script::new()
        .on("GET", "/v2/products", products([]))
        .on("GET", "/v3/order_approvals", move |request: &Request, _: usize| {
            let page: usize = request.parameter("pageNumber").unwrap().parse().unwrap();
            wire::paged(Answer::ok(pages[page - 1].clone()), 2, page, 2)
        })
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    assert_eq!(list_json(&script, "").len(), 2);
}

#[test]
fn an_order_in_the_queue_may_spell_the_uid_of_its_port_otherwise() {
    let mut entry = fixture("order-approvals-page-1")["data"][0].clone();
    let port_uid = fixture("port-syd1-a")["productUid"].as_str().unwrap().to_uppercase();
    entry["detail"]["productRequest"][0]["bEnd"] = json!({"productUid": port_uid});
    let script = Script::new()
        .on("GET", "/v2/products", products([port("port-syd1-a", [fixture("vxc-live")])]))
        .on("GET", "/v3/order_approvals", wire::paged(Answer::ok(json!([entry])), 1, 1, 1))
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();

    let approvals = list_json(&script, "");

    assert_eq!(approvals[0]["b_end"]["product_name"], "SYD1-A");
    assert!(approvals[0]["room_after_mbps"].is_i64(), "{approvals:?}");
}

#[test]
fn the_queue_is_read_page_by_page_and_told_apart() {
    let script = Script::new()
        .on("GET", "/v2/products", wire::products_of(&["vxc-new"]))
        .on("GET", "/v3/order_approvals", wire::queue(&["order-approvals-page-1", "order-approvals-page-2"]))
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();

    let approvals = list_json(&script, "");

    assert_eq!(approvals.len(), 4);
    assert_eq!(script.hits("GET", "/v3/order_approvals"), 2);
    let entry = |uid: &str| {
        approvals.iter().find(|approval| approval["id"].as_str().unwrap().starts_with(uid)).unwrap().clone()
    };
    assert_eq!(entry("c9d382a5")["type"], "order");
    assert_eq!(entry("c9d382a5")["source"], "queue");
    assert_eq!(entry("c9d382a5")["customer"]["name"], "Example Media");
    assert_eq!(entry("dae493b6")["type"], "term-change");
    assert_eq!(entry("ebf5a4c7")["type"], "speed-change");
    let home = Home::new();
    let table = home.approvals("list", &script).run();
    table.exits(0);
    assert!(cells(table.stdout.lines().next().unwrap()).contains(&"SOURCE"), "both sources occur\n{table}");
}

#[test]
fn source_is_a_column_only_when_both_occur() {
    let script = listing(&["vxc-new"]);
    Home::new().approvals("list", &script).run().exits(0).stdout_lacks("SOURCE");
}

#[test]
fn exit_pending_is_20_only_for_what_waits_on_me() {
    let home = Home::new();
    home.approvals("list --exit-pending", &listing(&["vxc-new"])).run().exits(20).stdout_has("7c1e09ab");
    home.approvals("list --exit-pending", &listing(&["vxc-outgoing", "vxc-outgoing-external"]))
        .run()
        .exits(0);
}

#[test]
fn a_source_that_fails_leaves_the_rows_of_the_other_and_its_exit_code() {
    let script = Script::new()
        .on("GET", "/v2/products", wire::products_of(&["vxc-new"]))
        .on("GET", "/v3/order_approvals", Answer::refusal(500, "The queue is broken."))
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let home = Home::new();

    let table = home.approvals("list --max-retries 0", &script).run();
    table.exits(4).stdout_has("7c1e09ab").stderr_has("warning").stderr_has("queue");
    let json = home.approvals("list --max-retries 0 -o json", &script).run();
    json.exits(4);
    assert_eq!(json.json().as_array().unwrap().len(), 1);

    let script = Script::new()
        .on("GET", "/v2/products", Answer::refusal(503, "Down for maintenance."))
        .on("GET", "/v3/order_approvals", wire::queue(&["order-approvals-page-1"]))
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let table = home.approvals("list --max-retries 0", &script).run();
    table.exits(4).stdout_has("c9d382a5").stderr_has("warning");
}

#[test]
fn a_source_that_is_not_ours_to_read_is_skipped_with_a_note() {
    for status in [403, 404] {
        let script = Script::new()
            .on("GET", "/v2/products", wire::products_of(&["vxc-new"]))
            .on("GET", "/v3/order_approvals", Answer::refusal(status, "No."))
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        let outcome = Home::new().approvals("list", &script).run();
        outcome.exits(0).stdout_has("7c1e09ab").stderr_has("queue");
        assert_eq!(script.hits("GET", "/v3/order_approvals"), 1, "a refusal is not tried again");
    }
}

#[test]
fn both_sources_refused_is_7() {
    let script = Script::new()
        .on("GET", "/v2/products", wire::body(403, "error-forbidden"))
        .on("GET", "/v3/order_approvals", wire::body(403, "error-forbidden"))
        .on("GET", "/v2/employment", wire::body(403, "error-forbidden"))
        .start();
    let outcome = Home::new().approvals("list -o json", &script).run();
    outcome.exits(7);
    assert_eq!(outcome.error()["type"], "forbidden");
    assert_eq!(outcome.error()["code"], 7);
}

#[test]
fn names_from_outside_cannot_drive_the_terminal() {
    let script = listing(&["vxc-new-hostile"]);
    let home = Home::new();

    let table = home.approvals("list", &script).run();
    let one = home
        .approvals("show 637d2c4f-b18e-45f9-82a0-e4d5c6b1a21b", &script_with_product("vxc-new-hostile"))
        .run();
    let screen = home.approvals("list", &script).in_terminal(200, 24).exits(0);

    for (what, text) in [("list", &table.stdout), ("show", &one.stdout), ("note", &table.stderr)] {
        let driving = |character: char| {
            (character.is_control() && character != '\n') || matches!(character, '\u{202a}'..='\u{202e}')
        };
        assert!(!text.contains(driving), "{what}: {text:?}");
    }
    table.exits(0);
    one.exits(0);
    assert_eq!(table.stdout.lines().count(), 2, "{table}");
    for sequence in ["\u{1b}[2J", "\u{1b}]0;", "\u{7}", "\u{202e}", "\u{9b}"] {
        assert!(!screen.contains(sequence), "{screen:?}");
    }
    // As JSON it is what it is, safely escaped.
    let approvals = list_json(&script, "");
    assert_eq!(approvals[0]["customer"]["name"], fixture("vxc-new-hostile")["companyName"]);
}

fn script_with_product(name: &str) -> Script {
    Script::new().marketplace(&Circuit::of(name)).start()
}

#[test]
fn a_closed_pipe_is_silent() {
    let script = listing(&["vxc-new", "vxc-speed"]);
    let home = Home::new();
    for args in ["list", "list -o json"] {
        let outcome = home.approvals(args, &script).run_with_closed_stdout();
        outcome.exits(0).stderr_lacks("error").stderr_lacks("panicked").stderr_lacks("pipe");
    }
}

#[test]
fn a_narrow_terminal_drops_age_first_then_has_two_lines_per_request_and_never_cuts_an_id() {
    let script = listing(&["vxc-live", "vxc-new", "vxc-speed-text"]);
    let home = Home::new();
    let header = |columns: u16| {
        let screen = home.approvals("list", &script).in_terminal(columns, 24).exits(0);
        let row = screen.lines().find(|line| line.contains("7c1e09ab"));
        assert!(row.is_some(), "the id is whole at {columns} columns: {screen}");
        screen.lines().find(|line| line.contains("TYPE")).map(str::to_owned).unwrap_or_default()
    };

    let wide = header(120);
    assert!(wide.contains("AGE") && wide.contains("VLAN"), "{wide}");
    let whole = wide.trim_end().chars().count();
    let narrower = header(u16::try_from(whole - 1).unwrap());
    assert!(
        !narrower.contains("AGE") && narrower.contains("VLAN") && narrower.contains("EXPIRES"),
        "{narrower}"
    );
    let narrow = header(60);
    assert!(narrow.contains("AGE") && !narrow.contains("VLAN") && narrow.contains("ID"), "{narrow}");
    let screen = home.approvals("list", &script).in_terminal(60, 24).exits(0);
    assert!(screen.lines().any(|line| line.contains("VLAN") && line.contains("ROOM AFTER")), "{screen}");
    header(20);
}

#[test]
fn a_customer_without_a_vxc_yet_is_marked_as_new() {
    let known = with(fixture("vxc-live"), json!({"companyUid": fixture("vxc-new")["companyUid"]}));
    let script = Script::new()
        .on(
            "GET",
            "/v2/products",
            products([port("port-syd1-a", [known, fixture("vxc-new"), fixture("vxc-new-late")])]),
        )
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let outcome = Home::new().approvals("list", &script).run();
    outcome.exits(0);
    assert!(cells(outcome.row("7c1e09ab")).contains(&"Globex Bank"), "{outcome}");
    let newcomer = cells(outcome.row("Sample Logistics"))[2];
    assert!(newcomer.contains("new"), "{newcomer:?}\n{outcome}");
}

#[test]
fn the_mark_of_a_new_customer_outlives_the_cut_of_its_name() {
    let name = "Globex Bank of the Southern Islands and Territories Holding";
    let new = Circuit::of("vxc-new");
    new.change(json!({"companyName": name}));
    let script = Script::new().marketplace(&new).start();
    let home = Home::new();
    for columns in [80, 60] {
        let screen = home.approvals("list", &script).env("NO_COLOR", "1").in_terminal(columns, 24).exits(0);
        assert!(screen.contains("… (new)"), "{columns}: {screen}");
    }
}

#[test]
fn the_summary_counts_what_its_option_would_add() {
    let (mine, theirs) = (Circuit::of("vxc-new"), Circuit::of("vxc-new-late"));
    let speed = Circuit::under("port-mel2-b", "vxc-speed");
    theirs.change(json!({"vxcApproval": {"status": "PENDING_EXTERNAL"}}));
    let script = Script::new().marketplace_of(&[&mine, &theirs, &speed]).start();
    let home = Home::new();
    let list = |flags: &str| home.approvals(&format!("list {flags}"), &script).run();

    list("").exits(0).stderr_has("2 requests · 1 more pending (--waiting-on any)");
    list("--waiting-on any").exits(0).stderr_has("3 requests").stderr_lacks("more pending");
    // The speed change is hidden by the filter, which that option doesn't lift.
    let filtered = list("--type connection");
    filtered.exits(0).stderr_has("1 request · 1 more pending (--waiting-on any)");
    filtered.stderr_has("1 more pending request excluded by filters");
    list("--type speed-change")
        .stderr_lacks("--waiting-on")
        .stderr_has("2 more pending requests excluded by filters");
    let none = list("--customer nobody");
    none.exits(0).stderr_lacks("--waiting-on").stderr_has("3 pending requests excluded by filters");
}

#[test]
fn a_time_below_zero_is_told_what_would_be_right() {
    for args in ["list --older-than -3d", "list --expires-within -1h", "history --since -2d"] {
        let outcome = Home::new().portgate(&format!("approvals {args}")).run();
        outcome.exits(2).stderr_lacks("unexpected argument").stderr_has("2h or 7d");
    }
}

#[test]
fn filters_by_speed_age_and_location_leave_out_what_is_unknown() {
    let home = Home::new();
    let ids = |filters: &str| {
        let run = home.portgate(&format!("approvals list --env sandbox -o json {filters}")).run();
        let list = run.exits(0).json();
        let mut ids: Vec<String> =
            list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()[..8].to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids("--speed-above 400M --speed-below 1g"), ["7c1e09ab"]);
    assert_eq!(ids("--speed-above 999 --type speed-change"), ["06b5f74f", "e04b77f2"]);
    assert_eq!(ids("--speed-below 100"), ["6ac56e45"]);
    assert_eq!(ids("--newer-than 1d --type connection"), ["afce3a24"]);
    assert_eq!(ids("--location singapore"), ["424e4529", "afce3a24"]);
    assert_eq!(ids("--location SINGAPORE --newer-than 1d"), ["afce3a24"]);
    assert!(ids("--location nowhere").is_empty());
    let none = home.portgate("approvals accept --env sandbox --speed-above 9g --yes").run();
    none.exits(0).stderr_has("no matching requests are waiting for you");
}

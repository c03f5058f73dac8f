//! `portgate ports`: what is sold and left, LAGs, and VLANs taken and free.

use serde_json::{Value, json};

use crate::common::wire::{self, fixture, port, with};
use crate::common::{Answer, Home, Outcome, Request, Script};

const SYD: &str = "a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11";
const MEL: &str = "b27c5e90-88af-4d07-b1b6-0d4a9e3f7c22";

fn run(args: &str, script: &Script) -> Outcome {
    Home::new().portgate(&format!("ports {args}")).at(script).token("scripted-token").run()
}

/// Two ports: SYD1-A with a live VXC and a request, MEL2-B with a live one and a speed change.
fn two_ports() -> [Value; 2] {
    [
        port("port-syd1-a", [fixture("vxc-live"), fixture("vxc-new")]),
        port("port-mel2-b", [fixture("vxc-live-small"), fixture("vxc-speed")]),
    ]
}

fn serving(ports: impl IntoIterator<Item = Value>) -> Script {
    let ports: Vec<Value> = ports.into_iter().collect();
    let mut script = Script::new().on("GET", "/v2/products", wire::products(ports.clone())).on(
        "GET",
        "/v3/order_approvals",
        wire::empty_queue(),
    );
    for port in ports {
        let path = format!("/v2/product/{}", port["productUid"].as_str().unwrap());
        script = script.on("GET", &path, Answer::ok(port));
    }
    script
}

#[test]
fn list_tells_sold_room_pending_approval_and_visibility() {
    let script = serving(two_ports()).start();
    let outcome = run("list", &script);
    outcome.exits(0).stdout_is(
        "\
PORT    LOCATION                  SPEED  SOLD        ROOM           PENDING  APPROVAL  VISIBLE
MEL2-B  Example Data Centre MEL2   1000  600 (60%)   400 of 1000        800  manual    yes
SYD1-A  Example Data Centre SYD1  10000  8200 (82%)  1800 of 10000      500  manual    yes
",
    );
    outcome.stderr_has("2 ports").stderr_has("Example Cloud Connect");
    assert_eq!((script.hits("GET", "/v2/products"), script.requests().len()), (1, 2));
}

#[test]
fn the_json_keys_of_a_port_are_a_promise() {
    let script = serving(two_ports()).start();
    let outcome = run("list -o json", &script);
    assert_eq!(
        outcome.exits(0).json()[1],
        json!({
            "uid": SYD, "name": "SYD1-A", "type": "MEGAPORT", "location": "Example Data Centre SYD1",
            "city": "Sydney", "status": "LIVE", "speed_mbps": 10000, "sold_mbps": 8200, "pending_mbps": 500,
            "vxcs": 1, "room_mbps": 1800, "sold_percent": 82, "auto_approval": false, "visible": true,
            "vxc_permitted": true, "lag": null,
        })
    );
}

#[test]
fn no_ports_are_an_empty_array_and_an_empty_table() {
    let script = serving([]).on("GET", "/v2/employment", wire::body(200, "employment")).start();
    run("list -o json", &script).exits(0).stdout_is("[]\n");
    run("list", &script).exits(0).stdout_is("").stderr_has("0 ports");
}

#[test]
fn the_members_of_a_lag_stand_together_and_are_counted_once() {
    let member = |uid: &str, name: &str, primary: bool, vxcs: Vec<Value>| {
        let changes =
            json!({"productUid": uid, "productName": name, "aggregationId": 31, "lagPrimary": primary});
        wire::with(port("port-syd1-a", vxcs), changes)
    };
    let alone = wire::with(port("port-mel2-b", []), json!({"productName": "SYD1-LAG-B"}));
    // The first port of the LAG sorts before the other though its name does not, and nothing comes between them.
    let script = serving([
        member("11111111-0000-4000-8000-000000000001", "SYD1-LAG-A", false, vec![]),
        alone,
        member(SYD, "SYD1-LAG-C", true, vec![fixture("vxc-live")]),
    ])
    .start();
    let outcome = run("list", &script);
    outcome.exits(0);
    let names: Vec<&str> =
        outcome.stdout.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, ["SYD1-LAG-B", "SYD1-LAG-C", "SYD1-LAG-A"], "{outcome}");
    let first = outcome.stdout.lines().nth(2).unwrap();
    assert!(first.contains("8200 (41%)") && first.contains("11800 of 20000"), "{outcome}");
    assert!(outcome.stdout.lines().nth(3).unwrap().contains("with SYD1-LAG-C"), "{outcome}");
    let json = run("list -o json", &script).json();
    assert_eq!(
        json[2]["lag"],
        json!({"id": "31", "ports": 2, "speed_mbps": 20000, "sold_mbps": 8200, "pending_mbps": 0})
    );
}

#[test]
fn what_is_over_is_left_out_unless_asked_for() {
    let gone = wire::with(port("port-mel2-b", []), json!({"provisioningStatus": "DECOMMISSIONED"}));
    let script = serving([port("port-syd1-a", []), gone]).start();
    run("list", &script).exits(0).stdout_lacks("MEL2-B").stderr_has("1 ended");
    run("list --all", &script).exits(0).stdout_has("MEL2-B").stdout_has("DECOMMISSIONED");
}

#[test]
fn a_list_that_cannot_be_read_is_an_error_not_an_empty_list() {
    for (answer, code) in [(wire::body(403, "error-forbidden"), 7), (Answer::html(200), 4)] {
        let script = Script::new()
            .on("GET", "/v2/products", answer)
            .on("GET", "/v3/order_approvals", wire::empty_queue())
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        run("list -o json", &script).exits(code).stdout_is("");
    }
}

#[test]
fn vlans_tells_who_has_which_and_what_is_free() {
    let script = serving(two_ports()).on("GET", "/v2/product/port/*/vlan", wire::vlan_is_free).start();
    let outcome = run("vlans syd1-a", &script);
    outcome.exits(0).stdout_is(
        "\
VLAN  STATE    CUSTOMER     VXC
1200  taken    Globex Bank  Globex Bank main
1201  pending  Globex Bank  Globex Bank to Example Cloud
",
    );
    outcome.stderr_has("2 VLANs taken").stderr_has("lowest free: 2, 3, 4, 5, 6");
    assert_eq!(
        run("vlans SYD1-A -o json", &script).json()[1],
        json!({
            "vlan": 1201, "state": "pending", "inner_vlan": null, "customer": "Globex Bank",
            "vxc_name": "Globex Bank to Example Cloud", "vxc_uid": "4bd20f71-93c8-4a6e-b5d1-0e7f8a9b1c10",
        })
    );
}

#[test]
fn free_vlans_skip_what_is_taken_and_what_the_backend_says_is() {
    let low = wire::with(fixture("vxc-live"), json!({"bEnd": {"vlan": 3}}));
    let asked = |request: &Request, _: usize| match request.parameter("vlan").as_deref() {
        Some("4") => wire::body(200, "vlan-taken"),
        _ => wire::vlan_is_free(request, 0),
    };
    let script = serving([port("port-syd1-a", [low])]).on("GET", "/v2/product/port/*/vlan", asked).start();
    let outcome = run("vlans SYD --free 3 -o json", &script);
    outcome.exits(0);
    let free = |vlan: u16| json!({"vlan": vlan, "state": "free"});
    assert_eq!(outcome.json(), json!([free(2), free(5), free(6)]));
    let asked: Vec<String> =
        script.requests().iter().filter_map(|request| request.parameter("vlan")).collect();
    assert_eq!(asked, ["2", "4", "5", "6"], "what is known to be taken is not asked");
}

#[test]
fn a_whole_uid_reads_one_product_and_a_name_that_may_mean_several_is_2() {
    let script = serving(two_ports()).on("GET", "/v2/product/port/*/vlan", wire::vlan_is_free).start();
    run(&format!("vlans {} --free 1", MEL.to_uppercase()), &script).exits(0).stdout_has("2");
    assert_eq!(script.hits("GET", "/v2/products"), 0);

    let twin = wire::with(port("port-mel2-b", []), json!({"productName": "SYD2"}));
    let script = serving([port("port-syd1-a", []), twin]).start();
    run("vlans sy", &script).exits(2).stdout_is("").stderr_has("SYD1-A").stderr_has(MEL);
    run("vlans nowhere", &script).exits(8).stderr_has("ports list");
    assert_eq!(script.hits("GET", &format!("/v2/product/{MEL}")), 0);
}

#[test]
fn a_backend_without_the_check_and_a_port_without_a_free_vlan() {
    let script =
        serving(two_ports()).on("GET", "/v2/product/port/*/vlan", wire::body(403, "error-forbidden")).start();
    let outcome = run("vlans SYD1-A --free 2", &script);
    outcome.exits(0).stdout_has("2").stdout_has("3").stderr_has("can't confirm");
    assert_eq!(script.requests().iter().filter(|request| request.path.ends_with("/vlan")).count(), 1);

    let script =
        serving(two_ports()).on("GET", "/v2/product/port/*/vlan", wire::body(200, "vlan-taken")).start();
    run("vlans SYD1-A --free 2", &script).exits(13).stdout_is("").stderr_has("no free VLAN");
}

#[test]
fn a_wrong_number_of_vlans_is_2_before_any_request() {
    let script = Script::new().start();
    for wrong in ["0", "5000", "many"] {
        run(&format!("vlans SYD1-A --free {wrong}"), &script).exits(2);
    }
    assert!(script.requests().is_empty());
}

#[test]
fn names_from_outside_do_not_drive_the_terminal() {
    let evil = wire::with(
        port("port-syd1-a", [fixture("vxc-new-hostile")]),
        json!({"productName": "SYD\u{1b}[2J\n\u{202e}"}),
    );
    let script = serving([evil]).on("GET", "/v2/product/port/*/vlan", wire::vlan_is_free).start();
    for args in ["list".to_owned(), format!("vlans {SYD}")] {
        let outcome = run(&args, &script);
        outcome.exits(0).lacks("\u{1b}").lacks("\u{202e}");
        assert_eq!(outcome.stdout.lines().count(), 2, "{outcome}");
    }
}

#[test]
fn usage_is_drawn_beside_its_numbers() {
    let home = Home::new();
    let outcome = home.portgate("ports list --usage --env sandbox").run();
    outcome.exits(0);
    for drawn in [
        "10000  [▒▒▒·················]   0 (0%)       20000 of 20000     2700",
        "10000                           with MEL2-A  -                     -",
        "10000  [███████████████████▒]!  9600 (96%)   400 of 10000        800",
        "1000  [████████▒▒▒▒▒▒▒▒▒▒··]   400 (40%)    600 of 1000         500",
    ] {
        outcome.stdout_has(drawn);
    }
    home.portgate("ports list --env sandbox").run().exits(0).stdout_lacks("[").stdout_lacks("USAGE");
    let shown = home.portgate("approvals show 7c1e09ab --env sandbox").run();
    shown.stdout_has("Usage        [████████████████▓▒▒·]  █ sold  ▓ this  ▒ other pending");
}

#[test]
fn f05_a_member_that_has_ended_adds_no_room_and_one_of_unknown_speed_makes_it_unknown() {
    let member = |uid: &str, changes: Value| {
        let lag = json!({"productUid": uid, "productName": uid, "aggregationId": 7, "lagId": 9});
        with(with(wire::port("port-syd1-a", []), lag), changes)
    };
    let first = with(
        wire::port("port-syd1-a", [fixture("vxc-new"), fixture("vxc-live")]),
        json!({"aggregationId": 7}),
    );
    let room_after = |other: Option<Value>, args: &str| {
        let script = Script::new()
            .on("GET", "/v2/products", wire::products([first.clone()].into_iter().chain(other)))
            .on("GET", "/v3/order_approvals", wire::empty_queue())
            .start();
        let home = Home::new();
        let ports =
            home.portgate(&format!("ports list -o json {args}")).at(&script).token("t").run().exits(0).json();
        let ports = ports.as_array().unwrap().iter();
        let of_lag = ports.map(|port| port["lag"]["speed_mbps"].clone()).collect::<Vec<_>>();
        (home.approvals("list -o json", &script).run().exits(0).json()[0]["room_after_mbps"].clone(), of_lag)
    };
    let alone = room_after(None, "");
    assert_eq!(alone, (json!(1300), vec![json!(10_000)]));
    for over in ["DECOMMISSIONED", "CANCELLED"] {
        let ended = member("gone", json!({"provisioningStatus": over}));
        assert_eq!(room_after(Some(ended.clone()), ""), alone);
        assert_eq!(room_after(Some(ended), "--include-ended"), (json!(1300), vec![json!(10_000); 2]));
    }
    assert_eq!(room_after(Some(member("two", json!({}))), ""), (json!(11_300), vec![json!(20_000); 2]));
    let unknown = member("two", json!({"portSpeed": "fast"}));
    assert_eq!(room_after(Some(unknown), ""), (Value::Null, vec![Value::Null; 2]));
}

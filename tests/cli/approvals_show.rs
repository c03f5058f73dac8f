//! `approvals show`: one request, with all that is needed to decide it.

use crate::common::wire::Circuit;
use crate::common::{Home, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

#[test]
fn show_tells_who_where_what_and_how_to_decide() {
    let circuit = Circuit::of("vxc-new");
    let live = Circuit::of("vxc-live");
    let script = Script::new().marketplace_of(&[&live, &circuit]).start();
    let home = Home::new();

    let outcome = home.approvals("show 7c1e09", &script).run();

    outcome.exits(0);
    for said in [
        NEW,
        "Globex Bank",
        "SYD1-A",
        "1201",
        "500",
        "8200",
        "4bd20f71-93c8-4a6e-b5d1-0e7f8a9b1c10",
        " approvals accept 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11\n",
        " approvals deny 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11\n",
    ] {
        outcome.stdout_has(said);
    }
    assert!(script.writes().is_empty());
    let json = home.approvals("show 7c1e09 -o json", &script).run();
    json.exits(0);
    assert_eq!(json.json()["id"], NEW);
}

#[test]
fn show_of_an_unknown_id_is_8() {
    let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    let outcome = home.approvals("show 00000000-1111-4222-8333-444444444444 -o json", &script).run();
    outcome.exits(8);
    assert_eq!(outcome.error()["type"], "not_found");
    assert!(outcome.error()["resource"].as_str().unwrap().contains("00000000"), "{outcome}");
}

#[test]
fn an_end_that_does_not_tell_its_port_has_the_name_of_the_port_in_the_same_list() {
    let bare = Circuit::of("vxc-new");
    bare.change(serde_json::json!({"bEnd": {"productName": null}}));
    let script = Script::new().marketplace(&bare).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0).stdout_has("SYD1-A");
}

#[test]
fn a_message_that_names_no_decision_is_not_who_decided() {
    let circuit = Circuit::of("vxc-new");
    circuit.change(serde_json::json!({"vxcApproval": {"status": "APPROVED", "message": "Some Other Party"}}));
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals(&format!("accept {NEW}"), &script)
        .run()
        .exits(0)
        .lacks("Some Other Party")
        .stderr_has("doesn't say who decided it");
    circuit.change(serde_json::json!({"vxcApproval": {"message": "Accepted by Somebody at noon"}}));
    home.approvals(&format!("accept {NEW}"), &script)
        .run()
        .exits(0)
        .stderr_has("Accepted by Somebody at noon");
}

//! Service keys against the sandbox: a backend that this client's types had no part in.

use serde_json::Value;

use crate::common::{Home, Outcome};

/// A run of `portgate --env sandbox keys ...`.
fn keys(home: &Home, args: &str) -> Outcome {
    home.portgate(&format!("--env sandbox keys {args}")).run()
}

#[track_caller]
fn json(home: &Home, args: &str) -> Value {
    keys(home, &format!("{args} -o json")).exits(0).json()
}

#[test]
fn the_life_of_a_key() {
    let home = Home::new();
    let demo = json(&home, "list");
    let states: Vec<&str> =
        demo.as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap()).collect();
    assert!(
        states.contains(&"active") && states.contains(&"expired") && states.contains(&"inactive"),
        "{states:?}"
    );

    let made = json(
        &home,
        "create --port SYD1-A --max-speed 500 --expires-in 30d --description Globex --vlan 1777 --pre-approved",
    );
    let whole = made["key"].as_str().unwrap().to_owned();
    assert_eq!(whole.len(), 36);
    let handle = &whole[..8];
    keys(&home, &format!("validate {handle}")).exits(0);

    keys(&home, &format!("update {handle} --max-speed 800")).exits(0).stdout_has("500 → 800");
    let now = json(&home, &format!("show {handle}"));
    for (field, value) in [
        ("max_speed_mbps", Value::from(800)),
        ("description", Value::from("Globex")),
        ("vlan", Value::from(1777)),
        ("pre_approved", Value::from(true)),
        ("single_use", Value::from(true)),
        ("active", Value::from(true)),
        ("expires_at", made["expires_at"].clone()),
        ("starts_at", made["starts_at"].clone()),
    ] {
        assert_eq!(now[field], value, "{field}: what wasn't named stays");
    }

    let rotated = json(&home, &format!("rotate {handle} --overlap 2d"));
    let next = rotated["new"]["key"].as_str().unwrap();
    assert_eq!(rotated["new"]["vlan"], 1777);
    assert!(rotated["old"]["expires_at"].as_str() < made["expires_at"].as_str());

    keys(&home, &format!("deactivate {handle} {}", &next[..8])).exits(0);
    keys(&home, &format!("validate {next}")).exits(13).stderr_has("inactive");
    keys(&home, &format!("activate {next}")).exits(0);
    keys(&home, &format!("validate {next}")).exits(0);
    assert_eq!(json(&home, "list").as_array().unwrap().len(), demo.as_array().unwrap().len() + 2);
}

#[test]
fn what_a_role_and_another_company_may_do() {
    let home = Home::new();
    let first = json(&home, "list --active")[0].clone();
    let [key, port] = ["key", "product_name"].map(|field| first[field].as_str().unwrap());
    keys(&home, "list --as provider:read-only").exits(7);
    keys(&home, "create --port SYD1-A --no-expiry --as provider:technical-contact").exits(7);
    // Its holder may look it up and ask whether it works, but not change it.
    keys(&home, &format!("show {key} --as globex")).exits(0).stdout_has(port);
    keys(&home, &format!("validate {key} --as globex")).exits(0);
    let whole = json(&home, &format!("show {key} --reveal"))["key"].as_str().unwrap().to_owned();
    keys(&home, &format!("deactivate {whole} --as globex")).exits(7);
    keys(&home, &format!("deactivate {key} --as globex")).exits(8);
}

#[test]
fn the_backend_s_rules_are_refused_before_it_is_asked() {
    let home = Home::new();
    keys(&home, "create --port SYD1-A --no-expiry --max-speed 999999").exits(2);
    keys(&home, "create --port SYD1-A --no-expiry --multi-use --vlan 9").exits(2);
    keys(&home, "create --port NOWHERE --no-expiry").exits(8).stderr_has("ports list");
}

#[test]
fn what_a_new_key_comes_to_is_said_before_it_is_made() {
    let home = Home::new();
    let ports = home.portgate("--env sandbox ports vlans SYD1-A -o json").run().exits(0).json();
    let taken = ports.as_array().unwrap().iter().find(|row| row["state"] == "in use").unwrap_or(&ports[0]);
    let taken = taken["vlan"].as_i64().unwrap();
    let made = keys(&home, &format!("create --port SYD1-A --expires-in 30d --vlan {taken} --dry-run"));
    made.exits(0).stderr_has(&format!("VLAN {taken} is taken on SYD1-A"));
    keys(&home, "create --port SYD1-A --expires-in 30d --dry-run").exits(0).stderr_lacks("warning");
    let automatic = keys(&home, "create --port SYD2-A --expires-in 30d --dry-run");
    automatic.exits(0).stderr_has("SYD2-A approves orders automatically");
}

#[test]
fn two_keys_at_once_and_a_successor_that_ends_first_are_warned_of() {
    let home = Home::new();
    let made = json(&home, "create --port SYD1-A --expires-in 30d --vlan 1777 --pre-approved");
    let handle = &made["key"].as_str().unwrap()[..8];
    let rotated = keys(&home, &format!("rotate {handle} --dry-run"));
    rotated.exits(0).stderr_has("the old and the new key can each be used for one connection on VLAN 1777");
    let listed = json(&home, "list --active");
    let started =
        |key: &&Value| key["single_use"] == true && key["state"] == "active" && key["key"] != handle;
    let started = listed.as_array().unwrap().iter().find(started).unwrap()["key"].as_str().unwrap();
    let none_left = keys(&home, &format!("rotate {started} --overlap 0d --dry-run"));
    none_left.exits(0).stderr_lacks("can each be used");
    let short = keys(&home, &format!("rotate {handle} --overlap 7d --expires-in 2d --dry-run"));
    short.exits(0).stderr_has("the new key would expire before the old one");
}

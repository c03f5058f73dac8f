//! Notification settings against the sandbox: a backend that this client's types had no part in, and that sends the
//! e-mail these settings are about.

use serde_json::Value;

use crate::common::{Home, Outcome};

fn run(home: &Home, args: &str) -> Outcome {
    home.portgate(&format!("--env sandbox {args}")).run()
}

/// Whether a group is on, as `notify list` of that caller says.
#[track_caller]
fn is_on(home: &Home, who: &str, group: &str) -> Value {
    let groups = run(home, &format!("{who} notify list -o json"));
    let groups = groups.exits(0).json();
    let found = groups.as_array().unwrap().iter().find(|one| one["name"] == group);
    found.unwrap_or_else(|| panic!("no group {group}: {groups}"))["subscribed"].clone()
}

#[test]
fn the_groups_and_their_defaults_are_those_of_the_domain() {
    let home = Home::new();
    let groups = run(&home, "notify list -o json").exits(0).json();
    let states: Vec<(&str, bool)> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["subscribed"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        states,
        [
            ("security", true),
            ("people", true),
            ("company", true),
            ("financial", true),
            ("ordering", true),
            ("service-status", false),
            ("services", true),
        ]
    );
}

#[test]
fn who_leaves_ordering_hears_of_no_request_until_they_are_back() {
    let home = Home::new();
    let left = run(&home, "notify unsubscribe ORDERING");
    left.exits(0).stdout_has("unsubscribed from Ordering").stderr_has("settings of Priya Example");
    left.stderr_has("2 colleagues can receive them");
    assert_eq!(is_on(&home, "", "ordering"), false);
    run(&home, "notify unsubscribe ordering").exits(0).stdout_has("already");
    run(&home, "sandbox request").exits(0);
    assert_eq!(run(&home, "sandbox inbox --to priya -o json").exits(0).json(), serde_json::json!([]));

    home.portgate("--env sandbox notify subscribe ordering").arg("Service Status").run().exits(0);
    assert_eq!(is_on(&home, "", "ordering"), true);
    assert_eq!(is_on(&home, "", "service-status"), true);
    run(&home, "sandbox request").exits(0);
    let mail = run(&home, "sandbox inbox --to priya -o json").exits(0).json();
    assert_eq!(mail.as_array().unwrap().len(), 1, "{mail}");
    assert_eq!(mail[0]["group"], "Ordering");
}

#[test]
fn the_settings_are_the_caller_s_own() {
    let home = Home::new();
    run(&home, "--as globex notify unsubscribe financial").exits(0).stderr_has("settings of Bram Globex");
    assert_eq!(is_on(&home, "--as globex", "financial"), false);
    assert_eq!(is_on(&home, "", "financial"), true);
    assert_eq!(is_on(&home, "--as provider:technical-contact", "financial"), true);
}

#[test]
fn a_role_that_may_not_subscribe_is_told_so_and_is_not_sent_to_try() {
    let home = Home::new();
    let finance = run(&home, "--as provider:finance notify subscribe service-status");
    finance.exits(7).stderr_has("The Finance role can't subscribe").stderr_has("Technical Contact role");
    assert_eq!(is_on(&home, "--as provider:finance", "service-status"), false);
    let list = run(&home, "--as provider:finance notify list");
    list.exits(0).stderr_has("the Finance role can't subscribe").stderr_lacks("notify subscribe ordering");
    let reader = run(&home, "--as provider:read-only notify list");
    reader.exits(0).stderr_lacks("notify subscribe ordering");
}

#[test]
fn both_versions_of_the_settings_are_understood() {
    for v3 in ["absent", "other", "destinations"] {
        let home = Home::new();
        let run = |args: &str| {
            let run = home.portgate(&format!("--env sandbox notify {args}"));
            run.env("PORTGATE_SANDBOX_V3_PREFERENCES", v3).run()
        };
        run("subscribe service-status").exits(0).stdout_has("subscribed to Service Status");
        run("list --query [?subscribed].name").exits(0).stdout_has("service-status");
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let home = Home::new();
    let dry = run(&home, "notify unsubscribe ordering --dry-run");
    dry.exits(0).stdout_has("would send PUT").stdout_has("ORDERING");
    assert_eq!(is_on(&home, "", "ordering"), true);
}

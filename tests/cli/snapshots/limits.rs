//! What every command that writes says where its profile forbids it, or wants a reason, a ticket or an answer.

use super::Stage;

/// Every command that writes, by a short name.
const WRITES: [(&str, &str); 21] = [
    ("approvals_accept", "approvals accept 7c1e09ab"),
    ("approvals_accept_json", "approvals accept 7c1e09ab -o json"),
    ("approvals_accept_yes", "approvals accept 33eccbef --yes"),
    ("approvals_deny", "approvals deny 6ac56e45"),
    ("approvals_deny_reason", "approvals deny 41879dc0 --reason full --ticket NET-1"),
    ("approvals_apply", "approvals apply decisions.csv --yes"),
    ("approvals_review", "approvals review"),
    ("approvals_withdraw", "approvals withdraw 274d69b0 --as example-media"),
    ("speed_accept", "speed accept 06b5f74f"),
    ("speed_deny", "speed deny e04b77f2"),
    ("keys_create", "keys create --port SYD1-A --expires-in 30d"),
    ("keys_update", "keys update 8ea6f3bf --max-speed 100"),
    ("keys_rotate", "keys rotate 8ea6f3bf"),
    ("keys_activate", "keys activate c5774c58"),
    ("keys_deactivate", "keys deactivate f9f3c9ad"),
    ("notify_subscribe", "notify subscribe service-status"),
    ("notify_unsubscribe", "notify unsubscribe company"),
    ("users_update", "users update tomas@examplecloud.example --email off --as provider:company-admin"),
    ("policy_apply", "policy apply --yes"),
    ("api_put", "api PUT /v2/employee/2003 -F notificationEnabled=false --as provider:company-admin"),
    ("approvals_accept_dry_run", "approvals accept 9e4e7a73 --dry-run"),
];

/// Runs all of them under these limits, for snapshots whose names begin so.
fn under(name: &str, limits: &str) {
    let policy = "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all of Initech\"\ntype = \"connection\"\n\
                  customer = \"Initech\"\nmax_rate_mbps = 400\ndecision = \"accept\"\n";
    let stage = Stage::new("limits")
        .file("decisions.csv", "id,decision\n9e4e7a73,accept\n")
        .file("portgate-policy.toml", policy)
        .limits(limits);
    let named: Vec<(String, &str)> =
        WRITES.iter().map(|(write, line)| (format!("{name}_{write}"), *line)).collect();
    let lines: Vec<(&str, &str)> = named.iter().map(|(name, line)| (name.as_str(), *line)).collect();
    stage.lines(&lines);
}

#[test]
fn limits_read_only() {
    under("read_only", "read_only = true");
}

#[test]
fn limits_require_reason() {
    under("require_reason", "require_reason = true");
}

#[test]
fn limits_require_ticket() {
    under("require_ticket", "require_ticket = true");
}

#[test]
fn limits_confirm_always() {
    under("confirm", "confirm = \"always\"");
}

#[test]
fn limits_max_sold() {
    Stage::new("limits").limits("max_sold = \"90%\"").lines(&[
        ("max_sold_accept", "approvals accept e04b77f2"),
        ("max_sold_accept_json", "approvals accept e04b77f2 -o json"),
        ("max_sold_accept_allowed", "approvals accept e04b77f2 --allow-oversubscribed"),
        ("max_sold_accept_within", "approvals accept 7c1e09ab"),
        ("max_sold_speed_accept", "speed accept 06b5f74f"),
        ("max_sold_show", "approvals show 06b5f74f"),
        ("max_sold_list", "approvals list"),
    ]);
}

#[test]
fn limits_on_a_terminal() {
    Stage::new("limits").limits("confirm = \"always\"").dialogues(&[
        ("ask_confirm_accept_no", "approvals accept 7c1e09ab --yes", &[("[y/N]", "\r")]),
        ("ask_confirm_accept_yes", "approvals accept 7c1e09ab --yes", &[("[y/N]", "y\r")]),
        ("ask_confirm_keys_create_no", "keys create --port SYD1-A --expires-in 30d", &[("[y/N]", "\r")]),
        ("ask_confirm_keys_create_yes", "keys create --port SYD1-A --expires-in 30d", &[("[y/N]", "y\r")]),
        ("ask_confirm_activate_no", "keys activate c5774c58", &[("[y/N]", "\r")]),
        ("ask_confirm_activate_yes", "keys activate c5774c58", &[("[y/N]", "y\r")]),
    ]);
    Stage::new("limits").limits("read_only = true").dialogues(&[
        ("ask_read_only_accept", "approvals accept 7c1e09ab", &[]),
        ("ask_read_only_notify_edit", "notify edit", &[]),
        ("ask_read_only_review", "approvals review", &[]),
    ]);
    Stage::new("limits").limits("require_reason = true").dialogues(&[(
        "ask_reason_given",
        "approvals deny 7c1e09ab --reason full",
        &[("[y/N]", "y\r")],
    )]);
}

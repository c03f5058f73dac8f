//! What `policy` prints and asks.

use super::Stage;

/// Accepts one, denies one, and leaves the others.
const POLICY: &str = r#"schema = "portgate.policy/v1"

[limits]
decisions_per_run = 5

[[rule]]
name = "small ones of Globex"
type = "connection"
customer = "Globex Bank"
max_rate_mbps = 500
decision = "accept"

[[rule]]
name = "no room"
type = "speed-change"
sold_over = "100%"
decision = "deny"
reason = "there is no room for {speed_mbps} Mbps on {port}"

[[rule]]
name = "everything else"
match = "all"
decision = "leave"
"#;

/// One Globex request fails there: it asks for a VLAN that is taken.
fn stage() -> Stage {
    Stage::new("policy").file("portgate-policy.toml", POLICY)
}

#[test]
fn policy_init_and_check() {
    Stage::new("policy")
        .file(
            "broken.toml",
            "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"a\"\ncostumer = \"x\"\ndecision = \"yes\"\n",
        )
        .lines(&[
            ("check_no_file", "policy check"),
            ("init", "policy init"),
            ("init_again", "policy init"),
            ("init_again_json", "policy init -o json"),
            ("init_force_json", "policy init --force -o json"),
            ("check_example", "policy check"),
            ("check_broken", "policy check --file broken.toml"),
            ("check_broken_json", "policy check --file broken.toml -o json"),
            ("plan_broken", "policy plan --file broken.toml"),
            ("plan_example", "policy plan"),
            ("init_wrong_flag", "policy init --over"),
        ]);
    stage()
        .in_all_forms(&[("check", "policy check"), ("check_id", "policy check 7c1e09ab")])
        .lines(&[
            ("check_id_denied", "policy check e04b77f2"),
            ("check_id_left", "policy check 33eccbef"),
            ("check_id_not_found", "policy check 00000000"),
            ("check_id_not_found_json", "policy check 00000000 -o json"),
        ])
        .on_terminals(&[("check_terminal", "policy check"), ("check_id_terminal", "policy check 7c1e09ab")]);
}

#[test]
fn policy_plan() {
    stage()
        .in_all_forms(&[("plan", "policy plan")])
        .lines(&[
            ("plan_html", "policy plan -o html"),
            ("plan_query", "policy plan --query decisions[].id"),
            ("plan_no_file", "policy plan --file nowhere.toml"),
            ("plan_wrong_flag", "policy plan --yes"),
            ("plan_as_read_only", "policy plan --as provider:read-only"),
        ])
        .on_terminals(&[("plan_terminal", "policy plan")]);
}

#[test]
fn policy_apply() {
    stage().lines(&[
        ("apply_dry_run", "policy apply --dry-run"),
        ("apply_dry_run_json", "policy apply --dry-run -o json"),
        ("apply_without_yes", "policy apply"),
        ("apply", "policy apply --yes --ticket NET-1"),
        ("apply_again", "policy apply --yes"),
        ("apply_again_json", "policy apply --yes -o json"),
        ("apply_exit_pending", "policy apply --yes --exit-pending"),
        ("apply_no_file", "policy apply --yes --file nowhere.toml"),
        ("apply_history_after", "approvals history"),
    ]);
    stage().lines(&[("apply_json", "policy apply --yes -o json")]);
    stage().lines(&[("apply_csv", "policy apply --yes -o csv")]);
    let few = POLICY.replace("decisions_per_run = 5", "decisions_per_run = 1");
    Stage::new("policy").file("portgate-policy.toml", &few).lines(&[
        ("apply_over_limit", "policy apply --yes"),
        ("apply_over_limit_json", "policy apply --yes -o json"),
    ]);
    let closed = POLICY.replace("[limits]", "[limits]\ndays = [\"sat\"]\nhours = \"08:00-18:00\"");
    Stage::new("policy")
        .file("portgate-policy.toml", &closed)
        .lines(&[("apply_closed", "policy apply --yes"), ("plan_closed", "policy plan")]);
}

#[test]
fn policy_apply_asks() {
    stage().dialogues(&[
        ("ask_apply_no", "policy apply", &[("[y/N]", "\r")]),
        ("ask_apply_yes", "policy apply", &[("[y/N]", "y\r")]),
        ("ask_apply_again", "policy apply", &[]),
    ]);
    stage().questions(&[("question_apply", "policy apply", &[("[y/N]", "\r")])]);
}

#[test]
fn policy_done_at_80_and_200_columns() {
    let accepts = POLICY.replace("max_rate_mbps = 500", "max_rate_mbps = 500\nport = \"SYD1-A\"");
    Stage::at_both_widths(
        || Stage::new("policy").file("other.toml", &accepts),
        &[
            ("done_init", "policy init", &[]),
            ("done_apply", "policy apply --file other.toml", &[("[y/N]", "y\r")]),
        ],
    );
}

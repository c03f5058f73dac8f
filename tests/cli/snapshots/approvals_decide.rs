//! What `approvals accept`, `deny`, `apply` and `withdraw` print off-terminal.

use super::Stage;

/// Decisions in a file: one that can be carried out, one that was decided otherwise, one that isn't there.
const DECISIONS: &str = "id,decision,reason\n7c1e09ab,accept,\n6ac56e45,deny,the port is full\n";

#[test]
fn approvals_accept() {
    Stage::new("approvals")
        .lines(&[
            ("accept_dry_run", "approvals accept 7c1e09ab --dry-run"),
            ("accept_dry_run_json", "approvals accept 7c1e09ab --dry-run -o json"),
            ("accept_dry_run_vlan", "approvals accept 7c1e09ab --vlan 1305 --dry-run"),
            ("accept_dry_run_move", "approvals accept 7c1e09ab --move-to SYD2-A --dry-run"),
            ("accept_dry_run_several", "approvals accept 7c1e09ab 6ac56e45 274d69b0 e04b77f2 --dry-run"),
            (
                "accept_dry_run_several_json",
                "approvals accept 7c1e09ab 6ac56e45 274d69b0 e04b77f2 --dry-run -o json",
            ),
            ("accept", "approvals accept 7c1e09ab"),
            ("accept_again", "approvals accept 7c1e09ab"),
            ("accept_again_json", "approvals accept 7c1e09ab -o json"),
            ("accept_again_dry_run", "approvals accept 7c1e09ab --dry-run"),
            ("accept_then_deny", "approvals deny 7c1e09ab"),
            ("accept_then_deny_json", "approvals deny 7c1e09ab -o json"),
            ("accept_then_deny_dry_run", "approvals deny 7c1e09ab --dry-run"),
            ("accept_then_show", "approvals show 7c1e09ab"),
            ("accept_json", "approvals accept 424e4529 -o json"),
            ("accept_several", "approvals accept 33eccbef 6ac56e45"),
            ("accept_several_json", "approvals accept 41879dc0 274d69b0 -o json"),
            ("accept_speed_change", "approvals accept 06b5f74f --reason 'room enough' --ticket NET-1"),
            ("accept_oversold", "approvals accept e04b77f2"),
            ("accept_queue_entry", "approvals accept 9b32c220"),
            ("accept_vlan_taken", "approvals accept afce3a24"),
            ("accept_vlan_next", "approvals accept afce3a24 --vlan next"),
            ("accept_no_vlan", "approvals accept 9e4e7a73 --vlan 600"),
        ])
        .learn("approvals list --status any -o json")
        .lines(&[("accept_list_after", "approvals list --status any")]);
}

#[test]
fn approvals_accept_in_other_forms() {
    Stage::new("approvals").lines(&[
        ("accept_several_csv", "approvals accept 7c1e09ab 00000000 -o csv"),
        ("accept_one_fails", "approvals accept afce3a24 33eccbef"),
        ("accept_one_fails_json", "approvals accept afce3a24 6ac56e45 -o json"),
        ("accept_one_not_found", "approvals accept 7c1e09ab-0000-4000-8000-000000000000 7c1e09ab"),
        ("accept_jsonl", "approvals accept 7c1e09ab 9e4e7a73 -o jsonl"),
        ("accept_csv", "approvals accept 424e4529 274d69b0 -o csv"),
        ("accept_yaml", "approvals accept e04b77f2 -o yaml"),
        ("accept_move", "approvals accept afce3a24 --move-to SYD1-A --vlan next"),
        ("accept_query", "approvals accept 41879dc0 --query results[].outcome"),
    ]);
}

#[test]
fn approvals_accept_refused() {
    Stage::new("approvals").lines(&[
        ("accept_not_found", "approvals accept 00000000"),
        ("accept_not_found_json", "approvals accept 00000000 -o json"),
        ("accept_not_found_dry_run", "approvals accept 00000000 --dry-run"),
        ("accept_short_id", "approvals accept 7c1"),
        ("accept_nothing", "approvals accept"),
        ("accept_nothing_json", "approvals accept -o json"),
        ("accept_wrong_flag", "approvals accept 7c1e09ab --vln 5"),
        ("accept_wrong_vlan", "approvals accept 7c1e09ab --vlan 9999"),
        ("accept_wrong_vlan_json", "approvals accept 7c1e09ab --vlan 9999 -o json"),
        ("accept_vlan_of_several", "approvals accept 7c1e09ab 6ac56e45 --vlan 1305"),
        ("accept_vlan_of_speed_change", "approvals accept e04b77f2 --vlan 1305"),
        ("accept_vlan_in_use", "approvals accept 7c1e09ab --vlan 102"),
        ("accept_unknown_port", "approvals accept 7c1e09ab --move-to NOWHERE"),
        ("accept_other_rate", "approvals accept 7c1e09ab --expect-rate 100"),
        ("accept_other_customer", "approvals accept 7c1e09ab --expect-customer Initech"),
        ("accept_other_port", "approvals accept 7c1e09ab --expect-port SIN1-A -o json"),
        ("accept_all_without_yes", "approvals accept --all"),
        ("accept_all_with_id", "approvals accept 7c1e09ab --all"),
        ("accept_as_read_only", "approvals accept 7c1e09ab --as provider:read-only"),
        ("accept_as_customer", "approvals accept 7c1e09ab --as globex"),
        ("accept_filter_finds_none", "approvals accept --customer nobody --yes"),
    ]);
}

#[test]
fn approvals_accept_all() {
    Stage::new("approvals").lines(&[
        ("accept_all_dry_run", "approvals accept --all --dry-run --yes"),
        ("accept_all", "approvals accept --all --max 50 --yes"),
        ("accept_all_again", "approvals accept --all --max 50 --yes"),
    ]);
    Stage::new("approvals").lines(&[
        ("accept_filtered_json", "approvals accept --port SYD1-A --max-rate 600 --yes -o json"),
        ("deny_filtered", "approvals deny --customer initech --yes"),
        ("deny_all", "approvals deny --all --max 50 --yes"),
    ]);
    Stage::new("approvals")
        .file("ids.txt", "7c1e09ab\n# a comment\n\n6ac56e45\n")
        .lines(&[("accept_from_file", "approvals accept --from-file ids.txt --yes")]);
}

#[test]
fn approvals_deny() {
    Stage::new("approvals").lines(&[
        ("deny_dry_run", "approvals deny 7c1e09ab --dry-run"),
        ("deny_dry_run_json", "approvals deny 7c1e09ab --dry-run -o json"),
        ("deny_dry_run_filter", "approvals deny --type speed-change --source marketplace --dry-run"),
        ("deny_dry_run_several", "approvals deny 7c1e09ab 274d69b0 e04b77f2 --dry-run --reason full"),
        ("deny", "approvals deny 7c1e09ab --reason 'the port is full until March'"),
        ("deny_again", "approvals deny 7c1e09ab"),
        ("deny_again_json", "approvals deny 7c1e09ab -o json"),
        ("deny_then_accept", "approvals accept 7c1e09ab"),
        ("deny_then_accept_json", "approvals accept 7c1e09ab -o json"),
        ("deny_then_show", "approvals show 7c1e09ab"),
        ("deny_json", "approvals deny 424e4529 -o json"),
        ("deny_several", "approvals deny 33eccbef 6ac56e45"),
        ("deny_several_json", "approvals deny 41879dc0 274d69b0 --reason no -o json"),
        ("deny_speed_change", "approvals deny e04b77f2 --ticket NET-2"),
        ("deny_one_decided", "approvals deny 9e4e7a73 7c1e09ab"),
        ("deny_not_found", "approvals deny 00000000"),
        ("deny_not_found_json", "approvals deny 00000000 -o json"),
        ("deny_nothing", "approvals deny"),
        ("deny_wrong_flag", "approvals deny afce3a24 --vlan 5"),
        ("deny_as_read_only", "approvals deny afce3a24 --as provider:read-only"),
        ("deny_list_after", "approvals list --status any"),
    ]);
}

#[test]
fn approvals_apply() {
    Stage::new("approvals")
        .file("decisions.csv", DECISIONS)
        .file("more.jsonl", "{\"id\":\"33eccbef\",\"decision\":\"accept\",\"vlan\":31}\n{\"id\":\"6ac56e45\",\"decision\":\"accept\"}\n")
        .file("broken.csv", "id,decision\n7c1e09ab,maybe\n,accept\n")
        .file("broken.json", "[{\"id\": \"7c1e09ab\", \"decission\": \"accept\"}]")
        .file("empty.csv", "id,decision\n")
        .file("unknown.csv", "id,decision\n00000000,accept\n")
        .lines(&[
            ("apply_dry_run", "approvals apply decisions.csv --dry-run"),
            ("apply_dry_run_json", "approvals apply decisions.csv --dry-run -o json"),
            ("apply_without_yes", "approvals apply decisions.csv"),
            ("apply", "approvals apply decisions.csv --yes"),
            ("apply_again", "approvals apply decisions.csv --yes"),
            ("apply_again_json", "approvals apply decisions.csv --yes -o json"),
            ("apply_one_fails", "approvals apply more.jsonl --yes"),
            ("apply_one_fails_json", "approvals apply more.jsonl --yes -o json"),
            ("apply_broken_csv", "approvals apply broken.csv --yes"),
            ("apply_broken_json", "approvals apply broken.json --yes"),
            ("apply_broken_json_json", "approvals apply broken.json --yes -o json"),
            ("apply_empty", "approvals apply empty.csv --yes"),
            ("apply_unknown", "approvals apply unknown.csv --yes"),
            ("apply_no_file", "approvals apply nowhere.csv --yes"),
            ("apply_nothing", "approvals apply"),
        ]);
}

#[test]
fn approvals_withdraw() {
    Stage::new("approvals").lines(&[
        ("withdraw_mine_list", "approvals list --waiting-on any --as example-media"),
        ("withdraw_dry_run", "approvals withdraw 274d69b0 --as example-media --dry-run"),
        ("withdraw_dry_run_json", "approvals withdraw 274d69b0 --as example-media --dry-run -o json"),
        ("withdraw", "approvals withdraw 274d69b0 --as example-media --reason 'not needed'"),
        ("withdraw_again", "approvals withdraw 274d69b0 --as example-media"),
        ("withdraw_json", "approvals withdraw 9b32c220 --as example-media -o json"),
        ("withdraw_several", "approvals withdraw 5d3f34d2 274d69b0 --as example-media"),
        ("withdraw_not_mine", "approvals withdraw 5d3f34d2"),
        ("withdraw_marketplace", "approvals withdraw 7c1e09ab"),
        ("withdraw_not_found", "approvals withdraw 00000000"),
        ("withdraw_not_found_json", "approvals withdraw 00000000 -o json"),
        ("withdraw_nothing", "approvals withdraw"),
        ("withdraw_wrong_flag", "approvals withdraw 5d3f34d2 --all"),
    ]);
}

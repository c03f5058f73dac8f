//! What `keys create`, `update`, `rotate`, `activate` and `deactivate` print off-terminal.

use super::Stage;

#[test]
fn keys_create() {
    Stage::new("keys")
        .file("key.json", "{\"product_name\": \"SYD1-A\", \"max_speed_mbps\": 200, \"description\": \"from a file\"}")
        .lines(&[
            ("create_dry_run", "keys create --port SYD1-A --max-speed 500 --expires-in 30d --dry-run"),
            ("create_dry_run_json", "keys create --port SYD1-A --max-speed 500 --expires-in 30d --dry-run -o json"),
            ("create_dry_run_vlan_taken", "keys create --port SYD1-A --expires-in 30d --vlan 102 --dry-run"),
            ("create_dry_run_automatic", "keys create --port SYD2-A --expires-in 30d --dry-run"),
            ("create_dry_run_for_ever", "keys create --port SYD1-A --multi-use --pre-approved --no-expiry --dry-run"),
            ("create", "keys create --port SYD1-A --max-speed 500 --expires-in 30d --description 'Globex, branch'"),
            ("create_json", "keys create --port MEL2-A --no-expiry --multi-use -o json"),
            ("create_whole", "keys create --port SIN1-A --max-speed 100 --starts 3d --expires-in 2036-01-31 --vlan 1777 --pre-approved --inactive --promo-code SPRING"),
            ("create_csv", "keys create --port SYD1-A --max-speed 50 --expires-in 4w -o csv"),
            ("create_yaml", "keys create --port SYD1-A --max-speed 60 --expires-in 5w -o yaml"),
            ("create_for_ever", "keys create --port SYD1-A --multi-use --pre-approved --no-expiry"),
            ("create_for_ever_yes", "keys create --port SYD1-A --multi-use --pre-approved --no-expiry --yes"),
            ("create_from_file", "keys create --from-file key.json --expires-in 30d"),
            ("create_from_no_file", "keys create --from-file nowhere.json"),
            ("create_nothing", "keys create"),
            ("create_nothing_json", "keys create -o json"),
            ("create_unknown_port", "keys create --port NOWHERE --no-expiry"),
            ("create_unknown_port_json", "keys create --port NOWHERE --no-expiry -o json"),
            ("create_too_fast", "keys create --port SYD1-A --no-expiry --max-speed 999999"),
            ("create_vlan_of_multi_use", "keys create --port SYD1-A --no-expiry --multi-use --vlan 9"),
            ("create_wrong_flag", "keys create --port SYD1-A --speed 5"),
            ("create_wrong_date", "keys create --port SYD1-A --expires-in yesterday"),
            ("create_past_date", "keys create --port SYD1-A --expires-in 2020-01-01"),
            ("create_as_contact", "keys create --port SYD1-A --no-expiry --as provider:technical-contact"),
        ])
        .lines(&[("create_list_after", "keys list --port SYD1-A")]);
}

#[test]
fn keys_update() {
    Stage::new("keys").lines(&[
        ("update_dry_run", "keys update 8ea6f3bf --max-speed 800 --dry-run"),
        ("update_dry_run_json", "keys update 8ea6f3bf --max-speed 800 --dry-run -o json"),
        ("update", "keys update 8ea6f3bf --max-speed 800"),
        ("update_again", "keys update 8ea6f3bf --max-speed 800"),
        ("update_again_json", "keys update 8ea6f3bf --max-speed 800 -o json"),
        ("update_json", "keys update 8ea6f3bf --description 'Initech, second' -o json"),
        ("update_whole", "keys update 8ea6f3bf --expires-in 60d --approval-needed --no-vlan --multi-use"),
        ("update_end", "keys update f9f3c9ad --no-expiry"),
        ("update_yaml", "keys update f9f3c9ad --starts 3d -o yaml"),
        ("update_nothing", "keys update f9f3c9ad"),
        ("update_too_fast", "keys update f9f3c9ad --max-speed 999999"),
        ("update_not_found", "keys update 00000000 --max-speed 5"),
        ("update_not_found_json", "keys update 00000000 --max-speed 5 -o json"),
        ("update_wrong_flag", "keys update f9f3c9ad --speed 5"),
        ("update_as_customer", "keys update 8ea6f3bf --max-speed 5 --as globex"),
        ("update_show_after", "keys show 8ea6f3bf"),
    ]);
}

#[test]
fn keys_rotate() {
    Stage::new("keys")
        .lines(&[
            ("rotate_dry_run", "keys rotate 8ea6f3bf --dry-run"),
            ("rotate_dry_run_json", "keys rotate 8ea6f3bf --dry-run -o json"),
            ("rotate", "keys rotate 8ea6f3bf"),
            ("rotate_again", "keys rotate 8ea6f3bf"),
            ("rotate_again_json", "keys rotate 8ea6f3bf -o json"),
            ("rotate_once_more", "keys rotate 8ea6f3bf --again --expires-in 30d"),
            ("rotate_json", "keys rotate f9f3c9ad --overlap 2d --expires-in 90d -o json"),
            ("rotate_expired", "keys rotate bb6c42b1"),
            ("rotate_expired_days", "keys rotate bb6c42b1 --expires-in 30d"),
            ("rotate_inactive", "keys rotate c5774c58 --overlap 0d --no-expiry"),
            ("rotate_not_found", "keys rotate 00000000"),
            ("rotate_nothing", "keys rotate"),
            ("rotate_wrong_flag", "keys rotate 8ea6f3bf --overlap long"),
        ])
        .lines(&[("rotate_list_after", "keys list --sort description")]);
}

#[test]
fn keys_activate_and_deactivate() {
    Stage::new("keys").lines(&[
        ("deactivate_dry_run", "keys deactivate 8ea6f3bf --dry-run"),
        ("deactivate_dry_run_json", "keys deactivate 8ea6f3bf --dry-run -o json"),
        ("deactivate", "keys deactivate 8ea6f3bf"),
        ("deactivate_again", "keys deactivate 8ea6f3bf"),
        ("deactivate_again_json", "keys deactivate 8ea6f3bf -o json"),
        ("deactivate_several", "keys deactivate f9f3c9ad c5774c58"),
        ("deactivate_one_not_found", "keys deactivate f9f3c9ad 00000000"),
        ("deactivate_one_not_found_json", "keys deactivate f9f3c9ad 00000000 -o json"),
        ("deactivate_nothing", "keys deactivate"),
        ("deactivate_wrong_flag", "keys deactivate 8ea6f3bf --all"),
        ("deactivate_as_customer", "keys deactivate f9f3c9ad --as globex"),
        ("activate_dry_run", "keys activate 8ea6f3bf --dry-run"),
        ("activate", "keys activate 8ea6f3bf"),
        ("activate_again", "keys activate 8ea6f3bf"),
        ("activate_several_json", "keys activate f9f3c9ad c5774c58 -o json"),
        ("activate_expired", "keys activate bb6c42b1"),
        ("activate_csv", "keys activate f9f3c9ad -o csv"),
        ("activate_not_found", "keys activate 00000000"),
        ("activate_not_found_json", "keys activate 00000000 -o json"),
    ]);
}

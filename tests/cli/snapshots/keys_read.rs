//! What `keys list`, `show` and `validate` print.

use super::Stage;

#[test]
fn keys_list_and_show() {
    Stage::new("keys")
        .in_all_forms(&[("list", "keys list"), ("show", "keys show 8ea6f3bf")])
        .lines(&[
            ("list_active", "keys list --active"),
            ("list_port", "keys list --port SYD1-A"),
            ("list_sorted", "keys list --sort max_speed_mbps:desc --limit 2"),
            ("list_reveal", "keys list --reveal"),
            ("list_fields", "keys list --fields key,state"),
            ("list_fields_help", "keys list --fields help"),
            ("list_query", "keys list --query [].key"),
            ("list_as_customer", "keys list --as globex"),
            ("list_as_customer_json", "keys list --as globex -o json"),
            ("list_as_read_only", "keys list --as provider:read-only"),
            ("list_wrong_flag", "keys list --state active"),
            ("show_expired", "keys show bb6c42b1"),
            ("show_inactive", "keys show c5774c58"),
            ("show_multi_use", "keys show f9f3c9ad"),
            ("show_reveal", "keys show 8ea6f3bf --reveal"),
            ("show_reveal_json", "keys show 8ea6f3bf --reveal -o json"),
            ("show_handout", "keys show 8ea6f3bf --handout"),
            ("show_handout_json", "keys show 8ea6f3bf --handout -o json"),
            ("show_handout_inactive", "keys show c5774c58 --handout"),
            ("show_as_customer", "keys show 8ea6f3bf --as globex"),
            ("show_not_found", "keys show 00000000"),
            ("show_not_found_json", "keys show 00000000 -o json"),
            ("show_short", "keys show 8ea"),
            ("show_nothing", "keys show"),
        ])
        .on_terminals(&[
            ("list_terminal", "keys list"),
            ("show_terminal", "keys show 8ea6f3bf"),
            ("show_terminal_expired", "keys show bb6c42b1"),
        ]);
}

#[test]
fn keys_validate() {
    Stage::new("keys").lines(&[
        ("validate", "keys validate f9f3c9ad"),
        ("validate_json", "keys validate f9f3c9ad -o json"),
        ("validate_expired", "keys validate bb6c42b1"),
        ("validate_expired_json", "keys validate bb6c42b1 -o json"),
        ("validate_inactive", "keys validate c5774c58"),
        ("validate_csv", "keys validate f9f3c9ad -o csv"),
        ("validate_not_found", "keys validate 00000000"),
        ("validate_nothing", "keys validate"),
    ]);
}

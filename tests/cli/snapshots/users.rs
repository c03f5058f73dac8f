//! What `users` prints and asks.

use super::Stage;

#[test]
fn users_list_and_show() {
    // Whoever asks was seen just now: `0m` for the minute after the first command.
    Stage::new("users")
        .in_all_forms(&[("list", "users list"), ("show", "users show felix@examplecloud.example")])
        .lines(&[
            ("list_sorted", "users list --sort name:desc --limit 2"),
            ("list_fields", "users list --fields name,role"),
            ("list_fields_help", "users list --fields help"),
            ("list_query", "users list --query [].email"),
            ("list_as_customer", "users list --as globex"),
            ("list_as_read_only", "users list --as provider:read-only"),
            ("list_wrong_flag", "users list --rol admin"),
            ("show_by_name", "users show 'Casey Example'"),
            ("show_me", "users show priya@examplecloud.example"),
            ("show_not_found", "users show nobody@examplecloud.example"),
            ("show_not_found_json", "users show nobody@examplecloud.example -o json"),
            ("show_nothing", "users show"),
        ])
        .on_terminals(&[
            ("list_terminal", "users list"),
            ("show_terminal", "users show felix@examplecloud.example"),
        ]);
}

#[test]
fn users_update() {
    Stage::new("users").lines(&[
        ("update_refused", "users update tomas@examplecloud.example --email off"),
        ("update_refused_json", "users update tomas@examplecloud.example --email off -o json"),
        ("update_dry_run", "users update tomas@examplecloud.example --email off --dry-run --as provider:company-admin"),
        ("update_dry_run_json", "users update tomas@examplecloud.example --email off --dry-run -o json --as provider:company-admin"),
        ("update", "users update tomas@examplecloud.example --email off --as provider:company-admin"),
        ("update_again", "users update tomas@examplecloud.example --email off --as provider:company-admin"),
        ("update_again_json", "users update tomas@examplecloud.example --email off -o json --as provider:company-admin"),
        ("update_json", "users update tomas@examplecloud.example --email on -o json --as provider:company-admin"),
        ("update_yaml", "users update tomas@examplecloud.example --email off -o yaml --as provider:company-admin"),
        ("update_show_after", "users show tomas@examplecloud.example"),
        ("update_not_found", "users update nobody@examplecloud.example --email on"),
        ("update_nothing", "users update tomas@examplecloud.example"),
        ("update_wrong_value", "users update tomas@examplecloud.example --email maybe"),
    ]);
}

#[test]
fn users_update_asks() {
    Stage::new("users").dialogues(&[
        (
            "ask_update_no",
            "users update tomas@examplecloud.example --email off --as provider:company-admin",
            &[("[y/N]", "\r")],
        ),
        (
            "ask_update_yes",
            "users update tomas@examplecloud.example --email off --as provider:company-admin",
            &[("[y/N]", "y\r")],
        ),
    ]);
}

#[test]
fn users_done_at_80_and_200_columns() {
    Stage::at_both_widths(
        || Stage::new("users"),
        &[(
            "done_update",
            "users update tomas@examplecloud.example --email off --as provider:company-admin",
            &[("[y/N]", "y\r")],
        )],
    );
}

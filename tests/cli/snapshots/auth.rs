//! What `auth` prints.

use super::Stage;

#[test]
fn auth_in_the_sandbox() {
    Stage::new("auth")
        .in_all_forms(&[("status", "auth status")])
        .lines(&[
            ("status_as_customer", "auth status --as globex:read-only"),
            ("status_offline", "auth status --offline"),
            ("token", "auth token"),
            ("token_json", "auth token -o json"),
            ("login", "auth login"),
            ("logout", "auth logout"),
            ("status_wrong_flag", "auth status --al"),
        ])
        .on_terminals(&[("status_terminal", "auth status")]);
}

#[test]
fn auth_without_a_key() {
    Stage::bare("auth").env("PORTGATE_CREDENTIAL_STORE", "none").lines(&[
        ("bare_status", "auth status"),
        ("bare_status_json", "auth status -o json"),
        ("bare_token", "auth token"),
        ("bare_token_json", "auth token -o json"),
        ("bare_logout", "auth logout"),
        ("bare_logout_all", "auth logout --all-profiles"),
        ("bare_login", "auth login"),
        ("bare_import", "auth import"),
        ("bare_approvals_list", "approvals list"),
        ("bare_approvals_list_json", "approvals list -o json"),
    ]);
}

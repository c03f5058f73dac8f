//! What `auth` prints.

use serde_json::json;

use super::Stage;
use crate::common::{Answer, Script, wire};

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
        .on_terminals(&[
            ("status_terminal", "auth status"),
            ("token_terminal", "auth token"),
            ("whoami_terminal", "whoami"),
        ])
        .lines(&[("whoami", "whoami"), ("whoami_json", "whoami -o json")]);
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
        ("bare_logout_unknown", "auth logout --profile gone"),
        ("bare_approvals_list", "approvals list"),
        ("bare_approvals_list_json", "approvals list -o json"),
    ]);
    Stage::bare("auth").lines(&[
        ("no_key_token", "auth token --env staging"),
        ("no_key_token_json", "auth token --env staging -o json"),
    ]);
}

const PASSPHRASE: &str = "correct horse battery";
const SECRET: &str = "n0t-t0-be-seen";

/// A home where keys are kept in a file.
fn with_file() -> Stage {
    Stage::bare("auth")
        .secret_file("passphrase", &format!("{PASSPHRASE}\n"), PASSPHRASE)
        .env("PORTGATE_PASSPHRASE_FILE", "passphrase")
}

#[test]
fn auth_login_and_logout() {
    let script = Script::new()
        .on("POST", "/oauth2/token", wire::token_ok())
        .on("GET", "/v2/employment", Answer::ok(json!([{"companyName": "Example Cloud Connect"}])))
        .start();
    let at = format!("--api-url {} --profile lab", script.url());
    let typed = format!("{SECRET}\r");
    let answers = [("client ID", "4mqk8rv2x\r"), ("(hidden)", typed.as_str())];
    Stage::at_both_widths(
        with_file,
        &[
            ("done_login", &format!("auth login --store file --accessible {at}"), &answers),
            ("done_logout", "auth logout --profile lab", &[]),
        ],
    );
    with_file().secret_file("secret", SECRET, SECRET).lines(&[
        (
            "login_json",
            &format!("auth login --client-id 4mqk8rv2x --secret-command 'cat secret' -o json {at}"),
        ),
        ("logout_json", "auth logout --profile lab -o json"),
    ]);
}

#[test]
fn auth_import() {
    let official = |secret: &str| {
        let profile = json!({"access_key": "4mqk8rv2x", "secret_key": secret, "environment": "staging"});
        json!({"version": 1, "active_profile": "lab", "defaults": {}, "profiles": {"lab": profile}})
            .to_string()
    };
    let stage = || {
        let other = "an0ther-secret";
        with_file().secret_file(".megaport/config.json", &official(SECRET), SECRET).secret_file(
            "changed.json",
            &official(other),
            other,
        )
    };
    stage().lines(&[
        ("import", "auth import --store file"),
        ("import_again", "auth import --store file"),
        ("import_json", "auth import --store file -o json"),
        ("import_changed", "auth import --from changed.json --store file"),
        // The profile says where its key is.
        ("import_to_its_store", "auth import --from changed.json --yes"),
    ]);
    Stage::at_both_widths(
        stage,
        &[
            ("done_import", "auth import --store file", &[]),
            ("done_import_replace", "auth import --from changed.json --store file", &[("[y/N]", "y\r")]),
        ],
    );
}

//! No command prints a secret or leaves one in a file, whatever goes wrong. Every run of these tests is looked through
//! (`common/secrets.rs`); here are those that have all the ways to a secret at once.

use std::fs;

use crate::common::wire::token_ok;
use crate::common::{Answer, Home, Script};

const PAIR: [&str; 2] = ["4mqk8rv2x", "n0t-t0/be+seen"];
const OF_COMMAND: &str = "pr1nted-by-a-pr0gram";

const COMMANDS: [&str; 24] = [
    "approvals list",
    "approvals list --waiting-on any -o json",
    "approvals show 7c1e09ab",
    "approvals accept 7c1e09ab --dry-run",
    "approvals accept 7c1e09ab -o json",
    "approvals deny 424e4529 --reason no-room",
    "approvals history",
    "approvals wait 7c1e09ab --timeout 1s",
    "speed list",
    "keys list -o json",
    "keys list -o csv",
    "keys show 8ea6f3bf -o yaml",
    "keys update 8ea6f3bf --max-speed 100 --yes -o json",
    "keys deactivate 8ea6f3bf --yes",
    "keys validate 8ea6f3bf",
    "ports list",
    "ports vlans SYD1-A --free 1",
    "users list",
    "notify list",
    "notify subscribe service-status",
    "auth status",
    "auth status -o json",
    "profile list -o json",
    "sandbox inbox",
];

/// Runs every command in a home in which each kind of secret is at hand; the harness looks through all of it.
fn run_all(arrange: impl Fn(&Home) -> (Vec<(&'static str, String)>, String)) {
    let home = Home::new();
    let (variables, to) = arrange(&home);
    for command in COMMANDS {
        let mut run = home.portgate(&format!("{command} {to}"));
        for (name, value) in &variables {
            run = run.env(*name, value);
        }
        run.env("PORTGATE_SANDBOX_SMTP", "smtp://mail:p0st-0ffice@127.0.0.1:9")
            .env("PORTGATE_MAX_RETRIES", "0")
            .run();
    }
}

fn pair() -> Vec<(&'static str, String)> {
    vec![("MEGAPORT_ACCESS_KEY", PAIR[0].to_owned()), ("MEGAPORT_SECRET_KEY", PAIR[1].to_owned())]
}

#[test]
fn none_is_told_where_all_goes_well() {
    run_all(|_| (pair(), "--env sandbox".to_owned()));
}

#[test]
fn none_is_told_of_a_backend_that_is_not_there() {
    run_all(|_| (pair(), "--api-url http://127.0.0.1:9".to_owned()));
    run_all(|_| {
        (
            vec![("MEGAPORT_ACCESS_TOKEN", "t0ken-0f-somebody".to_owned())],
            "--api-url http://127.0.0.1:9".to_owned(),
        )
    });
}

#[test]
fn none_is_told_of_a_backend_that_refuses_the_key_or_fails_after_it() {
    let refusing = Script::new().on("POST", "/oauth2/token", Answer::refusal(401, "no such client")).start();
    run_all(|_| (pair(), format!("--api-url {}", refusing.url())));
    let any = |script: Script, answer: &Answer| {
        let paths = [
            "/v2/products",
            "/v2/product/*",
            "/v3/order_approvals",
            "/v2/service/key",
            "/v2/service/key/validate",
            "/v2/employment",
            "/v3/notificationPreferences",
            "/v2/notificationPreferences",
            "/v3/order_approvals/*",
        ];
        paths.iter().fold(script, |script, path| script.on("GET", path, answer.clone()))
    };
    let failing =
        any(Script::new().on("POST", "/oauth2/token", token_ok()), &Answer::refusal(500, "down")).start();
    let of_command = |home: &Home| {
        home.keeps_secret(OF_COMMAND);
        let settings = format!(
            "default = \"lab\"\n[profiles.lab]\napi_url = \"{}\"\nclient_id = \"{}\"\nsecret_command = [\"cat\", \"{}\"]\n",
            failing.url(),
            PAIR[0],
            home.write("kept", OF_COMMAND).display(),
        );
        home.write("config/portgate/config.toml", settings);
        (Vec::new(), String::new())
    };
    run_all(of_command);
}

#[test]
fn a_secret_that_was_written_would_be_found() {
    let home = Home::new();
    home.keeps_secret(OF_COMMAND);
    fs::write(home.path().join("left-behind"), format!("key={OF_COMMAND}")).unwrap();
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(home)));
    assert!(dropped.is_err());
}

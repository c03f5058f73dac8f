//! No command prints a secret or leaves one in a file, whatever goes wrong. Every run of these tests is looked through
//! (`common/secrets.rs`); here are those that have all the ways to a secret at once.

use std::fs;

use serde_json::json;

use crate::common::wire::token_ok;
use crate::common::{Answer, Home, Request, Script};

const PAIR: [&str; 2] = ["4mqk8rv2x", "n0t-t0/be+seen"];
const OF_COMMAND: &str = "pr1nted-by-a-pr0gram";

const READS: [&str; 9] = [
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
    let script = Script::new().on("POST", "/oauth2/token", token_ok());
    let failing = READS
        .iter()
        .fold(script, |script, path| script.on("GET", path, Answer::refusal(500, "down")))
        .start();
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

/// What a backend makes of a header that it was sent, cut or not.
const REPEATS: [fn(&str) -> Answer; 9] = [
    |sent| Answer::json(200, &json!(sent)),
    |sent| Answer::json(200, &json!([sent])),
    |sent| Answer::json(200, &json!({"message": "ok", "data": sent})),
    |sent| Answer::json(200, &json!({"message": "ok", "data": format!("\"{sent}\", expected")})),
    |sent| Answer::json(200, &json!({"message": "ok", "data": [sent]})),
    |sent| Answer::new(200, "text/html", format!("<html><p>{sent}</p></html>")),
    |sent| Answer::new(403, "text/html", format!("{}{sent}", "-".repeat(290))),
    |sent| Answer::json(400, &json!({"message": format!("{}{sent}", "-".repeat(1980))})),
    |sent| {
        let encoded: String = url::form_urlencoded::byte_serialize(sent.as_bytes()).collect();
        Answer::refusal(500, &format!("at /?sent={encoded}")).header("Trace-Id", &encoded)
    },
];

#[test]
fn none_is_told_of_a_response_that_repeats_the_token() {
    for repeat in REPEATS {
        let echo = move |request: &Request, _: usize| repeat(request.header("authorization").unwrap());
        let echoing = READS.iter().fold(Script::new(), |script, path| script.on("GET", path, echo)).start();
        let token = vec![("MEGAPORT_ACCESS_TOKEN", "t0ken/0f+somebody=".to_owned())];
        run_all(|_| (token.clone(), format!("-vv --api-url {}", echoing.url())));
    }
}

#[test]
fn none_is_told_of_a_token_endpoint_that_repeats_the_key() {
    for repeat in REPEATS {
        let plain = move |_: &Request, _: usize| repeat(PAIR[1]);
        let basic = move |request: &Request, _: usize| repeat(request.header("authorization").unwrap());
        for echoing in [
            Script::new().on("POST", "/oauth2/token", plain),
            Script::new().on("POST", "/oauth2/token", basic),
        ] {
            let anywhere = ["/", "/oauth2/token"];
            let echoing =
                anywhere.iter().fold(echoing, |script, path| script.on("GET", path, Answer::empty(404)));
            let echoing = echoing.start();
            let home = Home::new();
            for command in ["ports list", "auth status", "doctor", "users list -vv -o json"] {
                home.portgate(command)
                    .at(&echoing)
                    .key(PAIR[0], PAIR[1])
                    .env("PORTGATE_MAX_RETRIES", "0")
                    .arg("--timeout=2s")
                    .run();
            }
        }
    }
}

/// A key that can't be read where it should be is no part of what is said.
#[test]
fn none_is_told_of_a_response_with_a_service_key_in_the_wrong_place() {
    let key = "3f0c2a91-7b54-4d1e-8c36-9a5e0f7d2b14";
    for data in
        [json!(key), json!([key]), json!([[key]]), json!({"key": [key]}), json!([{"key": {"of": key}}])]
    {
        let script = Script::new()
            .on("GET", "/v2/service/key", Answer::ok(data.clone()))
            .on("GET", "/v2/service/key/validate", Answer::ok(data))
            .start();
        for command in
            ["list", "show 3f0c2a91 -o json", "validate 3f0c2a91", "update 3f0c2a91 --active false"]
        {
            let run = Home::new().portgate(&format!("keys {command}")).at(&script).token("t").run();
            assert!(run.code > 0 || run.stderr.contains("warning: can't read key of a service key"), "{run}");
        }
    }
}

#[test]
fn a_secret_that_was_written_would_be_found() {
    let home = Home::new();
    home.keeps_secret(OF_COMMAND);
    fs::write(home.path().join("left-behind"), format!("key={OF_COMMAND}")).unwrap();
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(home)));
    assert!(dropped.is_err());
}

/// A run that is left to the test prints a secret: that is found when its home goes.
#[test]
fn a_secret_that_a_run_left_to_the_test_printed_would_be_found() {
    let told = "approvals-t0ld";
    let home = Home::new();
    home.keeps_secret(told);
    let child = home.portgate("approvals").arg(told).spawn();
    let output = child.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains(told));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(home))).is_err());

    let home = Home::new();
    home.keeps_secret(told);
    let mut seen = home.portgate("approvals").arg(told).in_terminal(200, 40);
    seen.expect("approvals-");
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(seen))).is_err());
}

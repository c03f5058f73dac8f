//! What tells the state of things: `doctor`, `whoami`, `version`, and `-q` that tells less.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::auth::private_config;
use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Home, Outcome, Script};

/// A JWT of a Read Only user.
const READ_ONLY: &str = "e30.eyJyb2xlIjoiUmVhZCBPbmx5IiwiZW1haWwiOiJhbmFAZXhhbXBsZS5jb20ifQ.sig";
const OTHER: &str = "e30.eyJyb2xlIjoiVGVjaG5pY2FsIEFkbWluIn0.sig";

/// A date as HTTP has it, so far from now.
fn date(ahead: SignedDuration) -> String {
    (Timestamp::now() + ahead).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn backend(ahead: SignedDuration) -> Script {
    let page = Answer::html(404).header("Date", date(ahead));
    Script::new()
        .on("GET", "/", page.clone())
        .on("GET", "/oauth2/token", page)
        .on("GET", "/v2/employment", Answer::ok(json!([{"companyName": "Example Cloud Connect"}])))
        .start()
}

fn doctor(home: &Home, script: &Script) -> Outcome {
    home.portgate("doctor -o json").at(script).token(OTHER).env("PORTGATE_CREDENTIAL_STORE", "none").run()
}

/// `[result, detail, hint]` of one check.
fn check(outcome: &Outcome, name: &str) -> [Value; 3] {
    let checks = outcome.json();
    let found = checks.as_array().unwrap().iter().find(|check| check["check"] == name);
    let found = found.unwrap_or_else(|| panic!("no check {name}\n{outcome}"));
    ["result", "detail", "hint"].map(|field| found[field].clone())
}

fn says(outcome: &Outcome, name: &str, result: &str, detail: &str) {
    let [is, says, _] = check(outcome, name);
    assert!(is == result && says.as_str().unwrap().contains(detail), "{name}: {is}, {says}\n{outcome}");
}

#[test]
fn d11_doctor_checks_all_that_a_command_needs() {
    let (home, script) = (Home::new(), backend(SignedDuration::ZERO));
    let outcome = doctor(&home, &script);
    outcome.exits(0);
    let names: Vec<Value> =
        outcome.json().as_array().unwrap().iter().map(|check| check["check"].clone()).collect();
    let expected = [
        "configuration",
        "profiles",
        "keyring",
        "ledger",
        "proxy",
        "certificates",
        "API",
        "token endpoint",
        "clock",
        "token",
        "company",
        "role",
    ];
    assert_eq!(names, expected);
    says(&outcome, "configuration", "ok", "defaults apply");
    says(&outcome, "profiles", "ok", "no profiles");
    says(&outcome, "keyring", "warning", "the keyring is disabled");
    says(&outcome, "API", "ok", &script.url());
    says(&outcome, "clock", "ok", "agrees");
    says(&outcome, "company", "ok", "Example Cloud Connect");
    says(&outcome, "role", "ok", "Technical Admin");
    let [_, _, hint] = check(&outcome, "keyring");
    assert!(
        hint.as_str()
            .unwrap()
            .contains(&format!("portgate --api-url {} auth login --store file", script.url())),
        "{hint}"
    );
    outcome.stderr_has("12 checks · 0 failed · 1 warning");
    // Nothing was asked for with the token but who it is of.
    let lines = script.lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let table = home.portgate("doctor").at(&script).token(OTHER).run();
    table.exits(0).stdout_has("ok       company           Example Cloud Connect\n").lacks(OTHER);
    table
        .stdout_has("warning  keyring ")
        .stdout_has("\n         next: or store the key in an encrypted file: ");
}

#[test]
fn d11_doctor_says_what_is_wrong_on_this_machine() {
    let (home, script) = (Home::new(), backend(SignedDuration::ZERO));
    private_config(&home, "[profiles.half]\nread_only = true\n");
    let broken = doctor(&home, &script);
    broken.exits(2);
    says(&broken, "profiles", "failed", "environment is missing");
    private_config(
        &home,
        "[profiles.empty]\nenvironment = \"staging\"\n[profiles.lab]\nenvironment = \"staging\"\nclient_id = \"x\"\n",
    );
    let path = home.config().join("config.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    home.write("data/portgate/ledger.jsonl", "not a line\n");
    let outcome = doctor(&home, &script);
    // A profile uses the keyring, so it is no longer a warning.
    outcome.exits(3);
    says(&outcome, "configuration", "warning", "readable by other users");
    says(&outcome, "profiles", "ok", "2 profiles; using none of them");
    assert_eq!(check(&outcome, "keyring")[0], "failed");
    let warned = outcome.json();
    let warned =
        warned.as_array().unwrap().iter().find(|check| check["detail"] == "profile 'empty' has no key");
    assert_eq!(warned.unwrap()["hint"], "log in: portgate auth login --profile empty");
    says(&outcome, "ledger", "warning", "is not as portgate wrote it");
    let network = home.portgate("doctor -o json").at(&script).token(OTHER);
    let network = network
        .env("HTTPS_PROXY", "http://user:pr0xy-pass@proxy.example:3128")
        .env("NO_PROXY", "example.com");
    let network = network.env("SSL_CERT_FILE", "/nowhere/at/all").run();
    network.lacks("pr0xy-pass");
    says(&network, "proxy", "ok", "proxy.example:3128 (HTTPS_PROXY); not for example.com");
    says(&network, "certificates", "failed", "/nowhere/at/all (SSL_CERT_FILE)");
}

#[test]
fn d11_doctor_compares_the_clocks() {
    for (ahead, code, result, detail) in [
        (SignedDuration::from_mins(5), 0, "warning", "behind the backend's"),
        (SignedDuration::from_hours(-2), 1, "failed", "2h ahead of the backend's"),
    ] {
        let script = backend(ahead);
        let outcome = doctor(&Home::new(), &script);
        outcome.exits(code);
        says(&outcome, "clock", result, detail);
        assert!(check(&outcome, "clock")[2].as_str().unwrap().contains("NTP"));
    }
}

#[test]
fn d11_doctor_tells_reach_from_a_refused_token() {
    let home = Home::new();
    let gone = home.portgate("doctor -o json --api-url http://127.0.0.1:1").token(OTHER).run();
    gone.exits(10);
    assert_eq!(check(&gone, "API")[0], "failed");
    assert!(!gone.stdout.contains("\"role\""));
    let page = Answer::html(503);
    let refused = Script::new()
        .on("GET", "/", page.clone())
        .on("GET", "/oauth2/token", page)
        .on("GET", "/v2/employment", wire::body(401, "error-unauthorised"))
        .start();
    let outcome = doctor(&home, &refused);
    outcome.exits(6);
    says(&outcome, "API", "warning", "returned 503");
    assert_eq!(check(&outcome, "token")[0], "failed");
    let hanging =
        Script::new().on("GET", "/", Answer::silence()).on("GET", "/oauth2/token", Answer::silence()).start();
    let late = home.portgate("doctor -o json --timeout 1s").at(&hanging).token(OTHER).run();
    late.exits(11);
    let weak = home.portgate("doctor -o json").at(&backend(SignedDuration::ZERO)).token(READ_ONLY).run();
    weak.exits(0);
    says(
        &weak,
        "role",
        "warning",
        "Read Only: can't decide Marketplace requests or service approval queue entries",
    );
}

#[test]
fn doctor_tells_what_a_role_decides_in_the_marketplace_and_in_the_queue() {
    let home = Home::new();
    for (role, result, detail) in [
        ("company-admin", "ok", "can decide Marketplace requests and service approval queue entries"),
        ("finance", "warning", "can decide Marketplace requests, but not service approval queue entries"),
        (
            "technical-contact",
            "warning",
            "can decide service approval queue entries, but not Marketplace requests",
        ),
        (
            "financial-contact",
            "warning",
            "can't decide Marketplace requests or service approval queue entries",
        ),
    ] {
        let outcome = home.portgate(&format!("doctor --env sandbox --as provider:{role} -o json")).run();
        outcome.exits(0);
        says(&outcome, "role", result, detail);
    }
}

#[test]
fn d11_doctor_of_the_sandbox_needs_no_network() {
    let home = Home::new();
    let outcome = home.portgate("doctor --env sandbox -o json").run();
    outcome.exits(0);
    says(&outcome, "API", "ok", "runs in this process");
    says(&outcome, "role", "ok", "Technical Admin");
}

#[test]
fn d14_whoami_is_what_the_backend_knows() {
    let (home, script) = (Home::new(), backend(SignedDuration::ZERO));
    let url = script.url();
    home.portgate("whoami").at(&script).token(READ_ONLY).run().exits(0).stdout_is(&format!(
        "Company      Example Cloud Connect\nUser         ana@example.com\nRole         Read Only\n\
         Environment  custom ({url})\nProfile      none\n"
    ));
    let record = home.portgate("whoami -o json").at(&script).token(READ_ONLY).run().exits(0).json();
    assert_eq!(
        record,
        json!({
            "company": {"uid": null, "name": "Example Cloud Connect"}, "user": "ana@example.com", "client_id": null,
            "roles": ["Read Only"], "environment": "custom", "api_url": url, "profile": null, "on_behalf_of": null,
        })
    );
    let sandbox = home.portgate("whoami --env sandbox --as initech -o json").run().exits(0).json();
    assert_eq!(
        (&sandbox["company"]["name"], &sandbox["environment"]),
        (&json!("Initech"), &json!("sandbox"))
    );
    let refused = Script::new().on("GET", "/v2/employment", wire::body(401, "error-unauthorised")).start();
    home.portgate("whoami").at(&refused).token(READ_ONLY).run().exits(6).stdout_is("");
    home.portgate("whoami").run().exits(3);
}

#[test]
fn d14_the_ledger_names_the_user_of_this_machine() {
    let by = |user: &str| {
        let home = Home::new();
        let script = Script::new().marketplace_of(&[&Circuit::of("vxc-new")]).start();
        home.approvals("deny 7c1e09ab --reason full", &script).env("USER", user).run().exits(0);
        home.ledger()[0]["who"]["actor"].as_str().unwrap().to_owned()
    };
    assert_eq!(by("dana"), "dana");
    // No variable says who it is, as in many containers.
    assert!(!by("").starts_with("uid "), "{}", by(""));
}

#[test]
fn d11_version_is_a_record() {
    let home = Home::new();
    let version = home.portgate("version -o json").run().exits(0).json();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let target = version["target"].as_str().unwrap();
    assert!(target.starts_with(std::env::consts::ARCH) && target.contains(std::env::consts::OS), "{version}");
    assert!(version["features"].as_array().unwrap().contains(&json!("sandbox")));
    assert!(version["rust"].as_str().unwrap().starts_with("1."), "{version}");
    let text = home.portgate("version").run().exits(0).stdout.clone();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("portgate {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(lines[2], format!("target: {target}"));
    home.portgate("--version").run().is(0, &format!("{}\n", lines[0]), "");
}

#[test]
fn d11_quiet_leaves_results_warnings_and_errors() {
    let home = Home::new();
    let script = Script::new().marketplace_of(&[&Circuit::of("vxc-new")]).start();
    let loud = home.approvals("list", &script).run();
    let quiet = home.approvals("list -q", &script).run();
    quiet.exits(0).stdout_is(&loud.stdout).stderr_is("");
    home.approvals("show ffffffff -q", &script).run().exits(8).stderr_has("error: ").stderr_has("  next: ");
    home.approvals("list -q --all-profiles", &script).run().exits(2).stderr_has("error: ");
    home.approvals("list -q -v", &script).run().exits(2).stderr_has("--verbose");
}

#[test]
fn d11_quiet_shows_all_that_a_question_is_about() {
    let home = Home::new();
    let script = Script::new().marketplace_of(&[&Circuit::of("vxc-new")]).start();
    let mut terminal = home.approvals("accept 7c1e09ab -q --accessible", &script).in_terminal(100, 30);
    let seen = terminal.expect("[y/N]");
    assert!(seen.contains("Globex Bank") && seen.contains("Example Cloud Connect"), "{seen}");
    terminal.send_line("n");
    terminal.exits(5);
    assert!(script.writes().is_empty());
}

#[test]
fn d11_quiet_and_verbose_go_together_with_a_log_file() {
    let home = Home::new();
    let script = Script::new().marketplace_of(&[&Circuit::of("vxc-new")]).start();
    let run = home.approvals("list -q -v --log-file requests.log", &script).run();
    run.exits(0).stderr_is("");
    assert!(fs::read_to_string(home.path().join("requests.log")).unwrap().contains("GET /v2/products"));
}

#[test]
fn d11_doctor_lists_its_checks_where_the_account_is_wrong() {
    let home = Home::new();
    let run = |account: &str| home.portgate("doctor --env sandbox -o json --on-behalf-of").arg(account).run();
    let outcome = run("nosuch");
    outcome.exits(8);
    says(&outcome, "token", "ok", "accepted");
    says(&outcome, "role", "ok", "Technical Admin");
    says(&outcome, "managed account", "failed", "your company doesn't manage an account named 'nosuch'");
    says(&run("Example Media"), "managed account", "ok", "Example Media");
    let empty = run("");
    empty.exits(2);
    says(&empty, "token", "failed", "--on-behalf-of is empty");
    // Without one there is nothing to check.
    assert!(!home.portgate("doctor --env sandbox").run().stdout.contains("managed account"));
}

#[test]
fn d11_whoami_knows_the_user_of_a_sandbox_server() {
    let server = super::sandbox::Server::start();
    let run = server.home.portgate("whoami -o json --api-url").arg(&server.url);
    let [id, secret] = server.key();
    let who = run.key(&id, &secret).run().exits(0).json();
    assert_eq!(who["user"], "priya@examplecloud.example");
    assert_eq!(who["roles"], json!(["Technical Admin"]));
    assert_eq!(who["company"]["name"], "Example Cloud Connect");
    assert!(who["company"]["uid"].is_string(), "{who}");
}

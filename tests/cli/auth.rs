//! Keys and tokens from everywhere but the keyring (see `keyring.rs` for that): what is sent with them, to whom, and
//! that they are never shown.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use serde_json::json;

use crate::common::{Answer, Home, Script, wire};

const ID: &str = "4mqk8rv2x";
const SECRET: &str = "n0t-t0-be-seen";
/// `4mqk8rv2x:n0t-t0-be-seen` in base64.
const BASIC: &str = "Basic NG1xazhydjJ4Om4wdC10MC1iZS1zZWVu";
/// A JWT that ends in 2100 and names a role; nothing signs it.
const TELLING_TOKEN: &str = "e30.eyJleHAiOiA0MTAyNDQ0ODAwLCAicm9sZSI6ICJUZWNobmljYWwgQWRtaW4ifQ.sig";

/// A backend that hands out tokens and knows its company.
fn backend() -> Script {
    Script::new()
        .on("POST", "/oauth2/token", wire::token_ok())
        .on("GET", "/v2/employment", Answer::ok(json!([{"companyName": "Example Cloud Connect"}])))
        .start()
}

#[test]
fn a_hint_to_log_in_repeats_the_options_of_the_call() {
    let home = Home::new();
    let run = |args: &str| home.portgate(args).env("PORTGATE_CREDENTIAL_STORE", "none").run();
    run("--api-url http://127.0.0.1:9 --token-url http://127.0.0.1:8/token approvals list")
        .exits(3)
        .stderr_has(
            "log in: portgate auth login --api-url http://127.0.0.1:9 --token-url http://127.0.0.1:8/token\n",
        );
    run("--env staging approvals list --all-profiles")
        .exits(2)
        .stderr_has("create one: portgate --env staging auth login\n");
    run("--env staging auth status --all-profiles")
        .exits(0)
        .stderr_has("create one: portgate --env staging auth login\n");
    let stdin =
        || home.portgate("auth login --env staging --profile lab --client-id x --secret-stdin").stdin(SECRET);
    stdin()
        .env("PORTGATE_CREDENTIAL_STORE", "none")
        .run()
        .exits(3)
        .stderr_has("in an encrypted file: portgate --env staging --profile lab auth login --store file\n");
    let checked = run("--env staging doctor -o json");
    assert!(checked.stdout.contains("portgate --env staging auth login --store file"), "{}", checked.stdout);
    home.write(
        "config/portgate/config.toml",
        "[profiles.lab]\nenvironment = \"staging\"\nclient_id = \"x\"\n",
    );
    let acting = run("--profile lab --on-behalf-of other approvals list");
    acting.exits(3).stderr_has("portgate --profile lab auth login --store file\n");
}

fn token_of_fixture() -> String {
    wire::fixture("token")["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_of_the_environment_fetches_a_token_with_basic_and_a_form() {
    let (home, script) = (Home::new(), backend());
    let outcome = home.portgate("auth token").at(&script).key(ID, SECRET).run();
    outcome.exits(0).stdout_is(&format!("{}\n", token_of_fixture()));
    outcome.stderr_has("MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY").lacks(SECRET);
    let sent = script.only("POST", "/oauth2/token");
    assert_eq!(sent.header("authorization"), Some(BASIC));
    assert_eq!(sent.text(), "grant_type=client_credentials");
    assert_eq!(script.requests().len(), 1);
}

#[test]
fn a_secret_file_is_the_other_half() {
    let (home, script) = (Home::new(), backend());
    let file = home.write("secret", format!("{SECRET}\n"));
    let run = || {
        home.portgate("auth token")
            .at(&script)
            .env("MEGAPORT_ACCESS_KEY", ID)
            .env("MEGAPORT_SECRET_KEY_FILE", &file)
            .run()
    };
    run().exits(0).stderr_has("is readable by other users").lacks(SECRET);
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
    run().exits(0).stderr_lacks("is readable").stderr_has("MEGAPORT_SECRET_KEY_FILE");
    assert_eq!(script.requests()[1].header("authorization"), Some(BASIC));
}

#[test]
fn half_a_key_is_refused_before_any_request() {
    let (home, script) = (Home::new(), backend());
    let id_only = home.portgate("auth token").at(&script).env("MEGAPORT_ACCESS_KEY", ID).run();
    id_only.exits(2).stderr_has("neither MEGAPORT_SECRET_KEY nor MEGAPORT_SECRET_KEY_FILE");
    let secret_only = home.portgate("auth token").at(&script).env("MEGAPORT_SECRET_KEY", SECRET).run();
    secret_only.exits(2).stderr_has("MEGAPORT_ACCESS_KEY is not").lacks(SECRET);
    assert!(script.requests().is_empty());
}

#[test]
fn a_refused_key_says_that_keys_belong_to_one_environment() {
    let home = Home::new();
    for status in [400, 401] {
        let script = Script::new().on("POST", "/oauth2/token", wire::body(status, "token-refused")).start();
        let outcome = home.portgate("auth token").at(&script).key(ID, SECRET).run();
        outcome
            .exits(3)
            .stderr_has("only works in the environment it was created in")
            .lacks(SECRET)
            .lacks(BASIC);
        assert_eq!(script.hits("POST", "/oauth2/token"), 1);
    }
}

#[test]
fn a_given_token_is_stronger_than_a_key() {
    let (home, script) = (Home::new(), backend());
    let outcome = home.portgate("auth token").at(&script).key(ID, SECRET).token("ready").run();
    outcome
        .exits(0)
        .stdout_is("ready\n")
        .stderr_has("MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY are set as well");
    assert!(script.requests().is_empty());
}

#[test]
fn a_key_never_goes_where_it_was_not_meant_for() {
    let (home, script) = (Home::new(), backend());
    let lab = format!("[profiles.lab]\napi_url = \"{}\"\nclient_id = \"lab\"\n", script.url());
    private_config(&home, &lab);
    // The shell's key is of production, as no MEGAPORT_ENVIRONMENT says otherwise; the profile is not.
    let outcome = home.portgate("auth token").env("PORTGATE_PROFILE", "lab").key(ID, SECRET).run();
    outcome
        .exits(2)
        .stderr_has("MEGAPORT_ACCESS_KEY")
        .stderr_has("MEGAPORT_ENVIRONMENT is not set")
        .lacks(SECRET);
    let elsewhere =
        home.portgate("auth token").at(&script).key(ID, SECRET).env("MEGAPORT_ENVIRONMENT", "staging").run();
    elsewhere.exits(2).stderr_has("MEGAPORT_ENVIRONMENT=staging");
    assert!(script.requests().is_empty());
    let meant = home.portgate("auth token").env("MEGAPORT_API_URL", script.url()).key(ID, SECRET).run();
    meant.exits(0);
}

#[test]
fn a_secret_command_gives_the_secret() {
    let (home, script) = (Home::new(), backend());
    let config = |command: &str| {
        let text = format!(
            "default = \"lab\"\n[profiles.lab]\napi_url = \"{}\"\nclient_id = \"{ID}\"\nsecret_command = {command}\n",
            script.url()
        );
        private_config(&home, &text);
    };
    config(&format!("[\"printf\", \"%s\\\\n\", \"{SECRET}\"]"));
    home.portgate("auth token").run().exits(0).stderr_is("").lacks(SECRET);
    assert_eq!(script.only("POST", "/oauth2/token").header("authorization"), Some(BASIC));
    home.portgate("auth status").run().exits(0).stdout_has("secret_command (printf)");
    config("[\"false\"]");
    home.portgate("auth token").run().exits(3).stderr_has("the secret command failed");
    assert_eq!(script.requests().len(), 1);
}

#[test]
fn status_tells_what_a_token_tells_and_nothing_more() {
    let (home, script) = (Home::new(), backend());
    let told = home.portgate("auth status -o json").at(&script).token(TELLING_TOKEN).run();
    let status = told.exits(0).json();
    assert_eq!(status["source"], "environment");
    assert_eq!(status["roles"], json!(["Technical Admin"]));
    assert_eq!(status["token_expires_at"], "2100-01-01T00:00:00Z");
    assert_eq!(status["company"], json!({"uid": null, "name": null}));
    let opaque = home.portgate("auth status").at(&script).token("opaque").run();
    opaque.exits(0).stdout_has("unknown; use --check").stdout_lacks("Role").lacks("opaque");
    assert!(script.requests().is_empty(), "nothing is sent without --check");
    let checked = home.portgate("auth status --check").at(&script).key(ID, SECRET).run();
    checked.exits(0).stdout_has("Example Cloud Connect").stdout_has("Key check    passed").lacks(SECRET);
}

#[test]
fn status_check_fails_as_the_credential_does() {
    let home = Home::new();
    let script = Script::new()
        .on("POST", "/oauth2/token", wire::body(401, "token-refused"))
        .on("GET", "/v2/employment", wire::body(401, "error-unauthorised"))
        .start();
    let key = home.portgate("auth status --check -o json").at(&script).key(ID, SECRET).run();
    key.exits(3);
    assert_eq!(key.json()["works"], false);
    let token = home.portgate("auth status --check").at(&script).token("old").run();
    token.exits(6).stdout_has("Key check    failed");
}

#[test]
fn a_key_that_may_not_read_the_company_works_all_the_same() {
    let home = Home::new();
    let script = Script::new()
        .on("POST", "/oauth2/token", wire::token_ok())
        .on("GET", "/v2/employment", Answer::refusal(403, "no\u{1b}[2Jpermission"))
        .start();
    let outcome = home.portgate("auth status --check").at(&script).key(ID, SECRET).run();
    outcome.exits(0).stdout_has("Key check    passed").stdout_has("unknown");
    outcome.stderr_has("could not be read").lacks("\u{1b}");
}

#[test]
fn login_names_the_missing_flags_before_any_request() {
    let (home, script) = (Home::new(), backend());
    home.portgate("auth login").at(&script).run().exits(2);
    let no_id = home.portgate("auth login --secret-stdin").at(&script).stdin(SECRET).run();
    no_id.exits(2).stderr_has("--client-id");
    assert!(script.requests().is_empty());
}

#[test]
fn without_a_keyring_nothing_is_sent_and_nothing_is_written() {
    let (home, script) = (Home::new(), backend());
    let login = || home.portgate("auth login --secret-stdin --client-id").arg(ID).at(&script).stdin(SECRET);
    let outcome = login().run();
    outcome.exits(3).stderr_has("no keyring is available").stderr_has("--secret-command").lacks(SECRET);
    let off = login().env("PORTGATE_CREDENTIAL_STORE", "none").run();
    off.exits(3).stderr_has("PORTGATE_CREDENTIAL_STORE=none");
    login()
        .env("PORTGATE_CREDENTIAL_STORE", "plain")
        .run()
        .exits(2)
        .stderr_has("'keyring' (default) or 'none'");
    assert!(script.requests().is_empty());
    assert!(!home.config().join("config.toml").exists());
}

#[test]
fn a_login_names_the_variables_that_take_precedence_over_it() {
    let (home, script) = (Home::new(), backend());
    let login = || {
        let login = home.portgate("auth login --client-id").arg(ID).arg("--secret-command");
        login.arg("echo a-secret-of-a-command").at(&script)
    };
    let one = login().env("MEGAPORT_ACCESS_TOKEN", "a-token-of-another-tool").run();
    one.exits(0).stderr_has("MEGAPORT_ACCESS_TOKEN is set and takes precedence over this profile unless you");
    let two = login().key(ID, SECRET).run();
    two.exits(0).stderr_has("MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY are set and take precedence over");
}

#[test]
fn a_keyring_that_never_answers_is_given_up() {
    let (home, script) = (Home::new(), backend());
    // A bus that takes the connection and then says nothing: nothing accepts it.
    let bus = home.path().join("bus");
    let _silent = UnixListener::bind(&bus).unwrap();
    let outcome = home
        .portgate("auth login --secret-stdin --client-id")
        .arg(ID)
        .at(&script)
        .stdin(SECRET)
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()))
        .run();
    outcome.exits(11).stderr_has("did not respond within").lacks(SECRET);
    assert!(script.requests().is_empty());
}

#[test]
fn the_keyring_is_not_touched_where_the_environment_has_the_key() {
    let (home, script) = (Home::new(), backend());
    let bus = home.path().join("bus");
    let listener = UnixListener::bind(&bus).unwrap();
    listener.set_nonblocking(true).unwrap();
    let outcome = home
        .portgate("auth token")
        .at(&script)
        .key(ID, SECRET)
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()))
        .run();
    outcome.exits(0);
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn import_explains_a_file_that_is_none_and_shows_nothing_of_it() {
    let home = Home::new();
    home.write(".megaport/config.json", format!("{{\"profiles\": {{\"x\": {SECRET}}}}}"));
    home.portgate("auth import").run().exits(2).stderr_has("line 1").lacks(SECRET);
}

#[test]
fn logging_out_of_nothing_is_done_already() {
    let home = Home::new();
    home.portgate("auth logout --all -o json").run().exits(0).stdout_is("[]\n");
}

/// Writes config.toml as portgate would: for its owner only.
pub fn private_config(home: &Home, text: &str) {
    let path = home.write("config/portgate/config.toml", text);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn status_of_the_sandbox_says_as_whom() {
    let home = Home::new();
    let provider = home.portgate("auth status --env sandbox -o json").run();
    provider.exits(0);
    assert_eq!(provider.json()["company"]["name"], "Example Cloud Connect");
    assert_eq!(provider.json()["roles"], serde_json::json!(["Technical Admin"]));

    let other = home.portgate("auth status --env sandbox --as initech:read-only -o json").run();
    other.exits(0);
    assert_eq!(other.json()["company"]["name"], "Initech");
    assert_eq!(other.json()["roles"], serde_json::json!(["Read Only"]));

    home.portgate("auth status --env sandbox --as nobody").run().exits(2).stderr_has("nobody");
    let profile = home.portgate("auth status --as initech").key("k", "s").run();
    profile.exits(2).stderr_has("--as requires --env sandbox");
}

#[test]
fn a_secret_command_takes_no_longer_than_the_timeout_and_is_stopped_with_what_it_started() {
    let (home, script) = (Home::new(), backend());
    let alive = home.path().join("alive");
    let text = format!(
        "default = \"lab\"\n[profiles.lab]\napi_url = \"{}\"\nclient_id = \"{ID}\"\n\
         secret_command = [\"sh\", \"-c\", \"sleep 600 & echo $! > {}; wait\"]\n",
        script.url(),
        alive.display()
    );
    private_config(&home, &text);
    // Twice as long as the harness waits would be the minute it takes without it.
    let outcome = home.portgate("approvals list --timeout 1s -o json").run();
    let error = outcome.exits(11).error();
    let reason = error["reason"].as_str().unwrap();
    assert!(reason.contains("sh was stopped after 1 s"), "{reason}");
    let number: i32 = std::fs::read_to_string(alive).unwrap().trim().parse().unwrap();
    let child = rustix::process::Pid::from_raw(number).unwrap();
    // A killed child of a killed parent may wait to be reaped: what counts is that it does not run.
    let state = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    let runs = rustix::process::test_kill_process(child).is_ok() && !state.contains(") Z ");
    assert!(!runs, "{state}");
}

#[test]
fn a_refused_key_is_told_where_it_comes_from() {
    let refused = || Answer::json(401, &serde_json::json!({"error": "invalid_client"}));
    let script = Script::new().on("POST", "/oauth2/token", refused()).start();
    let home = Home::new();
    let outcome = home.portgate("auth token").at(&script).key(ID, SECRET).run();
    outcome.exits(3).stderr_has("comes from MEGAPORT_ACCESS_KEY").stderr_lacks("auth login");
    let text = format!(
        "default = \"lab\"\n[profiles.lab]\napi_url = \"{}\"\nclient_id = \"{ID}\"\nsecret_command = [\"echo\", \"x\"]\n",
        script.url()
    );
    private_config(&home, &text);
    let outcome = home.portgate("auth token").run();
    outcome.exits(3).stderr_has("the secret_command of profile 'lab'").stderr_lacks("auth login");
}

#[test]
fn what_a_profile_does_not_allow_names_the_profile() {
    let (home, script) = (Home::new(), backend());
    let text = format!(
        "[profiles.desk]\nenvironment = \"custom\"\napi_url = \"{}\"\nread_only = true\n",
        script.url()
    );
    private_config(&home, &text);
    let run = home.portgate("keys deactivate 3f0c2a91 --profile desk").env("MEGAPORT_API_URL", script.url());
    run.token("t").run().exits(15).stderr_has("profile 'desk' is read-only").stderr_lacks("in use");
}

#[test]
fn a_signal_stops_the_secret_command_too() {
    use rustix::process::Signal;
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        the_secret_command_stops(signal, code);
    }
}

fn the_secret_command_stops(signal: rustix::process::Signal, code: i32) {
    let (home, script) = (Home::new(), backend());
    let text = format!(
        "default = \"lab\"\n[profiles.lab]\napi_url = \"{}\"\nclient_id = \"{ID}\"\n\
         secret_command = [\"sh\", \"-c\", \"echo runs >&2; sleep 600 & wait\"]\n",
        script.url()
    );
    private_config(&home, &text);
    let mut child = home.portgate("approvals list").spawn();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("runs") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it was never started");
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
    // It inherits stderr, which so ends with the last of what it started.
    let (sender, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(stderr.read_to_string(&mut String::new()).is_ok()));
    assert_eq!(child.wait().unwrap().code(), Some(code));
    assert!(ended.recv_timeout(Duration::from_secs(60)).unwrap());
}

#[test]
fn a_token_meant_for_another_backend_is_named_as_what_it_is() {
    let outcome = Home::new()
        .portgate("approvals list --api-url http://127.0.0.1:9")
        .token("t")
        .env("MEGAPORT_ENVIRONMENT", "sandbox")
        .run();
    outcome.exits(2).stderr_has("otherwise unset MEGAPORT_ACCESS_TOKEN").stderr_lacks("MEGAPORT_ACCESS_KEY");
}

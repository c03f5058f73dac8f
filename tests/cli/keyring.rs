//! Against a real Secret Service: gnome-keyring in a D-Bus session of the test's own.
//!
//! Where these programs are missing the tests say that they were skipped; `.ci/run` sets
//! `PORTGATE_TESTS_NEED_KEYRING`, and then they fail instead.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::common::{Answer, Home, Request, Script, turn_to_start, wire};

const ID: &str = "4mqk8rv2x";
const SECRET: &str = "n0t-t0-be-seen";
const BASIC: &str = "Basic NG1xazhydjJ4Om4wdC10MC1iZS1zZWVu";

/// Makes a keyring of the password, or opens the one that is there.
const UNLOCKED: &str = "printf keyring-password | gnome-keyring-daemon --unlock --components=secrets";
/// Starts the service; the keyring that is there stays locked, and nobody can type its password.
const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets";

/// A D-Bus session with a Secret Service; it ends with the value.
struct Session {
    child: Child,
    address: String,
}

impl Session {
    /// Starts one whose keyrings are in this home; `None`, said aloud, where it can't be.
    fn start(home: &Home, service: &str) -> Option<Self> {
        for program in ["dbus-run-session", "gnome-keyring-daemon"] {
            if !["/usr/bin", "/bin"].iter().any(|folder| Path::new(folder).join(program).exists()) {
                let needed = std::env::var_os("PORTGATE_TESTS_NEED_KEYRING").is_some();
                assert!(!needed, "{program} is not installed");
                // Past the capture of a passing test's output: a skipped test should be seen.
                let _ = writeln!(std::io::stderr(), "skipped: {program} is not installed");
                return None;
            }
        }
        let script = format!("{service} >/dev/null 2>&1; echo \"$DBUS_SESSION_BUS_ADDRESS\"; exec cat");
        let folder = home.path();
        let turn = turn_to_start();
        let mut child = Command::new("dbus-run-session")
            .args(["--", "/bin/sh", "-c", &script])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder)
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_RUNTIME_DIR", folder.join("runtime"))
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(turn);
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("unix:"), "no bus: {address:?}");
        Some(Session { child, address: address.trim().to_owned() })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // `cat` ends with its stdin, and the session with `cat`.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A backend whose tokens name the key they were made for.
fn backend() -> Script {
    Script::new()
        .on("POST", "/oauth2/token", |_: &Request, nth: usize| {
            let token =
                json!({"access_token": format!("t0ken-{nth}"), "token_type": "Bearer", "expires_in": 3600});
            Answer::json(200, &token)
        })
        .on("GET", "/v2/employment", Answer::ok(json!([{"companyName": "Example Cloud Connect"}])))
        .start()
}

#[test]
fn a_key_is_checked_kept_used_and_removed() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let script = backend();
    let run = |args: &str| home.portgate(args).env("DBUS_SESSION_BUS_ADDRESS", &session.address);

    let login =
        run("auth login --secret-stdin --profile lab --client-id").arg(ID).at(&script).stdin(SECRET).run();
    login.exits(0).stdout_has("Example Cloud Connect").stdout_has("profile 'lab' (default)").lacks(SECRET);
    assert_eq!(script.lines(), ["POST /oauth2/token", "GET /v2/employment"]);
    let config = std::fs::read_to_string(home.config().join("config.toml")).unwrap();
    assert!(config.contains(ID) && !config.contains(SECRET), "{config}");

    // Used without a word: the profile's own key needs no note.
    let token = run("auth token").run();
    token.exits(0).stdout_is("t0ken-1\n").stderr_is("");
    assert_eq!(script.requests()[2].header("authorization"), Some(BASIC));
    // The token is kept, and used again instead of a new one.
    run("auth token").run().exits(0).stdout_is("t0ken-1\n");
    assert_eq!(script.hits("POST", "/oauth2/token"), 2);
    let status = run("auth status -o json").run().exits(0).json();
    assert_eq!(
        (&status["source"], &status["company"]["name"]),
        (&json!("keyring"), &json!("Example Cloud Connect"))
    );
    assert!(status["token_expires_at"].is_string());

    run("auth logout").run().exits(0).stdout_has("from the keyring");
    run("auth logout").run().exits(0).stdout_has("has no key");
    run("auth token").run().exits(3).stderr_has("portgate auth login --profile lab");
    nothing_left_in_plain_text(&home);
}

#[test]
fn a_new_key_makes_the_old_one_s_token_void() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let script = backend();
    let run = |args: &str| home.portgate(args).env("DBUS_SESSION_BUS_ADDRESS", &session.address);
    let login = |id: &str, more: &str| {
        run("auth login --secret-stdin").arg("--client-id").arg(id).at(&script).stdin(SECRET).arg(more).run()
    };
    login(ID, "--yes").exits(0);
    run("auth token").run().stdout_is("t0ken-1\n");
    // Another key is not put in its place without being told so.
    let refused = run("auth login --secret-stdin --client-id another").at(&script).stdin(SECRET).run();
    refused.exits(2).stderr_has("already has another key").stderr_has("--yes");
    assert_eq!(script.hits("POST", "/oauth2/token"), 2, "refused before any request");
    login("another", "--yes").exits(0);
    run("auth token").run().stdout_is("t0ken-3\n");
}

#[test]
fn a_stored_key_is_not_sent_where_the_file_says_later() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let (script, other) = (backend(), backend());
    let run = |args: &str| home.portgate(args).env("DBUS_SESSION_BUS_ADDRESS", &session.address);
    run("auth login --secret-stdin --client-id").arg(ID).at(&script).stdin(SECRET).run().exits(0);
    let config = home.config().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap().replace(&script.url(), &other.url());
    std::fs::write(&config, text).unwrap();
    run("auth token").run().exits(3).stderr_has("stored for another backend");
    assert!(other.requests().is_empty());
}

#[test]
fn a_refused_key_is_not_kept() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let script = Script::new().on("POST", "/oauth2/token", wire::body(401, "token-refused")).start();
    let run = |args: &str| home.portgate(args).env("DBUS_SESSION_BUS_ADDRESS", &session.address);
    let outcome = run("auth login --secret-stdin --client-id").arg(ID).at(&script).stdin(SECRET).run();
    outcome.exits(3).lacks(SECRET);
    assert!(!home.config().join("config.toml").exists());
}

#[test]
fn prompts_take_the_key_without_showing_it() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let script = backend();
    let login = home.portgate("auth login --accessible").at(&script);
    let mut terminal = login.env("DBUS_SESSION_BUS_ADDRESS", &session.address).in_terminal(100, 24);
    terminal.expect("Profile");
    terminal.send_line("");
    terminal.expect("client ID");
    terminal.send_line(ID);
    terminal.expect("client secret (hidden)");
    terminal.send_secret(SECRET);
    let seen = terminal.exits(0);
    assert!(seen.contains("logged in") && !seen.contains(SECRET), "{seen}");
    assert_eq!(script.requests()[0].header("authorization"), Some(BASIC));
}

#[test]
fn the_official_cli_s_keys_are_taken_over() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let run = |args: &str| home.portgate(args).env("DBUS_SESSION_BUS_ADDRESS", &session.address);
    let file = json!({"version": 1, "active_profile": "lab", "defaults": {}, "profiles": {
        "lab": {"access_key": ID, "secret_key": SECRET, "environment": "staging", "description": ""},
        "half": {"access_key": "x", "environment": "production"},
    }});
    home.write(".megaport/config.json", file.to_string());
    let outcome = run("auth import -o json").run();
    outcome.exits(12).stderr_has("still holds these secrets in plain text").lacks(SECRET);
    let rows = outcome.json();
    assert_eq!((&rows[0]["outcome"], &rows[1]["outcome"]), (&json!("imported"), &json!("skipped")), "{rows}");
    let status = run("auth status -o json").run().exits(0).json();
    assert_eq!((&status["environment"], &status["client_id"]), (&json!("staging"), &json!(ID)));
    run("profile set max_sold 100% --profile lab").run().exits(0).stderr_is("");
    let told = run("profile set environment development --profile lab").run();
    told.exits(0).stderr_has("note: the key stored before this change no longer matches the profile");
    run("profile set environment staging --profile lab").run().exits(0).stderr_is("");
    run("profile remove lab --yes").run().exits(0).stdout_has("its key in the keyring");
}

#[test]
fn an_import_replaces_no_secret_that_nobody_agreed_to_and_mixes_no_names_up() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let run = |args: &str| home.portgate(args).env("DBUS_SESSION_BUS_ADDRESS", &session.address);
    let theirs = |secret: &str| {
        let profile = |id: &str| json!({"access_key": id, "secret_key": secret, "environment": "staging"});
        let file = json!({"profiles": {"a b": profile("AK3"), "a-b": profile("AK4")}});
        home.write(".megaport/config.json", file.to_string());
    };
    theirs(SECRET);
    let outcome = run("auth import").run();
    outcome.exits(12).stdout_has("IMPORTED FROM").stdout_has("a b");
    let rows = run("auth import -o json").run().exits(12).json();
    assert_eq!((&rows[0]["imported_from"], &rows[0]["outcome"]), (&json!("a b"), &json!("skipped")));
    assert_eq!((&rows[1]["imported_from"], &rows[1]["outcome"]), (&json!("a-b"), &json!("imported")));
    let status = run("auth status --profile a-b -o json").run().exits(0).json();
    assert_eq!(status["client_id"], "AK4");

    theirs("an0ther-secret");
    let outcome = run("auth import").run();
    outcome.exits(1).stdout_has("another secret").stdout_has("use --yes to replace it");
    let mut terminal = run("auth import").env("NO_COLOR", "1").in_terminal(120, 30);
    terminal.expect("Replace it? [y/N]");
    terminal.send_line("n");
    let seen = terminal.exits(1);
    assert!(seen.contains("which was kept"), "{seen}");
    run("auth import").run().exits(1).stdout_has("another secret");
    let mut terminal = run("auth import").env("NO_COLOR", "1").in_terminal(120, 30);
    terminal.expect("Replace it? [y/N]");
    terminal.send_line("y");
    terminal.exits(12);
    run("auth import").run().exits(12).stdout_lacks("another secret");
    theirs(SECRET);
    run("auth import --yes").run().exits(12).stdout_has("imported");
}

#[test]
fn a_locked_keyring_is_an_error_and_no_prompt_is_waited_for() {
    let home = Home::new();
    let Some(session) = Session::start(&home, UNLOCKED) else { return };
    let script = backend();
    let run =
        |args: &str, session: &Session| home.portgate(args).env("DBUS_SESSION_BUS_ADDRESS", &session.address);
    run("auth login --secret-stdin --client-id", &session).arg(ID).at(&script).stdin(SECRET).run().exits(0);
    drop(session);
    let Some(session) = Session::start(&home, LOCKED) else { return };
    let outcome = run("auth token", &session).run();
    outcome.exits(3).stderr_has("the keyring is locked").stderr_has("MEGAPORT_SECRET_KEY_FILE").lacks(SECRET);
    run("auth status", &session).run().exits(3).stdout_has("which can't be read");
}

/// Looks for the secret and the tokens in every file of the home, the keyring's own included.
#[track_caller]
fn nothing_left_in_plain_text(home: &Home) {
    let mut folders = vec![home.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                files += 1;
                let bytes = std::fs::read(&path).unwrap();
                for secret in [SECRET, "t0ken"] {
                    let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                    assert!(!found, "{secret} stands in {}", path.display());
                }
            }
        }
    }
    assert!(files > 1, "the keyring's file and the profiles are there");
}

//! Keys on machines without a keyring: from a command, or in an encrypted file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::json;

use crate::auth::private_config;
use crate::common::{Answer, Home, Outcome, PseudoTerminal, Script, wire};

pub(super) const ID: &str = "4mqk8rv2x";
pub(super) const SECRET: &str = "n0t-t0-be-seen";
const BASIC: &str = "Basic NG1xazhydjJ4Om4wdC10MC1iZS1zZWVu";
const PASSPHRASE: &str = "correct horse battery";

/// A backend that hands out tokens and knows its company.
fn backend() -> Script {
    Script::new()
        .on("POST", "/oauth2/token", wire::token_ok())
        .on("GET", "/v2/employment", Answer::ok(json!([{"companyName": "Example Cloud Connect"}])))
        .start()
}

/// A home with a file that holds the passphrase.
pub(super) struct Desk {
    pub(super) home: Home,
    pub(super) script: Script,
    pub(super) passphrase: PathBuf,
}

impl Desk {
    pub(super) fn new() -> Self {
        let home = Home::new();
        home.keeps_secret(PASSPHRASE);
        let passphrase = home.write("passphrase", format!("{PASSPHRASE}\n"));
        mode(&passphrase, 0o600);
        Desk { home, script: backend(), passphrase }
    }

    /// One whose key is in the file.
    pub(super) fn logged_in() -> Self {
        let desk = Desk::new();
        desk.log_in("--store file").exits(0);
        desk
    }

    fn log_in(&self, args: &str) -> Outcome {
        let login = format!("auth login --profile lab --client-id {ID} --secret-stdin {args}");
        let login = self.home.portgate(&login).at(&self.script).stdin(format!("{SECRET}\n"));
        login.env("PORTGATE_PASSPHRASE_FILE", &self.passphrase).run()
    }

    pub(super) fn file(&self) -> PathBuf {
        self.home.config().join("credentials.age")
    }

    /// Fetches a token with the key, which takes the passphrase.
    fn token(&self) -> Outcome {
        self.home.portgate("auth token").env("PORTGATE_PASSPHRASE_FILE", &self.passphrase).run()
    }
}

pub(super) fn mode(path: &PathBuf, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn d07_without_a_keyring_the_error_names_both_ways() {
    let desk = Desk::new();
    for store in ["keyring", "none"] {
        let login = format!("auth login --profile lab --client-id {ID} --secret-stdin");
        let login =
            desk.home.portgate(&login).at(&desk.script).stdin(SECRET).env("PORTGATE_CREDENTIAL_STORE", store);
        login
            .run()
            .exits(3)
            .stderr_has("auth login --secret-command COMMAND")
            .stderr_has("auth login --store file");
    }
    assert!(desk.script.requests().is_empty());
    assert!(!desk.file().exists() && !desk.home.config().join("config.toml").exists());
}

#[test]
fn d07_a_key_is_kept_in_an_encrypted_file_that_is_named() {
    let desk = Desk::new();
    let url = desk.script.url();
    desk.log_in("--store file").is(
        0,
        &format!(
            "logged in to {url} as Example Cloud Connect; stored the key of profile 'lab' (default) in the credentials file\n"
        ),
        "",
    );
    assert_eq!(fs::metadata(desk.file()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read(desk.file()).unwrap().starts_with(b"age-encryption.org/v1\n-> scrypt "));
    let config = fs::read_to_string(desk.home.config().join("config.toml")).unwrap();
    assert!(config.contains("store = \"file\"\n") && !config.contains(SECRET), "{config}");
    desk.token().exits(0);
    let sent = desk.script.requests();
    assert_eq!(sent.last().unwrap().header("authorization"), Some(BASIC));
    // The command that removes it takes the passphrase, too.
    let status =
        desk.home.portgate("auth status -o json").env("PORTGATE_PASSPHRASE_FILE", &desk.passphrase).run();
    assert_eq!(status.exits(0).json()["source"], "file");
    let logout = desk.home.portgate("auth logout").env("PORTGATE_PASSPHRASE_FILE", &desk.passphrase).run();
    logout.exits(0).stdout_has("removed the key of profile 'lab' (");
    desk.token().exits(3).stderr_has("no credentials");
}

#[test]
fn d07_several_profiles_share_the_file() {
    let desk = Desk::logged_in();
    let second = format!("auth login --profile two --store file --client-id {ID} --secret-stdin");
    let second = desk.home.portgate(&second).at(&desk.script).stdin(format!("{SECRET}\n"));
    second.env("PORTGATE_PASSPHRASE_FILE", &desk.passphrase).run().exits(0);
    let remove = desk
        .home
        .portgate("profile remove lab --yes")
        .env("PORTGATE_PASSPHRASE_FILE", &desk.passphrase)
        .run();
    remove.exits(0).stdout_has(" and its key in the credentials file\n");
    let token = desk.home.portgate("auth token --profile two");
    token.env("PORTGATE_PASSPHRASE_FILE", &desk.passphrase).run().exits(0);
}

#[test]
fn d07_a_wrong_or_missing_passphrase_is_told() {
    let desk = Desk::logged_in();
    let sent = desk.script.requests().len();
    desk.home
        .portgate("auth token")
        .run()
        .exits(2)
        .stderr_has("requires a passphrase")
        .stderr_has("PORTGATE_PASSPHRASE_FILE");
    let token = |content: &str| {
        fs::write(&desk.passphrase, content).unwrap();
        desk.token()
    };
    token("wrong horse\n").exits(3).stderr_has("wrong passphrase for credentials file").stderr_has(
        "if you've lost the passphrase, delete the file (this removes all keys in it) and log in again",
    );
    token("").exits(2).stderr_has("is empty");
    token("two\nlines\n").exits(2).stderr_has("more than one line");
    token(PASSPHRASE).exits(0);
    mode(&desk.passphrase, 0o640);
    desk.token().exits(2).stderr_has("its mode is 0640, not 0600");
    fs::remove_file(&desk.passphrase).unwrap();
    desk.token().exits(2).stderr_has("can't be read");
    assert_eq!(desk.script.requests().len(), sent + 1);
    // A login with another passphrase doesn't lock the others out.
    let before = fs::read(desk.file()).unwrap();
    fs::write(&desk.passphrase, "wrong horse\n").unwrap();
    mode(&desk.passphrase, 0o600);
    desk.log_in("--store file --yes").exits(3).stderr_has("wrong passphrase");
    assert_eq!(fs::read(desk.file()).unwrap(), before);
}

#[test]
fn d07_a_file_that_others_could_have_touched_or_that_is_cut_is_refused() {
    let desk = Desk::logged_in();
    let sent = desk.script.requests().len();
    let whole = fs::read(desk.file()).unwrap();
    for bits in [0o640, 0o604, 0o660] {
        mode(&desk.file(), bits);
        desk.token()
            .exits(2)
            .stderr_has(&format!("its mode is {bits:04o}, not 0600"))
            .stderr_has("chmod 600");
    }
    mode(&desk.file(), 0o600);
    let write = |content: &[u8]| fs::write(desk.file(), content).unwrap();
    write(&whole[..whole.len() - 1]);
    desk.token().exits(3).stderr_has("is damaged or incomplete").stderr_has("auth login --store file");
    write(&whole[..40]);
    desk.token().exits(3).stderr_has("is damaged or incomplete");
    write(b"");
    desk.token().exits(3).stderr_has("is empty");
    write(b"{\"key\": 1}");
    desk.token().exits(3).stderr_has("was not written by portgate");
    fs::remove_file(desk.file()).unwrap();
    desk.token().exits(3).stderr_has("the credentials file has no key for profile 'lab'");
    let elsewhere = desk.home.write("elsewhere.age", &whole);
    mode(&elsewhere, 0o600);
    std::os::unix::fs::symlink(&elsewhere, desk.file()).unwrap();
    desk.token().exits(2).stderr_has("is a symbolic link");
    fs::remove_file(desk.file()).unwrap();
    fs::create_dir(desk.file()).unwrap();
    desk.token().exits(2).stderr_has("is not a regular file");
    assert_eq!(desk.script.requests().len(), sent);
}

#[test]
fn d07_a_file_of_another_user_is_refused() {
    let desk = Desk::logged_in();
    // Only root can give a file away.
    if std::os::unix::fs::chown(desk.file(), Some(12345), None).is_ok() {
        desk.token().exits(2).stderr_has("belongs to another user");
    }
}

#[test]
fn d07_a_command_gives_the_secret_and_nothing_is_stored() {
    let desk = Desk::new();
    let login = format!("auth login --profile lab --client-id {ID} --secret-command");
    let login = |command: &str| {
        desk.home.portgate(&login).arg(command).at(&desk.script).env("PORTGATE_SEEN", "no").run()
    };
    login("false").exits(3).stderr_has("the secret command failed");
    login("sh -c 'echo \"a b\"'").exits(3).stderr_has("its output contains spaces");
    assert!(desk.script.requests().is_empty());
    desk.home.keeps_secret("not-this-one");
    let secret = desk.home.write("secret", SECRET);
    let done = login(&format!("sh -c 'cat {}; echo $PORTGATE_SEEN'", secret.display()));
    done.exits(0).stdout_has("saved profile 'lab' (default), which runs secret_command to get the secret");
    let sent = desk.script.only("POST", "/oauth2/token");
    assert_eq!(sent.header("authorization"), Some(BASIC));
    let config = fs::read_to_string(desk.home.config().join("config.toml")).unwrap();
    assert!(config.contains("secret_command = [\"sh\", \"-c\", "), "{config}");
    assert!(!desk.file().exists());
    desk.home.portgate("auth token").run().exits(0);
    let plain = format!("auth login --profile lab --client-id {ID} --secret-stdin");
    let again = desk.home.portgate(&plain).at(&desk.script).stdin(SECRET).run();
    again
        .exits(2)
        .stderr_has("gets its secret from its secret_command")
        .stderr_has("--secret-command or --store");
}

/// Answers the prompts of a login on a terminal up to the secret.
fn enter_key(terminal: &mut PseudoTerminal) {
    terminal.expect("client ID");
    terminal.send_line(ID);
    terminal.expect("client secret");
    terminal.send_secret(SECRET);
}

#[test]
fn d07_on_a_terminal_the_passphrase_is_asked_for() {
    let desk = Desk::new();
    let login = desk.home.portgate("auth login --store file --profile lab --accessible").at(&desk.script);
    let mut terminal = login.in_terminal(100, 30);
    enter_key(&mut terminal);
    terminal.expect("New passphrase for the credentials file (hidden)");
    terminal.send_secret("short");
    terminal.expect("the passphrase must have at least 8 characters");
    terminal.expect("(hidden)");
    terminal.send_secret(PASSPHRASE);
    terminal.expect("Confirm the passphrase");
    terminal.send_secret("another one");
    terminal.expect("the passphrases don't match; try again");
    terminal.expect("(hidden)");
    terminal.send_secret(PASSPHRASE);
    terminal.expect("Confirm the passphrase");
    terminal.send_secret(PASSPHRASE);
    terminal.expect("in the credentials file");
    assert!(!terminal.exits(0).contains(PASSPHRASE));
    let mut terminal = desk.home.portgate("auth status --accessible").in_terminal(100, 30);
    terminal.expect("Passphrase for the credentials file (hidden)");
    terminal.send_secret("wrong horse");
    // The line may be broken between the words.
    terminal.expect("wrong passphrase");
    terminal.expect("again");
    terminal.expect("(hidden)");
    terminal.send_secret(PASSPHRASE);
    terminal.expect("in the credentials file");
    terminal.exits(0);
}

#[test]
fn d16_a_login_says_what_a_profile_is_and_offers_a_default_that_can_be_chosen() {
    let desk = Desk::new();
    let config = format!(
        "default = \"own\"\n[profiles.own]\napi_url = \"{}\"\nstore = \"file\"\nclient_id = \"{ID}\"\n",
        desk.script.url()
    );
    private_config(&desk.home, &config);
    let login =
        desk.home.portgate("auth login --accessible").env("PORTGATE_PASSPHRASE_FILE", &desk.passphrase);
    let mut terminal = login.in_terminal(120, 30);
    let seen = terminal.expect("Environment (");
    assert!(seen.contains("A profile holds an environment, its API key and limits."), "{seen}");
    let url = desk.script.url();
    terminal.expect(&format!("production, staging, development, {url}) [{url}]"));
    terminal.send_line("");
    terminal.expect("Profile (a name of your choice) [own]");
    terminal.send_line("");
    terminal.expect(&format!("client ID [{ID}]"));
    terminal.send_line("");
    terminal.expect("client secret");
    terminal.send_secret(SECRET);
    terminal.expect("logged in");
    terminal.exits(0);
    assert_eq!(desk.script.hits("POST", "/oauth2/token"), 1);
}

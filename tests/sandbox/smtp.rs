//! E-mail over SMTP, against a server that we did not write: aiosmtpd, where a Python has it.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use portgate::sandbox::{self, Clock, InboxFilter, Mail, MailRoute, Options, SmtpServer};
use serde_json::Value;

use crate::common::{NEW_YEAR_MS, Sandbox};
use crate::mail::{files, options_at, order};
use crate::watch::{Folder, keep_secret, output};

/// The Python with aiosmtpd: `PORTGATE_TEST_SMTP_PYTHON`, or the system's. Without one the test is skipped with a
/// note, or fails where `PORTGATE_TESTS_NEED_SMTP` is set.
fn python() -> Option<OsString> {
    let python = std::env::var_os("PORTGATE_TEST_SMTP_PYTHON").unwrap_or_else(|| "python3".into());
    let has_it = Command::new(&python)
        .args(["-c", "import aiosmtpd"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    has_it.then_some(python)
}

/// Says that a test was skipped, past the test runner, which keeps what tests print to itself.
fn skipped(what: &str) {
    assert!(std::env::var_os("PORTGATE_TESTS_NEED_SMTP").is_none(), "needed, but not there: {what}");
    let _ = writeln!(std::io::stderr(), "SKIPPED a test of SMTP: {what}");
}

struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u16,
}

impl Server {
    fn start(put_off: u32, login: &str, certificate: Option<&Path>) -> Option<Server> {
        let Some(python) = python() else {
            skipped("no Python with aiosmtpd (name one in PORTGATE_TEST_SMTP_PYTHON)");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/smtp/server.py");
        let certificate = certificate.map_or_else(|| "-".into(), |path| path.as_os_str().to_owned());
        let mut child = Command::new(python)
            .arg(script)
            .args([&put_off.to_string(), login])
            .arg(certificate)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        lines.read_line(&mut port).unwrap();
        Some(Server { child, lines, port: port.trim().parse().unwrap() })
    }

    /// The next message it took; waits for it.
    fn message(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends it and answers what else it took.
    fn rest(mut self) -> Vec<Value> {
        self.child.kill().unwrap();
        let mut lines = String::new();
        self.lines.read_to_string(&mut lines).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn route(url: &str) -> MailRoute {
    MailRoute::Smtp(SmtpServer::parse(url).unwrap())
}

/// Delivers what is due, then lists everything, the oldest first.
fn delivered(options: &Options) -> Vec<Mail> {
    let filter = InboxFilter { limit: usize::MAX, ..InboxFilter::default() };
    let mut mails = sandbox::inbox(options, &filter).unwrap().mails;
    mails.reverse();
    mails
}

/// What was put off is due at once: nobody waits here.
fn make_due(db: &Path) {
    let connection = rusqlite::Connection::open(db).unwrap();
    connection.execute("UPDATE messages SET next_attempt_at = 0 WHERE status = 'WAITING'", []).unwrap();
}

#[tokio::test]
async fn messages_arrive_once_and_whole() {
    let Some(mut server) = Server::start(0, "-", None) else { return };
    let mail = route(&format!("smtp://127.0.0.1:{}", server.port));
    let sandbox = Sandbox::start_with(|options| options.mail = mail.clone()).await;
    order(&sandbox, "Zürich <b> 東京", "SYD1-A").await;
    let taken: Vec<Value> = (0..6).map(|_| server.message()).collect();
    let mut options = options_at(&sandbox.db(), NEW_YEAR_MS);
    options.mail = mail;
    let mails = delivered(&options);
    assert_eq!(mails.len(), 6);
    for (mail, taken) in mails.iter().zip(&taken) {
        assert_eq!((mail.status.as_str(), mail.attempts), ("delivered", 1), "{mail:?}");
        assert_eq!(taken["message_id"], format!("<{}>", mail.message_id));
        assert_eq!(taken["to"], serde_json::json!([mail.to]));
        assert_eq!(taken["to_name"], *mail.to_name);
        assert_eq!(taken["subject"], *mail.subject);
        assert_eq!(taken["from"], "notifications@sandbox.megaport.example");
        assert_eq!(taken["type"], "multipart/alternative");
        assert_eq!(taken["text"].as_str().unwrap().replace("\r\n", "\n"), mail.text);
        assert_eq!(taken["html"].as_str().unwrap().replace("\r\n", "\n"), mail.html);
        assert_eq!(taken["defects"], serde_json::json!([]), "a strict reader finds nothing wrong");
    }
    assert!(files(&sandbox.db()).is_empty(), "the outbox is for when there is no server");
    assert!(server.rest().is_empty(), "none came twice");
}

#[tokio::test]
async fn put_off_is_tried_again_and_refused_is_not() {
    let Some(mut server) = Server::start(1, "-", None) else { return };
    let sandbox = Sandbox::start_with(|options| options.mail = route("smtp://127.0.0.1:1")).await;
    let admin = sandbox.client("provider", "company-admin").await;
    let people = admin.get("/v2/employment").await;
    let tomas =
        people.data().as_array().unwrap().iter().find(|person| person["firstName"] == "Tomas").unwrap();
    let change = serde_json::json!({"email": "nobody@examplecloud.example"});
    admin.put(&format!("/v2/employee/{}", tomas["personId"]), change).await.data();
    order(&sandbox, "Branch", "SYD1-A").await;
    // From here on only this test delivers.
    let Sandbox { dir, embedded } = sandbox;
    drop(embedded);
    let db = dir.path().join("sandbox.db");
    let mut options = options_at(&db, NEW_YEAR_MS);
    options.mail = route("smtp://127.0.0.1:1");
    // Nothing listens there: everything waits, and says why.
    make_due(&db);
    for mail in delivered(&options) {
        assert_eq!(mail.status, "waiting", "{mail:?}");
        assert!(mail.last_error.unwrap().contains("onnection"));
    }
    options.mail = route(&format!("smtp://127.0.0.1:{}", server.port));
    make_due(&db);
    let first = delivered(&options);
    let with = |mails: &[Mail], status: &str| mails.iter().filter(|mail| mail.status == status).count();
    let (waiting, failed) = (with(&first, "waiting"), with(&first, "failed"));
    assert!(waiting == 1 && failed > 0, "{first:#?}");
    for mail in &first {
        match mail.status.as_str() {
            "waiting" => assert!(mail.last_error.as_ref().unwrap().contains("busy, come again"), "{mail:?}"),
            "failed" => {
                assert_eq!(mail.to, "nobody@examplecloud.example");
                assert!(mail.last_error.as_ref().unwrap().contains("no such mailbox"), "{mail:?}");
            }
            _ => {}
        }
    }
    make_due(&db);
    let second = delivered(&options);
    assert_eq!((with(&second, "waiting"), with(&second, "failed")), (0, failed));
    let mut ids: Vec<Value> =
        (0..with(&second, "delivered")).map(|_| server.message()["message_id"].clone()).collect();
    assert!(server.rest().is_empty());
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    assert_eq!(ids.len(), with(&second, "delivered"), "none came twice");
}

/// The binary's own inbox, which delivers what waits before it lists.
fn inbox(db: &Path, server: &str, certificate: &Path) -> (Vec<Value>, String) {
    let output = output(
        Command::new(env!("CARGO_BIN_EXE_portgate"))
            .args(["sandbox", "inbox", "-o", "json", "--db"])
            .arg(db)
            .env_clear()
            .env("HOME", db.parent().unwrap())
            .env("PORTGATE_SANDBOX_SMTP", server)
            .env("SSL_CERT_FILE", certificate),
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    (serde_json::from_slice(&output.stdout).unwrap(), stderr)
}

#[tokio::test]
async fn encryption_and_login_are_spoken() {
    let dir = Folder::new();
    let (key, certificate) = (dir.path().join("key.pem"), dir.path().join("certificate.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stdin(Stdio::null())
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        return skipped("no openssl to make a certificate with");
    }
    let both = dir.path().join("both.pem");
    let joined = [&key, &certificate].map(|path| std::fs::read_to_string(path).unwrap()).concat();
    std::fs::write(&both, joined).unwrap();
    let Some(mut server) = Server::start(0, "me:s3cret", Some(&both)) else { return };
    // The first address leads nowhere, so that only the binary delivers.
    let sandbox = Sandbox::start_with(|options| {
        options.clock = Clock::system();
        options.mail = route("smtp://127.0.0.1:1");
    })
    .await;
    order(&sandbox, "Branch", "SYD1-A").await;
    let Sandbox { dir: folder, embedded } = sandbox;
    drop(embedded);
    let db = folder.path().join("sandbox.db");
    let address = |login: &str| format!("smtp://{login}@localhost:{}?tls=required", server.port);
    let states = |mails: &[Value]| {
        let mut states: Vec<String> = mails.iter().map(|mail| mail["status"].to_string()).collect();
        states.sort();
        states.dedup();
        states.join(" ")
    };
    let wrong = address("me:wrong-pa55");
    keep_secret("s3cret");
    let right = address("me:s3cret");
    for (server, certificate) in [(&wrong, &certificate), (&right, &key)] {
        make_due(&db);
        let (mails, stderr) = inbox(&db, server, certificate);
        assert_eq!(states(&mails), "\"waiting\"", "a wrong password or certificate is no message's fault");
        assert!(!format!("{mails:?}{stderr}").contains("pa55"), "{stderr}");
    }
    make_due(&db);
    let (mut mails, stderr) = inbox(&db, &right, &certificate);
    // A run gives up after two seconds, which a busy machine may need for less than six.
    for _ in 0..6 {
        if states(&mails) == "\"delivered\"" {
            break;
        }
        make_due(&db);
        (mails, _) = inbox(&db, &right, &certificate);
    }
    assert_eq!(states(&mails), "\"delivered\"", "{mails:#?}");
    assert!(stderr.contains("smtp://me@localhost") && !stderr.contains("s3cret"), "{stderr}");
    for _ in 0..6 {
        let taken = server.message();
        assert_eq!((&taken["tls"], &taken["authenticated"]), (&Value::Bool(true), &Value::Bool(true)));
    }
}

//! What the sandbox does from outside the API: asking, sizes, new keys, and a server killed in the middle.

use std::path::Path;
use std::process::{Command, Output};

use portgate::sandbox::{self, Clock, Options, Size};
use serde_json::{Value, json};

use crate::common::{Client, NEW_YEAR_MS, Sandbox, Server, by_order, text};
use crate::watch::{Folder, output};

fn portgate(home: &Path, args: &[&str]) -> Output {
    output(
        Command::new(env!("CARGO_BIN_EXE_portgate"))
            .args(args)
            .env_clear()
            .env("HOME", home)
            .env("PORTGATE_SANDBOX_DEPLOY_TIME", "0s"),
    )
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn each_works_with_no_option() {
    let home = Folder::new();
    let run = |args: &[&str]| portgate(home.path(), args);
    let asked = json_of(&run(&["sandbox", "request", "-o", "json"]));
    assert_eq!(
        (&asked["customer"], &asked["port"], &asked["status"]),
        (&json!("Globex Bank"), &json!("SYD1-A"), &json!("pending"))
    );
    let again = run(&["sandbox", "request"]);
    let id = String::from_utf8(again.stdout).unwrap();
    assert_eq!(id.trim().len(), 36);
    assert!(String::from_utf8(again.stderr).unwrap().contains(&format!("approvals accept {}", &id[..8])));
    let faster = json_of(&run(&["sandbox", "speed-change", "-o", "json"]));
    assert_eq!(faster["new_rate_limit_mbps"], json!(faster["rate_limit_mbps"].as_i64().unwrap() * 2));
    let down = json_of(&run(&["sandbox", "port-down", "-o", "json"]));
    assert_eq!(
        (&down["name"], &down["up"], &down["changed"]),
        (&json!("SYD1-A"), &json!(false), &json!(true))
    );
    let up = json_of(&run(&["sandbox", "port-down", "--up", "-o", "json"]));
    assert_eq!((&up["name"], &up["up"]), (&json!("SYD1-A"), &json!(true)));
    let reset = run(&["sandbox", "reset"]);
    assert!(String::from_utf8(reset.stderr).unwrap().contains("to the demo data"));
    assert_eq!(
        home.path().join(".local/share/portgate/sandbox.db").metadata().unwrap().len().min(1),
        1,
        "it is in the data folder"
    );
}

#[test]
fn what_can_not_be_asked_for_is_refused_with_its_exit_code() {
    let home = Folder::new();
    let run = |args: &[&str]| {
        let output = portgate(home.path(), args);
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for (args, code, why) in [
        (vec!["request", "--from", "umbrella"], 2, "use provider, customer"),
        (vec!["request", "--to", "XYZ"], 8, "port not found"),
        (vec!["request", "--vlan", "102"], 4, "VLAN 102 is already in use on SYD1-A"),
        (
            vec!["request", "--vlan", "4094"],
            2,
            "'4094' is not a valid VLAN: use a number from 2 to 4093, or 'untagged'",
        ),
        (vec!["request", "--vlan", "next"], 2, "'next' is not a valid VLAN"),
        (vec!["request", "--speed", "99999"], 4, "more than"),
        (vec!["request", "--service-key", "nothing"], 4, "service key is unknown"),
        (vec!["speed-change", "--vxc", "Globex payments", "--speed", "10"], 2, "is already 5000 Mbps"),
        (vec!["speed-change", "--vxc", "Nothing"], 8, "VXC not found"),
        (vec!["port-down", "--port", "Nothing"], 8, "port not found"),
        (vec!["reset", "--ports", "0"], 2, "at least one port"),
        (vec!["reset", "--vxcs", "5", "--pending", "6"], 2, "more than 5"),
        (vec!["reset", "--ports", "1", "--vxcs", "4001"], 2, "don't fit"),
        (vec!["serve", "--listen", "0.0.0.0:0"], 2, "not a loopback address"),
        (vec!["serve", "--clock", "tomorrow"], 2, "2h or 7d"),
        (vec!["serve", "--clock", "59d"], 2, "use +59d or -59d"),
        (vec!["serve", "--token-life", "4m"], 2, "5m to 24h"),
        (vec!["serve", "--token-life", "25h"], 2, "5m to 24h"),
        (vec!["credentials", "--new", "a\nb"], 2, "the key name must be a single"),
        (vec!["credentials", "--role", "boss"], 2, "technical-admin"),
    ] {
        let all: Vec<&str> = ["sandbox"].into_iter().chain(args).collect();
        let (got, said) = run(&all);
        assert_eq!(got, code, "{all:?}: {said}");
        assert!(said.contains(why), "{all:?}: {said}");
    }
}

/// A database that was named wrongly is told, not made and found empty.
#[test]
fn an_inbox_that_is_not_there_is_no_empty_one() {
    let home = Folder::new();
    let db = home.path().join("not/there.db");
    let named = db.to_str().unwrap();
    for args in
        [&["sandbox", "inbox", "--db", named][..], &["sandbox", "inbox", "show", "5b0c9f04", "--db", named]]
    {
        let output = portgate(home.path(), args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(8), "{said}");
        assert!(said.contains(&format!("sandbox database {named} not found")), "{said}");
        assert!(said.contains("next: check --db"), "{said}");
        assert!(!db.exists() && !home.path().join("not").exists());
    }
}

/// What is named on the command line, or by a customer, can't pass for a line of portgate's own.
#[test]
fn no_name_fakes_a_line_of_an_error() {
    let home = Folder::new();
    for args in [
        ["request", "--to", "x\nerror: faked"],
        ["request", "--from-port", "x\nerror: faked"],
        ["request", "--from", "x\nerror: faked"],
        ["request", "--name", "x\nerror: faked"],
        ["request", "--service-key", "x\nerror: faked"],
        ["speed-change", "--vxc", "x\nerror: faked"],
        ["port-down", "--port", "x\nerror: faked"],
    ] {
        let output = portgate(home.path(), &[&["sandbox"], &args[..]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{args:?}");
        assert_eq!(said.lines().filter(|line| line.starts_with("error:")).count(), 1, "{args:?}: {said}");
    }
}

/// Help is wrapped for the terminal, not where its source happens to break.
#[test]
fn no_help_breaks_in_the_middle_of_a_sentence() {
    let home = Folder::new();
    let cases = [
        (
            "inbox",
            "Each email is also saved as a file in the outbox next to the database, unless it is sent to an SMTP server.",
        ),
        (
            "reset",
            "API keys keep their client IDs and get new secrets. You don't need to restart a running server.",
        ),
    ];
    for (verb, sentence) in cases {
        let output = portgate(home.path(), &["sandbox", verb, "--help"]);
        let help = String::from_utf8(output.stdout).unwrap();
        let paragraph = help.split("\n\n").nth(1).unwrap();
        let lines: Vec<&str> = paragraph.lines().collect();
        assert_eq!(lines.join(" ").matches(sentence).count(), 1, "{paragraph}");
        // Each line but the last is as long as the next one's first word allows.
        for pair in lines.windows(2) {
            let next = pair[1].split_whitespace().next().unwrap();
            assert!(pair[0].len() + 1 + next.len() > 100, "{pair:?}");
        }
    }
}

/// A file that another process holds is told in a sentence, with what to do.
#[test]
fn a_file_that_is_held_is_told_with_a_hint() {
    let dir = Folder::new();
    let mut options = Options::new(dir.path().join("sandbox.db"));
    options.lock_wait = std::time::Duration::from_millis(50);
    sandbox::reset(&options.db, Clock::system()).unwrap();
    sandbox::inbox(&options, &sandbox::InboxFilter::default()).unwrap();
    let holder = rusqlite::Connection::open(&options.db).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = sandbox::request(&options, &sandbox::Request::default()).unwrap_err();
    let found = portgate::Error::in_chain(&error).unwrap_or_else(|| panic!("{error:#}"));
    assert_eq!(found.reason.as_deref(), Some("another process is using it"));
    assert!(found.message.contains("sandbox.db") && found.retryable, "{found:?}");
    assert!(found.hints[0].text(&portgate::Invocation::default()).starts_with("try again"), "{found:?}");
    assert!(!format!("{error:#}").contains("Error code"), "{error:#}");
    // So is one whose time has moved on meanwhile, where opening it already wants to write.
    options.clock = Clock::system().with_offset(jiff::SignedDuration::from_hours(61 * 24));
    for error in [
        sandbox::inbox(&options, &sandbox::InboxFilter::default()).unwrap_err(),
        sandbox::request(&options, &sandbox::Request::default()).unwrap_err(),
    ] {
        let found = portgate::Error::in_chain(&error).unwrap_or_else(|| panic!("{error:#}"));
        assert_eq!(found.reason.as_deref(), Some("another process is using it"));
    }
}

#[test]
fn a_pre_approved_key_can_be_tried_from_the_command_line() {
    let home = Folder::new();
    let db = home.path().join(".local/share/portgate/sandbox.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(async {
        let server = sandbox::start_embedded(Options::new(&db)).await.unwrap();
        let provider = Client::log_in(&server.base_url(), &db, "provider", "technical-admin").await;
        let keys = provider.get("/v2/service/key").await;
        let found =
            keys.data().as_array().unwrap().iter().find(|key| key["preApproved"] == true).unwrap().clone();
        text(&found["key"])
    });
    let args = ["sandbox", "request", "--from", "initech", "--service-key", &code, "-o", "json"];
    let asked = json_of(&portgate(home.path(), &args));
    assert_eq!((&asked["port"], &asked["status"]), (&json!("MEL2-A"), &json!("accepted")));
    let (again, said) = {
        let output = portgate(home.path(), &args);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(again, Some(4));
    assert!(said.contains("already used"), "{said}");
}

#[tokio::test]
async fn a_new_key_works_at_once() {
    let sandbox = Sandbox::start().await;
    let mut options = Options::new(sandbox.db());
    options.clock = Clock::fixed_at(NEW_YEAR_MS);
    let old = sandbox::api_key(&sandbox.db(), "provider", "finance").unwrap();
    let new = sandbox::new_api_key(&options, "provider", "finance", "pipeline").unwrap();
    assert_ne!(old.client_id, new.client_id);
    let answer = crate::common::plain_http()
        .post(format!("{}/oauth2/token?grant_type=client_credentials", sandbox.embedded.base_url()))
        .basic_auth(new.client_id, Some(new.client_secret))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let admin = sandbox.client("provider", "company-admin").await;
    assert_eq!(admin.get("/v3/activity").await.body[0]["name"], "API key created");
}

#[tokio::test]
async fn a_company_of_a_size_is_the_same_every_time() {
    let dir = Folder::new();
    let mut made = Vec::new();
    for name in ["a.db", "b.db"] {
        let db = dir.path().join(name);
        let size = Size { ports: 30, vxcs: 600, pending: 100, seed: 7 };
        sandbox::reset_sized(&db, Clock::fixed_at(NEW_YEAR_MS), &size).unwrap();
        let mut options = Options::new(&db);
        options.clock = Clock::fixed_at(NEW_YEAR_MS);
        let server = sandbox::start_embedded(options).await.unwrap();
        let provider = Client::log_in(&server.base_url(), &db, "provider", "technical-admin").await;
        assert_eq!(provider.get("/v2/products").await.data().as_array().unwrap().len(), 30);
        made.push(provider.vxcs().await);
        let one = made[0].iter().find(|vxc| vxc["provisioningStatus"] == "DEPLOYABLE").unwrap();
        provider.put(&by_order(one), json!({"isApproved": true})).await.data();
        Client::log_in(&server.base_url(), &db, "customer", "technical-admin").await;
    }
    assert_eq!(made[0], made[1]);
    assert_eq!(made[0].len(), 600);
    let pending = |kind: &str| made[0].iter().filter(|vxc| vxc["vxcApproval"]["type"] == kind).count();
    assert_eq!((pending("NEW"), pending("SPEED_CHANGE")), (80, 20));
    let ends: std::collections::HashSet<String> =
        made[0].iter().map(|vxc| format!("{} {}", vxc["bEnd"]["productUid"], vxc["bEnd"]["vlan"])).collect();
    assert_eq!(ends.len(), 600, "no VLAN twice on a port");
}

/// Killed without warning in the middle of decisions, again and again: what was answered holds, and each decision has
/// exactly one event.
#[tokio::test]
async fn a_killed_server_loses_nothing_and_decides_nothing_twice() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    let count = 1_000;
    let size = Size { ports: 4, vxcs: count, pending: count, seed: 3 };
    sandbox::reset_sized(&db, Clock::system(), &size).unwrap();
    let mut answered: Vec<String> = Vec::new();
    let mut waiting: Option<Vec<String>> = None;
    for round in 0..5 {
        let mut server = Server::start(&db, dir.path());
        let client = Client::log_in(&server.url, &db, "provider", "technical-admin").await;
        let still: Vec<String> = client
            .vxcs()
            .await
            .iter()
            .filter(|vxc| vxc["vxcApproval"]["status"] == "PENDING_INTERNAL")
            .map(by_order)
            .collect();
        if let Some(before) = &waiting {
            assert!(answered.iter().all(|path| !still.contains(path)), "an answered decision was lost");
            assert!(
                before.len() - still.len() <= answered.len() + 8,
                "no more than those under way went unanswered"
            );
        }
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let mut running = Vec::new();
        for lane in 0..8 {
            let (client, sender) = (client.clone(), sender.clone());
            let mine: Vec<String> = still.iter().skip(lane).step_by(8).cloned().collect();
            running.push(tokio::spawn(async move {
                for path in mine {
                    match client.try_put(&path, json!({"isApproved": true})).await {
                        Some(200) => sender.send(path).unwrap(),
                        Some(other) => panic!("{path}: {other}"),
                        None => return,
                    }
                }
            }));
        }
        drop(sender);
        waiting = Some(still);
        answered.clear();
        let enough = if round == 4 { usize::MAX } else { 40 };
        while let Some(path) = receiver.recv().await {
            answered.push(path);
            if answered.len() == enough {
                server.kill();
            }
        }
        for task in running {
            task.await.unwrap();
        }
    }
    let connection = rusqlite::Connection::open(&db).unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(number("SELECT count(*) FROM orders WHERE status = 'APPROVED'"), count);
    let accepted = "kind IN ('request-accepted', 'speed-change-accepted')";
    assert_eq!(number(&format!("SELECT count(*) FROM events WHERE {accepted}")), count);
    assert_eq!(number(&format!("SELECT count(DISTINCT subject_uid) FROM events WHERE {accepted}")), count);
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

/// A file that another process holds is told as such, and not for ever.
#[tokio::test]
async fn a_locked_file_is_a_503_that_says_when_to_try_again() {
    let sandbox =
        Sandbox::start_with(|options| options.lock_wait = std::time::Duration::from_millis(50)).await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Media playout").await;
    let holder = rusqlite::Connection::open(sandbox.db()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = provider.accept(&asked).await;
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(answer.refused(503).contains("busy"));
    assert_eq!(provider.vxc("Media playout").await, asked, "reading goes on");
    holder.execute_batch("ROLLBACK").unwrap();
    provider.accept(&asked).await.data();
}

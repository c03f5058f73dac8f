//! E-mail and processes that end anyhow: nothing is lost, nothing is there twice.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use portgate::sandbox::{self, Clock};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::common::{Client, Server, by_vxc};
use crate::mail::files;
use crate::watch::{Folder, output};

/// A provider that 1,000 requests wait for: 800 connections and 200 speed changes, of several customers.
const WAITING: sandbox::Size = sandbox::Size { ports: 20, vxcs: 1_000, pending: 1_000, seed: 1 };

#[tokio::test]
async fn a_kill_in_the_middle_of_a_thousand_decisions_loses_and_doubles_nothing() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    sandbox::reset_sized(&db, Clock::system(), &WAITING).unwrap();
    // One reader on each side is enough to count by.
    let connection = Connection::open(&db).unwrap();
    connection
        .execute("UPDATE users SET notification_enabled = 0 WHERE first_name NOT IN ('Priya', 'Ada')", [])
        .unwrap();
    let never_live = ["--deploy-time", "1d"];
    let mut server = Server::start_with(&db, dir.path(), &never_live);
    let provider = Client::log_in(&server.url, &db, "provider", "technical-admin").await;
    let mut open: Vec<Value> = provider.vxcs().await;
    open.retain(|vxc| vxc["vxcApproval"]["status"] == "PENDING_INTERNAL");
    assert_eq!(open.len(), 1_000);
    let mut answered: i64 = 0;
    let mut kills = 0;
    // A server is killed each time another 240 decisions were answered, with some under way.
    while !open.is_empty() {
        let client = Client::log_in(&server.url, &db, "provider", "technical-admin").await;
        let goal = answered + 240;
        while answered < goal && !open.is_empty() {
            let batch: Vec<Value> = open.drain(..open.len().min(4)).collect();
            let mut running = Vec::new();
            for vxc in batch {
                let client = client.clone();
                running.push(tokio::spawn(async move {
                    client.put(&by_vxc(&vxc), json!({"isApproved": true})).await.data();
                }));
            }
            for task in running {
                task.await.unwrap();
                answered += 1;
            }
        }
        // Once the first of these is answered the others are under way: they may or may not get through.
        let (done, mut first) = tokio::sync::mpsc::channel(8);
        let last: Vec<Value> = open.drain(..open.len().min(8)).collect();
        for vxc in &last {
            let (client, path, done) = (client.clone(), by_vxc(vxc), done.clone());
            tokio::spawn(async move {
                let answer = client.try_put(&path, json!({"isApproved": true})).await;
                let _ = done.send(answer).await;
            });
        }
        if !last.is_empty() {
            assert_eq!(first.recv().await.unwrap(), Some(200));
            answered += 1;
        }
        server.kill();
        kills += 1;
        server = Server::start_with(&db, dir.path(), &never_live);
    }
    assert!(kills >= 4);
    server.kill();
    let filter = sandbox::InboxFilter { limit: usize::MAX, ..Default::default() };
    let mails = loop {
        // Each look delivers for two seconds at most.
        let mails = sandbox::inbox(&sandbox::Options::new(&db), &filter).unwrap().mails;
        if mails.iter().all(|mail| mail.status == "delivered") {
            break mails;
        }
    };

    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let decided = "FROM orders WHERE status = 'APPROVED' AND decided_by LIKE 'Priya%'";
    let accepted = count(&format!("SELECT count(*) {decided}"));
    assert!(accepted >= answered, "{accepted} of {answered} answered");
    let told = |event: &str, kind: &str| {
        let orders = count(&format!("SELECT count(*) {decided} AND type = '{kind}'"));
        let events = count(&format!("SELECT count(*) FROM events WHERE kind = '{event}'"));
        assert_eq!(events, orders, "each decision is one {event}");
    };
    told("request-accepted", "NEW");
    told("speed-change-accepted", "SPEED_CHANGE");
    told("charge-changed", "SPEED_CHANGE");
    assert_eq!(
        count("SELECT count(*) FROM (SELECT 1 FROM events GROUP BY kind, subject_uid HAVING count(*) > 1)"),
        0,
        "nothing is decided twice"
    );
    // Every event has its messages, every message its file, every file its message.
    assert_eq!(count("SELECT count(*) FROM events WHERE id NOT IN (SELECT event_id FROM messages)"), 0);
    assert_eq!(count("SELECT count(*) FROM messages") as usize, mails.len());
    let names: BTreeSet<String> = mails
        .iter()
        .map(|mail| mail.file.as_ref().unwrap().file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), mails.len());
    let files = files(&db);
    assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), names, "nor is a half-written one left");
    let ids: BTreeSet<&str> = files
        .values()
        .map(|file| file.lines().find(|line| line.starts_with("Message-ID:")).unwrap())
        .collect();
    assert_eq!(ids.len(), files.len(), "none is there twice");
    assert!(files.values().all(|file| file.ends_with("--\r\n")), "all are whole");
}

#[tokio::test]
async fn a_short_run_delivers_before_it_ends_and_one_without_news_does_nothing() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    let run = |args: &[&str]| {
        let output = output(
            Command::new(env!("CARGO_BIN_EXE_portgate"))
                .args(args)
                .arg("--db")
                .arg(&db)
                .env_clear()
                .env("HOME", dir.path())
                .stdin(Stdio::null()),
        );
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["--env", "sandbox", "approvals", "list"]);
    assert!(files(&db).is_empty());
    assert_eq!(run(&["sandbox", "inbox"]), "");
    assert_eq!(run(&["sandbox", "inbox", "-o", "json"]).trim(), "[]");
    run(&["--env", "sandbox", "approvals", "deny", "7c1e09ab", "--reason", "No room"]);
    assert_eq!(files(&db).len(), 3, "delivered by the command itself");
    let listed: Value = serde_json::from_str(&run(&["sandbox", "inbox", "-o", "json"])).unwrap();
    let mails = listed.as_array().unwrap();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        assert_eq!((&mail["event"], &mail["status"]), (&json!("request-denied"), &json!("delivered")));
        assert!(mail.get("html").is_none() && mail["text"].as_str().unwrap().contains("denied"));
    }
    let id = mails[0]["id"].as_str().unwrap();
    let table = run(&["sandbox", "inbox", "--to", "ada@"]);
    assert!(table.starts_with("ID        SENT") && table.contains("ada@globex.example"), "{table}");
    assert_eq!(table.lines().count(), 2);
    let shown = run(&["sandbox", "inbox", "show", &id[..8]]);
    assert!(shown.contains("Subject:  Example Cloud Connect denied your connection request\n"), "{shown}");
    assert!(run(&["sandbox", "inbox", "show", id, "--html"]).starts_with("<!doctype html>"));
    let one: Value = serde_json::from_str(&run(&["sandbox", "inbox", "show", id, "-o", "json"])).unwrap();
    assert_eq!(one["id"], id);
    assert!(one["html"].as_str().unwrap().starts_with("<!doctype html>"));
}

//! Requests that are no requests, files that are no files, and two real processes on one file.

use std::fs;

use portgate::sandbox::{self, Clock, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Client, Sandbox, Server, by_order, by_vxc, plain_http, text};
use crate::watch::Folder;

#[tokio::test]
async fn every_mistake_is_answered_in_the_envelope() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Media playout").await;
    provider.get("/nothing/here").await.refused(404);
    provider.send(Method::DELETE, "/v2/products", None, None).await.refused(405);
    let http = plain_http();
    let send = |body: Vec<u8>| {
        http.put(format!("{}{}", provider.base, by_vxc(&asked)))
            .bearer_auth(&provider.token)
            .body(body)
            .send()
    };
    let cases: [(&[u8], u16); 5] =
        [(b"{\"isApproved\": tru", 400), (b"", 400), (b"[]", 400), (b"\xff\xfe", 400), (b"null", 400)];
    for (body, status) in cases {
        let answer = send(body.to_vec()).await.unwrap();
        assert_eq!(answer.status(), status, "{body:?}");
        let body: Value = answer.json().await.unwrap();
        assert!(body["message"].is_string() && body["terms"].is_string(), "{body}");
    }
    let huge = send(vec![b' '; 2 * 1024 * 1024]).await.unwrap();
    assert_eq!(huge.status(), 413);
    let body: Value = huge.json().await.unwrap();
    assert!(body["message"].as_str().unwrap().contains("larger than"));
    assert_eq!(provider.vxc("Media playout").await, asked);
}

#[tokio::test]
async fn a_damaged_file_is_told_and_replaced_by_a_reset() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    sandbox::reset(&db, Clock::system()).unwrap();
    let mut bytes = fs::read(&db).unwrap();
    // The mark at the start stays; what follows is torn.
    for byte in &mut bytes[100..] {
        *byte ^= 0x5a;
    }
    fs::write(&db, bytes).unwrap();
    let refused = sandbox::start_embedded(Options::new(&db)).await.unwrap_err();
    let found = portgate::Error::in_chain(&refused).unwrap();
    assert_eq!(found.reason.as_deref(), Some("the file is damaged"));
    assert!(
        found.hints[0].text(&portgate::Invocation::default()).contains("sandbox reset"),
        "{:?}",
        found.hints
    );
    sandbox::reset(&db, Clock::system()).unwrap();
    assert_eq!(sandbox::api_key(&db, "provider", "finance").unwrap().role, "Finance");
}

#[tokio::test]
async fn a_file_that_is_no_sandbox_is_left_alone() {
    let dir = Folder::new();
    let letter = dir.path().join("letter.txt");
    fs::write(&letter, "Dear reader, this is no database.").unwrap();
    let other = dir.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE dear (reader TEXT)").unwrap();
    for file in [&letter, &other] {
        let before = fs::read(file).unwrap();
        let opened = sandbox::start_embedded(Options::new(file)).await.unwrap_err();
        let reset = sandbox::reset(file, Clock::system()).unwrap_err();
        for error in [opened, reset] {
            let found = portgate::Error::in_chain(&error).unwrap();
            assert_eq!(found.exit, portgate::Exit::Usage, "{found:?}");
            assert!(found.hints[0].text(&portgate::Invocation::default()).contains("--db"), "{found:?}");
        }
        assert_eq!(fs::read(file).unwrap(), before, "{} was touched", file.display());
    }
}

#[test]
fn a_company_or_role_that_is_not_there_is_told_with_those_that_are() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    let by_name = sandbox::api_key(&db, "Globex Bank", "read-only").unwrap();
    for selector in ["customer", "globex", "GLOBEX BANK", &by_name.company_uid[..8]] {
        assert_eq!(sandbox::api_key(&db, selector, "Read Only").unwrap(), by_name, "{selector}");
    }
    let why = |company: &str, role: &str| {
        let error = sandbox::api_key(&db, company, role).unwrap_err();
        format!("{:?}", portgate::Error::in_chain(&error).unwrap().hints)
    };
    assert!(why("umbrella", "finance").contains("initech, sample-logistics"));
    assert!(why("provider", "boss").contains("technical-admin"));
}

#[tokio::test]
async fn of_two_processes_one_wins() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    let servers = [Server::start(&db, dir.path()), Server::start(&db, dir.path())];
    let mut clients = Vec::new();
    for server in &servers {
        clients.push(Client::log_in(&server.url, &db, "provider", "technical-admin").await);
    }
    for name in ["Media playout", "Globex trading floor", "Initech main"] {
        let path = by_order(&clients[0].vxc(name).await);
        let mut running = Vec::new();
        for client in &clients {
            let (client, path) = (client.clone(), path.clone());
            running.push(tokio::spawn(async move {
                client.put(&path, json!({"isApproved": true})).await.status.as_u16()
            }));
        }
        let mut statuses = Vec::new();
        for task in running {
            statuses.push(task.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_is_told_and_leaves_nothing_half_done() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    drop(sandbox::api_key(&db, "provider", "finance").unwrap());
    let blocks = db.metadata().unwrap().len() / 512 + 400;
    let mut server = Server::start_without_room(&db, dir.path(), blocks);
    let provider = Client::log_in(&server.url, &db, "provider", "technical-admin").await;
    let customer = Client::log_in(&server.url, &db, "customer", "technical-admin").await;
    let (from, to) = (customer.port_uid("Globex Sydney").await, provider.port_uid("SYD1-A").await);
    let order = |number: usize| {
        json!([{"productUid": from, "associatedVxcs": [
            {"productName": format!("Many {number:04}"), "rateLimit": 1, "term": 1, "bEnd": {"productUid": to}}
        ]}])
    };
    let picking = json!({"isApproved": true, "bEndVlan": 0});
    let accepted = provider.vxc("Sample customs link").await;
    provider.put(&by_vxc(&accepted), picking.clone()).await.data();
    let told = "The sandbox's database could not be read or written; the disk may be full";
    let mut ordered = Vec::new();
    loop {
        let answer = customer.post("/v3/networkdesign/buy", order(ordered.len())).await;
        if answer.status != 200 {
            assert_eq!(answer.refused(503), told);
            break;
        }
        ordered.push(format!("Many {:04}", ordered.len()));
        assert!(ordered.len() < 1_000, "the limit holds");
    }
    assert!(!ordered.is_empty(), "there was room for one");
    // What is smaller may still find room, until that is gone as well.
    let waiting = provider.vxcs().await.into_iter().filter(|vxc| {
        vxc["vxcApproval"]["status"] == "PENDING_INTERNAL" && vxc["vxcApproval"]["type"] == "NEW"
    });
    let mut decided = vec![text(&accepted["productName"])];
    let mut refused = None;
    for vxc in waiting {
        let answer = provider.put(&by_vxc(&vxc), picking.clone()).await;
        if answer.status != 200 {
            assert_eq!(answer.refused(503), told);
            refused = Some(vxc);
            break;
        }
        decided.push(text(&vxc["productName"]));
    }
    let refused = refused.expect("no room for everything");
    // Reading goes on, and shows what was answered.
    let as_it_is = async |client: &Client| {
        let mut vxcs = client.vxcs().await;
        let pending = vxcs.iter().find(|vxc| vxc["productUid"] == refused["productUid"]).unwrap();
        assert_eq!(pending["vxcApproval"], refused["vxcApproval"]);
        for name in &decided {
            let vxc = vxcs.iter().find(|vxc| vxc["productName"] == name.as_str()).unwrap();
            assert_eq!(vxc["vxcApproval"]["status"], "APPROVED");
        }
        vxcs.retain(|vxc| text(&vxc["productName"]).starts_with("Many"));
        let mut names: Vec<String> = vxcs.iter().map(|vxc| text(&vxc["productName"])).collect();
        names.sort();
        names
    };
    assert_eq!(as_it_is(&provider).await, ordered);
    // So it does when something is due that can't be written either: the file's own clock makes it later.
    let connection = rusqlite::Connection::open(&db).unwrap();
    let two_hours = "INSERT INTO settings (key, value) VALUES ('clock_offset_ms', '7200000')";
    connection.execute(two_hours, []).unwrap();
    assert_eq!(as_it_is(&provider).await, ordered);
    assert_eq!(provider.vxc("Sample customs link").await["provisioningStatus"], "DEPLOYABLE");
    assert_eq!(provider.deny(&refused).await.refused(503), told);
    server.kill();

    // With room again everything is there, and goes on.
    let server = Server::start(&db, dir.path());
    let provider = Client::log_in(&server.url, &db, "provider", "technical-admin").await;
    let customer = Client::log_in(&server.url, &db, "customer", "technical-admin").await;
    assert_eq!(as_it_is(&provider).await, ordered);
    assert_eq!(provider.vxc("Sample customs link").await["provisioningStatus"], "LIVE");
    provider.put(&by_vxc(&refused), picking).await.data();
    customer.post("/v3/networkdesign/buy", order(ordered.len())).await.data();
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    let requests = "SELECT count(*) FROM events WHERE kind = ";
    assert_eq!(count(&format!("{requests}'request-received'")), ordered.len() + 1);
    assert_eq!(count(&format!("{requests}'request-accepted'")), decided.len() + 1);
    assert_eq!(count("SELECT count(*) FROM events WHERE id NOT IN (SELECT event_id FROM messages)"), 0);
    assert_eq!(
        connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(),
        "ok"
    );
}

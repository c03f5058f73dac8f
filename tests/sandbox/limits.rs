//! What clients may keep of the server (F12): it stays small and answers others, whatever they do.

use std::fs;
use std::time::Duration;

use portgate::sandbox::{self, Clock, Limits, Options, Size};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::common::{Client, NEW_YEAR_MS, Sandbox, Server, text};
use crate::watch::Folder;

const LARGE: Size = Size { ports: 20, vxcs: 1000, pending: 100, seed: 1 };

/// A client of its own, for which the system keeps little that it hasn't read.
async fn connect(base: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(base.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap()
}

/// One that asks for the whole list and reads nothing.
async fn ask_and_not_read(client: &Client) -> TcpStream {
    let mut stream = connect(&client.base).await;
    let request =
        format!("GET /v2/products HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\n\r\n", client.token);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// What came until the server closed the connection.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut read = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut read).await;
    String::from_utf8(read).unwrap()
}

async fn impatient(change: impl FnOnce(&mut Limits)) -> Sandbox {
    Sandbox::start_with(|options| {
        options.limits.request_time = Duration::from_millis(50);
        change(&mut options.limits);
    })
    .await
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn f12_clients_that_do_not_read_keep_little_and_stop_nobody() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    sandbox::reset_sized(&db, Clock::system(), &LARGE).unwrap();
    let server = Server::start(&db, dir.path());
    let client = Client::log_in(&server.url, &db, "provider", "technical-admin").await;
    let mut deaf = Vec::new();
    for _ in 0..600 {
        deaf.push(ask_and_not_read(&client).await);
    }
    for stream in &deaf {
        stream.readable().await.unwrap();
    }
    let vxcs = client.vxcs().await;
    assert_eq!(vxcs.len(), 1000);
    let waits = vxcs.iter().find(|vxc| vxc["vxcApproval"]["status"] == "PENDING_INTERNAL").unwrap();
    client.accept(waits).await.data();
    assert_eq!(client.get(&format!("/v2/product/{}", text(&waits["productUid"]))).await.status, 200);

    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let figure = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    assert!(figure("Threads:") < 40, "{status}");
    assert!(figure("VmHWM:") < 200 * 1024, "{status}");
}

#[tokio::test]
async fn f12_a_client_that_takes_nothing_is_let_go() {
    let dir = Folder::new();
    let mut options = Options::new(dir.path().join("sandbox.db"));
    options.limits.stalled_time = Duration::from_millis(50);
    sandbox::reset_sized(&options.db, Clock::system(), &LARGE).unwrap();
    let db = options.db.clone();
    let embedded = sandbox::start_embedded(options).await.unwrap();
    let client = Client::log_in(&embedded.base_url(), &db, "provider", "technical-admin").await;
    let deaf = ask_and_not_read(&client).await;
    deaf.readable().await.unwrap();
    // It waits until the last connection has ended.
    embedded.stop().await.unwrap();
    let read = until_closed(deaf).await;
    assert!(read.starts_with("HTTP/1.1 200 OK") && !read.ends_with("0\r\n\r\n"), "{read}");
}

/// Reading a little at a time, one is waited for no longer in all than one that reads nothing is at once.
#[tokio::test]
async fn f12_a_client_that_takes_too_little_is_let_go() {
    let dir = Folder::new();
    let mut options = Options::new(dir.path().join("sandbox.db"));
    options.limits.stalled_time = Duration::from_millis(200);
    options.limits.slowest = u32::MAX;
    sandbox::reset_sized(&options.db, Clock::system(), &LARGE).unwrap();
    let db = options.db.clone();
    let embedded = sandbox::start_embedded(options).await.unwrap();
    let client = Client::log_in(&embedded.base_url(), &db, "provider", "technical-admin").await;
    let mut slow = ask_and_not_read(&client).await;
    let (mut read, mut piece) = (Vec::new(), [0; 1024]);
    while let Ok(taken @ 1..) = slow.read(&mut piece).await {
        read.extend_from_slice(&piece[..taken]);
        assert!(!read.ends_with(b"0\r\n\r\n"), "all {} bytes came", read.len());
        // As long as another request takes.
        assert_eq!(client.get("/v3/locations").await.status, 200);
    }
    assert!(read.starts_with(b"HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn f12_a_request_that_is_never_whole_and_an_idle_connection_are_closed() {
    let sandbox = impatient(|_| {}).await;
    let base = sandbox.embedded.base_url();
    let answered = |sent: &'static str| {
        let base = base.clone();
        async move {
            let mut stream = connect(&base).await;
            stream.write_all(sent.as_bytes()).await.unwrap();
            until_closed(stream).await
        }
    };
    for head in ["", "GET / HT", "GET /openapi.json HTTP/1.1\r\nHost: a\r\nX-Half:"] {
        assert_eq!(answered(head).await, "", "{head}");
    }
    let body =
        answered("POST /oauth2/token HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\ngrant_type=").await;
    assert!(body.starts_with("HTTP/1.1 400 Bad Request"), "{body}");
    let idle = answered("GET /v2/products HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(idle.starts_with("HTTP/1.1 401 Unauthorized") && idle.ends_with('}'), "{idle}");
}

#[tokio::test]
async fn f12_who_finds_no_room_gets_it_when_another_is_let_go() {
    let sandbox = impatient(|limits| limits.connections = 1).await;
    let mut half = connect(&sandbox.embedded.base_url()).await;
    half.write_all(b"GET /").await.unwrap();
    assert_eq!(sandbox.provider().await.get("/v3/locations").await.status, 200);
    assert_eq!(until_closed(half).await, "");
}

#[tokio::test]
async fn a_list_in_many_pieces_is_as_it_was_when_it_began() {
    let dir = Folder::new();
    let mut options = Options::new(dir.path().join("sandbox.db"));
    options.clock = Clock::fixed_at(NEW_YEAR_MS);
    options.limits.stalled_time = Duration::from_secs(600);
    sandbox::reset_sized(&options.db, options.clock, &LARGE).unwrap();
    let db = options.db.clone();
    let embedded = sandbox::start_embedded(options).await.unwrap();
    let client = Client::log_in(&embedded.base_url(), &db, "provider", "technical-admin").await;
    let before = client.get("/v2/products").await.body;
    let mut slow = ask_and_not_read(&client).await;
    slow.readable().await.unwrap();
    for vxc in client.vxcs().await.iter().filter(|vxc| vxc["vxcApproval"]["status"] == "PENDING_INTERNAL") {
        client.accept(vxc).await.data();
    }
    assert_ne!(client.get("/v2/products").await.body, before);
    let mut read = Vec::new();
    while !read.ends_with(b"0\r\n\r\n") {
        assert_ne!(slow.read_buf(&mut read).await.unwrap(), 0, "it was cut off");
    }
    // The pieces without the lengths between them.
    let mut rest = &read[read.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4..];
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|end| end == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            break;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap(), before);
    assert_ne!(before, json!(null));
}

#[tokio::test]
async fn ports_to_order_to_come_once_each_in_as_many_pieces_as_it_takes() {
    let dir = Folder::new();
    let options = Options::new(dir.path().join("sandbox.db"));
    let db = options.db.clone();
    sandbox::reset_sized(&db, Clock::system(), &Size { ports: 300, vxcs: 10, pending: 1, seed: 1 }).unwrap();
    let embedded = sandbox::start_embedded(options).await.unwrap();
    let client = Client::log_in(&embedded.base_url(), &db, "customer", "technical-admin").await;
    let answer = client.get("/v2/dropdowns/partner/megaports").await;
    let ports = answer.data().as_array().unwrap();
    let ranks: Vec<u64> = ports.iter().map(|port| port["rank"].as_u64().unwrap()).collect();
    assert_eq!(ranks, (1..=ports.len() as u64).collect::<Vec<_>>());
    let uids: std::collections::HashSet<String> =
        ports.iter().map(|port| text(&port["productUid"])).collect();
    assert_eq!(uids.len(), ports.len());
    assert!(answer.body.to_string().len() > 64 * 1024, "{} ports", ports.len());
}

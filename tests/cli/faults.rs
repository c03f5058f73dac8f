//! `sandbox serve --fault`: each kind of the table, as raw bytes, in the sandbox's state, and as a run of portgate ends.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr};

use portgate::sandbox::FAULTS;
use serde_json::Value;

use crate::common::Home;

const REQUEST: &str = "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70";
const VXC: &str = "5de98640-ce96-5998-905b-8b94ecee1df1";

/// A served sandbox that plays faults; ended with it.
struct Server {
    child: Child,
    url: String,
    stderr: BufReader<ChildStderr>,
    home: Home,
}

impl Server {
    fn start(faults: &[&str], more: &str) -> Self {
        let home = Home::new();
        let mut run = home.portgate("sandbox serve --listen 127.0.0.1:0 --deploy-time 0s --db sandbox.db");
        for word in more.split_whitespace() {
            run = run.arg(word);
        }
        for fault in faults {
            run = run.arg("--fault").arg(fault);
        }
        let mut child = run.spawn();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Server { child, url: url.trim().to_owned(), stderr, home }
    }

    /// All bytes that come back until the connection ends, and whether it ended by a reset.
    fn send(&self, method: &str, path: &str, token: &str, body: &str) -> (String, bool) {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut read = Vec::new();
        let is_reset = stream.read_to_end(&mut read).is_err();
        (String::from_utf8(read).unwrap(), is_reset)
    }

    fn key(&self) -> [String; 2] {
        let run = self.home.portgate("sandbox credentials --db sandbox.db -o json").run();
        let pair = run.exits(0).json();
        ["client_id", "client_secret"].map(|field| pair[field].as_str().unwrap().to_owned())
    }

    /// What lets a request in.
    fn token(&self) -> String {
        let [id, secret] = self.key();
        let run = self.home.portgate("auth token --api-url").arg(&self.url).key(&id, &secret).run();
        format!("Bearer {}", run.exits(0).stdout.trim())
    }

    /// The state of the request, past every fault: from the file.
    fn state(&self) -> String {
        let run =
            self.home.portgate("approvals show --env sandbox --db sandbox.db -o json").arg(REQUEST).run();
        run.exits(0).json()["status"].as_str().unwrap().to_owned()
    }

    /// The next line that tells of a fault.
    fn told(&mut self) -> String {
        let mut line = String::new();
        while !line.starts_with("fault: ") {
            line.clear();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "it has ended");
        }
        line.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A fault of the write that accepts a request: what comes back, and how a run ends that accepts it.
struct Case {
    row: &'static str,
    fault: &'static str,
    /// How the answer begins; empty where none comes.
    starts: &'static str,
    has: &'static str,
    is_reset: bool,
    /// Whether the request is accepted after it was sent once.
    is_done: bool,
    exit: i32,
}

const fn case(
    row: &'static str,
    fault: &'static str,
    starts: &'static str,
    is_done: bool,
    exit: i32,
) -> Case {
    Case { row, fault, starts, has: "", is_reset: false, is_done, exit }
}

const CASES: &[Case] = &[
    case("closed", "closed", "", false, 14),
    case("closed", "closed after", "", true, 0),
    Case { is_reset: true, ..case("reset", "reset before x1", "", false, 0) },
    Case { is_reset: true, ..case("reset", "reset after", "", true, 0) },
    case("cut", "cut", "HTTP/1.1 200 OK", true, 0),
    Case {
        has: "\"message\":\"Injected fault: 500 x1\"",
        ..case("STATUS", "500 x1", "HTTP/1.1 500 ", false, 4)
    },
    case("STATUS", "503 after", "HTTP/1.1 503 ", true, 0),
    Case { has: "retry-after: 1\r\n", ..case("STATUS", "429 retry-after=1 1st", "HTTP/1.1 429 ", false, 0) },
    Case {
        has: "retry-after: soon\r\n",
        ..case("STATUS", "429 retry-after=soon", "HTTP/1.1 429 ", false, 9)
    },
    Case { has: " GMT\r\n", ..case("STATUS", "429 retry-after=+1h", "HTTP/1.1 429 ", false, 9) },
    case("STATUS", "429 retry-after=18446744073709551615", "HTTP/1.1 429 ", false, 9),
    case("STATUS", "401", "HTTP/1.1 401 ", false, 3),
    case("STATUS", "403", "HTTP/1.1 403 ", false, 7),
    Case {
        has: "Could not find a service with UID 5de98640-ce96-5998-905b-8b94ecee1df1",
        // It is then accepted by its order.
        ..case("unknown-uid", "unknown-uid", "HTTP/1.1 400 ", false, 0)
    },
    Case { has: "A page of a gateway", ..case("page", "page x1", "HTTP/1.1 200 ", false, 0) },
    Case { has: "A page of a gateway", ..case("page", "page 403 after", "HTTP/1.1 403 ", true, 0) },
    Case { has: "http://127.0.0.1:9/elsewhere", ..case("redirect", "redirect", "HTTP/1.1 302 ", false, 14) },
    case("redirect", "redirect after", "HTTP/1.1 302 ", true, 0),
    Case { has: "\"data\":{}", ..case("yes", "yes", "HTTP/1.1 200 ", false, 14) },
    case("truncated", "truncated", "HTTP/1.1 200 ", true, 0),
    Case { has: "content-length: 0\r\n", ..case("empty", "empty", "HTTP/1.1 200 ", false, 14) },
    case("empty", "empty after", "HTTP/1.1 200 ", true, 0),
    case("slow", "slow 1ms", "HTTP/1.1 200 ", true, 0),
    case("reads-closed", "reads-closed", "HTTP/1.1 200 ", true, 14),
    case("reads-page", "reads-page", "HTTP/1.1 200 ", true, 14),
];

#[test]
fn every_fault_is_played_as_it_is_told() {
    let rows: BTreeSet<&str> = FAULTS.iter().map(|row| row.name).collect();
    assert_eq!(CASES.iter().map(|case| case.row).collect::<BTreeSet<_>>(), rows);
    std::thread::scope(|scope| {
        for cases in CASES.chunks(CASES.len().div_ceil(4)) {
            scope.spawn(|| cases.iter().for_each(check));
        }
    });
}

fn check(case: &Case) {
    let spec = format!("PUT /v3/product/vxc/*: {}", case.fault);
    let mut server = Server::start(&[&spec], "");
    let token = server.token();
    let path = format!("/v3/product/vxc/{VXC}");
    let (answer, is_reset) = server.send("PUT", &path, &token, "{\"isApproved\":true}");
    assert!(
        answer.starts_with(case.starts) && answer.is_empty() == case.starts.is_empty(),
        "{spec}: {answer}"
    );
    assert!(answer.contains(case.has), "{spec}: {answer}");
    assert_eq!(is_reset, case.is_reset, "{spec}");
    assert_eq!(server.told(), format!("fault: {} · PUT {path}", case.fault));
    assert_eq!(server.state() == "accepted", case.is_done, "{spec}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let promised = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    match case.row {
        "cut" => assert_eq!(promised.unwrap().parse::<usize>().unwrap() / 2, body.len(), "{answer}"),
        "truncated" => {
            assert_eq!(promised.unwrap().parse::<usize>().unwrap(), body.len());
            assert!(serde_json::from_str::<Value>(body).is_err(), "{answer}");
        }
        "reads-closed" => assert_eq!(server.send("GET", "/v3/locations", &token, ""), (String::new(), false)),
        "reads-page" => {
            let (page, _) = server.send("GET", "/v3/locations", &token, "");
            assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("A page of a gateway"), "{page}");
        }
        _ => {}
    }

    // A run against a server of its own, where nothing has happened yet.
    let server = Server::start(&[&spec], "");
    let key = server.key();
    let args = format!("approvals accept {REQUEST} --timeout 4s --max-retries 1 --api-url {}", server.url);
    let run = server.home.portgate(&args).key(&key[0], &key[1]).run();
    assert_eq!(run.code, case.exit, "{spec}\n{run}");
    if run.code == 0 {
        assert_eq!(server.state(), "accepted", "{spec}\n{run}");
    }
}

#[test]
fn a_slow_answer_without_a_time_never_comes() {
    let mut server = Server::start(&["GET /v3/locations: slow"], "");
    let token = server.token();
    let host = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /v3/locations HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n\r\n").unwrap();
    assert_eq!(server.told(), "fault: slow · GET /v3/locations");
    server.child.kill().unwrap();
    let mut read = Vec::new();
    let _ = stream.read_to_end(&mut read);
    assert_eq!(String::from_utf8(read).unwrap(), "");
}

#[test]
fn a_fault_in_the_midst_is_played_on_the_request_that_it_counts() {
    let mut server = Server::start(&["GET /v3/locations: 401 2nd", "read: 500 x1"], "");
    let token = server.token();
    let statuses: Vec<String> = ["/v3/locations", "/v3/locations", "/v2/products", "/v3/locations"]
        .iter()
        .map(|path| server.send("GET", path, &token, "").0[9..12].to_owned())
        .collect();
    assert_eq!(statuses, ["500", "401", "200", "200"]);
    assert_eq!(server.told(), "fault: 500 x1 · GET /v3/locations");
    assert_eq!(server.told(), "fault: 401 2nd · GET /v3/locations");
}

#[test]
fn a_wrong_fault_is_refused_with_a_suggestion() {
    let home = Home::new();
    for (fault, why) in
        [("write: restet after", "did you mean 'reset'?"), ("503", "expected REQUESTS: FAULT")]
    {
        home.portgate("sandbox serve --listen 127.0.0.1:0 --fault").arg(fault).run().exits(2).stderr_has(why);
    }
}

#[test]
fn the_help_names_every_fault() {
    let help = Home::new().portgate("help faults").run();
    for row in FAULTS {
        help.exits(0).stdout_has(&format!("\n  {}", row.name));
    }
    assert!(help.stdout.lines().all(|line| line.chars().count() <= 80), "{help}");
}

#[test]
fn a_product_that_does_not_exist_is_404_or_400() {
    let unknown = "/v2/product/00000000-0000-4000-8000-000000000000";
    for (switch, status) in [("", "404"), ("--not-found 404", "404"), ("--not-found 400", "400")] {
        let server = Server::start(&[], switch);
        let token = server.token();
        for (method, path, body) in [
            ("GET", unknown, ""),
            ("PUT", &unknown.replace("/v2/product", "/v3/product/vxc"), "{\"isApproved\":true}"),
        ] {
            let (answer, _) = server.send(method, path, &token, body);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{switch}: {answer}");
            let says =
                answer.contains("Could not find a service with UID 00000000-0000-4000-8000-000000000000");
            assert_eq!(says, status == "400", "{answer}");
        }
        assert!(server.send("GET", "/v3/nothing", &token, "").0.starts_with("HTTP/1.1 404 "));
    }
}

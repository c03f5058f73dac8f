//! The harness itself: a server that misbehaves on purpose must do it exactly.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use serde_json::json;

use crate::common::{Answer, Gate, Home, Request, Script, wire};

/// Sends bytes as they are and answers all that comes back until the server ends it.
fn exchange(script: &Script, request: &str) -> String {
    let mut stream = TcpStream::connect(script.url().trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(script: &Script, target: &str) -> String {
    exchange(script, &format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"))
}

#[test]
fn answers_in_turn_and_remembers_what_was_asked() {
    let script = Script::new()
        .on("GET", "/a/*", [Answer::refusal(500, "first"), Answer::ok("second")])
        .on("PUT", "/b", |request: &Request, nth: usize| {
            Answer::ok(json!({"nth": nth, "was": request.json()}))
        })
        .start();

    assert!(get(&script, "/a/1").contains("first"));
    assert!(get(&script, "/a/2?x=%20y").contains("second"));
    assert!(get(&script, "/a/3").contains("second"), "the last answer stays");
    let put = "PUT /b HTTP/1.1\r\nContent-Length: 7\r\nX-Call-Context: c\r\n\r\n{\"a\":1}";
    let twice = exchange(&script, &format!("{put}{put}"));
    assert!(twice.contains(r#"{"nth":0,"was":{"a":1}}"#) && twice.contains(r#""nth":1"#), "{twice}");

    let lines = ["GET /a/1", "GET /a/2?x=%20y", "GET /a/3", "PUT /b", "PUT /b"];
    assert_eq!(script.lines(), lines);
    assert_eq!(script.requests()[1].parameter("x").as_deref(), Some(" y"));
    assert_eq!(script.writes().len(), 2);
    assert_eq!(script.writes()[0].header("X-CALL-context"), Some("c"));
    assert_eq!(script.hits("PUT", "/b"), 2);
}

#[test]
fn cuts_bodies_off_loses_answers_and_speaks_garbage() {
    let gate = Gate::new();
    let script = Script::new()
        .on("GET", "/cut", Answer::new(200, "text/plain", "0123456789").cut_after(4))
        .on("GET", "/truncated", Answer::new(200, "text/plain", "0123456789").truncated_to(4).closing())
        .on("GET", "/lost", Answer::lost())
        .on("GET", "/garbage", Answer::raw("SSH-2.0-x\r\n"))
        .on("GET", "/chunked", Answer::new(200, "text/plain", "0123456789").chunked().closing())
        .on("GET", "/halved", Answer::new(200, "text/plain", "0123456789").halved_by(&gate))
        .start();

    let cut = get(&script, "/cut");
    assert!(cut.contains("Content-Length: 10\r\n") && cut.ends_with("\r\n\r\n0123"), "{cut}");
    let truncated = get(&script, "/truncated");
    assert!(
        truncated.contains("Content-Length: 4\r\n") && truncated.ends_with("\r\n\r\n0123"),
        "{truncated}"
    );
    assert_eq!(get(&script, "/lost"), "");
    assert_eq!(script.hits("GET", "/lost"), 1, "an answer is lost after the request was received");
    assert_eq!(get(&script, "/garbage"), "SSH-2.0-x\r\n");
    let chunked = get(&script, "/chunked");
    assert!(chunked.ends_with("\r\n\r\n7\r\n0123456\r\n3\r\n789\r\n0\r\n\r\n"), "{chunked}");

    let mut stream = TcpStream::connect(script.url().trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET /halved HTTP/1.1\r\n\r\n").unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"01234") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
    gate.open();
    let mut rest = [0; 5];
    stream.read_exact(&mut rest).unwrap();
    assert_eq!(&rest, b"56789");
}

#[test]
fn gzip_is_read_by_a_program_we_did_not_write() {
    let home = Home::new();
    let script =
        Script::new().on("GET", "/", Answer::new(200, "text/plain", "a b c\n").gzip().closing()).start();
    let mut stream = TcpStream::connect(script.url().trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let start = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let file = home.write("body.gz", &answer[start..]);

    let unpacked = std::process::Command::new("gzip").arg("-dc").arg(file).output().unwrap();

    assert_eq!(String::from_utf8_lossy(&unpacked.stdout), "a b c\n");
}

#[test]
#[should_panic(expected = "GET /nowhere")]
fn an_unexpected_request_fails_the_test() {
    let script = Script::new().start();
    assert!(get(&script, "/nowhere").starts_with("HTTP/1.1 599 "));
}

#[test]
fn a_circuit_changes_as_decisions_ask() {
    let circuit = wire::Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    assert!(get(&script, "/v2/products").contains("PENDING_INTERNAL"));

    let body = r#"{"isApproved":true,"vlan":1305}"#;
    let put = format!("PUT {} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", circuit.by_order(), body.len());
    assert!(exchange(&script, &put).starts_with("HTTP/1.1 200 "));

    assert!(!get(&script, "/v2/products").contains("PENDING_INTERNAL"));
    assert_eq!(circuit.now()["bEnd"]["vlan"], 1305);
    assert_eq!(circuit.now()["bEnd"]["productName"], "SYD1-A");
    assert_eq!(circuit.by_order(), "/v2/order/vxc/7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11");
}

#[test]
fn the_binary_sees_nothing_of_the_developer_s_environment() {
    let home = Home::new();
    let outcome = home.portgate("--version").run();
    outcome.is(0, &format!("portgate {}\n", env!("CARGO_PKG_VERSION")), "");
}

#[test]
fn a_terminal_has_the_size_it_was_given() {
    let home = Home::new();
    let narrow = home.portgate("--help").in_terminal(60, 24).exits(0);
    let wide = home.portgate("--help").in_terminal(100, 24).exits(0);
    assert!(narrow.lines().count() > wide.lines().count(), "{narrow}");
}

//! Many decisions at once: `approvals accept --all` against the sandbox on loopback, beside a program that sends the same
//! requests on as many connections and does nothing else; and, with a delay in every response, beside one decision at a time.
//!
//! `cargo bench --bench decisions`. Built and run by `cargo test --bench decisions`, it decides a few, to see that the
//! benchmark itself still works.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that can't go on fails"
)]

mod common;

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use common::{Server, portgate};
use serde_json::Value;

/// Decisions under way at once.
const WORKERS: usize = 16;

fn main() {
    // cargo says which of the two it is.
    let is_counted = std::env::args().any(|arg| arg == "--bench");
    let (count, rounds) = if is_counted { (5_000, 3) } else { (60, 1) };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();

    // In turns: what else the machine does disturbs both alike.
    let (mut taken, mut sent) = (0.0, 0.0);
    for _ in 0..rounds {
        taken += Desk::start(home, count, &[]).accept_all(count, WORKERS);
        sent += Desk::start(home, count, &[]).send_all(count);
    }
    let [ours, bare] = [taken, sent].map(|seconds| (rounds * count) as f64 / seconds);
    println!("{count} decisions, {WORKERS} at once: {ours:.0} per second");
    println!(
        "the same requests sent by a bare client: {bare:.0} per second; ratio {:.2} (aim 0.8)",
        ours / bare
    );

    let slow = ["--fault", "write: slow 100ms after", "--fault", "read: slow 100ms after"];
    let many = Desk::start(home, count, &slow).accept_all(count, WORKERS);
    let one = Desk::start(home, count, &slow).accept_all(count, 1);
    println!(
        "{count} decisions with a delay of 100 ms: {one:.1} s one at a time, {many:.1} s {WORKERS} at once; {:.1} times as fast (aim 15)",
        one / many
    );
}

/// A sandbox whose company has so many pending requests.
struct Desk<'a> {
    home: &'a Path,
    server: Server,
}

impl<'a> Desk<'a> {
    fn start(home: &'a Path, pending: usize, more: &[&str]) -> Self {
        let (db, count) = (home.join("decisions.db"), pending.to_string());
        let sized = ["sandbox", "reset", "--ports", "50", "--vxcs", &count, "--pending", &count, "--db"];
        assert!(portgate(home, &sized).arg(&db).stderr(Stdio::null()).status().unwrap().success());
        // What is deployed later is no part of the decisions.
        let more = [&["--deploy-time", "1h"], more].concat();
        Desk { home, server: Server::start(home, &db, &more) }
    }

    fn approvals(&self, args: &[&str]) -> Command {
        let mut command = portgate(self.home, &["approvals"]);
        command
            .args(args)
            .args(["--api-url", &self.server.url])
            .env("MEGAPORT_ACCESS_TOKEN", &self.server.token);
        command
    }

    /// Accepts all, and returns the seconds that it took.
    fn accept_all(&self, pending: usize, workers: usize) -> f64 {
        let (most, workers) = (pending.to_string(), workers.to_string());
        let args = ["accept", "--all", "--yes", "-o", "json", "--max", &most, "--concurrency", &workers];
        let mut command = self.approvals(&args);
        let started = Instant::now();
        let output = command.output().unwrap();
        let taken = started.elapsed().as_secs_f64();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["summary"]["ok"], pending, "{}", String::from_utf8_lossy(&output.stderr));
        taken
    }

    /// Sends the same requests on as many connections, and returns the seconds that it took.
    fn send_all(&self, pending: usize) -> f64 {
        let listed = self.approvals(&["list", "-o", "json"]).output().unwrap();
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let uids: Vec<&str> =
            listed.as_array().unwrap().iter().map(|one| one["vxc_uid"].as_str().unwrap()).collect();
        assert_eq!(uids.len(), pending);
        let started = Instant::now();
        std::thread::scope(|scope| {
            for uids in uids.chunks(uids.len().div_ceil(WORKERS)) {
                scope.spawn(move || self.send(uids));
            }
        });
        started.elapsed().as_secs_f64()
    }

    fn send(&self, uids: &[&str]) {
        let host = self.server.url.trim_start_matches("http://");
        let mut stream = BufReader::new(TcpStream::connect(host).unwrap());
        stream.get_ref().set_nodelay(true).unwrap();
        let (body, token) = (r#"{"isApproved":true}"#, &self.server.token);
        for uid in uids {
            let request = format!(
                "PUT /v3/product/vxc/{uid} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.get_mut().write_all(request.as_bytes()).unwrap();
            let mut status = String::new();
            stream.read_line(&mut status).unwrap();
            assert!(status.starts_with("HTTP/1.1 200"), "{status}");
            let mut length = 0;
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            stream.read_exact(&mut vec![0; length]).unwrap();
        }
    }
}

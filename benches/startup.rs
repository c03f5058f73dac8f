//! Whole processes, timed in turn: what portgate takes against a program that prints one line, and against curl
//! fetching the same answers. Ratios are of the medians of one run. Times of the machine vary with what else it does; what
//! has an aim in milliseconds is far enough below it.
//!
//! `cargo bench --bench startup` (needs curl). Built and run by `cargo test --bench startup`, each is run once, to see
//! that the benchmark itself still works.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that can't go on fails"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// Counted runs of each command, where it is a benchmark.
const RUNS: usize = 60;
/// Runs before counting.
const WARM_UP: usize = 5;

fn main() {
    // cargo says which of the two it is.
    let runs = if std::env::args().any(|arg| arg == "--bench") { RUNS } else { 1 };
    let compare = |name: &str, one: &dyn Fn() -> Command, other: &dyn Fn() -> Command, aim: &str| {
        compare(runs, name, one, other, aim);
    };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let one_line = one_line_program(home);
    println!("{:<44} {:>10} {:>10} {:>7}   aim", "", "portgate", "other", "ratio");
    for (args, aim) in [
        (&["--version"][..], "ratio 2"),
        (&["--help"], "5 ms"),
        (&["approvals", "--help"], "5 ms"),
        (&["approvals", "accept", "--help"], "5 ms"),
        (&["completions", "bash"], "5 ms"),
    ] {
        let portgate = || portgate(home, args);
        let other = || Command::new(&one_line);
        compare(&format!("portgate {} / one line", args.join(" ")), &portgate, &other, aim);
    }
    let tab = || {
        let mut answer = portgate(home, &["--", "portgate", "approvals", "accept", ""]);
        answer.env("PORTGATE_COMPLETE", "fish");
        answer
    };
    compare("portgate approvals accept <Tab> / one line", &tab, &|| Command::new(&one_line), "5 ms");
    let db = home.join("fifty.db");
    let sized =
        ["sandbox", "reset", "--ports", "5", "--vxcs", "90", "--pending", "50", "--seed", "1", "--db"];
    assert!(portgate(home, &sized).arg(&db).status().unwrap().success());
    let server = Server::start(home, &db);
    let fetched = [
        format!("{}/v2/products", server.url),
        format!("{}/v3/order_approvals?status=PENDING&pageNumber=1&pageSize=100", server.url),
    ];
    let curl = || {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-H", &format!("Authorization: Bearer {}", server.token)]).args(&fetched);
        curl
    };
    let with_token = || {
        let mut list = portgate(home, &["approvals", "list", "--api-url", &server.url]);
        list.env("MEGAPORT_ACCESS_TOKEN", &server.token);
        list
    };
    compare("approvals list, 50 requests / curl", &with_token, &curl, "ratio 1.0");
    let embedded = || {
        let mut list = portgate(home, &["--env", "sandbox", "approvals", "list", "--db"]);
        list.arg(&db);
        list
    };
    compare("--env sandbox approvals list / curl", &embedded, &curl, "ratio 1.5");
}

fn portgate(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portgate"));
    command
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("PORTGATE_NO_INPUT", "1");
    command
}

/// A Rust program that prints one line, compiled as portgate is.
fn one_line_program(folder: &Path) -> std::path::PathBuf {
    let source = folder.join("one_line.rs");
    std::fs::write(&source, "fn main() { println!(\"one line\"); }").unwrap();
    let program = folder.join("one_line");
    let compiled = Command::new("rustc")
        .args(["-C", "opt-level=3", "-C", "strip=symbols", "-o"])
        .arg(&program)
        .arg(&source)
        .status();
    assert!(compiled.unwrap().success());
    program
}

/// Runs both in turn and prints the ratio of their medians.
fn compare(runs: usize, name: &str, one: &dyn Fn() -> Command, other: &dyn Fn() -> Command, aim: &str) {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for run in 0..WARM_UP + runs {
        let (first, second) = (milliseconds(one()), milliseconds(other()));
        if run >= WARM_UP {
            ones.push(first);
            others.push(second);
        }
    }
    let (one, other) = (median(&mut ones), median(&mut others));
    println!("{name:<44} {one:>7.2} ms {other:>7.2} ms {:>7.2}   {aim}", one / other);
}

fn milliseconds(mut command: Command) -> f64 {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().unwrap();
    let taken = started.elapsed();
    assert!(status.success(), "{command:?} failed: {status}");
    taken.as_secs_f64() * 1e3
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// `portgate sandbox serve`, stopped when dropped.
struct Server {
    process: Child,
    url: String,
    token: String,
}

impl Server {
    fn start(home: &Path, db: &Path) -> Self {
        let mut command = portgate(home, &["sandbox", "serve", "--listen", "127.0.0.1:0", "--db"]);
        let mut process = command
            .arg(db)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        let mut credentials = portgate(home, &["sandbox", "credentials", "-o", "json", "--db"]);
        let key = credentials.arg(db).output().unwrap();
        let key: serde_json::Value = serde_json::from_slice(&key.stdout).unwrap();
        let user =
            format!("{}:{}", key["client_id"].as_str().unwrap(), key["client_secret"].as_str().unwrap());
        let token_url = format!("{url}/oauth2/token?grant_type=client_credentials");
        let token =
            Command::new("curl").args(["-s", "-X", "POST", "-u", &user, &token_url]).output().unwrap();
        let token: serde_json::Value = serde_json::from_slice(&token.stdout).unwrap();
        Server { process, url, token: token["access_token"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

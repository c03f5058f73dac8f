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

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use common::{Server, portgate};

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
    let server = Server::start(home, &db, &[]);
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

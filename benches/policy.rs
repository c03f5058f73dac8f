//! Rules of a policy: `policy plan` over all pending requests of a company with one rule, and with fifty that all have to be
//! tried. The difference in CPU time is what the other rules take.
//!
//! `cargo bench --bench policy`. Built and run by `cargo test --bench policy`, it plans a few requests, to see that the
//! benchmark itself still works.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that can't go on fails"
)]

mod common;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Server, portgate};
use serde_json::Value;

const RULES: usize = 50;

fn main() {
    // cargo says which of the two it is.
    let is_counted = std::env::args().any(|arg| arg == "--bench");
    let requests = if is_counted { 100_000 } else { 60 };
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (db, count) = (home.join("policy.db"), requests.to_string());
    let sized = ["sandbox", "reset", "--ports", "200", "--vxcs", &count, "--pending", &count, "--db"];
    assert!(portgate(home, &sized).arg(&db).stderr(Stdio::null()).status().unwrap().success());
    let server = Server::start(home, &db, &[]);
    let plan = |rules: usize| {
        let file = home.join(format!("{rules}.toml"));
        std::fs::write(&file, policy(rules)).unwrap();
        plan(home, &server, &file, requests)
    };
    let [one, all] = [plan(1), plan(RULES)];
    let evaluations = ((RULES - 1) * requests) as f64;
    println!("{requests} requests planned with 1 rule: {one:.2} s of CPU; with {RULES} rules: {all:.2} s");
    if is_counted {
        println!("{:.0} evaluations of a rule a second (aim 200000)", evaluations / (all - one));
    }
}

/// So many rules, of which only the last one matches; the others are tried up to their last condition.
fn policy(rules: usize) -> String {
    let mut text = "schema = \"portgate.policy/v1\"\n".to_owned();
    for number in 1..rules {
        writeln!(
            text,
            "[[rule]]\nname = \"rule {number}\"\ntype = \"connection\"\nmax_speed = 100000\nmax_sold = \"900%\"\n\
             customer = \"Nobody {number}\"\ndecision = \"accept\""
        )
        .unwrap();
    }
    text + "[[rule]]\nname = \"the rest\"\nmatch = \"all\"\ndecision = \"leave\"\n"
}

/// Plans all requests, and returns the seconds of CPU time in user mode that it took.
fn plan(home: &Path, server: &Server, file: &Path, requests: usize) -> f64 {
    let plan = home.join("plan.json");
    let mut command = Command::new("bash");
    command
        .args(["-c", r#"TIMEFORMAT=%U; time "$@" 2> "$HOME/told""#, "bash", env!("CARGO_BIN_EXE_portgate")])
        .args(["policy", "plan", "-o", "json", "--api-url", &server.url, "--file"])
        .arg(file)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("MEGAPORT_ACCESS_TOKEN", &server.token)
        .stdout(std::fs::File::create(&plan).unwrap());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", std::fs::read_to_string(home.join("told")).unwrap());
    let planned: Value = serde_json::from_slice(&std::fs::read(&plan).unwrap()).unwrap();
    assert_eq!(planned["summary"]["leave"], requests);
    String::from_utf8(output.stderr).unwrap().trim().parse().unwrap()
}

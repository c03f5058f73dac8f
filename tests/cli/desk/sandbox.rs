//! A running sandbox, and times as its messages show them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use crate::common::Home;

/// `portgate sandbox serve`, ended with the value.
pub(super) struct Server {
    child: Child,
    pub(super) url: String,
    pub(super) home: Home,
}

impl Server {
    pub(super) fn start() -> Self {
        let home = Home::new();
        let mut child = home.portgate("sandbox serve --listen 127.0.0.1:0").spawn();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Server { child, url: url.trim().to_owned(), home }
    }

    /// The key of the provider's technical admin.
    pub(super) fn key(&self) -> [String; 2] {
        let pair = self.home.portgate("sandbox credentials -o json").run().exits(0).json();
        let pair = ["client_id", "client_secret"].map(|field| pair[field].as_str().unwrap().to_owned());
        self.home.keeps_secret(&pair[1]);
        pair
    }

    fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn d23_a_server_that_is_interrupted_has_no_change_to_finish() {
    let mut server = Server::start();
    let mut stderr = BufReader::new(server.child.stderr.take().unwrap());
    let (mut line, mut said) = (String::new(), String::new());
    while !line.contains("The sandbox is ready") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it never was ready");
    }
    server.interrupt();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(said, "Stopping the sandbox.\n");
    assert_eq!(server.child.wait().unwrap().code(), Some(130));
}

#[test]
fn d17_what_the_backend_says_of_a_decision_is_in_local_time_too() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).env("TZ", "AEST-10").run();
    // Another machine's ledger knows nothing of it.
    let elsewhere = home.portgate("--env sandbox approvals accept 7c1e09ab");
    elsewhere.env("PORTGATE_LEDGER", home.path().join("elsewhere.jsonl")).run().exits(0);
    let again = run("approvals accept 7c1e09ab");
    again.exits(0).stderr_has("note: accepted by Priya Example").stderr_has("+10:00\n");
    run("approvals show 7c1e09ab").exits(0).stdout_has("+10:00");
    run("approvals deny 7c1e09ab").exits(13).stderr_has("+10:00\n");
    let json = run("approvals accept 7c1e09ab -o json").exits(0).json();
    assert!(json["results"][0]["notes"][0].as_str().unwrap().ends_with('Z'), "{json}");
}

#[test]
fn d17_an_unknown_time_zone_is_told_once() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).env("TZ", "Mars/Olympus").run();
    let show = run("approvals show 7c1e09ab");
    show.exits(0).stderr_has("warning: unknown time zone 'Mars/Olympus' in TZ: times are shown in UTC\n");
    assert_eq!(show.stderr.matches("Mars/Olympus").count(), 1);
    for args in ["approvals show 7c1e09ab --utc", "approvals show 7c1e09ab -o json", "approvals list"] {
        run(args).exits(0).stderr_lacks("time zone");
    }
}

#[test]
fn d10_a_port_is_brought_up_by_a_command_of_its_own() {
    let home = Home::new();
    let state = |args: &str| home.portgate(&format!("sandbox {args} -o json")).run().exits(0).json();
    assert_eq!(state("port-down --port SYD1-A")["up"], false);
    assert_eq!(state("port-up --port SYD1-A")["changed"], true);
    assert_eq!(state("port-down --up --port SYD1-A")["changed"], false);
    home.portgate("sandbox port-down --help").run().exits(0).stdout_lacks("--up");
}

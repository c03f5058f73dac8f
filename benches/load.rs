//! The sandbox under load on loopback, with wrk: single reads, the product list, decisions; each beside a bare axum
//! handler that answers the same bytes, and with 1,000 and 100,000 VXCs, to see what grows.
//!
//! `cargo bench --bench load` (needs wrk and curl)

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that can't go on fails"
)]

use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Seconds that reads are loaded for.
const READING: u32 = 4;
/// Seconds that decisions are made for: short, since each request can be decided once.
const DECIDING: u32 = 1;
/// Connections held open by each load.
const CONNECTIONS: &str = "8";
/// Ports and VXCs of the companies measured, and how many of the VXCs wait for a decision.
const SIZES: [(u32, u32, u32); 2] = [(20, 1_000, 950), (2_000, 100_000, 5_000)];

fn main() {
    if Command::new("wrk").arg("-v").output().is_err() {
        println!("wrk is not installed: nothing was measured");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    println!("{:<34} {:>12} {:>12} {:>7}", "requests a second", "sandbox", "bare axum", "ratio");
    for (ports, vxcs, pending) in SIZES {
        let server = Server::start(folder.path(), ports, vxcs, pending);
        let (list, uids) = server.products();
        let one = server.get(&format!("/v2/product/{}", uids[0]));
        let label = format!("{vxcs} VXCs");
        let read = wrk(&server.url, &format!("/v2/product/{}", uids[0]), &server.token, READING, None);
        row(&format!("read one VXC, {label}"), read, bare(one, "GET"));
        wrk(&server.url, "/", &server.token, DECIDING, Some(&deciding(folder.path(), &uids)));
        // What counts is what was really decided; a second answer about the same request is cheap and no decision.
        let decided = uids.len() - server.products().1.len();
        if decided == uids.len() {
            println!(
                "all {decided} requests were decided before the time was up: the figure below is a lower bound"
            );
        }
        let decided = decided as f64 / f64::from(DECIDING);
        let answer = server.get(&format!("/v2/product/{}", uids[uids.len() - 1]));
        row(&format!("accept, {label}"), decided, bare(answer, "PUT"));
        let whole = wrk(&server.url, "/v2/products", &server.token, READING, None);
        println!(
            "{:<34} {:>12.2} {:>12} bytes, server's peak {} MiB",
            format!("product list, {label}"),
            whole,
            list,
            server.peak_mib()
        );
        row(&format!("product list, {label}"), whole, bare(server.get("/v2/products"), "GET"));
    }
}

fn row(name: &str, sandbox: f64, bare: f64) {
    println!("{name:<34} {sandbox:>12.1} {bare:>12.1} {:>7.2}", sandbox / bare);
}

/// Requests a second that wrk counts.
fn wrk(url: &str, path: &str, token: &str, seconds: u32, script: Option<&Path>) -> f64 {
    let mut command = Command::new("wrk");
    command.args(["-t1", "-c", CONNECTIONS, "--timeout", "60s"]);
    command.args(["-d", &format!("{seconds}s")]);
    command.args(["-H", &format!("Authorization: Bearer {token}")]);
    if let Some(script) = script {
        command.arg("-s").arg(script);
    }
    let output = command.arg(format!("{url}{path}")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line =
        text.lines().find(|line| line.starts_with("Requests/sec:")).unwrap_or_else(|| panic!("{text}"));
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A wrk script that accepts each request once; when all are decided, it goes on being told so.
fn deciding(folder: &Path, uids: &[String]) -> PathBuf {
    let path = folder.join("decide.lua");
    let mut file = std::fs::File::create(&path).unwrap();
    let list: Vec<String> = uids.iter().map(|uid| format!("\"{uid}\"")).collect();
    write!(
        file,
        "local uids = {{{}}}\nlocal next = 0\nfunction request()\n  next = next % #uids + 1\n  \
         return wrk.format(\"PUT\", \"/v3/product/vxc/\" .. uids[next], {{[\"Content-Type\"] = \"application/json\", \
         [\"Authorization\"] = wrk.headers[\"Authorization\"]}}, '{{\"isApproved\": true}}')\nend\n",
        list.join(",")
    )
    .unwrap();
    path
}

/// Requests a second of an axum handler that answers these bytes and does nothing else.
fn bare(bytes: Vec<u8>, method: &'static str) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let bytes = axum::body::Bytes::from(bytes);
    let answer = move || async move { ([("content-type", "application/json")], bytes) };
    let router = axum::Router::new().fallback(answer);
    runtime.spawn(async move { axum::serve(listener, router).await });
    let script = (method == "PUT").then(|| {
        let path = std::env::temp_dir().join(format!("portgate-bench-{}.lua", std::process::id()));
        std::fs::write(&path, "wrk.method = \"PUT\"\nwrk.body = '{\"isApproved\": true}'\n").unwrap();
        path
    });
    let rate = wrk(&url, "/", "none", READING, script.as_deref());
    runtime.shutdown_background();
    rate
}

/// `portgate sandbox serve` on a company of some size, stopped when dropped.
struct Server {
    process: Child,
    url: String,
    token: String,
}

impl Server {
    fn start(folder: &Path, ports: u32, vxcs: u32, pending: u32) -> Self {
        let db = folder.join(format!("{vxcs}.db"));
        let portgate = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_portgate"));
            command
                .args(args)
                .arg("--db")
                .arg(&db)
                .env_clear()
                .env("HOME", folder)
                .env("PATH", "/usr/bin:/bin");
            command
        };
        let numbers = [ports, vxcs, pending].map(|number| number.to_string());
        let reset = [
            "sandbox",
            "reset",
            "--ports",
            &numbers[0],
            "--vxcs",
            &numbers[1],
            "--pending",
            &numbers[2],
            "--seed",
            "1",
        ];
        assert!(portgate(&reset).stdout(Stdio::null()).status().unwrap().success());
        let mut process = portgate(&["sandbox", "serve", "--listen", "127.0.0.1:0", "--deploy-time", "1h"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        let key = portgate(&["sandbox", "credentials", "-o", "json"]).output().unwrap();
        let key: Value = serde_json::from_slice(&key.stdout).unwrap();
        let user =
            format!("{}:{}", key["client_id"].as_str().unwrap(), key["client_secret"].as_str().unwrap());
        let token_url = format!("{url}/oauth2/token?grant_type=client_credentials");
        let token =
            Command::new("curl").args(["-s", "-X", "POST", "-u", &user, &token_url]).output().unwrap();
        let token: Value = serde_json::from_slice(&token.stdout).unwrap();
        Server { process, url, token: token["access_token"].as_str().unwrap().to_owned() }
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let header = format!("Authorization: Bearer {}", self.token);
        Command::new("curl")
            .args(["-s", "-H", &header, &format!("{}{path}", self.url)])
            .output()
            .unwrap()
            .stdout
    }

    /// The size of the product list, and the uids of the VXCs that wait for this company.
    fn products(&self) -> (usize, Vec<String>) {
        let bytes = self.get("/v2/products");
        let list: Value = serde_json::from_slice(&bytes).unwrap();
        let uids = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|port| port["associatedVxcs"].as_array().unwrap())
            .filter(|vxc| {
                vxc["vxcApproval"]["status"] == "PENDING_INTERNAL" && vxc["vxcApproval"]["type"] == "NEW"
            })
            .map(|vxc| vxc["productUid"].as_str().unwrap().to_owned())
            .collect();
        (bytes.len(), uids)
    }

    /// The most memory the server has held, in MiB (Linux).
    fn peak_mib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

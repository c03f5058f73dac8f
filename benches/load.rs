//! The sandbox under load on loopback, with wrk: single reads, decisions and the product list; each beside a bare axum
//! handler that answers the same bytes, for a company of 1,000 and one of 100,000 VXCs, to see what grows. Decisions stand beside
//! SQLite alone, too, which writes the same rows with one commit for each, and one for 16.
//!
//! `cargo bench --bench load` (needs wrk and curl)

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that can't go on fails"
)]

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use common::{Server, portgate};

/// Seconds that reads are loaded for, each time.
const READING: u32 = 3;
/// Seconds that the product list is asked for.
const LISTING: u32 = 12;
/// Seconds that decisions are made for at most: each request can be decided once.
const DECIDING: u32 = 2;
/// Connections held open where requests are small; whole lists are asked for one after the other.
const CONNECTIONS: u32 = 8;
/// Decisions under way at once.
const DECISIONS_AT_ONCE: u32 = 16;
/// Ports and VXCs of the companies measured, and how many of the VXCs wait for a decision.
const SIZES: [(u32, u32, u32); 2] = [(20, 1_000, 950), (2_000, 100_000, 5_000)];

fn main() {
    if Command::new("wrk").arg("-v").output().is_err() {
        println!("wrk is not installed: nothing was measured");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    println!("{:<30} {:>12} {:>12} {:>7}", "requests a second", "sandbox", "bare axum", "ratio");
    let measured: Vec<[f64; 3]> = SIZES.iter().map(|size| measure(folder.path(), *size)).collect();
    let (few, many) = (SIZES[0].1, SIZES[1].1);
    println!("\n{:<30} {:>12}", format!("{many} VXCs instead of {few}"), "costs");
    for (place, name) in ["read one VXC", "accept", "product list"].into_iter().enumerate() {
        println!("{name:<30} {:>11.2}x", measured[0][place] / measured[1][place]);
    }
}

/// Requests a second: single reads, decisions, product lists.
fn measure(folder: &Path, (ports, vxcs, pending): (u32, u32, u32)) -> [f64; 3] {
    let began = Instant::now();
    let company = Company::start(folder, ports, vxcs, pending);
    println!("\n{vxcs} VXCs on {ports} ports (made in {:.1} s)", began.elapsed().as_secs_f64());

    let uids = company.pending();
    let path = format!("/v2/product/{}", uids[0]);
    let same = Bare::start(company.get(&path));
    let load = Load { connections: CONNECTIONS, seconds: READING, script: None };
    // The better of two, one after the other: what else the machine does disturbs both alike.
    let rounds = [0, 1].map(|_| {
        (load.run(&company.server.url, &path, &company.server.token), load.run(&same.url, "/", "-"))
    });
    let read = rounds.iter().map(|round| round.0).fold(0.0, f64::max);
    row("read one VXC", read, rounds.iter().map(|round| round.1).fold(0.0, f64::max));

    let before_mib = company.peak_mib();
    let load = Load { connections: 1, seconds: LISTING, script: None };
    let list = load.run(&company.server.url, "/v2/products", &company.server.token);
    let after_mib = company.peak_mib();
    let whole = company.get("/v2/products");
    let (list_bytes, mib) = (whole.len(), whole.len() / 1024 / 1024);
    row("product list", list, load.run(&Bare::start(whole).url, "/", "-"));
    println!("{:<30} {:>12.1}", "  in MB a second", list * list_bytes as f64 / 1e6);
    println!(
        "the list has {mib} MiB; the server's most memory was {before_mib} MiB before it, {after_mib} MiB after"
    );

    let (last, others) = uids.split_last().unwrap();
    let answered = Bare::start(company.accept(last));
    let every_one = script(folder, others);
    let rows = Rows::copy(folder, &company.db);
    Load { connections: DECISIONS_AT_ONCE, seconds: DECIDING, script: Some(&every_one) }.run(
        &company.server.url,
        "/",
        &company.server.token,
    );
    let accept = company.decisions_a_second();
    let any = script(folder, &uids[..1]);
    let load = Load { connections: CONNECTIONS, seconds: READING, script: Some(&any) };
    row("accept", accept, load.run(&answered.url, "/", "-"));
    for together in [1, DECISIONS_AT_ONCE as usize] {
        println!(
            "{:<30} {:>12.1}",
            format!("  SQLite alone, {together} a commit"),
            rows.written_a_second(together)
        );
    }
    [read, accept, list]
}

fn row(name: &str, sandbox: f64, bare: f64) {
    println!("{name:<30} {sandbox:>12.1} {bare:>12.1} {:>7.3}", sandbox / bare);
}

/// How wrk asks.
struct Load<'a> {
    connections: u32,
    seconds: u32,
    script: Option<&'a Path>,
}

impl Load<'_> {
    /// Answers a second, as wrk counts them.
    fn run(&self, url: &str, path: &str, token: &str) -> f64 {
        let mut command = Command::new("wrk");
        command.args(["-t1", "--timeout", "60s"]);
        command.args(["-c", &self.connections.to_string(), "-d", &format!("{}s", self.seconds)]);
        command.args(["-H", &format!("Authorization: Bearer {token}")]);
        if let Some(script) = self.script {
            command.arg("-s").arg(script);
        }
        let output = command.arg(format!("{url}{path}")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line =
            text.lines().find(|line| line.starts_with("Requests/sec:")).unwrap_or_else(|| panic!("{text}"));
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

/// A wrk script that accepts each request once; when all are decided, it goes on being told so.
fn script(folder: &Path, uids: &[String]) -> PathBuf {
    let path = folder.join(format!("accept-{}.lua", uids.len()));
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

/// The rows that a decision writes, in a copy of the database: what SQLite takes for them without anything else.
struct Rows(rusqlite::Connection);

/// The order and the VXC are changed; an event, a message for each of two readers and an activity are added.
const WRITES: [&str; 5] = [
    "UPDATE orders SET status = 'APPROVED', decided_at = 1, decided_by = 'Priya Example (Technical Admin)' WHERE id = ?1",
    "UPDATE vxcs SET accepted = 1, due_at = 9000000000000, deployed_at = 9000000000000 WHERE id = (SELECT vxc_id FROM orders WHERE id = ?1)",
    "INSERT INTO events (kind, company_id, subject_uid, payload, created_at) SELECT 'request-accepted', \
     requester_company_id, uid, hex(zeroblob(600)), 1 FROM orders WHERE id = ?1",
    "INSERT INTO messages (event_id, user_id, message_id, recipient, created_at, next_attempt_at) \
     SELECT (SELECT max(id) FROM events), u.id, hex(randomblob(16)), u.email, 1, 0 \
     FROM orders o JOIN users u ON u.company_id = o.requester_company_id WHERE o.id = ?1",
    "INSERT INTO activity (company_id, user_id, login_name, name, description, user_type, created_at) SELECT o.approver_company_id, \
     u.id, u.email, 'Request accepted', 'Link', u.role, 1 FROM orders o JOIN users u ON u.company_id = o.approver_company_id \
     WHERE o.id = ?1 LIMIT 1",
];

impl Rows {
    fn copy(folder: &Path, db: &Path) -> Self {
        let copy = folder.join("rows.db");
        let _ = std::fs::remove_file(&copy);
        rusqlite::Connection::open(db).unwrap().execute("VACUUM INTO ?1", [copy.to_str()]).unwrap();
        let connection = rusqlite::Connection::open(copy).unwrap();
        let settings = "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL";
        connection.execute_batch(settings).unwrap();
        Rows(connection)
    }

    /// Decisions a second, so many to a commit. Half of the pending requests each time.
    fn written_a_second(&self, together: usize) -> f64 {
        let sql = "SELECT id FROM orders WHERE status = 'PENDING' AND type = 'NEW' AND id % 2 = ?1";
        let half = i64::from(together > 1);
        let mut pending = self.0.prepare(sql).unwrap();
        let ids: Vec<i64> =
            pending.query_map([half], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut writes = WRITES.map(|sql| self.0.prepare(sql).unwrap());
        let began = Instant::now();
        for some in ids.chunks(together) {
            let transaction = self.0.unchecked_transaction().unwrap();
            for id in some {
                for write in &mut writes {
                    assert!(write.execute([id]).unwrap() > 0);
                }
            }
            transaction.commit().unwrap();
        }
        ids.len() as f64 / began.elapsed().as_secs_f64()
    }
}

/// An axum handler that answers the same bytes to everything and does nothing else, on one thread as the sandbox.
struct Bare {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    url: String,
}

impl Bare {
    fn start(bytes: Vec<u8>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bytes = axum::body::Bytes::from(bytes);
        let answer = move || async move { ([("content-type", "application/json")], bytes) };
        let router = axum::Router::new().fallback(answer);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Bare { stop: Some(stop), thread: Some(thread), url }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A sandbox on a company of some size.
struct Company {
    server: Server,
    db: PathBuf,
}

impl Company {
    fn start(folder: &Path, ports: u32, vxcs: u32, pending: u32) -> Self {
        let db = folder.join(format!("{vxcs}.db"));
        let [ports, vxcs, pending] = [ports, vxcs, pending].map(|number| number.to_string());
        let sized = ["--ports", &ports, "--vxcs", &vxcs, "--pending", &pending, "--seed", "1", "--db"];
        let mut reset = portgate(folder, &["sandbox", "reset"]);
        let reset = reset.args(sized).arg(&db).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(reset.status().unwrap().success());
        Company { server: Server::start(folder, &db, &["--deploy-time", "1h"]), db }
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let header = format!("Authorization: Bearer {}", self.server.token);
        Command::new("curl")
            .args(["-s", "-H", &header, &format!("{}{path}", self.server.url)])
            .output()
            .unwrap()
            .stdout
    }

    /// The answer to accepting one request.
    fn accept(&self, uid: &str) -> Vec<u8> {
        let header = format!("Authorization: Bearer {}", self.server.token);
        let url = format!("{}/v3/product/vxc/{uid}", self.server.url);
        let body = "{\"isApproved\": true}";
        Command::new("curl")
            .args(["-s", "-f", "-X", "PUT", "-H", &header, "-d", body, &url])
            .output()
            .unwrap()
            .stdout
    }

    /// The uids of the VXCs whose connection waits for this company, from the file itself.
    fn pending(&self) -> Vec<String> {
        let connection = rusqlite::Connection::open(&self.db).unwrap();
        let sql = "SELECT v.uid FROM orders o JOIN vxcs v ON v.id = o.vxc_id WHERE o.status = 'PENDING' AND o.type = 'NEW'";
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// From the file as well: what counts is what was decided, and all may be before wrk's time is up. The first decision
    /// was made before wrk began.
    fn decisions_a_second(&self) -> f64 {
        let connection = rusqlite::Connection::open(&self.db).unwrap();
        let sql = "SELECT decided_at FROM orders WHERE decided_at IS NOT NULL ORDER BY decided_at LIMIT -1 OFFSET 1";
        let mut statement = connection.prepare(sql).unwrap();
        let times: Vec<f64> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert!(times.len() > 100, "{} decisions are too few to count by", times.len());
        (times.len() - 1) as f64 * 1000.0 / (times[times.len() - 1] - times[0])
    }

    /// The most memory the server has held, in MiB (Linux).
    fn peak_mib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.server.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
    }
}

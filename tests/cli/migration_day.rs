//! A migration day: 5,000 requests are accepted through a proxy that delays every answer, loses one in ten and limits one in
//! fifty. The run is killed, run again and interrupted, and run to its end. What each source says must agree.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::{Answer, Home, Portgate, Request};
use crate::fault_matrix::proxy::{forward, serve_each};
use crate::fault_matrix::{Server, credentials};

const PENDING: usize = 5_000;
/// Decisions that have taken effect when the first run is killed.
const KILLED_AT: usize = 1_500;
/// Decisions that have taken effect when the second run is interrupted.
const INTERRUPTED_AT: usize = 3_000;
/// What takes longer has failed.
const HANGS: Duration = Duration::from_secs(120);
const DELAY: Duration = Duration::from_millis(2);

/// A proxy that keeps connections open, delays every answer, loses every tenth and limits every fiftieth.
struct Proxy {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    count: AtomicUsize,
    stopping: AtomicBool,
    /// The path of each change, and the status that the backend answered.
    changes: Mutex<Vec<(String, String)>>,
    changed: Condvar,
}

impl Proxy {
    fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            upstream: upstream.trim_start_matches("http://").to_owned(),
            count: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            changes: Mutex::default(),
            changed: Condvar::new(),
        });
        serve_each(listener, &shared, |shared| &shared.stopping, Shared::serve);
        Proxy { url, shared }
    }

    /// Waits until so many changes have taken effect.
    fn wait_for_changes(&self, count: usize) {
        let changes = self.shared.changes.lock().unwrap();
        let waited = self.shared.changed.wait_timeout_while(changes, HANGS, |changes| changes.len() < count);
        assert!(!waited.unwrap().1.timed_out(), "fewer than {count} changes took effect");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let stream = &stream;
        stream.set_nodelay(true)?;
        let (mut reader, mut writer) = (BufReader::new(stream), stream);
        while let Some(request) = Request::read(&mut reader)? {
            let nth = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            thread::sleep(DELAY);
            if nth.is_multiple_of(50) {
                Answer::refusal(429, "Too many requests")
                    .header("Retry-After", "0")
                    .write(&mut writer, &|| false)?;
                continue;
            }
            let answer = forward(&self.upstream, &request)?;
            if request.method == "PUT" {
                let status = String::from_utf8_lossy(&answer[9..12]).into_owned();
                self.changes.lock().unwrap().push((request.path, status));
                self.changed.notify_all();
            }
            if nth.is_multiple_of(10) {
                return Ok(());
            }
            let head = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 2;
            let kept = String::from_utf8_lossy(&answer[..head]).replace("connection: close\r\n", "");
            writer.write_all(&[kept.as_bytes(), &answer[head..]].concat())?;
        }
        Ok(())
    }
}

/// The IDs of the results by outcome.
fn ids_by_outcome(document: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut outcomes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for result in document["results"].as_array().unwrap() {
        let [outcome, id] = ["outcome", "id"].map(|field| result[field].as_str().unwrap());
        assert!(outcomes.entry(outcome).or_default().insert(id), "{id} is there twice");
    }
    outcomes
}

/// Waits for the end of a run, and returns its exit code and document.
fn ended(mut run: Child) -> (Option<i32>, Value) {
    let mut document = String::new();
    run.stdout.take().unwrap().read_to_string(&mut document).unwrap();
    (run.wait().unwrap().code(), serde_json::from_str(&document).unwrap())
}

fn signal(run: &Child, signal: Signal) {
    kill_process(Pid::from_child(run), signal).unwrap();
}

#[test]
fn a_migration_day_decides_each_request_once_and_every_source_agrees() {
    let home = Home::new();
    let reset = format!("sandbox reset --db sandbox.db --ports 50 --vxcs {PENDING} --pending {PENDING}");
    home.portgate(&reset).run().exits(0);
    let server = Server::start(&home);
    let proxy = Proxy::start(&server.url);
    let key = credentials(&home, "provider");
    let approvals = |args: &str| -> Portgate<'_> {
        home.portgate(&format!("approvals {args} -o json --api-url")).arg(&proxy.url).key(&key[0], &key[1])
    };
    let accept = || approvals(&format!("accept --all --yes --max {PENDING} --concurrency 16")).spawn();

    let mut killed = accept();
    proxy.wait_for_changes(KILLED_AT);
    signal(&killed, Signal::KILL);
    killed.wait().unwrap();
    let interrupted = accept();
    proxy.wait_for_changes(INTERRUPTED_AT);
    signal(&interrupted, Signal::TERM);
    let (code, second) = ended(interrupted);
    assert_eq!(code, Some(143), "{second}");
    let (code, third) = ended(accept());
    assert_eq!(code, Some(0), "{third}");

    // The backend: each is accepted, by one change.
    let changes = proxy.shared.changes.lock().unwrap().clone();
    let refused: Vec<_> = changes.iter().filter(|(_, status)| status != "200").collect();
    assert!(refused.is_empty(), "{refused:?}");
    let changed: BTreeSet<&String> = changes.iter().map(|(path, _)| path).collect();
    assert_eq!((changes.len(), changed.len()), (PENDING, PENDING), "each once");
    let backend = Connection::open(home.path().join("sandbox.db")).unwrap();
    let count = |sql: &str| backend.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    assert_eq!(count("SELECT count(*) FROM orders WHERE status = 'APPROVED'"), PENDING);
    assert_eq!(count("SELECT count(*) FROM orders WHERE status = 'PENDING'"), 0);
    assert_eq!(count("SELECT count(*) FROM activity WHERE name = 'Request accepted'"), PENDING);

    // The documents: what the second run left, the third did; the rest is the first one's.
    let (second, third) = (ids_by_outcome(&second), ids_by_outcome(&third));
    assert_eq!(second.keys().collect::<Vec<_>>(), [&"done", &"skipped"]);
    assert_eq!(third.keys().collect::<Vec<_>>(), [&"done"]);
    assert_eq!(second["skipped"], third["done"]);
    let reported: BTreeSet<&str> = second["done"].union(&third["done"]).copied().collect();

    // The ledger: each is done once, also what was under way when the first run was killed.
    let listed = home.portgate("ledger list --outcome done --outcome unknown -o json").run().exits(0).json();
    let listed: Vec<(&str, &str)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["outcome"].as_str().unwrap()))
        .collect();
    let done: BTreeSet<&str> = listed.iter().filter(|one| one.1 == "done").map(|one| one.0).collect();
    assert_eq!((done.len(), listed.len()), (PENDING, PENDING));
    assert!(reported.is_subset(&done));
    home.portgate("ledger verify").run().exits(0);

    let requests = proxy.shared.count.load(Ordering::SeqCst);
    assert!(requests <= PENDING * 13 / 10, "{requests} requests for {PENDING} decisions");
}

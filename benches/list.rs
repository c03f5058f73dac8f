//! `approvals list` of product lists of several sizes, beside curl fetching the same bytes to /dev/null: the ratio of the
//! wall times, and the most memory. Both fetch from a server that sends a file, as fast as the system can. What jq and
//! Python's json take for the file alone shows the scale.
//!
//! `cargo bench --bench list` (needs curl). Built and run by `cargo test --bench list`, it reads the smallest list once, to
//! see that the benchmark itself still works.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that can't go on fails"
)]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use common::{Server, portgate};
use wait4::Wait4 as _;

/// Ports and VXCs of the companies, and how many of the VXCs wait for a decision.
const SIZES: [(u32, u32, u32); 4] =
    [(2, 100, 0), (20, 1_000, 0), (2_000, 100_000, 0), (2_000, 100_000, 5_000)];
/// Counted runs of each command, after one that isn't, where it is a benchmark.
const RUNS: usize = 7;
/// What is asked for, without its query, and the files with the answers.
const FETCHED: [(&str, &str); 2] = [("/v2/products", "products"), ("/v3/order_approvals", "order_approvals")];
/// Counts the pending requests of a list.
const JQ: &str = r#"[.data[].associatedVxcs[] | select(.vxcApproval.status == "PENDING_INTERNAL")] | length"#;
const PYTHON: &str = "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, folder] = &args[..]
        && serve == "serve"
    {
        return FileServer::serve(Path::new(folder));
    }
    // cargo says which of the two it is.
    let is_counted = args.iter().any(|arg| arg == "--bench");
    let (sizes, runs) = if is_counted { (&SIZES[..], RUNS) } else { (&SIZES[..1], 1) };
    let folder = tempfile::tempdir().unwrap();
    println!("{:<34} {:>10} {:>10} {:>7} {:>10} {:>8}", "", "curl", "portgate", "ratio", "CPU", "peak");
    for size in sizes {
        measure(folder.path(), *size, runs);
    }
}

fn measure(folder: &Path, (ports, vxcs, pending): (u32, u32, u32), runs: usize) {
    let files = folder.join(format!("{vxcs}-{pending}"));
    std::fs::create_dir(&files).unwrap();
    make(folder, &files, [ports, vxcs, pending].map(|number| number.to_string()));
    let list = files.join("products.json");
    let server = FileServer::start(&files);
    let curl = || {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-f", "-o", "/dev/null", &format!("{}{}", server.url, FETCHED[0].0)]);
        curl
    };
    let ours = || {
        let mut ours = portgate(&files, &["approvals", "list", "--api-url", &server.url]);
        ours.env("MEGAPORT_ACCESS_TOKEN", "t");
        ours
    };
    let (mut fetched, mut listed) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        let (one, other) = (Run::of(curl()).unwrap(), Run::of(ours()).unwrap());
        if run > 0 {
            fetched.push(one);
            listed.push(other);
        }
    }
    let [curl, ours] = [&fetched, &listed].map(|runs| median(runs, |run| run.wall));
    println!(
        "{:<34} {curl:>7.1} ms {ours:>7.1} ms {:>7.2} {:>7.1} ms {:>4.1} MiB",
        format!("{vxcs} VXCs, {pending} pending, {:.1} MB", list.metadata().unwrap().len() as f64 / 1e6),
        ours / curl,
        median(&listed, |run| run.cpu),
        listed.iter().map(|run| run.peak).fold(0.0, f64::max),
    );
    for (program, first) in [("jq", vec![JQ]), ("python3", vec!["-c", PYTHON])] {
        let mut command = Command::new(program);
        if let Some(run) = Run::of(command.args(first).arg(&list)) {
            println!(
                "  {program:<32} {:>10} {:>7.1} ms {:>7} {:>7.1} ms {:>4.1} MiB",
                "", run.wall, "", run.cpu, run.peak
            );
        }
    }
}

/// Makes a company in a sandbox, and keeps what it answers.
fn make(folder: &Path, files: &Path, [ports, vxcs, pending]: [String; 3]) {
    let db = folder.join("list.db");
    let sized = ["--ports", &ports, "--vxcs", &vxcs, "--pending", &pending, "--seed", "1", "--db"];
    let mut reset = portgate(folder, &["sandbox", "reset"]);
    let reset = reset.args(sized).arg(&db).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(reset.status().unwrap().success());
    let sandbox = Server::start(folder, &db, &[]);
    for (path, name) in FETCHED {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-f", "-H", &format!("Authorization: Bearer {}", sandbox.token), "-o"]);
        curl.arg(files.join(format!("{name}.json"))).arg(format!("{}{path}", sandbox.url));
        assert!(curl.status().unwrap().success());
    }
}

/// What one run took: milliseconds, of the clock and of all processors, and MiB.
struct Run {
    wall: f64,
    cpu: f64,
    peak: f64,
}

impl Run {
    /// None if there is no such program.
    fn of(mut command: impl std::borrow::BorrowMut<Command>) -> Option<Self> {
        let command = command.borrow_mut();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let used = command.spawn().ok()?.wait4().unwrap();
        let wall = started.elapsed().as_secs_f64() * 1e3;
        assert!(used.status.success(), "{command:?} failed: {}", used.status);
        let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64() * 1e3;
        Some(Run { wall, cpu, peak: used.rusage.maxrss as f64 / 1024.0 / 1024.0 })
    }
}

fn median(runs: &[Run], value: impl Fn(&Run) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Sends the files of a folder. A process of its own, since the memory of a process counts as that of those it starts.
struct FileServer {
    process: Child,
    url: String,
}

impl FileServer {
    fn start(files: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(files)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        FileServer { process, url: url.trim().to_owned() }
    }

    fn serve(files: &Path) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        for connection in listener.incoming() {
            let (connection, files) = (connection.unwrap(), files.to_owned());
            // A client may go away at any time.
            std::thread::spawn(move || answer(&connection, &files));
        }
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers each request of a connection with the file kept for it.
fn answer(mut connection: &TcpStream, files: &Path) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut requests = BufReader::new(connection).lines();
    while let Some(request) = requests.next() {
        let request = request?;
        for header in requests.by_ref() {
            if header?.is_empty() {
                break;
            }
        }
        let kept = FETCHED.iter().find(|(path, _)| request.split([' ', '?']).nth(1) == Some(path));
        let Some((_, name)) = kept else {
            connection.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?;
            continue;
        };
        let mut file = File::open(files.join(format!("{name}.json")))?;
        let length = file.metadata()?.len();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json";
        connection.write_all(format!("{head}\r\ncontent-length: {length}\r\n\r\n").as_bytes())?;
        std::io::copy(&mut file, &mut connection)?;
    }
    Ok(())
}

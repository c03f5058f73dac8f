//! Every command that writes, against every fault of the way to the backend: what it says must be true.

mod commands;
mod faults;
pub(crate) mod proxy;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Child;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::approvals_signals::until_another_wish;
use crate::common::{Home, Outcome};
use commands::{DECISIONS, EXCEPTIONS, POLICY, ROWS, Row, WITHOUT_DRY_RUN};
use faults::{Column, Stated, columns};
use proxy::{Fault, Proxy, get};

/// A server of its own for a cell; ended with it.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(home: &Home) -> Self {
        let args = "sandbox serve --listen 127.0.0.1:0 --deploy-time 0s --db sandbox.db";
        let mut child = home.portgate(args).spawn();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Server { child, url: url.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one run left behind.
struct Played {
    outcome: Outcome,
    state: Value,
    spoiled: usize,
    writes: usize,
    ledger: Option<Value>,
    took: Duration,
}

/// Far above `--timeout`, for a machine that does much else: what takes longer hangs.
const LONGEST: Duration = Duration::from_secs(60);

pub(crate) fn credentials(seed: &Home, company: &str) -> [String; 2] {
    let run = seed.portgate("sandbox credentials --db sandbox.db -o json --company").arg(company).run();
    let pair = run.exits(0).json();
    ["client_id", "client_secret"].map(|field| pair[field].as_str().unwrap().to_owned())
}

/// Runs a row behind a fault. With `reads_only` it only lists, for the state before.
fn play(seed: &Path, key: &[String; 2], row: &Row, fault: &Fault, reads_only: bool) -> Played {
    let home = Home::new();
    fs::copy(seed, home.path().join("sandbox.db")).unwrap();
    home.write("decisions.csv", DECISIONS);
    home.write("portgate-policy.toml", POLICY);
    let server = Server::start(&home);
    let proxy = Proxy::start(&server.url, fault.clone());
    let args = if reads_only { "approvals list".to_owned() } else { row.label() };
    let run = home.portgate(&format!("{args} -o json --timeout 3s --max-retries 1 --api-url"));
    let run = run.arg(&proxy.url).key(&key[0], &key[1]);
    let started = Instant::now();
    let outcome = match fault.signals() {
        0 => run.run(),
        signals => interrupt(run.spawn(), &proxy, signals),
    };
    let authorization = proxy.shared.authorization.lock().unwrap().clone();
    let authorization = authorization.unwrap_or_else(|| panic!("{args} asked nothing\n{outcome}"));
    let state = row.state.read(&|path| get(&server.url, path, &authorization));
    Played {
        state,
        spoiled: proxy.shared.spoiled.load(Ordering::SeqCst),
        writes: proxy.writes(),
        ledger: home.ledger().pop(),
        took: started.elapsed(),
        outcome,
    }
}

/// Interrupts a run while an answer to it is held, and with a second signal ends it before the answer comes.
fn interrupt(mut child: Child, proxy: &Proxy, signals: usize) -> Outcome {
    drop(child.stdin.take());
    proxy.shared.held.wait_open();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    // It speaks of the signal, or has ended: then the answer can no longer overtake it.
    let mut stderr = Vec::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    while !String::from_utf8_lossy(&stderr).contains("interrupted") {
        if lines.read_until(b'\n', &mut stderr).unwrap() == 0 {
            break;
        }
    }
    if signals > 1 {
        until_another_wish();
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        lines.read_to_end(&mut stderr).unwrap();
    }
    proxy.shared.release.open();
    let mut stdout = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
    lines.read_to_end(&mut stderr).unwrap();
    Outcome::new(&stdout, &stderr, child.wait().unwrap())
}

/// What is wrong with a cell; empty where all is well.
fn judge(row: &Row, column: &Column, played: &Played, before: &Value, asked: &Value) -> String {
    let Played { outcome, state, spoiled, writes, ledger, took } = played;
    let code = outcome.code;
    let count = |value: &Value| value.as_array().map_or(0, Vec::len);
    let ledger = ledger.as_ref().map_or("", |line| line["outcome"].as_str().unwrap_or("none"));
    let interrupted = column.after_signal.is_some();
    let has_error = outcome.stderr.lines().any(|line| {
        serde_json::from_str::<Value>(line).is_ok_and(|line| line["schema"] == "portgate.error/v1")
    });
    let rules = [
        (code == 101, "panicked"),
        ((*writes == 0) != matches!(column.fault, Fault::ReadHeld), "not written, or written too early"),
        (interrupted && code != 130, "interrupted, but not 130"),
        (
            outcome.stderr.contains("nothing was sent") && state != before,
            "changed, though it says that nothing was sent",
        ),
        (column.name == "403" && code != 7, "403, but not 7"),
        // A raw call ends with what the backend says: it has nothing to be read back.
        (
            code == 0 && state != asked && (row.name != "api" || column.name != "lying yes"),
            "0, but not as asked",
        ),
        (*took > LONGEST, "took too long"),
        (code == 0 && *spoiled > 0, "0, though reads were faulty"),
        (code != 0 && !has_error, "no error object"),
        (![0, 12, 13, 14, 130].contains(&code) && state != before, "failed, but changed"),
        (code == 14 && !column.may_doubt, "14 after a plain answer"),
        (row.name.starts_with("keys") && count(state) > count(before) + 1, "more than one new key"),
        (code == 0 && ledger != "done", "0, but not done in the ledger"),
        (ledger == "done" && code != 0 && !interrupted, "done in the ledger, but not 0"),
    ];
    let rules = rules.into_iter().chain(match column.after_signal {
        None => vec![],
        Some(expected) => {
            let stated = Stated::read(outcome);
            let (ledgers, wanted): (&[&str], _) = match expected {
                Stated::Done => (&["done"], Some(asked)),
                // After a second signal, nothing is recorded of how it ended.
                Stated::Unknown => (&["unknown", "none"], None),
                Stated::Failed | Stated::NotDone => (&["failed", "refused"], Some(before)),
                Stated::NotSent => (&[""], Some(before)),
            };
            vec![
                (stated.is_none(), "what became of the change isn't said"),
                (
                    stated.is_some_and(|stated| stated != expected),
                    "what is said to have become of it is wrong",
                ),
                (!ledgers.contains(&ledger), "the ledger says otherwise"),
                (wanted.is_some_and(|wanted| wanted != state), "the backend says otherwise"),
            ]
        }
    });
    let wrong: Vec<&str> = rules.filter(|(is_wrong, _)| *is_wrong).map(|(_, what)| what).collect();
    wrong.join("; ")
}

#[test]
fn what_is_said_of_a_write_is_true_whatever_goes_wrong() {
    let seed = Home::new();
    let keys: Vec<[String; 2]> = ROWS.iter().map(|row| credentials(&seed, row.company)).collect();
    let db = seed.path().join("sandbox.db");
    let columns = columns();
    // How each row is before, and how it is where nothing goes wrong.
    let plain = in_parallel(ROWS.len(), |index| {
        let row = &ROWS[index];
        let before = play(&db, &keys[index], row, &Fault::None, true).state;
        let played = play(&db, &keys[index], row, &Fault::None, false);
        assert_eq!(played.outcome.code, 0, "{}\n{}", row.label(), played.outcome);
        assert_ne!(before, played.state, "{} changes nothing\n{}", row.label(), played.outcome);
        (before, played.state)
    });
    let cells: Vec<(usize, &Column)> = (0..ROWS.len())
        .flat_map(|index| columns.iter().map(move |column| (index, column)))
        // A raw call reads nothing before it writes.
        .filter(|(index, column)| ROWS[*index].name != "api" || !matches!(column.fault, Fault::ReadHeld))
        .collect();
    let judged = in_parallel(cells.len(), |cell| {
        let (index, column) = cells[cell];
        let (row, (before, asked)) = (&ROWS[index], &plain[index]);
        let played = play(&db, &keys[index], row, &column.fault, false);
        let wrong = judge(row, column, &played, before, asked);
        (row.label(), column.name, wrong, played.outcome)
    });
    let mut report = String::new();
    for (row, column, what, outcome) in judged.iter().filter(|(.., what, _)| !what.is_empty()) {
        report.push_str(&format!("{row}, {column}: {what}\n{outcome}\n"));
    }
    assert!(report.is_empty(), "of {} cells these are wrong:\n{report}", cells.len());
}

/// Does so many pieces of work on four threads; answers what came of each, in order.
fn in_parallel<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    if index >= count {
                        break;
                    }
                    let result = work(index);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn every_command_with_a_dry_run_has_a_row() {
    /// Each command, with whether it has a dry run.
    fn leaves(command: &clap::Command, path: &str, found: &mut BTreeMap<String, bool>) {
        for below in command.get_subcommands() {
            leaves(below, format!("{path} {}", below.get_name()).trim_start(), found);
        }
        let has_dry_run = command.get_arguments().any(|argument| argument.get_long() == Some("dry-run"));
        found.insert(path.to_owned(), has_dry_run);
    }
    let mut command = portgate::command();
    command.build();
    let mut found = BTreeMap::new();
    leaves(&command, "", &mut found);
    for name in WITHOUT_DRY_RUN {
        assert_eq!(found.get(*name), Some(&false), "{name}");
    }
    let covered: BTreeSet<&str> = ROWS.iter().map(|row| row.name).chain(EXCEPTIONS.iter().copied()).collect();
    let found: BTreeSet<&str> =
        found.iter().filter(|(_, has_dry_run)| **has_dry_run).map(|(name, _)| name.as_str()).collect();
    assert_eq!(found, covered);
}

//! What can't be recorded once a decision was sent is kept on this machine, and recorded when the database is back.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::{Desk, NEW, Team, ended, requests, slow};
use crate::common::wire::Circuit;
use crate::common::{Outcome, Portgate, Postgres, Script};

/// The file of kept lines; one that isn't there if there is none.
pub(super) fn kept_path(desk: &Desk) -> std::path::PathBuf {
    let is_kept = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("ledger-kept-") && name.ends_with(".jsonl")
    };
    let files = fs::read_dir(desk.home.data()).into_iter().flatten().map(|file| file.unwrap().path());
    files.into_iter().find(is_kept).unwrap_or_else(|| desk.home.data().join("ledger-kept-none.jsonl"))
}

/// Accepts [`NEW`] while the database is killed between the claim and the answer.
fn accept_while_it_dies(ana: &Desk, postgres: &mut Postgres, circuit: &Circuit) -> (Outcome, Script) {
    let (script, asked, gate) = slow(circuit);
    let run = ana.approvals(&format!("accept {NEW} --timeout 12s"), &script).spawn();
    asked.wait_open();
    postgres.kill();
    gate.open();
    (ended(run), script)
}

#[test]
fn an_outcome_that_cannot_be_recorded_is_kept_and_recorded_once() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuit = Circuit::of("vxc-new");
    circuit.change(json!({"productName": "nul \u{0}"}));
    let vxc = circuit.now().to_string().replace("Globex Bank", "Glo\\u0000bex");
    circuit.change(serde_json::from_str(&vxc).unwrap());
    let ana = team.desk(&postgres, "ana");
    let (accepted, script) = accept_while_it_dies(&ana, &mut postgres, &circuit);
    accepted.exits(0).stdout_has("accepted 7c1e09ab");
    accepted
        .stderr_has(&format!("is kept in {}", kept_path(&ana).display()))
        .stderr_has("portgate ledger sync");
    assert_eq!(script.writes().len(), 1);
    ana.portgate("ledger sync").run().exits(10).stderr_has("could not use the ledger at");
    assert!(kept_path(&ana).exists());

    postgres.restart();
    assert_eq!(team.steps(&postgres), [["ana", "sending", ""]]);
    let status = ana.portgate("ledger status").run();
    status.exits(0).stdout_has("Kept     1 entry in a file (record them: portgate ledger sync)\n");
    ana.portgate("ledger sync").run().is(0, "recorded 1 entry\n", "");
    ana.portgate("ledger sync").run().is(0, "nothing to record\n", "");
    assert_eq!(team.steps(&postgres), [["ana", "sending", ""], ["ana", "answered", "done"]]);
    let ben = team.desk(&postgres, "ben");
    let history = ben.portgate("approvals history --everywhere -o json").run().exits(0).json();
    let [row] = history.as_array().unwrap().as_slice() else { panic!("{history:#}") };
    assert_eq!([&row["by"], &row["outcome"]], ["ana", "done"]);
    assert_eq!(ben.portgate("ledger status -o json").run().json()["unknown"], 0);
    ben.verify().exits(0).stdout_has("intact: 2 entries");
    let late = ben.approvals(&format!("deny {NEW} --reason no"), &script).run();
    late.exits(13).stderr_has("by ana");
    // What is kept for another address isn't recorded here.
    ana.home.write("data/portgate/ledger-kept-6535b32a.jsonl", "one\n");
    let other = "note: 1 entry saved locally for a ledger at another address in ";
    ana.portgate("ledger sync").run().exits(0).stdout_is("nothing to record\n").stderr_has(other);
    ana.portgate("ledger status").run().exits(0).stderr_has(other);
}

#[test]
fn the_next_decision_records_what_was_kept() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let ana = team.desk(&postgres, "ana");
    accept_while_it_dies(&ana, &mut postgres, &Circuit::of("vxc-new")).0.exits(0);
    postgres.restart();
    let speed = Circuit::of("vxc-new-late");
    let script = Script::new().marketplace(&speed).start();
    ana.approvals(&format!("deny {} --reason full", speed.approval_uid()), &script).run().exits(0);
    let steps = team.steps(&postgres);
    assert_eq!(
        steps[1..],
        [["ana", "answered", "done"], ["ana", "sending", ""], ["ana", "answered", "done"]]
    );
    assert!(!kept_path(&ana).exists());
    ana.verify().exits(0).stdout_has("intact: 4 entries");
}

/// A profile that decides without the database, too.
pub(super) fn falls_back(desk: &Desk, script: &Script) {
    let (address, password) = (desk.ledger.clone(), desk.ledger.split([':', '@']).nth(2).unwrap().to_owned());
    desk.home.keeps_secret(&password);
    let address = address.replace(&format!(":{password}@"), "@");
    let text = format!(
        "schema = \"portgate.config/v1\"\ndefault = \"desk\"\n[profiles.desk]\nenvironment = \"custom\"\n\
         api_url = \"{}\"\nledger = \"{address}\"\nledger_fallback = \"file\"\n",
        script.url()
    );
    let file = desk.home.write("config/portgate/config.toml", text);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

pub(super) fn by_profile<'d>(desk: &'d Desk, script: &Script, args: &str) -> Portgate<'d> {
    let password = desk.ledger.split([':', '@']).nth(2).unwrap();
    let run = desk.home.portgate(args).env("PGPASSWORD", password).env("PORTGATE_ACTOR", desk.name);
    if args.starts_with("ledger") { run } else { run.at(script).token("scripted-token") }
}

#[test]
fn a_profile_may_decide_without_the_database_and_record_it_later() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuits = ["vxc-new", "vxc-new-late"].map(Circuit::of);
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let ana = team.desk(&postgres, "ana");
    falls_back(&ana, &script);
    postgres.kill();
    let accepted = by_profile(&ana, &script, &format!("approvals accept {NEW}")).run();
    accepted.exits(0).stderr_has(&format!("kept in {}", kept_path(&ana).display()));
    assert_eq!(script.writes().len(), 1);
    postgres.restart();
    let synced = by_profile(&ana, &script, "ledger sync").run();
    synced.is(0, "recorded 2 entries\n", "");
    by_profile(&ana, &script, "ledger sync").run().is(0, "nothing to record\n", "");
    assert_eq!(team.steps(&postgres), [["ana", "sending", ""], ["ana", "answered", "done"]]);
    let history = by_profile(&ana, &script, "approvals history -o json").run().exits(0).json();
    assert_eq!([&history[0]["by"], &history[0]["outcome"]], ["ana", "done"]);
    let ben = team.desk(&postgres, "ben");
    ben.approvals(&format!("deny {NEW} --reason no"), &script).run().exits(13).stderr_has("by ana");
    ben.verify().exits(0);
    // What isn't the database's absence is no reason to decide without it.
    team.sql(&postgres, "REVOKE portgate_writer FROM ana");
    let refused =
        by_profile(&ana, &script, &format!("approvals accept {}", circuits[1].approval_uid())).run();
    refused.exits(7).stderr_has("permission denied").stderr_has("nothing was sent");
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn what_is_kept_while_others_are_recorded_is_not_lost() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = ["vxc-new", "vxc-new-late"].map(Circuit::of);
    let script = Script::new().marketplace_of(&circuits.each_ref()).start();
    let ana = team.desk(postgres, "ana");
    falls_back(&ana, &script);
    let database = &team.database;
    let allow = |most: i32| team.sql(postgres, &format!("ALTER DATABASE {database} CONNECTION LIMIT {most}"));
    let locks = |more: &str| {
        format!(
            "FROM pg_locks WHERE relation = 'portgate.chain'::regclass AND mode = 'ShareRowExclusiveLock' AND {more}"
        )
    };
    let accept = |circuit: &Circuit| {
        let args = format!("approvals accept {} --timeout 8s", circuit.approval_uid());
        allow(0);
        by_profile(&ana, &script, &args).run().exits(0).stderr_has("kept in");
        allow(-1);
    };
    accept(&circuits[0]);
    let address = postgres.address("postgres", database);
    // Nobody gets to add a line.
    let lock = "BEGIN; LOCK TABLE portgate.chain IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(300)";
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| postgres.sql_at(&address, lock));
        while team.sql(postgres, &format!("SELECT count(*) {}", locks("granted"))) == "0" {}
        let syncing = by_profile(&ana, &script, "ledger sync --timeout 50s").spawn();
        while team.sql(postgres, &format!("SELECT count(*) {}", locks("NOT granted"))) == "0" {}
        accept(&circuits[1]);
        team.sql(postgres, &format!("SELECT pg_terminate_backend(pid) {}", locks("granted")));
        holder.join().unwrap().unwrap_err();
        ended(syncing).exits(0);
    });
    by_profile(&ana, &script, "ledger sync").run().exits(0);
    let count = "SELECT count(*), count(DISTINCT attempt) FROM portgate.entry";
    assert_eq!(team.sql(postgres, count), "4|2");
    ana.verify().exits(0).stdout_has("intact: 4 entries");
}

/// Accepts connections and says nothing; counts them.
fn silent_listener() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for connection in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            open.push(connection);
        }
    });
    (port, count)
}

#[test]
fn a_database_that_never_answers_is_waited_for_once() {
    let (port, count) = silent_listener();
    let circuits = requests(12);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let ana = Desk::new("ana", format!("postgres://ana:s3cret-pw@127.0.0.1:{port}/desk"));
    falls_back(&ana, &script);
    let args = "approvals accept --all --max 50 --yes --concurrency 2 --timeout 8s -o json";
    let document = by_profile(&ana, &script, args).run().exits(0).json();
    for row in document["results"].as_array().unwrap() {
        assert!(
            row["notes"].to_string().contains("the ledger is not available; the outcome is kept in"),
            "{row:#}"
        );
    }
    assert_eq!(fs::read_to_string(kept_path(&ana)).unwrap().lines().count(), 24);
    assert!(count.load(Ordering::SeqCst) <= 3, "{count:?}");
    // A dry run says nothing else.
    let script = Script::new().marketplace_of(&requests(1).iter().collect::<Vec<_>>()).start();
    by_profile(&ana, &script, "approvals accept --all --dry-run --timeout 4s").run().exits(0);

    // Without a fallback, nothing is decided.
    let refused = ana.approvals("accept --all --max 50 --yes --timeout 4s", &script).run();
    refused.exits(11).stderr_has("nothing was sent").stderr_has("the database did not answer in time");
    assert!(script.writes().is_empty());
}

#[test]
fn a_suspended_database_is_waited_for_once_and_gets_its_entries_later() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuits = requests(6);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let ana = team.desk(&postgres, "ana");
    falls_back(&ana, &script);
    postgres.suspend();
    by_profile(&ana, &script, "approvals accept --all --max 50 --yes --timeout 8s")
        .run()
        .exits(0)
        .stderr_has("kept in");
    postgres.resume();
    by_profile(&ana, &script, "ledger sync").run().exits(0);
    assert_eq!(team.sql(&postgres, "SELECT count(*), count(DISTINCT attempt) FROM portgate.entry"), "12|6");
    ana.verify().exits(0);
}

#[test]
fn what_was_recorded_without_an_answer_is_not_recorded_again() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuits = requests(3);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let ana = team.desk(&postgres, "ana");
    falls_back(&ana, &script);
    // A commit is there, and waits for a standby.
    let wait_for = |postgres: &mut Postgres, standby: &str| {
        postgres.sql("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{standby}'"));
        postgres.sql("postgres", "SELECT pg_reload_conf()");
        postgres.sql("postgres", "SET synchronous_commit = local; CHECKPOINT");
    };
    wait_for(&mut postgres, "nobody");
    let run =
        by_profile(&ana, &script, "approvals accept --all --max 50 --yes --concurrency 3 --timeout 8s").run();
    run.exits(0).stderr_has("kept in");
    assert_eq!(fs::read_to_string(kept_path(&ana)).unwrap().lines().count(), 6);
    wait_for(&mut postgres, "");
    let synced = by_profile(&ana, &script, "ledger sync -o json").run().exits(0).json();
    let known = synced["known"].as_u64().unwrap();
    assert!((1..=3).contains(&known), "{synced:#}");
    assert_eq!(team.sql(&postgres, "SELECT count(*), count(DISTINCT attempt) FROM portgate.entry"), "6|3");
    ana.verify().exits(0).stdout_has("intact: 6 entries");
}

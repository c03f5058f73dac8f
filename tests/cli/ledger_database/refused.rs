//! An entry that the database doesn't take holds up no other.

use serde_json::Value;

use super::kept::{by_profile, falls_back, kept_path};
use super::{Team, requests};
use crate::common::wire::Circuit;
use crate::common::{Postgres, Script};

/// The owner has the database refuse entries.
fn refuse(team: &Team, postgres: &Postgres, entries: &str) {
    team.sql(
        postgres,
        &format!("ALTER TABLE portgate.entry ADD CONSTRAINT unwanted CHECK (NOT ({entries}))"),
    );
}

fn take_all(team: &Team, postgres: &Postgres) {
    team.sql(postgres, "ALTER TABLE portgate.entry DROP CONSTRAINT unwanted");
}

fn marketplace(circuits: &[Circuit]) -> Script {
    Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start()
}

/// How the decision on this request ended.
fn row<'d>(document: &'d Value, circuit: &Circuit) -> &'d Value {
    let results = document["results"].as_array().unwrap();
    results.iter().find(|row| row["id"] == circuit.approval_uid()).unwrap()
}

#[test]
fn a_decision_that_cannot_be_recorded_fails_alone() {
    let Some(postgres) = Postgres::shared() else { return };
    let deferred = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.object LIKE '00000007-%' THEN RAISE EXCEPTION 'not this one, says unwanted'; END IF; RETURN NEW; END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON portgate.entry DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()";
    for at_commit in [false, true] {
        let team = Team::new(postgres);
        match at_commit {
            false => refuse(&team, postgres, "object LIKE '00000007-%'"),
            true => drop(team.sql(postgres, deferred)),
        }
        let circuits = requests(16);
        let script = marketplace(&circuits);
        let ana = team.desk(postgres, "ana");
        let run = ana.approvals("accept --all --yes --concurrency 16 -o json", &script).run();
        let document = run.exits(12).json();
        assert_eq!(document["summary"]["ok"], 15, "{document:#}");
        let refused = row(&document, &circuits[7]);
        assert_eq!(
            [&refused["outcome"], &refused["error"]["code"]],
            [&Value::from("failed"), &Value::from(10)]
        );
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("the entry was refused by the ledger at postgres://"), "{message}");
        assert!(message.ends_with("; nothing was sent"), "{message}");
        assert!(refused["error"].to_string().contains("unwanted"), "{refused:#}");
        assert_eq!(script.writes().len(), 15);
        ana.verify().exits(0).stdout_has("intact: 30 entries");
        // Alone, too.
        let alone = ana.approvals(&format!("accept {}", circuits[7].approval_uid()), &script).run();
        alone.exits(10).stderr_has("nothing was sent").stderr_has("unwanted");
    }
}

#[test]
fn many_decisions_that_cannot_be_recorded_do_not_end_the_run() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    refuse(&team, postgres, "object < '0000000c'");
    let circuits = requests(16);
    let script = marketplace(&circuits);
    let run =
        team.desk(postgres, "ana").approvals("accept --all --yes --concurrency 2 -o json", &script).run();
    let summary = run.exits(12).json()["summary"].clone();
    assert_eq!([&summary["ok"], &summary["failed"]], [4, 12], "{summary:#}");
}

#[test]
fn an_outcome_that_is_refused_is_kept_alone_and_named() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    refuse(&team, postgres, "object LIKE '00000003-%' AND step = 'answered'");
    let circuits = requests(10);
    let script = marketplace(&circuits[..9]);
    let ana = team.desk(postgres, "ana");
    let run = ana.approvals("accept --all --yes --concurrency 9 -o json", &script).run();
    let document = run.exits(0).json();
    let notes = |circuit: &Circuit| row(&document, circuit)["notes"].to_string();
    assert!(notes(&circuits[3]).contains("violates check constraint"), "{document:#}");
    assert!(notes(&circuits[3]).contains("portgate ledger sync"), "{document:#}");
    assert!(!notes(&circuits[4]).contains("kept"), "{document:#}");
    let kept = || std::fs::read_to_string(kept_path(&ana)).unwrap();
    assert_eq!(kept().lines().count(), 1);

    let id = circuits[3].approval_uid();
    for _ in 0..2 {
        let partial = ana.portgate("ledger sync").run();
        partial.exits(12).stdout_is("").stderr_has(&format!("not recorded: {id}: accept at "));
        partial
            .stderr_has("violates check constraint")
            .stderr_has("error: 1 entry was refused by the ledger\n");
        assert_eq!(kept().lines().count(), 1);
    }
    let json = ana.portgate("ledger sync -o json").run().json();
    assert_eq!([&json["added"], &json["known"], &json["refused"]], [0, 0, 1]);
    // The next decision says so, once.
    let next = marketplace(&circuits[8..]);
    let decided = ana.approvals(&format!("deny {} --reason full", circuits[9].approval_uid()), &next).run();
    let told = "1 entry kept on this machine waits to be recorded: portgate ledger sync";
    decided.exits(0).stderr_has(told);
    assert_eq!(decided.stderr.matches("kept on this machine").count(), 1, "{decided}");

    take_all(&team, postgres);
    ana.portgate("ledger sync").run().is(0, "recorded 1 entry\n", "");
    assert!(!kept_path(&ana).exists());
    assert_eq!(team.sql(postgres, "SELECT count(*), count(DISTINCT attempt) FROM portgate.entry"), "20|10");
    assert_eq!(ana.portgate("ledger status -o json").run().json()["unknown"], 0);
    ana.verify().exits(0).stdout_has("intact: 20 entries");
}

#[test]
fn what_is_kept_is_recorded_except_what_is_refused() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuits = requests(4);
    let script = marketplace(&circuits);
    let ana = team.desk(&postgres, "ana");
    falls_back(&ana, &script);
    postgres.kill();
    by_profile(&ana, &script, "approvals accept --all --yes").run().exits(0);
    postgres.restart();
    refuse(&team, &postgres, "object LIKE '00000001-%'");
    let partial = by_profile(&ana, &script, "ledger sync").run();
    partial.exits(12).stdout_is("recorded 6 entries\n");
    partial.stderr_has("error: 2 entries were refused by the ledger\n");
    assert_eq!(std::fs::read_to_string(kept_path(&ana)).unwrap().lines().count(), 2);
    ana.verify().exits(0).stdout_has("intact: 6 entries");
    take_all(&team, &postgres);
    by_profile(&ana, &script, "ledger sync").run().is(0, "recorded 2 entries\n", "");
    assert_eq!(team.sql(&postgres, "SELECT count(*), count(DISTINCT hash) FROM portgate.entry"), "8|8");
}

#[test]
fn a_damaged_file_holds_up_nothing_else() {
    let Some(mut postgres) = Postgres::start() else { return };
    let team = Team::new(&postgres);
    let circuits = requests(3);
    let script = marketplace(&circuits);
    let ana = team.desk(&postgres, "ana");
    falls_back(&ana, &script);
    let accept = |nth: usize| {
        by_profile(&ana, &script, &format!("approvals accept {}", circuits[nth].approval_uid()))
            .run()
            .exits(0);
    };
    postgres.kill();
    accept(0);
    let path = kept_path(&ana);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("no entry\n{text}")).unwrap();
    postgres.restart();
    let damaged = by_profile(&ana, &script, "ledger sync").run();
    damaged.exits(12).stderr_has("ledger-kept.jsonl.").stderr_has("line 1: not a line of a ledger");
    postgres.kill();
    accept(1);
    postgres.restart();
    let other = by_profile(&ana, &script, "ledger sync").run();
    other.exits(12).stdout_is("recorded 2 entries\n");
    let anyway = by_profile(&ana, &script, "ledger sync --accept-broken-chain edited").run();
    anyway.is(0, "recorded 2 entries\n", "");
    assert_eq!(team.sql(&postgres, "SELECT count(*), count(DISTINCT attempt) FROM portgate.entry"), "4|2");
}

//! An entry that the database doesn't take holds up no other.

use serde_json::Value;

use super::kept::{by_profile, falls_back, kept_path};
use super::{Team, requests};
use crate::common::wire::Circuit;
use crate::common::{Answer, Home, Postgres, Request, Script, chained};

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
        let run = ana.approvals("accept --all --max 50 --yes --concurrency 16 -o json", &script).run();
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
    let run = team
        .desk(postgres, "ana")
        .approvals("accept --all --max 50 --yes --concurrency 2 -o json", &script)
        .run();
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
    let run = ana.approvals("accept --all --max 50 --yes --concurrency 9 -o json", &script).run();
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
    by_profile(&ana, &script, "approvals accept --all --max 50 --yes").run().exits(0);
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
    damaged.exits(12).stderr_has("ledger-kept-").stderr_has("line 1: not a line of a ledger");
    postgres.kill();
    accept(1);
    postgres.restart();
    let other = by_profile(&ana, &script, "ledger sync").run();
    other.exits(12).stdout_is("recorded 2 entries\n");
    let anyway = by_profile(&ana, &script, "ledger sync --accept-broken-chain edited").run();
    anyway.is(0, "recorded 2 entries\n", "");
    assert_eq!(team.sql(&postgres, "SELECT count(*), count(DISTINCT attempt) FROM portgate.entry"), "4|2");
}

#[test]
fn an_entry_that_the_database_discards_is_not_recorded() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let discard = "CREATE FUNCTION discard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.object LIKE '00000001-%' THEN RETURN NULL; END IF; RETURN NEW; END $$;
        CREATE TRIGGER discard BEFORE INSERT ON portgate.entry FOR EACH ROW EXECUTE FUNCTION discard()";
    team.sql(postgres, discard);
    let circuits = requests(3);
    let script = marketplace(&circuits);
    let ana = team.desk(postgres, "ana");
    let run = ana.approvals("accept --all --max 50 --yes -o json", &script).run();
    let document = run.exits(12).json();
    assert_eq!(document["summary"]["ok"], 2, "{document:#}");
    let error = &row(&document, &circuits[1])["error"];
    assert_eq!((&error["code"], &error["reason"]), (&10.into(), &"the database discarded it".into()));
    assert_eq!(script.writes().len(), 2);
    ana.verify().exits(0);
}

#[test]
fn what_is_kept_for_one_ledger_is_not_recorded_in_another() {
    let Some(mut postgres) = Postgres::start() else { return };
    let (team, other) = (Team::new(&postgres), Team::new(&postgres));
    let circuits = requests(2);
    let script = marketplace(&circuits);
    let mut ana = team.desk(&postgres, "ana");
    falls_back(&ana, &script);
    let accept = |ana: &super::Desk, nth: usize| {
        let id = circuits[nth].approval_uid();
        by_profile(ana, &script, &format!("approvals accept {id}")).run().exits(0);
    };
    postgres.kill();
    accept(&ana, 0);
    postgres.restart();
    let own = ana.ledger.clone();
    ana.ledger = postgres.address("ana", &other.database);
    falls_back(&ana, &script);
    accept(&ana, 1);
    by_profile(&ana, &script, "ledger sync").run().exits(0);
    let count = "SELECT count(DISTINCT attempt) FROM portgate.entry";
    assert_eq!((team.sql(&postgres, count), other.sql(&postgres, count)), ("0".into(), "1".into()));
    ana.ledger = own;
    falls_back(&ana, &script);
    by_profile(&ana, &script, "ledger sync").run().exits(0);
    assert_eq!(team.sql(&postgres, count), "1");
}

#[test]
fn nothing_is_imported_into_a_broken_chain() {
    let Some(postgres) = Postgres::shared() else { return };
    let (team, other) = (Team::new(postgres), Team::new(postgres));
    let circuits = requests(2);
    let script = marketplace(&circuits);
    let id = |nth: usize| circuits[nth].approval_uid();
    let (ana, from) = (team.desk(postgres, "ana"), other.desk(postgres, "ana"));
    from.approvals(&format!("accept {}", id(0)), &script).run().exits(0);
    let exported = from.portgate("ledger export").run().exits(0).stdout.clone();
    let file = ana.home.write("other.jsonl", exported);
    ana.approvals(&format!("accept {}", id(1)), &script).run().exits(0);
    team.tamper(postgres, "UPDATE portgate.entry SET line = replace(line, 'accept', 'ACCEPT') WHERE id = 1");
    let import = format!("ledger import {}", file.display());
    ana.portgate(&import).run().exits(13).stderr_has("is not as portgate wrote it");
    ana.portgate(&format!("{import} --accept-broken-chain restored")).run().exits(0);
}

#[test]
fn what_was_sent_again_is_unknown_until_that_is_answered() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(1);
    let circuit = circuits[0].clone();
    let limited = move |request: &Request, nth: usize| match nth {
        0 => Answer::refusal(429, "Too many requests").header("Retry-After", "0"),
        _ => circuit.decide(request),
    };
    let script = Script::new().on("PUT", &circuits[0].by_vxc(), limited).marketplace(&circuits[0]).start();
    let (ana, from) = (team.desk(postgres, "ana"), Home::new());
    from.approvals(&format!("accept {}", circuits[0].approval_uid()), &script).run().exits(0);
    let lines = from.ledger();
    let with_outcome = |outcome: &str| {
        let listed = ana.portgate(&format!("ledger list --outcome {outcome} -o json")).run().exits(0).json();
        listed.as_array().unwrap().len()
    };
    // Sent, answered, sent again: as a run that was killed leaves it.
    for (count, expected) in [(1, [1, 0, 0]), (2, [0, 1, 0]), (3, [1, 0, 0]), (4, [0, 0, 1])] {
        let file = ana.home.write("from.jsonl", chained(&lines[..count]));
        ana.portgate(&format!("ledger import {}", file.display())).run().exits(0);
        assert_eq!(["unknown", "failed", "done"].map(with_outcome), expected, "{count} lines");
    }
    // The same lines at once.
    let other = Team::new(postgres);
    let ben = other.desk(postgres, "ben");
    let file = ben.home.write("from.jsonl", chained(&lines[..3]));
    ben.portgate(&format!("ledger import {}", file.display())).run().exits(0);
    let unknown = ben.portgate("ledger list --outcome unknown -o json").run().exits(0).json();
    assert_eq!(unknown.as_array().unwrap().len(), 1, "{unknown:#}");
}

//! Limits of a policy hold for all who share the ledger.

use serde_json::{Value, json};

use super::{Desk, Team, ended, requests};
use crate::common::{Postgres, Script};

const POLICY: &str = "schema = \"portgate.policy/v1\"\n[limits]\ndecisions_per_day = 5\n[[rule]]\nname = \"all new\"\n\
    type = \"connection\"\ndecision = \"accept\"\n";

fn apply<'d>(desk: &'d Desk, script: &Script) -> crate::common::Portgate<'d> {
    desk.home.write("portgate-policy.toml", POLICY);
    desk.portgate("policy apply --yes -o json").at(script).token("scripted-token")
}

#[test]
fn a_limit_of_a_day_holds_for_processes_on_several_machines() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(20);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let desks = ["ana", "ben", "ana"].map(|login| team.desk(postgres, login));
    let running: Vec<_> = desks.iter().map(|desk| apply(desk, &script).spawn()).collect();
    let mut accepted = 0;
    for run in running {
        let ended = ended(run);
        let document = ended.exits(15).json();
        accepted += document["summary"]["ok"].as_u64().unwrap();
        let refused =
            document["results"].as_array().unwrap().iter().filter(|row| row["outcome"] == "refused");
        for row in refused {
            assert_eq!(row["error"]["reason"], "decisions_per_day: at most 5 decisions per day", "{row:#}");
        }
    }
    assert_eq!((accepted, script.writes().len()), (5, 5));
    let ruled = "SELECT count(*) FROM portgate.entry WHERE rule = 'all new' AND outcome = 'done'";
    assert_eq!(team.sql(postgres, ruled), "5");

    // A run the next day, on a machine that has decided nothing.
    let last = team.desk(postgres, "ben");
    apply(&last, &script).run().exits(15);
    assert_eq!(script.writes().len(), 5);
    // A ledger that is shared counts everywhere: there is nothing to note.
    let plan = last.portgate("policy plan -o json").at(&script).token("scripted-token").run();
    plan.exits(0).stderr_lacks("this machine only");
    let stopped = |row: &Value| row["stopped_by"] == json!("decisions_per_day");
    assert!(plan.json()["decisions"].as_array().unwrap().iter().all(stopped), "{plan}");
}

#[test]
fn one_who_waits_for_another_run_is_told_so() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(2);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let ana = team.desk(postgres, "ana");
    let address = postgres.address("ben", &team.database);
    std::thread::scope(|scope| {
        // "port" and 1.
        let lock = "SELECT pg_advisory_lock(1886351988, 1), pg_sleep(120)";
        let holder = scope.spawn(|| postgres.sql_at(&address, lock));
        let held = "FROM pg_locks JOIN pg_database AS base ON base.oid = database
            WHERE locktype = 'advisory' AND granted AND datname = current_database()";
        while team.sql(postgres, &format!("SELECT count(*) {held}")) == "0" {}
        let waited = apply(&ana, &script).arg("--timeout").arg("2s").run();
        let error = waited.exits(11).error();
        assert_eq!(error["message"], format!("could not lock the ledger at {}", team.place));
        assert_eq!(error["reason"], "another process is applying a policy");
        team.sql(postgres, &format!("SELECT pg_terminate_backend(pid) {held}"));
        holder.join().unwrap().unwrap_err();
    });
    assert!(script.writes().is_empty());
    apply(&ana, &script).run().exits(0);
}

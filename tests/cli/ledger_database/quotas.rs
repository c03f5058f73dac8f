//! Limits of a policy hold for all who share the ledger.

use serde_json::{Value, json};

use super::{Desk, Team, ended, kill_while_sending, requests, sends_nothing_at_first};
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
        // All plan the same five: two of them are told that another one decides a request (13).
        let document = ended.json();
        let rows = document["results"].as_array().unwrap();
        accepted += rows.iter().filter(|row| row["outcome"] == "done").count();
        let refused = rows.iter().filter(|row| row["outcome"] == "refused");
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
fn runs_that_decide_different_requests_at_once_share_a_limit() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(30);
    for (nth, circuit) in circuits.iter().enumerate() {
        circuit.change(json!({"rateLimit": 10 * (nth / 10 + 1)}));
    }
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let desks = ["ana", "ben", "ana"].map(|login| team.desk(postgres, login));
    let run = |nth: usize, desk: &Desk| {
        let speed = 10 * (nth + 1);
        let policy = format!("{POLICY}min_speed = {speed}\nmax_speed = {speed}\n");
        desk.home.write("portgate-policy.toml", &policy);
        let command = desk.portgate("policy apply --yes -o json").at(&script).token("scripted-token");
        (command.spawn(), speed)
    };
    let running: Vec<_> = desks.iter().enumerate().map(|(nth, desk)| run(nth, desk)).collect();
    let mut accepted = 0;
    for (run, speed) in running {
        let ended = ended(run);
        let document = ended.exits(15).json();
        for row in document["results"].as_array().unwrap() {
            let nth = usize::from_str_radix(&row["id"].as_str().unwrap()[..8], 16).unwrap();
            assert_eq!(10 * (nth / 10 + 1), speed, "{row:#}");
            match row["outcome"].as_str() {
                Some("done") => accepted += 1,
                Some("refused") => {
                    let reason = &row["error"]["reason"];
                    assert_eq!(reason, "decisions_per_day: at most 5 decisions per day", "{row:#}");
                }
                _ => panic!("{row:#}"),
            }
        }
    }
    assert_eq!((accepted, script.writes().len()), (5, 5));
}

#[test]
fn no_login_can_hold_up_the_policies_of_others() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(2);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let ana = team.desk(postgres, "ana");
    let address = postgres.address("ben", &team.database);
    std::thread::scope(|scope| {
        // "port" and 1: what earlier versions locked.
        let lock = "SELECT pg_advisory_lock(1886351988, 1), pg_sleep(120)";
        let holder = scope.spawn(|| postgres.sql_at(&address, lock));
        let held = "FROM pg_locks JOIN pg_database AS base ON base.oid = database
            WHERE locktype = 'advisory' AND granted AND datname = current_database()";
        while team.sql(postgres, &format!("SELECT count(*) {held}")) == "0" {}
        apply(&ana, &script).run().exits(0);
        team.sql(postgres, &format!("SELECT pg_terminate_backend(pid) {held}"));
        holder.join().unwrap().unwrap_err();
    });
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn what_a_killed_run_never_sent_does_not_count() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (_, script) = sends_nothing_at_first();
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    let policy = POLICY.replace("_day = 5", "_day = 1");
    let apply = |desk: &Desk| {
        desk.home.write("portgate-policy.toml", &policy);
        kill_while_sending(desk.portgate("policy apply --yes").at(&script).token("scripted-token"), &script);
    };
    apply(&ana);
    team.tamper(postgres, "UPDATE portgate.entry SET recorded_at = recorded_at - interval '1 hour'");
    ben.home.write("portgate-policy.toml", &policy);
    let run = ben.portgate("policy apply --yes -o json").at(&script).token("scripted-token").run();
    assert_eq!(run.exits(0).json()["results"][0]["outcome"], "done", "{run}");
}

#[test]
fn a_proposal_takes_its_place_until_it_is_dropped() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(6);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    let policy = POLICY.replace("_day = 5", "_day = 2");
    let second_person = policy.replacen('\n', "\nsecond_person = \"always\"\n", 1);
    let outcomes = |desk: &Desk, policy: &str, code: i32| {
        desk.home.write("portgate-policy.toml", policy);
        let run = desk.portgate("policy apply --yes -o json").at(&script).token("scripted-token").run();
        let document = run.exits(code).json();
        let mut outcomes: Vec<String> = Vec::new();
        for row in document["results"].as_array().unwrap() {
            let outcome = row["outcome"].as_str().unwrap();
            if outcome != "refused" {
                outcomes.push(outcome.to_owned());
            } else {
                let reason = &row["error"]["reason"];
                assert_eq!(reason, "decisions_per_day: at most 2 decisions per day", "{row:#}");
            }
        }
        outcomes
    };
    assert_eq!(outcomes(&ana, &second_person, 12), ["proposed", "proposed"]);
    // Neither again, nor by another policy, which sends at once.
    for policy in [&second_person, &policy] {
        assert_eq!(outcomes(&ben, policy, 15), [""; 0]);
    }
    let id = |nth: usize| format!("{nth:08x}-2222-4222-8222-222222222222");
    ben.approvals(&format!("confirm {} --yes", id(0)), &script).run().exits(0);
    // It is counted once.
    assert_eq!(outcomes(&ben, &policy, 15), [""; 0]);
    // From a machine that doesn't know the company yet, too.
    let new = team.desk(postgres, "ben");
    new.approvals(&format!("drop {} --reason no", id(1)), &script).run().exits(0);
    assert_eq!(team.sql(postgres, "SELECT count(*) FROM portgate.chain"), "1");
    assert_eq!(outcomes(&ben, &policy, 15), ["done"]);
    assert_eq!(script.writes().len(), 2);
}

#[test]
fn what_another_person_has_takes_no_place() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(2);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    let policy = POLICY.replace("_day = 5", "_day = 1");
    ana.approvals("claim 00000000-2222-4222-8222-222222222222", &script).run().exits(0);
    ben.home.write("portgate-policy.toml", policy);
    ben.portgate("policy apply --yes").at(&script).token("scripted-token").run().exits(0);
    assert_eq!(script.writes().len(), 1);
    assert_eq!(script.writes()[0].path, circuits[1].by_vxc());
}

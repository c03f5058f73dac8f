//! Several operators with a login each see what the others did, and nobody changes it unseen.

use super::{Desk, Team, ended};
use crate::common::{Home, Outcome, Portgate, Postgres};
use crate::fault_matrix::{Server, credentials};

const FIRST: &str = "7c1e09ab";
const SECOND: &str = "6ac56e45";

/// A run against a sandbox that serves everybody.
fn at<'h>(run: Portgate<'h>, server: &Server, key: &[String; 2]) -> Portgate<'h> {
    run.arg("--api-url").arg(&server.url).key(&key[0], &key[1])
}

#[test]
fn each_sees_what_the_others_decided() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let house = Home::new();
    let server = Server::start(&house);
    let key = credentials(&house, "provider");
    house.keeps_secret(&key[1]);
    house.holds_secrets(&house.path().join("sandbox.db"));
    let [ana, ben, carl] = ["ana", "ben", "carl"].map(|login| team.desk(postgres, login));
    let run = |desk: &Desk, args: &str| at(desk.portgate(&format!("approvals {args}")), &server, &key).run();

    run(&ana, &format!("accept {FIRST} --ticket NET-1")).exits(0);
    run(&ben, &format!("deny {SECOND} --reason full")).exits(0);

    for desk in [&ana, &ben, &carl] {
        let history = run(desk, "history -o json").exits(0).json();
        let shown: Vec<_> =
            history.as_array().unwrap().iter().map(|row| [&row["by"], &row["decision"]]).collect();
        assert_eq!(shown, [["ana", "accept"], ["ben", "deny"]], "{history:#}");
        run(desk, "history").exits(0).stderr_has(&format!("2 decisions · {}", team.place));
        run(desk, &format!("history {FIRST} -o json")).exits(0).stdout_has("\"NET-1\"");
    }
    let refused = run(&ben, &format!("deny {FIRST} --reason late"));
    refused
        .exits(13)
        .stderr_has("this connection request was already accepted")
        .stderr_has("why: accepted by ana (");
    run(&ben, &format!("accept {FIRST}")).exits(0).stderr_has("note: accepted by ana (");
    run(&ben, &format!("show {FIRST}")).exits(0).stdout_has("accepted by ana (");
    // Whoever sent it: neither of these runs made a line.
    assert_eq!(team.lines(postgres).len(), 4);
    let by = carl.portgate("ledger list --by ben -o json").run().exits(0).json();
    assert_eq!(by.as_array().unwrap().len(), 1, "{by:#}");
}

/// A ledger with three decisions of ana, and its heads.
fn decided(postgres: &Postgres) -> (Team, Desk, Vec<String>) {
    let team = Team::new(postgres);
    let ana = team.desk(postgres, "ana");
    for id in [FIRST, SECOND] {
        ana.portgate(&format!("--env sandbox approvals deny {id} --reason full")).run().exits(0);
    }
    let heads = team.lines(postgres).iter().map(|line| line["hash"].as_str().unwrap().to_owned()).collect();
    (team, ana, heads)
}

#[test]
fn a_line_that_a_superuser_edited_is_found() {
    let Some(postgres) = Postgres::shared() else { return };
    let (team, ana, heads) = decided(postgres);
    let intact = ana.verify();
    intact.exits(0).stdout_is(&format!("intact: 4 entries, head {}\n", heads[3])).stderr_is("");
    let chain = team.sql(postgres, "SELECT backend || ' ' || company FROM portgate.chain");
    let broken = |more: &str| {
        format!("{chain}:1: changed after it was written\n{more}not intact: 4 entries, head {}\n", heads[3])
    };
    let told = "error: the ledger is not as portgate wrote it\n  why: 1 fault\n  next: compare it with a backup, or with the result documents of your pipelines\n";
    team.tamper(
        postgres,
        "UPDATE portgate.entry SET line = replace(line, '\"full\"', '\"none\"') WHERE sequence = 1",
    );
    ana.verify().is(13, &broken(""), told);
    team.tamper(postgres, "UPDATE portgate.entry SET line = replace(line, '\"none\"', '\"full\"')");
    ana.verify().exits(0);
    // The line is as it was, but the database says that somebody else recorded it.
    team.tamper(postgres, "UPDATE portgate.entry SET login = 'ben' WHERE sequence = 1");
    ana.verify().is(13, &broken(""), told);
    ana.portgate("ledger status").run().exits(13).stdout_has("Intact   no: run portgate ledger verify\n");
}

#[test]
fn nothing_is_added_to_a_chain_that_a_superuser_edited() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = super::requests(3);
    let script = super::Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let (ana, ids) = (team.desk(postgres, "ana"), circuits.iter().map(super::Circuit::approval_uid));
    let ids: Vec<String> = ids.collect();
    ana.approvals(&format!("accept {}", ids[0]), &script).run().exits(0);
    ana.approvals(&format!("claim {}", ids[1]), &script).run().exits(0);
    let edit = "UPDATE portgate.entry SET line = replace(line, '\"ana\"', '\"eva\"') WHERE sequence = 1";
    team.tamper(postgres, edit);
    let (one, both) = (ids[2].as_str(), format!("{} {}", ids[1], ids[2]));
    for change in [
        format!("accept {one}"),
        format!("accept {one} --dry-run"),
        format!("accept {both} --yes"),
        format!("accept {both} --dry-run"),
        "accept --all --max 50 --yes".to_owned(),
        format!("claim {one}"),
        format!("release {}", ids[1]),
    ] {
        let refused = ana.approvals(&change, &script).run();
        refused.exits(13).stderr_has(&format!("the ledger at {} is not as portgate wrote it", team.place));
        refused
            .stderr_has("line 1: changed after it was written\n")
            .stderr_has("--accept-broken-chain REASON");
    }
    assert_eq!((team.lines(postgres).len(), script.writes().len()), (3, 1));
    let anyway =
        |change: &str| ana.approvals(change, &script).arg("--accept-broken-chain").arg("edited").run();
    anyway(&format!("release {}", ids[1])).exits(0);
    anyway(&format!("accept {both} --yes")).exits(0);
    assert_eq!(team.lines(postgres)[3]["accepted_broken_chain"], "edited");
}

#[test]
fn a_line_that_a_superuser_removed_is_found() {
    let Some(postgres) = Postgres::shared() else { return };
    let (team, ana, heads) = decided(postgres);
    let verify = |head: &str| -> Outcome { ana.portgate(&format!("ledger verify --head {head}")).run() };
    verify(&heads[3]).exits(0);
    verify(&heads[1][..12]).exits(0);
    team.tamper(postgres, "DELETE FROM portgate.entry WHERE sequence = 4");
    ana.verify().exits(0).stdout_is(&format!("intact: 3 entries, head {}\n", heads[2]));
    verify(&heads[3]).is(
        13,
        &format!("not intact: 3 entries, head {}\n", heads[2]),
        "error: the ledger is not as portgate wrote it\n  why: it has no entry with the hash of --head: entries at the end may \
         be missing\n  next: compare it with a backup, or with the result documents of your pipelines\n",
    );
    team.tamper(postgres, "DELETE FROM portgate.entry WHERE sequence = 2");
    let missing = ana.verify();
    missing.exits(13).stdout_has(":2: ").stderr_has("the ledger is not as portgate wrote it\n  why: 1 fault");
    team.tamper(postgres, "DELETE FROM portgate.entry WHERE sequence = 1");
    ana.verify().exits(13);
}

#[test]
fn many_processes_write_one_chain() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = super::requests(8);
    let script = super::Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let desks = ["ana", "ben"].map(|login| team.desk(postgres, login));
    let started = circuits.iter().zip(desks.iter().cycle());
    let runs: Vec<_> = started
        .map(|(circuit, desk)| desk.approvals(&format!("accept {}", circuit.approval_uid()), &script).spawn())
        .collect();
    for run in runs {
        ended(run).exits(0);
    }
    desks[0].verify().exits(0).stdout_has("intact: 16 entries, head ");
    let logins = "SELECT login, line::json #>> '{who,login}', line::json #>> '{who,actor}', count(*)
        FROM portgate.entry GROUP BY 1, 2, 3 ORDER BY 1";
    assert_eq!(team.sql(postgres, logins), "ana|ana|ana|8\nben|ben|ben|8");
}

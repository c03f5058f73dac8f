//! A ledger is created by whoever may, and used by those who were given access.

use std::collections::BTreeSet;

use super::{Desk, NEW, SUPERUSER, Team, one_request, requests};
use crate::common::{Postgres, Script};

/// A database with an owner who may create roles, and no ledger.
fn database(postgres: &Postgres) -> (String, String) {
    let database = postgres.database();
    postgres.sql(&database.name, &format!("ALTER ROLE {} CREATEROLE", database.name));
    (database.address, format!("postgres://127.0.0.1:{}/{}", postgres.port(), database.name))
}

#[test]
fn an_owner_creates_the_ledger_once_and_gives_access_again_and_again() {
    let Some(postgres) = Postgres::start() else { return };
    let (address, place) = database(&postgres);
    let owner = Desk::new("owner", address);
    postgres.login("ana");
    postgres.login("carl");
    owner.portgate("ledger init --writer ana").run().is(
        0,
        &format!("created the ledger at {place}\nana can record changes\n"),
        "",
    );
    let again = format!("the ledger at {place} has version 3 already\n");
    owner.portgate("ledger init").run().is(0, &again, "");
    owner.portgate("ledger migrate").run().is(0, &again, "");
    let json = owner.portgate("ledger init --reader carl -o json").run().exits(0).json();
    assert_eq!(
        json,
        serde_json::json!({"path": place, "created": false, "version_before": 3, "version": 3,
            "writers": [], "readers": ["carl"]})
    );
    // One who only records can't let others.
    let ana = Desk::new("ana", postgres.address("ana", place.rsplit('/').next().unwrap()));
    let refused = ana.portgate("ledger init --writer carl").run();
    refused
        .exits(1)
        .stdout_is("")
        .stderr_has(&format!("error: could not set up the ledger at {place}\n  why: "));
    let nobody = owner.portgate("ledger init --writer nobody").run();
    nobody.is(
        8,
        "",
        "error: no login 'nobody' found in the database
  next: create it first, for example with createuser --pwprompt
",
    );
}

#[test]
fn who_may_not_create_it_is_told_so_and_leaves_nothing() {
    let Some(postgres) = Postgres::start() else { return };
    let (address, place) = database(&postgres);
    postgres.login("ana");
    let name = place.rsplit('/').next().unwrap();
    let ana = Desk::new("ana", postgres.address("ana", name));
    let refused = |why: &str| {
        format!(
            "error: could not set up the ledger at {place}\n  why: {why}\n  next: use a login that may create schemas and roles in this database, such as its owner\n"
        )
    };
    ana.portgate("ledger init").run().is(1, "", &refused("permission denied to create role"));
    ana.portgate("ledger migrate").run().is(
        10,
        "",
        &format!(
            "error: could not use the ledger at {place}\n  why: there is no ledger in this database\n  next: create it: portgate ledger init\n"
        ),
    );
    // An owner without the right to create roles.
    postgres.sql(name, &format!("ALTER ROLE {name} NOCREATEROLE"));
    let owner = Desk::new("owner", address);
    owner.portgate("ledger init").run().is(1, "", &refused("permission denied to create role"));
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'portgate'";
    assert_eq!(postgres.sql(name, schemas), "0");

    let missing = Desk::new("ana", postgres.address("ana", "missing"));
    let place = place.replace(name, "missing");
    missing.portgate("ledger init").run().is(
        10,
        "",
        &format!("error: could not use the ledger at {place}\n  why: database \"missing\" does not exist\n  next: check the database in the address, or create it with createdb\n"),
    );
}

#[test]
fn a_ledger_in_a_file_has_no_roles_and_no_versions() {
    let home = crate::common::Home::new();
    for command in ["init", "migrate", "sync"] {
        let run = home.portgate(&format!("ledger {command}")).run();
        run.exits(2).stderr_has("this command requires a ledger in a database").stderr_has("PORTGATE_LEDGER");
    }
}

#[test]
fn status_tells_the_login_and_what_it_may() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (_, script) = one_request();
    let [ana, carl] = ["ana", "carl"].map(|login| team.desk(postgres, login));
    let place = &team.place;
    carl.portgate("ledger status").run().is(
        0,
        &format!(
            "Ledger   {place}\nLogin    carl (reader)\nEntries  0 (each change has one before it is sent and one for its outcome)\nChanges  0\n"
        ),
        "",
    );
    ana.approvals(&format!("accept {NEW} --utc"), &script).run().exits(0);
    let lines = team.lines(postgres);
    let head = lines[1]["hash"].as_str().unwrap();
    let status = ana.portgate("ledger status").run();
    let status =
        status.exits(0).stdout_has(&format!("Ledger   {place}\nLogin    ana (writer)\nEntries  2 (each change has one before it is sent and one for its outcome)\nChanges  1 since "));
    status.stdout_has(&format!("\nHead     {head}\n")).stderr_is("");
    let json = carl.portgate("ledger status -o json").run().exits(0).json();
    for (field, value) in [
        ("home", serde_json::json!("postgresql")),
        ("login", serde_json::json!("carl")),
        ("access", serde_json::json!("reader")),
        ("files", serde_json::Value::Null),
        ("entries", serde_json::json!(2)),
        ("kept", serde_json::json!(0)),
        ("head", serde_json::json!(head)),
        ("intact", serde_json::json!(true)),
    ] {
        assert_eq!(json[field], value, "{field}");
    }
}

#[test]
fn who_may_only_read_decides_nothing() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    postgres.login("dora");
    let (_, script) = one_request();
    let carl = team.desk(postgres, "carl");
    let place = &team.place;
    let refused = carl.approvals(&format!("accept {NEW}"), &script).run();
    refused.exits(7).stdout_is("");
    refused.stderr_has(&format!(
        "error: could not use the ledger at {place}; nothing was sent\n  why: permission denied for function begin_append\n  next: ask whoever set it up: portgate ledger init --writer LOGIN\n"
    ));
    let dora = team.desk(postgres, "dora");
    for args in ["approvals accept 7c1e09ab", "policy apply --yes", "approvals deny --all --max 50 --yes"] {
        let refused = dora.portgate(args).at(&script).token("scripted-token").run();
        assert_ne!(refused.code, 0, "{refused}");
    }
    let status = dora.portgate("ledger status").run();
    status.is(
        7,
        "",
        &format!(
            "error: could not use the ledger at {place}\n  why: permission denied for schema portgate\n  next: ask whoever set it up: portgate ledger init --writer LOGIN\n"
        ),
    );
    assert!(script.writes().is_empty());
    assert!(team.lines(postgres).is_empty());
}

#[test]
fn tables_of_another_version_are_neither_read_nor_written() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (_, script) = one_request();
    let ana = team.desk(postgres, "ana");
    let owner = team.desk(postgres, SUPERUSER);
    let place = &team.place;
    team.sql(postgres, "UPDATE portgate.migrations SET version = 4 WHERE version = 3");
    let newer = format!(
        "error: could not use the ledger at {place}\n  why: it was written by a newer version of portgate: its format is version 4, and this one knows versions up to 3\n  next: update portgate\n"
    );
    ana.portgate("ledger list").run().is(10, "", &newer);
    ana.portgate("ledger status").run().is(10, "", &newer);
    owner.portgate("ledger init").run().is(10, "", &newer);
    owner.portgate("ledger migrate").run().is(10, "", &newer);
    let decided = ana.approvals(&format!("accept {NEW}"), &script).run();
    decided.exits(10).stderr_has("newer version of portgate").stderr_has("nothing was sent");
    team.sql(postgres, "DELETE FROM portgate.migrations WHERE version = 4");
    let older = ana.approvals(&format!("accept {NEW}"), &script).run();
    older.exits(10).stderr_has("this portgate needs version 3").stderr_has("portgate ledger migrate");
    assert!(script.writes().is_empty());
}

#[test]
fn a_ledger_of_the_first_version_is_migrated_with_what_it_holds() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(3);
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let [ana, carl, owner] = ["ana", "carl", SUPERUSER].map(|login| team.desk(postgres, login));
    let accept = |nth: usize| {
        ana.approvals(&format!("accept {}", circuits[nth].approval_uid()), &script).run().exits(0);
    };
    let history = |filter: &str| {
        let rows = carl.portgate(&format!("ledger list {filter} -o json")).run().exits(0).json();
        let ids = rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
        ids.collect::<BTreeSet<String>>()
    };
    let ids =
        |places: &[usize]| places.iter().map(|&nth| circuits[nth].approval_uid()).collect::<BTreeSet<_>>();
    accept(0);
    accept(1);
    // As the first version had it, with an attempt that was cut off.
    team.tamper(
        postgres,
        "DROP TRIGGER note_entries ON portgate.entry; DROP FUNCTION portgate.note_entries;
        DROP TABLE portgate.open_attempt, portgate.customer; DROP INDEX portgate.entry_customer;
        DELETE FROM portgate.migrations WHERE version > 1;
        DELETE FROM portgate.entry WHERE step = 'answered' AND object LIKE '00000001-%'",
    );
    carl.portgate("ledger list").run().exits(10).stderr_has("migrate it: portgate ledger migrate");
    owner.portgate("ledger migrate").run().exits(0).stdout_has("from version 1 to 3");
    assert_eq!(history("--outcome unknown"), ids(&[1]));
    assert_eq!(history("--customer globex"), ids(&[0, 1]));
    accept(2);
    assert_eq!(history("--outcome unknown"), ids(&[1]));
    assert_eq!(history("--customer GLOBEX --by ana"), ids(&[0, 1, 2]));
    assert_eq!(history("--customer bank --outcome unknown"), ids(&[1]));
    assert_eq!(history("--customer nobody"), ids(&[]));
    assert_eq!(team.sql(postgres, "SELECT name FROM portgate.customer"), "Globex Bank");
    // Nobody else changes what is kept up to date.
    for change in ["DELETE FROM portgate.open_attempt", "INSERT INTO portgate.customer VALUES ('x')"] {
        let refused = postgres.sql_at(&postgres.address("ana", &team.database), change).unwrap_err();
        assert!(refused.contains("permission denied for table"), "{refused}");
    }
}

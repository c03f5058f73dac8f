//! What the database itself refuses, whoever asks.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{NEW, SUPERUSER, Team, one_request};
use crate::common::Postgres;

/// A line with the hash of its text.
fn sealed(line: &Value) -> String {
    let mut line = line.clone();
    line.as_object_mut().unwrap().shift_remove("hash");
    let digest = Sha256::digest(line.to_string());
    line["hash"] = Value::from(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    line.to_string()
}

/// A ledger in which ana has accepted a request, and the line that would come next.
fn ledger(postgres: &Postgres) -> (Team, Value) {
    let team = Team::new(postgres);
    let (_, script) = one_request();
    team.desk(postgres, "ana").approvals(&format!("accept {NEW}"), &script).run().exits(0);
    let mut next = team.lines(postgres).pop().unwrap();
    next["sequence"] = json!(3);
    next["previous"] = next["hash"].clone();
    (team, next)
}

fn adding(chain: i64, line: &str) -> String {
    format!("INSERT INTO portgate.entry (chain, line) VALUES ({chain}, $line${line}$line$)")
}

#[test]
fn nothing_is_changed_or_removed_by_anybody() {
    let Some(postgres) = Postgres::shared() else { return };
    let (team, _) = ledger(postgres);
    for table in ["entry", "chain"] {
        let column = if table == "entry" { "line" } else { "company" };
        for change in [
            format!("UPDATE portgate.{table} SET {column} = ''"),
            format!("UPDATE portgate.{table} SET {column} = '' WHERE false"),
            format!("DELETE FROM portgate.{table}"),
            format!("TRUNCATE portgate.{table} CASCADE"),
        ] {
            for login in ["ana", "carl", SUPERUSER] {
                let refused = postgres.sql_at(&postgres.address(login, &team.database), &change).unwrap_err();
                let why = match login {
                    SUPERUSER => "entries of the ledger are never changed or removed",
                    _ => "permission denied for table",
                };
                assert!(refused.contains(why), "{login}: {change}: {refused}");
            }
        }
    }
    let tables = "SELECT table_name, privilege_type FROM information_schema.role_table_grants
        WHERE table_schema = 'portgate' AND grantee LIKE 'portgate%' AND privilege_type <> 'SELECT'";
    assert_eq!(team.sql(postgres, tables), "");
    team.desk(postgres, "carl").verify().exits(0).stdout_has("intact: 2 entries");
}

#[test]
fn only_a_line_that_continues_its_chain_under_the_own_login_is_added() {
    let Some(postgres) = Postgres::shared() else { return };
    let (team, next) = ledger(postgres);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut line = next.clone();
        change(&mut line);
        sealed(&line)
    };
    let add = |login: &str, sql: &str| postgres.sql_at(&postgres.address(login, &team.database), sql);
    let wrong_hash = sealed(&next).replace("\"done\"", "\"none\"");
    let zeros = "0".repeat(64);
    for (line, why) in [
        (changed(&|line| line["who"]["login"] = json!("ben")), "login ana can't record as ben"),
        (changed(&|line| line["who"]["login"] = Value::Null), "login ana can't record as"),
        (changed(&|line| line["previous"] = json!(zeros)), "the line does not continue chain 1"),
        (changed(&|line| line["sequence"] = json!(2)), "the line does not continue chain 1"),
        (changed(&|line| line["sequence"] = json!(4)), "the line does not continue chain 1"),
        (changed(&|line| line["backend"] = json!("elsewhere")), "the line belongs to another chain than 1"),
        (
            changed(&|line| line["company"]["uid"] = json!("other")),
            "the line belongs to another chain than 1",
        ),
        (wrong_hash, "the line does not continue chain 1"),
        ("{}".to_owned(), "the line does not continue chain 1"),
        ("no JSON".to_owned(), "invalid input syntax for type json"),
    ] {
        let refused = add("ana", &adding(1, &line)).unwrap_err();
        assert!(refused.contains(why), "{line}: {refused}");
    }
    // Of another chain.
    add("ana", "INSERT INTO portgate.chain (backend, company) VALUES ('elsewhere', '')").unwrap();
    let first = changed(&|line| {
        line["sequence"] = json!(1);
        line["previous"] = json!(zeros);
    });
    let refused = add("ana", &adding(2, &first)).unwrap_err();
    assert!(refused.contains("the line belongs to another chain than 2"), "{refused}");
    // What the trigger sets can't be given.
    let line = sealed(&next);
    for column in ["login", "recorded_at", "id", "object", "outcome"] {
        let given = format!(
            "INSERT INTO portgate.entry (chain, line, {column}) VALUES (1, $line${line}$line$, DEFAULT)"
        );
        let refused = add("ana", &given).unwrap_err();
        assert!(refused.contains("permission denied") || refused.contains("cannot insert"), "{refused}");
    }
    let refused = add("carl", &adding(1, &line)).unwrap_err();
    assert!(refused.contains("permission denied for table entry"), "{refused}");
    let refused = add("ben", &adding(1, &line)).unwrap_err();
    assert!(refused.contains("login ben can't record as ana"), "{refused}");
    // With the superuser's rights for the table, still not under another's login.
    let refused = add(SUPERUSER, &format!("SET ROLE portgate_writer; {}", adding(1, &line))).unwrap_err();
    assert!(refused.contains("login postgres can't record as ana"), "{refused}");
    add("ana", &adding(1, &line)).unwrap();
    assert_eq!(team.sql(postgres, "SELECT string_agg(DISTINCT login, ' ') FROM portgate.entry"), "ana");
    team.desk(postgres, "carl").verify().exits(0).stdout_has("intact: 3 entries");
}

#[test]
fn a_hostile_line_is_not_added() {
    let Some(postgres) = Postgres::shared() else { return };
    let (team, next) = ledger(postgres);
    let add = |login: &str, sql: &str| postgres.sql_at(&postgres.address(login, &team.database), sql);
    let by_ben = |attempt: &Value, member: &str, value: Value| {
        let mut line = next.clone();
        line["who"]["login"] = json!("ben");
        line["attempt"] = attempt.clone();
        line[member] = value;
        sealed(&line)
    };
    let (hers, own) = (next["attempt"].clone(), json!("another"));
    let answered = || json!("answered");
    for (line, why) in [
        // How her attempt ended is hers to say.
        (by_ben(&hers, "outcome", json!("refused")), "login ben can't record the end of an attempt of ana"),
        (by_ben(&own, "lease_s", json!(9_000_000_000_u64)), "is not valid"),
        (by_ben(&own, "lease_s", json!(-1)), "is not valid"),
        (by_ben(&own, "step", json!("owned")), "is not valid"),
        (by_ben(&own, "at", json!("infinity")), "is not valid"),
        (
            by_ben(&own, "step", answered()).replace(",\"step\"", ",\n\"step\""),
            "a line has no control characters",
        ),
    ] {
        let refused = add("ben", &adding(1, &line)).unwrap_err();
        assert!(refused.contains(why), "{line}: {refused}");
    }
    // Types of one's own don't change what the checks see.
    let shadow = "CREATE TYPE pg_temp.text AS (it pg_catalog.text);
        CREATE FUNCTION pg_temp.ana(name) RETURNS pg_temp.text LANGUAGE sql AS $f$SELECT ROW('ana')::pg_temp.text$f$;
        CREATE CAST (name AS pg_temp.text) WITH FUNCTION pg_temp.ana(name);";
    let posing = sealed(&Value::Object({
        let mut line = next.as_object().unwrap().clone();
        line["attempt"] = own.clone();
        line
    }));
    let refused = add("ben", &format!("{shadow} {}", adding(1, &posing))).unwrap_err();
    assert!(refused.contains("login ben can't record as ana") || refused.contains("CREATE"), "{refused}");
    // A reader can't stop the others.
    let refused = add("carl", "SELECT portgate.begin_append()").unwrap_err();
    assert!(refused.contains("permission denied for function begin_append"), "{refused}");
    add("ben", &adding(1, &by_ben(&own, "step", answered()))).unwrap();
    team.desk(postgres, "carl").verify().exits(0).stdout_has("intact: 3 entries");
}

//! The servers of `common/postgres`: what they are asked to do to a client must be what they do.

use std::io::Write as _;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use crate::common::{Database, Postgres, Replica, turn_to_start};

/// In which a run of this binary is asked to be killed.
const TO_BE_KILLED: &str = "PORTGATE_TEST_TO_BE_KILLED";

/// Runs SQL on a thread of its own.
fn in_background<'s>(
    scope: &'s thread::Scope<'s, '_>,
    postgres: &'s Postgres,
    address: &'s str,
    sql: &'s str,
) -> Receiver<Result<String, String>> {
    let (sender, receiver) = channel();
    scope.spawn(move || sender.send(postgres.sql_at(address, sql)));
    receiver
}

/// Passes also if the answer is only slow: it can't fail by chance.
fn assert_waits(answer: &Receiver<Result<String, String>>) {
    assert_eq!(answer.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout));
}

/// A server with a database, and its standby.
fn pair() -> Option<(Postgres, Database, Replica)> {
    let mut primary = Postgres::start()?;
    let database = primary.database();
    let replica = primary.replica();
    Some((primary, database, replica))
}

#[test]
fn a_shared_server_has_an_empty_database_for_each_test() {
    let Some(postgres) = Postgres::shared() else { return };
    let [one, other] = [postgres.database(), postgres.database()];

    postgres.sql_at(&one.address, "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)").unwrap();

    assert_eq!(postgres.sql(&one.name, "SELECT n, n * 2 FROM t ORDER BY n"), "1|2\n2|4");
    let missing = postgres.sql_at(&other.address, "SELECT * FROM t").unwrap_err();
    assert!(missing.contains("does not exist"), "{missing}");
    let settings = "SELECT current_setting('fsync'), current_setting('server_encoding'), \
        (SELECT datcollate FROM pg_database WHERE datname = current_database())";
    assert_eq!(postgres.sql(&one.name, settings), "on|UTF8|C");
    let socket = postgres.address_by_socket(&one.name, &one.name);
    assert_eq!(postgres.sql_at(&socket, "SELECT current_user").unwrap(), one.name);
}

#[test]
fn a_login_has_a_password_and_no_rights() {
    let Some(postgres) = Postgres::shared() else { return };
    let database = postgres.database();
    let password = postgres.login("harness_reader");
    assert_eq!(postgres.login("harness_reader"), password, "made once");
    let address = postgres.address("harness_reader", &database.name);

    assert_eq!(postgres.sql_at(&address, "SELECT current_user").unwrap(), "harness_reader");
    let denied = postgres.sql_at(&address, "CREATE TABLE public.t (n int)").unwrap_err();
    assert!(denied.contains("permission denied"), "{denied}");
    let wrong = postgres.sql_at(&address.replace(&password, "another"), "SELECT 1").unwrap_err();
    assert!(wrong.contains("password authentication failed"), "{wrong}");
}

#[test]
fn a_killed_server_comes_back_with_what_was_committed() {
    let Some(mut postgres) = Postgres::start() else { return };
    let database = postgres.database();
    postgres.sql_at(&database.address, "CREATE TABLE t AS SELECT 1 AS n").unwrap();

    postgres.kill();
    let refused = postgres.sql_at(&database.address, "SELECT 1").unwrap_err();
    assert!(refused.contains("Connection refused"), "{refused}");
    postgres.restart();

    assert_eq!(postgres.sql(&database.name, "SELECT n FROM t"), "1");
    assert!(postgres.log().contains("was not properly shut down"), "{}", postgres.log());
    // One that runs is restarted as well.
    let started = "SELECT pg_postmaster_start_time()";
    let before = postgres.sql(&database.name, started);
    postgres.restart();
    assert_ne!(postgres.sql(&database.name, started), before);
}

#[test]
fn a_suspended_server_answers_once_it_is_resumed() {
    let Some(mut postgres) = Postgres::start() else { return };
    let Some(client) = Postgres::shared() else { return };
    let address = postgres.address("postgres", "postgres");

    thread::scope(|scope| {
        postgres.suspend();
        let answer = in_background(scope, client, &address, "SELECT 1");
        assert_waits(&answer);
        postgres.resume();
        assert_eq!(answer.recv().unwrap().unwrap(), "1");
    });
    // One that is suspended can be killed.
    postgres.suspend();
    postgres.kill();
    postgres.restart();
    assert_eq!(postgres.sql("postgres", "SELECT 1"), "1");
}

#[test]
fn a_commit_waits_for_the_standby() {
    let Some((primary, database, mut replica)) = pair() else { return };

    thread::scope(|scope| {
        replica.suspend();
        let answer = in_background(scope, &primary, &database.address, "CREATE TABLE t (n int)");
        assert_waits(&answer);
        replica.resume();
        answer.recv().unwrap().unwrap();
    });
}

#[test]
fn a_promoted_standby_has_what_the_killed_primary_committed() {
    let Some((mut primary, database, mut replica)) = pair() else { return };
    let both = primary.address_of_both(&replica, &database.name, &database.name);
    let port = |postgres: &Postgres| postgres.sql_at(&both, "SELECT inet_server_port()");
    let there = replica.address(&database.name, &database.name);
    let refused = replica.sql_at(&there, "CREATE TABLE t (n int)").unwrap_err();
    assert!(refused.contains("read-only transaction"), "{refused}");

    // What the standby has on disk counts, not what it shows already.
    replica.sql("postgres", "SELECT pg_wal_replay_pause()");
    primary.sql_at(&both, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)").unwrap();
    assert_eq!(port(&primary).unwrap(), primary.port().to_string());
    primary.kill();
    let refused = port(&primary).unwrap_err();
    assert!(refused.contains("session is read-only"), "{refused}");
    replica.promote();

    primary.sql_at(&both, "INSERT INTO t VALUES (2)").unwrap();
    assert_eq!(port(&primary).unwrap(), replica.port().to_string());
    assert_eq!(replica.sql(&database.name, "SELECT n FROM t ORDER BY n"), "1\n2");
    // It can have a standby in its turn.
    let next = replica.replica();
    assert_eq!(next.sql(&database.name, "SELECT count(*) FROM t"), "2");
}

#[test]
fn tls_is_required_and_can_be_verified() {
    let Some(postgres) = Postgres::tls() else { return };
    let database = postgres.database();
    let with = |more: &str| {
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        postgres.sql_at(&format!("{}?{more}", database.address), sql)
    };
    let authority = postgres.authority().display();

    assert_eq!(with(&format!("sslmode=verify-full&sslrootcert={authority}")).unwrap(), "t");
    let unknown = with("sslmode=verify-full&sslrootcert=/nonexistent").unwrap_err();
    assert!(unknown.contains("/nonexistent"), "{unknown}");
    let plain = with("sslmode=disable").unwrap_err();
    assert!(plain.contains("no encryption"), "{plain}");
}

#[test]
fn a_certificate_can_be_for_another_name() {
    let Some(mut postgres) = Postgres::tls_for("DNS:elsewhere.example") else { return };
    let replica = postgres.replica();
    for server in [&postgres, &*replica] {
        let address = server.address("postgres", "postgres");
        let verified = format!("sslmode=verify-full&sslrootcert={}", server.authority().display());
        let refused = server.sql_at(&format!("{address}?{verified}"), "SELECT 1").unwrap_err();
        assert!(refused.contains("elsewhere.example"), "{refused}");
        let signed = verified.replace("verify-full", "verify-ca");
        assert_eq!(server.sql_at(&format!("{address}?{signed}"), "SELECT 1").unwrap(), "1");
    }
}

#[test]
fn nothing_is_left_of_a_server_of_a_test_that_panics() {
    let Some(mut postgres) = Postgres::start() else { return };
    let (folder, port) = (postgres.folder().to_owned(), postgres.port());
    assert!(folder.join("data").is_dir() && TcpStream::connect(("127.0.0.1", port)).is_ok());

    let panic = catch_unwind(AssertUnwindSafe(move || {
        postgres.suspend();
        std::panic::resume_unwind(Box::new(postgres.port()));
    }));

    assert!(panic.is_err());
    assert!(!folder.exists(), "{}", folder.display());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn nothing_is_left_of_the_servers_of_a_killed_process() {
    if std::env::var_os(TO_BE_KILLED).is_some() {
        let own = Postgres::start().unwrap();
        for postgres in [&own, Postgres::shared().unwrap()] {
            writeln!(std::io::stdout(), "server: {} {}", postgres.port(), postgres.folder().display())
                .unwrap();
        }
        kill_process(getpid(), Signal::KILL).unwrap();
    }
    if Postgres::shared().is_none() {
        return;
    }
    let name = "postgres_harness::nothing_is_left_of_the_servers_of_a_killed_process";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env(TO_BE_KILLED, "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let turn = turn_to_start();
    let child = command.spawn().unwrap();
    drop(turn);

    // The watchers keep its stderr open until they are done.
    let output = child.wait_with_output().unwrap();

    let printed = String::from_utf8(output.stdout).unwrap();
    let servers: Vec<_> = printed.lines().filter_map(|line| line.strip_prefix("server: ")).collect();
    assert_eq!(servers.len(), 2, "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for server in servers {
        let (port, folder) = server.split_once(' ').unwrap();
        assert!(!std::path::Path::new(folder).exists(), "{folder}");
        assert!(TcpStream::connect(("127.0.0.1", port.parse().unwrap())).is_err());
    }
}

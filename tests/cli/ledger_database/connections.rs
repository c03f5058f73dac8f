//! How the database is reached: passwords, TLS, hosts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{Desk, NEW, Team, one_request};
use crate::common::{Home, Outcome, Portgate, Postgres};

/// The address without its password.
fn bare(desk: &Desk) -> (String, String) {
    let (scheme, rest) = desk.ledger.split_once("://").unwrap();
    let (login, place) = rest.split_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    (format!("{scheme}://{user}@{place}"), password.to_owned())
}

fn status<'d>(desk: &'d Desk, address: &str) -> Portgate<'d> {
    desk.home.portgate("ledger status").env("PORTGATE_LEDGER", address)
}

/// How a decision ends with the ledger at this address: nothing is sent.
fn refused(postgres: &Postgres, team: &Team, address: &str, code: i32) -> Outcome {
    let (_, script) = one_request();
    let mut ana = team.desk(postgres, "ana");
    ana.ledger = address.to_owned();
    let outcome = ana.approvals(&format!("accept {NEW} --timeout 20s"), &script).run();
    outcome.exits(code);
    assert!(script.writes().is_empty());
    outcome
}

#[test]
fn a_wrong_password_is_refused_at_once_and_not_repeated() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (address, password) = bare(&team.desk(postgres, "ana"));
    let place = &team.place;
    let wrong = address.replace("ana@", "ana:an0ther-passw0rd@");
    let hint = "  next: set the password: PGPASSWORD, ~/.pgpass, or ledger_secret_command in the profile\n";
    let outcome = refused(postgres, &team, &wrong, 10);
    outcome.stdout_is("").lacks("an0ther-passw0rd").lacks(&password);
    outcome.stderr_has(&format!(
        "error: could not use the ledger at {place}; nothing was sent\n  why: password authentication failed for user \"ana\"\n{hint}"
    ));
    let missing = refused(postgres, &team, &address, 10);
    missing.stderr_has("  why: it requires a password\n").stderr_has(hint).stderr_has("nothing was sent");
}

#[test]
fn the_password_comes_from_where_the_clients_of_postgresql_look() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let ana = team.desk(postgres, "ana");
    let (address, password) = bare(&ana);
    let told = "Login    ana (writer)";
    status(&ana, &address).env("PGPASSWORD", &password).run().exits(0).stdout_has(told);
    let nameless = address.replace("ana@", "");
    let by_variable = ana.home.portgate("ledger status").env("PORTGATE_LEDGER", &nameless);
    by_variable.env("PGUSER", "ana").env("PGPASSWORD", &password).run().exits(0).stdout_has(told);

    let (port, database) = (postgres.port(), &team.database);
    let line =
        format!("# of the team\n127.0.0.1:{port}:other:ana:no\n127.0.0.1:{port}:{database}:ana:{password}\n");
    let file = ana.home.write(".pgpass", line);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let open = status(&ana, &address).run();
    open.exits(2).stderr_has(&format!(
        "error: could not read the password file {}\n  why: other users may read it",
        file.display()
    ));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    status(&ana, &address).run().exits(0).stdout_has(told);
    let other = team.desk(postgres, "ana");
    let elsewhere = status(&other, &address).env("PGPASSFILE", &file);
    elsewhere.run().exits(0).stdout_has(told);
}

#[test]
fn a_profile_names_the_ledger_and_the_program_that_prints_its_password() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let ana = team.desk(postgres, "ana");
    let (address, password) = bare(&ana);
    let (_, script) = one_request();
    let url = script.url();
    let config = |ledger: &str, more: &str| {
        let text = format!(
            "schema = \"portgate.config/v1\"\ndefault = \"desk\"\n[profiles.desk]\nenvironment = \"custom\"\n\
             api_url = \"{url}\"\nledger = \"{ledger}\"\n{more}\n"
        );
        let file = ana.home.write("config/portgate/config.toml", text);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    };
    ana.home.keeps_secret(&password);
    let secret = ana.home.write("secret", &password);
    let command = format!("ledger_secret_command = [\"cat\", \"{}\"]", secret.display());
    config(&address, &command);
    ana.home.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    assert_eq!(team.lines(postgres).len(), 2);
    config(&address, "ledger_secret_command = [\"false\"]");
    let failed = ana.home.portgate("ledger status").run();
    assert!(failed.code != 0 && failed.stderr.contains("false"), "{failed}");
    config(&ana.ledger, "");
    let told = ana.home.portgate("ledger status").run();
    told.exits(2).stderr_has("ledger must not contain a password").lacks(&password);
}

#[test]
fn an_encrypted_connection_is_verified() {
    let Some(postgres) = Postgres::tls() else { return };
    let team = Team::new(&postgres);
    let authority = postgres.authority().display().to_string();
    let ana = team.desk(&postgres, "ana");
    let plain = refused(&postgres, &team, &ana.ledger, 10);
    plain
        .stderr_has("no encryption")
        .stderr_has("  next: if the server requires TLS, add sslmode=verify-full to the address\n")
        .stderr_has("nothing was sent");
    let unknown = refused(&postgres, &team, &format!("{}?sslmode=require", ana.ledger), 10);
    unknown.stderr_has_any(&["unknown issuer", "UnknownIssuer"]);
    let missing = format!("{}?sslrootcert=/nonexistent.pem", ana.ledger);
    refused(&postgres, &team, &missing, 2).stderr_has("could not use /nonexistent.pem for the ledger");

    let (_, script) = one_request();
    let mut verified = team.desk(&postgres, "ana");
    verified.ledger = format!("{}?sslmode=verify-full&sslrootcert={authority}", ana.ledger);
    verified.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    let by_variable = ana.portgate("ledger status").env("PGSSLROOTCERT", &authority);
    let by_name = ana.ledger.replace("127.0.0.1", "localhost");
    by_variable.env("PORTGATE_LEDGER", format!("{by_name}?sslmode=require")).run().exits(0);
    assert_eq!(team.lines(&postgres).len(), 2);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let Some(postgres) = Postgres::tls_for("DNS:elsewhere.example") else { return };
    let team = Team::new(&postgres);
    let authority = postgres.authority().display().to_string();
    for mode in ["verify-full", "require", "prefer"] {
        let address = postgres.address("ana", &team.database);
        let outcome =
            refused(&postgres, &team, &format!("{address}?sslmode={mode}&sslrootcert={authority}"), 10);
        outcome.stderr_has_any(&["not valid for name", "NotValidForName"]).stderr_has("nothing was sent");
    }
}

#[test]
fn a_plain_connection_to_another_machine_is_refused_before_it_is_made() {
    let home = Home::new();
    let (_, script) = one_request();
    let accept = |address: &str| {
        let run = home.approvals(&format!("accept {NEW}"), &script).env("PORTGATE_LEDGER", address);
        run.env("PGPASSWORD", "an0ther-passw0rd").run()
    };
    accept("postgres://ana@db.example.net/desk?sslmode=disable").exits(2).stdout_is("").stderr_has(
        "error: the address of the ledger is not valid\n  why: sslmode=disable is allowed only for a database on this machine\n  next: use the path of a file, or an address such as postgres://ana@db.example.net/portgate\n",
    );
    for wrong in ["mysql://ana@db.example.net/desk", "postgres://ana:s3cret-pw@db.example.net:x/desk"] {
        accept(wrong).exits(2).stderr_has("the address of the ledger is not valid").lacks("s3cret-pw");
    }
    assert!(script.writes().is_empty());
}

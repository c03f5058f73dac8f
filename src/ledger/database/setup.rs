//! Creates the ledger in a database, and brings it to the version of this portgate.

use std::time::Duration;

use refinery::{Migration, Runner};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::DatabaseLedger;
use super::failure::Failure;
use super::version::{TABLE, VERSION, check_version, version_of};
use crate::error::Error;
use crate::exit::Exit;

/// The migrations, each with its version in its name. One that was released is never changed.
const MIGRATIONS: [(&str, &str); 3] = [
    ("V1__ledger", include_str!("schema.sql")),
    ("V2__finding", include_str!("finding.sql")),
    ("V3__resent", include_str!("resent.sql")),
];
/// The lock under which the ledger is created or migrated ("port" and 2).
const MIGRATING: (i32, i32) = (0x706f_7274, 2);

/// How often a change of roles is tried again, and the pause before.
const ROLE_TRIES: u32 = 20;
const ROLE_PAUSE: Duration = Duration::from_millis(50);

/// What the roles may do. Granted at each set-up, so that what a new version adds is granted, too.
const GRANTS: &str = "
    GRANT USAGE ON SCHEMA portgate TO portgate_writer, portgate_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA portgate TO portgate_writer, portgate_reader;
    GRANT INSERT (backend, company) ON portgate.chain TO portgate_writer;
    GRANT INSERT (chain, line) ON portgate.entry TO portgate_writer;
    GRANT EXECUTE ON FUNCTION portgate.begin_append() TO portgate_writer;
";

/// Logins that get access.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logins {
    /// Those that may record, and so decide.
    pub(crate) writers: Vec<String>,
    /// Those that may only read.
    pub(crate) readers: Vec<String>,
}

/// The versions of the tables before and after a set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setup {
    /// `None` if there was no ledger.
    pub(crate) before: Option<i32>,
    pub(crate) version: i32,
}

/// Changes roles, which all databases of a server share: a ledger may be set up in another one at the same time.
async fn change_roles(client: &Client, sql: &str) -> Result<(), tokio_postgres::Error> {
    let mut tries = 0;
    loop {
        match client.batch_execute(sql).await {
            Err(error)
                if tries < ROLE_TRIES
                    && matches!(
                        error.code(),
                        Some(&SqlState::UNIQUE_VIOLATION | &SqlState::INTERNAL_ERROR)
                    ) =>
            {
                tries += 1;
                tokio::time::sleep(ROLE_PAUSE).await;
            }
            changed => return changed,
        }
    }
}

impl DatabaseLedger {
    /// Creates the ledger if there is none and `may_create`, or migrates it, and gives these logins access.
    ///
    /// # Errors
    /// The login may not do that, the ledger is of a newer version, or there is none.
    pub(crate) async fn set_up(&self, may_create: bool, logins: &Logins) -> Result<Setup, Error> {
        let mut client = self.in_time(self.client()).await.map_err(Failure::into_error)?;
        let failed = |error: tokio_postgres::Error| {
            let why = error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned());
            Error::new(Exit::Other, format!("could not set up the ledger at {}", self.address))
                .reason(why)
                .hint("use a login that may create schemas and roles in this database, such as its owner")
        };
        let locking = "SELECT pg_advisory_lock($1, $2)";
        client.execute(locking, &[&MIGRATING.0, &MIGRATING.1]).await.map_err(failed)?;
        let before = version_of(&client).await.map_err(failed)?;
        if before.is_none_or(|before| before > VERSION) && !(before.is_none() && may_create) {
            check_version(self, &client).await.map_err(Failure::into_error)?;
        }
        let shown = client.query_one("SHOW server_encoding", &[]).await.map_err(failed)?;
        let encoding: &str = shown.get("server_encoding");
        if encoding != "UTF8" {
            return Err(Error::usage(format!("the ledger at {} was not set up", self.address))
                .reason(format!("the encoding of the database is {encoding}"))
                .hint("use a database with the encoding UTF8: createdb -E UTF8 -T template0 NAME"));
        }
        for login in logins.writers.iter().chain(&logins.readers) {
            let there = client.query("SELECT FROM pg_roles WHERE rolname = $1", &[login]).await;
            if there.map_err(failed)?.is_empty() {
                return Err(Error::new(Exit::NotFound, format!("no login '{login}' found in the database"))
                    .hint("create it first, for example with createuser --pwprompt"));
            }
        }
        for role in ["portgate_writer", "portgate_reader"] {
            let there = client.query("SELECT FROM pg_roles WHERE rolname = $1", &[&role]).await;
            if there.map_err(failed)?.is_empty() {
                match change_roles(&client, &format!("CREATE ROLE {role} NOLOGIN")).await {
                    Err(error) if error.code() == Some(&SqlState::DUPLICATE_OBJECT) => {}
                    made => made.map_err(failed)?,
                }
            }
        }
        if before != Some(VERSION) {
            client.batch_execute("CREATE SCHEMA IF NOT EXISTS portgate").await.map_err(failed)?;
            self.migrate(&mut client).await?;
        }
        client.batch_execute(GRANTS).await.map_err(failed)?;
        let writers = logins.writers.iter().map(|login| ("portgate_writer", login));
        let readers = logins.readers.iter().map(|login| ("portgate_reader", login));
        for (role, login) in writers.chain(readers) {
            let quoted = login.replace('"', "\"\"");
            change_roles(&client, &format!("GRANT {role} TO \"{quoted}\"")).await.map_err(failed)?;
        }
        Ok(Setup { before, version: VERSION })
    }

    async fn migrate(&self, client: &mut Client) -> Result<(), Error> {
        let failed = |error: refinery::Error| {
            let why = std::error::Error::source(&error)
                .and_then(|source| source.downcast_ref::<tokio_postgres::Error>())
                .and_then(tokio_postgres::Error::as_db_error)
                .map_or_else(|| error.to_string(), |said| said.message().to_owned());
            Error::new(Exit::Other, format!("could not set up the ledger at {}", self.address)).reason(why)
        };
        let migrations: Result<Vec<Migration>, refinery::Error> =
            MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
        let mut runner = Runner::new(&migrations.map_err(failed)?).set_grouped(true);
        runner.set_migration_table_name(TABLE);
        runner.run_async(client).await.map(drop).map_err(failed)
    }
}

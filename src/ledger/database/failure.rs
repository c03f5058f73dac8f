//! Tells a failure of the connection from one that is final, and from an entry that the database doesn't take.

use tokio_postgres::error::SqlState;

use super::DatabaseLedger;
use super::address::Tls;
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{refused_error, unusable_error};

/// The classes of errors that say nothing of an entry: lost connections, conflicts of transactions, missing resources, locks,
/// interventions of an operator, and errors of the system.
const OF_ANY_ENTRY: [&str; 8] = ["08", "25", "40", "53", "55", "57", "58", "XX"];
/// What two transactions violate that don't see each other, as where the database isolates them more than is needed.
const OWN_CONSTRAINTS: [&str; 4] = ["chain_backend_company_key", "entry_pkey", "entry_id", "entry_imported"];

const PASSWORD_HINT: &str =
    "set the password: PGPASSWORD, ~/.pgpass, or ledger_secret_command in the profile";

/// A failure, by whether another try may help.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// It may work with another connection.
    Lost(Error),
    Final(Error),
    /// The database doesn't take one of the entries.
    Refused(Error),
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Failure::Lost(error) | Failure::Final(error) | Failure::Refused(error) => error,
        }
    }
}

impl DatabaseLedger {
    /// The error if there was no answer (exit 11).
    pub(super) fn silent_error(&self) -> Error {
        unusable_error(Exit::Timeout, &self.address).reason("the database did not answer in time").retryable()
    }

    /// What it means that entries could not be added: the database is away, or it doesn't take one of them.
    pub(super) fn refusal(&self, error: &tokio_postgres::Error) -> Failure {
        let Some(said) = error.as_db_error() else { return self.failure(error) };
        let code = said.code();
        let is_of_any = OF_ANY_ENTRY.contains(&code.code().get(..2).unwrap_or_default());
        let is_race = *code == SqlState::UNIQUE_VIOLATION
            && said.constraint().is_some_and(|name| OWN_CONSTRAINTS.contains(&name));
        if is_of_any || is_race {
            return self.failure(error);
        }
        let error = self.refused_error(said.message().to_owned());
        let exit = if *code == SqlState::INSUFFICIENT_PRIVILEGE { Exit::Forbidden } else { error.exit };
        Failure::Refused(Error { exit, ..error })
    }

    /// The error where the database doesn't take an entry.
    pub(super) fn refused_error(&self, why: String) -> Error {
        refused_error(&self.address).reason(why)
    }

    /// What a failure of the database means.
    pub(super) fn failure(&self, error: &tokio_postgres::Error) -> Failure {
        let unavailable = |why: String| unusable_error(Exit::Network, &self.address).reason(why).retryable();
        let Some(said) = error.as_db_error() else {
            let why = crate::api::transport::chain(error);
            if why.contains("password missing") {
                return Failure::Final(Error {
                    retryable: false,
                    ..unavailable("it requires a password".to_owned()).hint(PASSWORD_HINT)
                });
            }
            return Failure::Lost(
                unavailable(why)
                    .hint("portgate changes nothing without a record: check the address and the database"),
            );
        };
        let unavailable = unavailable(said.message().to_owned());
        let is_alone = !self.address.has_several_hosts() && self.head.borrow().is_none();
        match said.code() {
            &SqlState::READ_ONLY_SQL_TRANSACTION if is_alone => {
                Failure::Final(unavailable.hint("name the primary in the address, or all hosts"))
            }
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::READ_ONLY_SQL_TRANSACTION
            | &SqlState::TOO_MANY_CONNECTIONS
            | &SqlState::UNIQUE_VIOLATION => Failure::Lost(unavailable),
            &SqlState::INVALID_CATALOG_NAME => Failure::Final(Error {
                retryable: false,
                ..unavailable.hint("check the database in the address, or create it with createdb")
            }),
            &SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME => Failure::Final(Error {
                retryable: false,
                ..unavailable.hint("create it: portgate ledger init")
            }),
            &SqlState::INSUFFICIENT_PRIVILEGE => Failure::Final(Error {
                exit: Exit::Forbidden,
                retryable: false,
                ..unavailable.hint("ask whoever set it up: portgate ledger init --writer LOGIN")
            }),
            &SqlState::LOCK_NOT_AVAILABLE => Failure::Final(Error {
                exit: Exit::Timeout,
                ..unavailable.hint("another session holds a lock on the ledger: see pg_stat_activity")
            }),
            code if code.code().starts_with("08") => Failure::Lost(unavailable),
            &SqlState::INVALID_PASSWORD => {
                Failure::Final(Error { retryable: false, ..unavailable.hint(PASSWORD_HINT) })
            }
            code if code.code().starts_with("28") => Failure::Final(Error {
                retryable: false,
                ..unavailable.hint(match self.address.tls {
                    Tls::Plain if said.message().contains("no encryption") => {
                        "if the server requires TLS, add sslmode=verify-full to the address"
                    }
                    Tls::Plain | Tls::Verified { .. } => "check the user and the database in the address",
                })
            }),
            code if code.code().starts_with("53") => Failure::Final(unavailable),
            _ => Failure::Final(Error { retryable: false, ..unavailable }),
        }
    }
}

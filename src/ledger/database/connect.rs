//! Connects to the database, and tells a connection that was lost from one that is refused.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::sync::MappedMutexGuard;
use tokio::sync::MutexGuard;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Tls;
use super::{DatabaseLedger, setup};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{REFUSED, UNUSABLE};

/// The pause between two tries to connect.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a database that could not be read in time isn't asked again, but for a record.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a database is looked for that answered never before: another one may take its place.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);
/// The same where changes may be made without it.
const FIRST_PATIENCE_WITH_FILE: Duration = Duration::from_secs(3);

/// The classes of errors that say nothing of an entry: lost connections, conflicts of transactions, missing resources, locks,
/// interventions of an operator, and errors of the system.
const OF_ANY_ENTRY: [&str; 8] = ["08", "25", "40", "53", "55", "57", "58", "XX"];
/// What two transactions violate that don't see each other, as where the database isolates them more than is needed.
const OWN_CONSTRAINTS: [&str; 4] = ["chain_backend_company_key", "entry_pkey", "entry_id", "entry_imported"];

const PASSWORD_HINT: &str =
    "set the password: PGPASSWORD, ~/.pgpass, or ledger_secret_command in the profile";

/// A connection to a ledger of this version.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    /// The login as the database knows it.
    pub(super) login: String,
    /// The chains that are known, by backend and company.
    pub(super) chains: HashMap<(String, String), i64>,
}

/// Why something failed.
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
    /// The connection; a new one if there is none, or it was lost.
    pub(super) async fn link(&self) -> Result<MappedMutexGuard<'_, Link>, Failure> {
        let mut link = self.link.lock().await;
        if link.as_ref().is_none_or(|link| link.client.is_closed()) {
            *link = None;
            // It is large, and rare.
            *link = Some(Box::pin(self.connect()).await?);
        }
        MutexGuard::try_map(link, Option::as_mut)
            .map_err(|_| Failure::Final(Error::new(Exit::Other, "there is no connection to the ledger")))
    }

    /// Forgets a connection whose state is unknown.
    pub(super) async fn drop_link(&self) {
        *self.link.lock().await = None;
    }

    /// Whether it is worth another try, this long after the first one.
    pub(super) fn may_try_again(&self, started: Instant, patience: Duration) -> bool {
        let first = if self.falls_back { FIRST_PATIENCE_WITH_FILE } else { FIRST_PATIENCE };
        started.elapsed() + PAUSE < if self.is_expected_back() { patience } else { patience.min(first) }
    }

    /// Whether it was there before, or is one of several.
    fn is_expected_back(&self) -> bool {
        self.has_connected.get() || self.address.has_several_hosts()
    }

    /// As [`DatabaseLedger::may_try_again`], to read: where nothing is to be changed, a database that answered never before
    /// isn't waited for.
    pub(super) fn may_read_again(&self, started: Instant) -> bool {
        let is_needed = self.is_needed.get() || self.is_expected_back();
        is_needed && self.may_try_again(started, self.patience.left())
    }

    pub(super) async fn pause(&self) {
        tokio::time::sleep(PAUSE).await;
    }

    /// Awaits what is read, no longer than there is time. A database that was silent a moment ago isn't asked again.
    pub(super) async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let unread = self.unread.borrow().clone();
        if let Some((_, error)) = unread.filter(|(until, _)| Instant::now() < *until) {
            return Err(Failure::Final(error));
        }
        match tokio::time::timeout(self.at_most(self.patience.left()), Box::pin(reading)).await {
            Ok(read) => read,
            Err(_) => {
                let error = self.silent_error();
                self.note_unread(&error);
                Err(Failure::Final(error))
            }
        }
    }

    /// It could not be read, however long it was waited for.
    pub(super) fn note_unread(&self, error: &Error) {
        self.unread.replace(Some((Instant::now() + SILENCE, error.clone())));
        self.note_failure(error);
    }

    /// The error if there was no answer (exit 11).
    pub(super) fn silent_error(&self) -> Error {
        let message = format!("{UNUSABLE} {}", self.address);
        let mut error = Error::new(Exit::Timeout, message).because("the database did not answer in time");
        error.retryable = true;
        error
    }

    async fn connect(&self) -> Result<Link, Failure> {
        let client = self.client().await?;
        setup::check_version(self, &client).await?;
        // A client that vanishes must not keep others waiting.
        let limit = self.patience.timeout.as_millis();
        let settings = format!(
            "SET idle_in_transaction_session_timeout = '15s'; SET lock_timeout = {limit};
            SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
        );
        client.batch_execute(&settings).await.map_err(|error| self.failure(&error))?;
        let row = client.query_one("SELECT session_user::text", &[]).await;
        let login = row.and_then(|row| row.try_get(0)).map_err(|error| self.failure(&error))?;
        self.has_connected.set(true);
        self.unread.take();
        Ok(Link { client, login, chains: HashMap::new() })
    }

    /// A connection to whatever is at the address.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        let mut address = self.address.clone();
        if !address.has_password()
            && let Some(password) = (self.secret)().map_err(Failure::Final)?
        {
            address.set_password(&password);
        }
        let config = &address.config;
        let connected = match &address.tls {
            Tls::Plain => config.connect(NoTls).await.map(|(client, connection)| {
                tokio::spawn(connection);
                client
            }),
            Tls::Verified { root, own } => {
                let own = own.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()));
                let tls = tls_config(root.as_deref(), own).map_err(Failure::Final)?;
                config.connect(MakeRustlsConnect::new(tls)).await.map(|(client, connection)| {
                    tokio::spawn(connection);
                    client
                })
            }
        };
        connected.map_err(|error| self.failure(&error))
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
        let error = self.refused(said.message().to_owned());
        let exit = if *code == SqlState::INSUFFICIENT_PRIVILEGE { Exit::Forbidden } else { error.exit };
        Failure::Refused(Error { exit, ..error })
    }

    /// The error where the database doesn't take an entry.
    pub(super) fn refused(&self, why: String) -> Error {
        Error::new(Exit::Network, format!("{REFUSED} {}", self.address)).because(why)
    }

    /// What a failure of the database means.
    pub(super) fn failure(&self, error: &tokio_postgres::Error) -> Failure {
        let unavailable = |why: String| {
            let mut error = Error::new(Exit::Network, format!("{UNUSABLE} {}", self.address)).because(why);
            error.retryable = true;
            error
        };
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

/// Trusts the system's certificates, or those of a file, and shows a certificate of its own if it has one.
fn tls_config(root: Option<&Path>, own: Option<(&Path, &Path)>) -> Result<rustls::ClientConfig, Error> {
    let unusable = |path: &Path, why: String| {
        Error::usage(format!("could not use {} for the ledger", path.display())).because(why)
    };
    let broken =
        |error: rustls::Error| Error::new(Exit::Network, "TLS is not available").because(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(broken)?;
    let certificates = |path: &Path| -> Result<Vec<CertificateDer<'static>>, Error> {
        let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        read.map_err(|error| unusable(path, error.to_string()))
    };
    let builder = match root {
        Some(path) => {
            let mut roots = rustls::RootCertStore::empty();
            let (added, _) = roots.add_parsable_certificates(certificates(path)?);
            if added == 0 {
                return Err(unusable(path, "it contains no certificate".to_owned()));
            }
            builder.with_root_certificates(roots)
        }
        None => builder.with_platform_verifier().map_err(broken)?,
    };
    match own {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            let read = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
            let chain = certificates(certificate)?;
            builder
                .with_client_auth_cert(chain, read)
                .map_err(|error| unusable(certificate, error.to_string()))
        }
    }
}

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
use super::{DatabaseLedger, LockState, setup};
use crate::error::Error;
use crate::exit::Exit;

/// The pause between two tries to connect.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a database is looked for that answered never before.
const FIRST_PATIENCE: Duration = Duration::from_secs(3);
/// The lock that keeps others from counting decisions ("port" and 1).
const COUNTING: (i32, i32) = (0x706f_7274, 1);

/// A connection to a ledger of this version.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    /// Which one it is, of those of this process.
    pub(super) number: u64,
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
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Failure::Lost(error) | Failure::Final(error) => error,
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
        let has_answered = self.connections.get() > 0 || self.address.has_several_hosts();
        started.elapsed() + PAUSE < if has_answered { patience } else { patience.min(FIRST_PATIENCE) }
    }

    pub(super) async fn pause(&self) {
        tokio::time::sleep(PAUSE).await;
    }

    async fn connect(&self) -> Result<Link, Failure> {
        let client = self.client().await?;
        setup::check_version(self, &client).await?;
        let row = client.query_one("SELECT session_user::text", &[]).await;
        let login = row.and_then(|row| row.try_get(0)).map_err(|error| self.failure(&error))?;
        let number = self.connections.get() + 1;
        self.connections.set(number);
        Ok(Link { client, number, login, chains: HashMap::new() })
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

    /// Takes the lock that is wanted, unless this connection has it; returns whether it was taken now.
    ///
    /// # Errors
    /// Somebody else has it for longer than `patience` (exit 11).
    pub(super) async fn take_lock(&self, patience: Duration) -> Result<bool, Error> {
        let started = Instant::now();
        loop {
            let taken = self.try_lock().await;
            match taken {
                Ok(Some(is_new)) => return Ok(is_new),
                Ok(None) if started.elapsed() < patience => self.pause().await,
                Ok(None) => {
                    return Err(Error::new(
                        Exit::Timeout,
                        format!("could not lock the ledger at {}", self.address),
                    )
                    .because("another process is applying a policy"));
                }
                Err(Failure::Lost(_)) if self.may_try_again(started, patience) => self.pause().await,
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    /// Whether the lock was taken now; `None` if somebody else has it.
    async fn try_lock(&self) -> Result<Option<bool>, Failure> {
        let link = self.link().await?;
        match self.lock.get() {
            LockState::Free => return Ok(Some(false)),
            LockState::Wanted(holder) if holder == Some(link.number) => return Ok(Some(false)),
            LockState::Wanted(_) => {}
        }
        let locking = "SELECT pg_try_advisory_lock($1, $2)";
        let row = link.client.query_one(locking, &[&COUNTING.0, &COUNTING.1]).await;
        let is_locked: bool = row.and_then(|row| row.try_get(0)).map_err(|error| self.failure(&error))?;
        if is_locked {
            self.lock.set(LockState::Wanted(Some(link.number)));
        }
        Ok(is_locked.then_some(true))
    }

    /// What a failure of the database means.
    pub(super) fn failure(&self, error: &tokio_postgres::Error) -> Failure {
        let unavailable = |why: String| {
            let mut error =
                Error::new(Exit::Network, format!("could not use the ledger at {}", self.address))
                    .because(why);
            error.retryable = true;
            error
        };
        let Some(said) = error.as_db_error() else {
            return Failure::Lost(
                unavailable(crate::api::transport::chain(error))
                    .hint("portgate changes nothing without a record: check the address and the database"),
            );
        };
        let unavailable = unavailable(said.message().to_owned());
        match said.code() {
            &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN
            | &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::T_R_SERIALIZATION_FAILURE
            | &SqlState::T_R_DEADLOCK_DETECTED
            | &SqlState::READ_ONLY_SQL_TRANSACTION
            | &SqlState::TOO_MANY_CONNECTIONS
            | &SqlState::UNIQUE_VIOLATION => Failure::Lost(unavailable),
            &SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME => Failure::Final(Error {
                retryable: false,
                ..unavailable.hint("create it: portgate ledger init")
            }),
            &SqlState::INSUFFICIENT_PRIVILEGE => Failure::Final(Error {
                retryable: false,
                ..unavailable.hint("ask whoever set it up: portgate ledger init --writer LOGIN")
            }),
            code if code.code().starts_with("08") => Failure::Lost(unavailable),
            code if code.code().starts_with("28") => Failure::Final(Error {
                retryable: false,
                ..unavailable
                    .hint("set the password: PGPASSWORD, ~/.pgpass, or ledger_secret_command in the profile")
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

//! Connects to the database.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::sync::MappedMutexGuard;
use tokio::sync::MutexGuard;
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DatabaseLedger;
use super::address::Tls;
use super::failure::Failure;
use super::version::check_version;
use crate::error::Error;
use crate::exit::Exit;

/// The pause between two tries to connect.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a database that could not be read in time isn't asked again, but for a record.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a database is looked for that answered never before: another one may take its place.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);
/// The same where changes may be made without it.
const FIRST_PATIENCE_WITH_FILE: Duration = Duration::from_secs(3);

/// A connection to a ledger of this version.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    /// The login as the database knows it.
    pub(super) login: String,
    /// The chains that are known, by backend and company.
    pub(super) chains: HashMap<(String, String), i64>,
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
        is_needed && self.may_try_again(started, self.patience.time_left())
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
        match tokio::time::timeout(self.at_most(self.patience.time_left()), Box::pin(reading)).await {
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

    async fn connect(&self) -> Result<Link, Failure> {
        let client = self.client().await?;
        check_version(self, &client).await?;
        // A client that vanishes must not keep others waiting.
        let limit = self.patience.timeout.as_millis();
        let settings = format!(
            "SET idle_in_transaction_session_timeout = '15s'; SET lock_timeout = {limit};
            SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
        );
        client.batch_execute(&settings).await.map_err(|error| self.failure(&error))?;
        let row = client.query_one("SELECT session_user::text AS login", &[]).await;
        let login = row.and_then(|row| row.try_get("login")).map_err(|error| self.failure(&error))?;
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
}

/// Trusts the system's certificates, or those of a file, and shows a certificate of its own if it has one.
fn tls_config(root: Option<&Path>, own: Option<(&Path, &Path)>) -> Result<rustls::ClientConfig, Error> {
    let unusable = |path: &Path, why: String| {
        Error::usage(format!("could not use {} for the ledger", path.display())).reason(why)
    };
    let broken =
        |error: rustls::Error| Error::new(Exit::Network, "TLS is not available").reason(error.to_string());
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

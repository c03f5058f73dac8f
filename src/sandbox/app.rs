//! The state shared by the handlers: the file, the clock, and access to them.

use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode};
use tokio::task;

use crate::sandbox::bell::Bell;
use crate::sandbox::clock::Clock;
use crate::sandbox::domain::session::{Caller, Session};
use crate::sandbox::due;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::{Store, companies, credentials, settings};
use crate::sandbox::turns::Turns;
use crate::sandbox::writer::Writer;
use crate::text::word::Word;

/// The response of `/v3/notificationPreferences`: its real body isn't public, and clients must handle any shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PreferencesV3 {
    /// The same as version 2.
    #[default]
    Destinations,
    /// A shape unknown to clients.
    Other,
    Absent,
}

impl Word for PreferencesV3 {
    const ALL: &[Self] = &[PreferencesV3::Destinations, PreferencesV3::Other, PreferencesV3::Absent];

    fn word(self) -> &'static str {
        match self {
            PreferencesV3::Destinations => "destinations",
            PreferencesV3::Other => "other",
            PreferencesV3::Absent => "absent",
        }
    }
}

#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) deploy_ms: i64,
    /// The lifetime of tokens issued by this process, unless set by the key.
    pub(crate) token_life_s: Option<i64>,
    pub(crate) preferences_v3: PreferencesV3,
    pub(crate) bell: Bell,
    pub(crate) turns: Turns,
    pub(crate) writer: Writer,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// A request with its credentials.
pub(crate) struct Call {
    pub(crate) app: App,
    pub(crate) token: String,
    pub(crate) context: Option<String>,
}

impl App {
    /// Applies due events when a process starts.
    pub(crate) fn catch_up(&self) -> rusqlite::Result<()> {
        self.store.read(|connection| {
            let now_ms = self.now_ms(connection)?;
            due::apply(connection, now_ms)
        })?
    }

    /// How far the sandbox's clock is ahead of the system's, in milliseconds.
    pub(crate) fn ahead_ms(&self) -> rusqlite::Result<i64> {
        let now_ms = self.store.read(|connection| self.now_ms(connection))??;
        Ok(now_ms - Clock::system().now_ms())
    }

    /// The sandbox's time, in milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self, connection: &Connection) -> rusqlite::Result<i64> {
        settings::now_ms(connection, self.clock)
    }

    /// Reads on a thread that may block, when it is its turn.
    pub(crate) async fn in_reader_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let turn = Arc::clone(&self.turns.readers).acquire_owned().await.expect("it is never closed");
        let worked = task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        match worked.await {
            Ok(done) => done,
            Err(failure) => Err(Refusal::panicked().detail(failure.to_string())),
        }
    }

    /// Handles a request that needs no token.
    pub(crate) async fn read_unknown<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.clone();
        self.in_reader_turn(move || app.store.read(|connection| work(connection))?).await
    }
}

impl Call {
    /// Handles a request with a consistent view of the database.
    pub(crate) async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&Session<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.app.clone();
        app.in_reader_turn(move || {
            self.app.store.read(|connection| {
                let now_ms = self.catch_up(connection)?;
                let transaction = connection.transaction()?;
                let done = work(&self.session(&transaction, now_ms)?)?;
                transaction.commit()?;
                Ok(done)
            })?
        })
        .await
    }

    /// Changes the database: all of `work`, or nothing if it fails.
    pub(crate) async fn write<T: Send + 'static>(
        self,
        work: impl FnOnce(&Session<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.app.clone();
        app.writer.change(move |connection, now_ms| work(&self.session(connection, now_ms)?)).await
    }

    fn session<'c>(&self, transaction: &'c Connection, now_ms: i64) -> Answer<Session<'c>> {
        let caller = self.caller(transaction, now_ms)?;
        Ok(Session { transaction, caller, now_ms, deploy_ms: self.app.deploy_ms })
    }

    /// Applies due events and returns the current time.
    pub(crate) fn catch_up(&self, connection: &mut Connection) -> Answer<i64> {
        let now_ms = self.app.now_ms(connection)?;
        match due::apply(connection, now_ms) {
            // If the file can't be written, due events wait, and readers see the old state.
            Err(error) if no_room(&error) => {}
            caught_up => caught_up?,
        }
        Ok(now_ms)
    }

    pub(crate) fn caller(&self, transaction: &Connection, now_ms: i64) -> Answer<Caller> {
        let holder = credentials::holder(transaction, &self.token, now_ms)?
            .ok_or_else(|| Refusal::unauthorized("The access token is unknown or has expired"))?;
        let Some(uid) = &self.context else { return Ok(Caller::for_own_company(holder)) };
        let account = companies::by_uid(transaction, uid)?
            .ok_or_else(|| Refusal::forbidden("X-Call-Context names no company that you manage"))?;
        Caller::for_account(holder, account)
    }
}

/// Whether the disk is full or read-only.
fn no_room(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly)
    )
}

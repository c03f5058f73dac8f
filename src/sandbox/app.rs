//! The state shared by the handlers: the file, the clock, and access to them.

use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::Semaphore;
use tokio::task;

use crate::sandbox::bell::Bell;
use crate::sandbox::clock::Clock;
use crate::sandbox::domain::session::{Caller, Session};
use crate::sandbox::due;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::{Store, companies, credentials, settings};
use crate::sandbox::turns::Turns;
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
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) deploy_ms: i64,
    /// The lifetime of tokens issued by this process, unless set by the key.
    pub(crate) token_life_s: Option<i64>,
    pub(crate) preferences_v3: PreferencesV3,
    pub(crate) bell: Bell,
    pub(crate) turns: Turns,
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
        Ok(self.clock.now_ms() + settings::clock_offset_ms(connection)?)
    }

    /// Reads on a thread that may block.
    pub(crate) async fn in_reader_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        in_turn(&self.turns.readers, work).await
    }

    /// Handles a request that needs no token.
    pub(crate) async fn read_unknown<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.clone();
        self.in_reader_turn(move || app.store.read(|connection| work(connection))?).await
    }

    /// Changes the database for a caller without a token. Changes by `work` are kept even if it fails.
    pub(crate) async fn write_unknown<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, i64) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.clone();
        in_turn(&self.turns.writer, move || {
            app.store.write(|connection| {
                let now_ms = app.now_ms(connection)?;
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let done = work(&transaction, now_ms)?;
                transaction.commit()?;
                app.bell.ring();
                Ok(done)
            })?
        })
        .await
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
            let store = &self.app.store;
            store.read(|connection| self.in_session(connection, TransactionBehavior::Deferred, work))?
        })
        .await
    }

    /// Changes the database: all of `work`, or nothing if it fails.
    pub(crate) async fn write<T: Send + 'static>(
        self,
        work: impl FnOnce(&Session<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.app.clone();
        in_turn(&app.turns.writer, move || {
            let Shared { store, bell, .. } = &*self.app;
            let done = store
                .write(|connection| self.in_session(connection, TransactionBehavior::Immediate, work))??;
            bell.ring();
            Ok(done)
        })
        .await
    }

    fn in_session<T>(
        &self,
        connection: &mut Connection,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Session<'_>) -> Answer<T>,
    ) -> Answer<T> {
        let now_ms = self.catch_up(connection, behavior)?;
        let transaction = connection.transaction_with_behavior(behavior)?;
        let caller = self.caller(&transaction, now_ms)?;
        let deploy_ms = self.app.deploy_ms;
        let done = work(&Session { transaction: &transaction, caller, now_ms, deploy_ms })?;
        transaction.commit()?;
        Ok(done)
    }

    /// Applies due events and returns the current time.
    pub(crate) fn catch_up(&self, connection: &mut Connection, behavior: TransactionBehavior) -> Answer<i64> {
        let now_ms = self.app.now_ms(connection)?;
        // If the file can't be written, due events wait, and readers see the old state.
        match (due::apply(connection, now_ms), behavior) {
            (Err(error), TransactionBehavior::Deferred) if no_room(&error) => {}
            (caught_up, _) => caught_up?,
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

/// Runs database work on a thread that may block, when it is its turn.
async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let turn = Arc::clone(turns).acquire_owned().await.expect("it is never closed");
    let worked = task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    match worked.await {
        Ok(done) => done,
        Err(failure) => Err(Refusal::panicked().detail(failure.to_string())),
    }
}

//! What the handlers share: the file, the clock, and the way a request gets at them.

use std::ops::Deref;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::stream;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};
use tokio::task;

use crate::sandbox::bell::Bell;
use crate::sandbox::clock::Clock;
use crate::sandbox::domain::session::{Caller, Session};
use crate::sandbox::due;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::{Store, companies, credentials, settings};
use crate::text::word::Word;

/// Bytes gathered before a piece of a streamed answer is sent.
const CHUNK_BYTES: usize = 64 * 1024;

/// Pieces a slow reader may leave waiting.
const CHUNKS_AHEAD: usize = 4;

/// What `/v3/notificationPreferences` answers: its real body isn't public, and clients must get along with any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PreferencesV3 {
    /// The same as the second version.
    #[default]
    Destinations,
    /// A shape that no client knows.
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
    /// The life of tokens that this process gives, where it isn't the key's.
    pub(crate) token_life_s: Option<i64>,
    pub(crate) preferences_v3: PreferencesV3,
    pub(crate) bell: Bell,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// A request, and what it brought to show who it is from.
pub(crate) struct Call {
    pub(crate) app: App,
    pub(crate) token: String,
    pub(crate) context: Option<String>,
}

impl App {
    /// Applies what is due, for a process that has just started.
    pub(crate) fn catch_up(&self) -> rusqlite::Result<()> {
        self.store.read(|connection| {
            let now_ms = self.now_ms(connection)?;
            due::apply(connection, now_ms)
        })?
    }

    /// How far its time is ahead of the system's, in milliseconds.
    pub(crate) fn ahead_ms(&self) -> rusqlite::Result<i64> {
        let now_ms = self.store.read(|connection| self.now_ms(connection))??;
        Ok(now_ms - Clock::system().now_ms())
    }

    /// The sandbox's time, in milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self, connection: &Connection) -> rusqlite::Result<i64> {
        Ok(self.clock.now_ms() + settings::clock_offset_ms(connection)?)
    }

    /// Answers somebody who needs no token.
    pub(crate) async fn read_unknown<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.clone();
        in_background(move || app.store.read(|connection| work(connection))?).await
    }

    /// Changes the database for somebody who has no token yet. What `work` did is kept, whatever it answers.
    pub(crate) async fn write_unknown<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, i64) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let app = self.clone();
        in_background(move || {
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
    /// Answers from one consistent view of the database.
    pub(crate) async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&Session<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        in_background(move || {
            let store = &self.app.store;
            store.read(|connection| self.in_session(connection, TransactionBehavior::Deferred, work))?
        })
        .await
    }

    /// Changes the database: all of `work`, or nothing where it refuses.
    pub(crate) async fn write<T: Send + 'static>(
        self,
        work: impl FnOnce(&Session<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        in_background(move || {
            let Shared { store, bell, .. } = &*self.app;
            let done = store
                .write(|connection| self.in_session(connection, TransactionBehavior::Immediate, work))??;
            bell.ring();
            Ok(done)
        })
        .await
    }

    /// Answers piece by piece while it reads, holding no more than a few pieces. Whoever may not read is refused
    /// before the first byte; a failure after it cuts the answer off, so that nobody takes a part for the whole.
    pub(crate) async fn stream(
        self,
        work: impl FnOnce(&Session<'_>, &mut Pieces) -> Answer<()> + Send + 'static,
    ) -> Answer<Body> {
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        let (started, start) = oneshot::channel();
        task::spawn_blocking(move || {
            let mut pieces = Pieces { gathered: Vec::with_capacity(CHUNK_BYTES + 4096), sender };
            let mut started = Some(started);
            let ended = self.app.store.read(|connection| {
                self.in_session(connection, TransactionBehavior::Deferred, |session| {
                    let _ = started.take().map(|started| started.send(Ok(())));
                    work(session, &mut pieces)?;
                    pieces.flush()
                })
            });
            let Err(refusal) = ended.map_err(Refusal::from).flatten() else { return };
            match started {
                Some(started) => drop(started.send(Err(refusal))),
                None => drop(pieces.sender.blocking_send(Err(std::io::Error::other(refusal.message)))),
            }
        });
        start.await.map_err(|_| Refusal::panicked())??;
        Ok(Body::from_stream(stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|piece| (piece, receiver))
        })))
    }

    fn in_session<T>(
        &self,
        connection: &mut Connection,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Session<'_>) -> Answer<T>,
    ) -> Answer<T> {
        let now_ms = self.app.now_ms(connection)?;
        let caught_up = due::apply(connection, now_ms);
        // Where nothing can be written, what is due waits; who only reads sees how it was.
        match (caught_up, behavior) {
            (Err(error), TransactionBehavior::Deferred) if no_room(&error) => {}
            (caught_up, _) => caught_up?,
        }
        let transaction = connection.transaction_with_behavior(behavior)?;
        let caller = self.caller(&transaction, now_ms)?;
        let deploy_ms = self.app.deploy_ms;
        let done = work(&Session { transaction: &transaction, caller, now_ms, deploy_ms })?;
        transaction.commit()?;
        Ok(done)
    }

    fn caller(&self, transaction: &Connection, now_ms: i64) -> Answer<Caller> {
        let holder = credentials::holder(transaction, &self.token, now_ms)?
            .ok_or_else(|| Refusal::unauthorized("The access token is unknown or has expired"))?;
        let Some(uid) = &self.context else { return Ok(Caller::for_own_company(holder)) };
        let account = companies::by_uid(transaction, uid)?
            .ok_or_else(|| Refusal::forbidden("X-Call-Context names no company that you manage"))?;
        Caller::for_account(holder, account)
    }
}

/// Whether the disk is full, or may not be written.
fn no_room(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly)
    )
}

/// A streamed answer on its way.
pub(crate) struct Pieces {
    gathered: Vec<u8>,
    sender: mpsc::Sender<std::io::Result<Bytes>>,
}

impl Pieces {
    pub(crate) fn text(&mut self, text: &str) -> Answer<()> {
        self.gathered.extend_from_slice(text.as_bytes());
        self.send_if_full()
    }

    pub(crate) fn json(&mut self, value: &impl serde::Serialize) -> Answer<()> {
        serde_json::to_writer(&mut self.gathered, value)?;
        self.send_if_full()
    }

    fn send_if_full(&mut self) -> Answer<()> {
        if self.gathered.len() < CHUNK_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Answer<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.gathered, Vec::with_capacity(CHUNK_BYTES + 4096));
        self.sender.blocking_send(Ok(Bytes::from(piece))).map_err(|_| Refusal::failed("The reader has gone"))
    }
}

/// Runs database work where it may block.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> Answer<T> + Send + 'static) -> Answer<T> {
    match task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failure) => Err(Refusal::panicked().detail(failure.to_string())),
    }
}

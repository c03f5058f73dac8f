//! Delivers waiting emails on a separate thread.
//!
//! One process at a time delivers from a file, held by a lock that ends with the process, whatever ends it. A message
//! counts as delivered only after it is out: into the outbox it goes under a name of its own, so that writing it
//! again changes nothing; an SMTP server may get it twice only when the process ends between its yes and our note.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::route::{Attempt, MailRoute, SmtpServer, send};
use super::{mime, outbox};
use crate::files::private_file_options;
use crate::sandbox::app::App;
use crate::sandbox::bell::Bell;
use crate::sandbox::clock::Clock;
use crate::sandbox::mail;
use crate::sandbox::store::messages::{self, Waiting};
use crate::sandbox::store::with_suffix;

const BATCH: i64 = 50;

/// How often it checks for emails from other processes and delayed emails.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Changes come first: it delivers a batch when none was made for a while, or when it has waited long enough.
const QUIET: Duration = Duration::from_millis(20);
const QUIET_AT_MOST: Duration = Duration::from_millis(250);

/// How long it waits for another process that is delivering.
const LOCK_AGAIN: Duration = Duration::from_millis(25);

pub(crate) struct Courier {
    bell: Bell,
}

impl Courier {
    /// Starts it. `patience` bounds each step of talking to an SMTP server; one that is `eager` looks at once.
    pub(crate) fn start(
        app: App,
        db: &Path,
        route: MailRoute,
        patience: Duration,
        eager: bool,
    ) -> std::io::Result<Courier> {
        let bell = app.bell.clone();
        let rounds = Rounds {
            app,
            bell: bell.clone(),
            folder: outbox::folder(db),
            lock: lock_path(db),
            route,
            patience,
        };
        thread::Builder::new().name("courier".into()).spawn(move || rounds.run(eager))?;
        Ok(Courier { bell })
    }

    /// Delivers emails for at most `grace`; the rest is left to the next process.
    pub(crate) fn finish(&self, grace: Duration) {
        self.bell.stop(grace);
    }
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Courier")
    }
}

fn lock_path(db: &Path) -> PathBuf {
    with_suffix(db, ".mail.lock")
}

/// Locks delivery from a file until the returned value is dropped.
enum Turn {
    Mine(#[allow(dead_code, reason = "kept for its lock")] Option<File>),
    Anothers,
}

fn take_turn(lock: &Path) -> Turn {
    // If locking isn't possible, delivering twice is better than not at all.
    let Ok(file) = private_file_options().create(true).append(true).open(lock) else {
        return Turn::Mine(None);
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Turn::Anothers,
        _ => Turn::Mine(Some(file)),
    }
}

/// Empties the outbox of a file being reset, while no process delivers to it.
pub(crate) fn start_over(db: &Path) -> std::io::Result<()> {
    let until = Instant::now() + Duration::from_secs(2);
    let _turn = loop {
        match take_turn(&lock_path(db)) {
            Turn::Anothers if Instant::now() < until => thread::sleep(LOCK_AGAIN),
            turn => break turn,
        }
    };
    outbox::empty(&outbox::folder(db))
}

struct Rounds {
    app: App,
    bell: Bell,
    folder: PathBuf,
    lock: PathBuf,
    route: MailRoute,
    patience: Duration,
}

/// The result of one round.
#[derive(PartialEq)]
enum Look {
    Nothing,
    Delivered,
    Anothers,
}

impl Rounds {
    fn run(self, eager: bool) {
        let gone = Gone(self.bell.clone());
        let mut look = if eager { self.deliver_once() } else { Look::Nothing };
        loop {
            match (&look, self.bell.stop_by()) {
                (Look::Nothing, Some(_)) => {
                    // One last round delivers what was there before the stop request.
                    if self.deliver_once() == Look::Nothing {
                        break;
                    }
                }
                (_, Some(stop_by)) if Instant::now() >= stop_by => break,
                (Look::Nothing, None) => self.bell.wait(LOOK_EVERY),
                (Look::Delivered, _) => {}
                (Look::Anothers, _) => thread::sleep(LOCK_AGAIN),
            }
            self.bell.wait_for_quiet(QUIET, QUIET_AT_MOST);
            look = self.deliver_once();
        }
        drop(gone);
    }

    fn deliver_once(&self) -> Look {
        let wall_ms = Clock::system().now_ms();
        if !matches!(self.app.store.read(|connection| messages::any_due(connection, wall_ms)), Ok(Ok(true))) {
            return Look::Nothing;
        }
        let _turn = match take_turn(&self.lock) {
            Turn::Anothers => return Look::Anothers,
            turn => turn,
        };
        let store = &self.app.store;
        let batch = mail::make_letters(store, wall_ms, BATCH)
            .and_then(|_| store.read(|connection| messages::due(connection, wall_ms, BATCH))?);
        let Ok(batch) = batch else { return Look::Nothing };
        if batch.is_empty() {
            return Look::Nothing;
        }
        let noted = match &self.route {
            MailRoute::Outbox => self.write_out(&batch),
            MailRoute::Smtp(server) => self.hand_over(server, &batch),
        };
        // Deliveries that can't be recorded are repeated; a failing database must not cause a busy loop.
        if noted.is_ok() { Look::Delivered } else { Look::Nothing }
    }

    fn write_out(&self, batch: &[Waiting]) -> rusqlite::Result<()> {
        let mut results = Vec::with_capacity(batch.len());
        let mut ready = Vec::with_capacity(batch.len());
        for waiting in batch {
            match mime::message(waiting) {
                Err(reason) => results.push((waiting, Attempt::Never(reason))),
                Ok(message) => ready.push((waiting, message.formatted())),
            }
            if self.is_late() {
                break;
            }
        }
        let written = outbox::write(&self.folder, &ready);
        results.extend(ready.iter().zip(written).map(|((waiting, _), written)| {
            let attempt = written.map_or_else(
                |error| Attempt::Later(format!("{}: {error}", self.folder.display())),
                |()| Attempt::Sent,
            );
            (*waiting, attempt)
        }));
        self.note(|transaction, now_ms, wall_ms| {
            results.iter().try_for_each(|(waiting, attempt)| {
                note_attempt(transaction, waiting, attempt, now_ms, wall_ms)
            })
        })
    }

    fn hand_over(&self, server: &SmtpServer, batch: &[Waiting]) -> rusqlite::Result<()> {
        let transport = match server.transport(self.patience) {
            Ok(transport) => transport,
            Err(reason) => return self.way_is_closed(&reason),
        };
        // The connection is tested first, so that a wrong password doesn't count against a message.
        match transport.test_connection() {
            Ok(true) => {}
            Ok(false) => return self.way_is_closed("the server closed the connection"),
            Err(error) => return self.way_is_closed(&super::route::describe_error(&error)),
        }
        for waiting in batch {
            if self.is_late() {
                break;
            }
            let attempt = match mime::message(waiting) {
                Err(reason) => Attempt::Never(reason),
                Ok(message) => send(&transport, &message),
            };
            self.note(|transaction, now_ms, wall_ms| {
                note_attempt(transaction, waiting, &attempt, now_ms, wall_ms)
            })?;
        }
        Ok(())
    }

    fn way_is_closed(&self, reason: &str) -> rusqlite::Result<()> {
        self.note(|transaction, _, wall_ms| messages::put_all_off(transaction, wall_ms, reason))
    }

    fn is_late(&self) -> bool {
        self.bell.stop_by().is_some_and(|stop_by| Instant::now() >= stop_by)
    }

    fn note(&self, work: impl FnOnce(&Connection, i64, i64) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
        self.app
            .store
            .change(|transaction| work(transaction, self.app.now_ms(transaction)?, Clock::system().now_ms()))
    }
}

fn note_attempt(
    transaction: &Connection,
    waiting: &Waiting,
    attempt: &Attempt,
    now_ms: i64,
    wall_ms: i64,
) -> rusqlite::Result<()> {
    match attempt {
        Attempt::Sent => messages::mark_delivered(transaction, &waiting.message_id, now_ms),
        Attempt::Later(reason) => messages::put_off(transaction, &waiting.message_id, wall_ms, reason),
        Attempt::Never(reason) => messages::mark_failed(transaction, &waiting.message_id, reason),
    }
}

/// Signals the end of the thread, even after a panic.
struct Gone(Bell);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.note_gone();
    }
}

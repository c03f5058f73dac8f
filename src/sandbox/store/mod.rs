//! The SQLite file: opening, migration and connections. Each aggregate has a module with its SQL.
//!
//! Several processes may use one file. Writes begin with an immediate lock, so that a decision sees current data;
//! a lock file serializes the creation of a new file.

#[macro_use]
pub(crate) mod record;

pub(crate) mod activity;
pub(crate) mod companies;
pub(crate) mod credentials;
pub(crate) mod locations;
pub(crate) mod messages;
pub(crate) mod orders;
pub(crate) mod preferences;
pub(crate) mod products;
pub(crate) mod queue;
pub(crate) mod service_keys;
pub(crate) mod settings;
pub(crate) mod vxcs;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use crate::error::Error;
use crate::exit::Exit;
use crate::files::create_private_dir;

/// The default time to wait for another process that writes or creates the database.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The pause between two attempts to lock it.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Statements kept prepared per connection.
const CACHED_STATEMENTS: usize = 64;

/// Connections kept for readers.
const IDLE_READERS: usize = 8;

/// The schema, in order; its length is the file's `user_version`.
const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("schema.sql")),
    M::up(include_str!("deciders.sql")),
    M::up(include_str!("accounts.sql")),
    M::up(include_str!("letters.sql")),
];

/// The mark of a sandbox database (`PRAGMA application_id`): "pgsb".
const APPLICATION_ID: u32 = 0x7067_7362;

/// The reason for a file that is not a database or is damaged.
const DAMAGED: &str = "the file is damaged";

pub(crate) struct Store {
    path: PathBuf,
    lock_wait: Duration,
    readers: Mutex<Vec<Connection>>,
    /// One writer per process: waiting here is fair and cheap, unlike waiting in SQLite.
    writer: Mutex<Option<Connection>>,
}

impl Store {
    /// Opens the file; creates and fills it if it doesn't exist.
    pub(crate) fn open(
        path: &Path,
        lock_wait: Duration,
        fill: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> Result<Store, Error> {
        let connection = open_ready(path, lock_wait, fill)?;
        Ok(Store {
            path: path.to_path_buf(),
            lock_wait,
            readers: Mutex::new(vec![connection]),
            writer: Mutex::new(None),
        })
    }

    /// Empties the file and fills it anew, in one transaction: a process that has it open sees the one or the other.
    /// A file that is damaged beyond that is replaced.
    pub(crate) fn reset(
        path: &Path,
        fill: impl Fn(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), Error> {
        let start_over = || {
            let connection = open_ready(path, LOCK_WAIT, |_| Ok(()))?;
            refill(connection, &fill).map_err(|error| explain(error, path))
        };
        match start_over() {
            Err(error) if is_damaged(&error) => {
                for name in ["", "-wal", "-shm"].map(|suffix| with_suffix(path, suffix)) {
                    remove_if_there(&name).map_err(|error| unusable_error("remove", &name, &error))?;
                }
                start_over()
            }
            other => other,
        }
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> rusqlite::Result<T> {
        let mut connection = self.reader()?;
        let done = work(&mut connection);
        self.give_back(connection);
        Ok(done)
    }

    pub(crate) fn reader(&self) -> rusqlite::Result<Connection> {
        let idle = lock(&self.readers).pop();
        idle.map_or_else(|| connect(&self.path, self.lock_wait), Ok)
    }

    /// Returns a connection for the next reader.
    pub(crate) fn give_back(&self, reader: Connection) {
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
    }

    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> rusqlite::Result<T> {
        let mut writer = lock(&self.writer);
        if writer.is_none() {
            *writer = Some(connect(&self.path, self.lock_wait)?);
        }
        Ok(work(writer.as_mut().expect("opened just above")))
    }

    /// Closes the connection for writing: after a failed commit, what it has kept of the file isn't trusted.
    pub(crate) fn close_writer(&self) {
        *lock(&self.writer) = None;
    }

    /// Makes changes in a transaction.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.write(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })?
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panicking handler leaves no partial change: its transaction is rolled back on drop.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the file, and ensures that it has the latest schema and data.
fn open_ready(
    path: &Path,
    lock_wait: Duration,
    fill: impl Fn(&Connection) -> rusqlite::Result<()>,
) -> Result<Connection, Error> {
    let explained = |error| explain(error, path);
    prepare_file(path)?;
    let mut connection = connect(path, lock_wait).map_err(explained)?;
    check_not_newer(&connection, path)?;
    if !is_ready(&connection).map_err(explained)? {
        let lock_path = with_suffix(path, ".lock");
        let guard = private_file(&lock_path)?;
        lock_within(&guard, &lock_path, lock_wait)?;
        check_ours(&connection, path)?;
        check_not_newer(&connection, path)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID).map_err(explained)?;
        connection.pragma_update(None, "journal_mode", "wal").map_err(explained)?;
        connection.set_transaction_behavior(TransactionBehavior::Immediate);
        match Migrations::from_slice(MIGRATIONS).to_latest(&mut connection) {
            Ok(()) => {}
            Err(rusqlite_migration::Error::RusqliteError { err, .. }) => return Err(explained(err)),
            Err(error) => {
                return Err(unopened_error(path).reason(error.to_string()));
            }
        }
        let transaction = connection.transaction().map_err(explained)?;
        if !settings::is_filled(&transaction).map_err(explained)? {
            fill(&transaction).map_err(explained)?;
        }
        transaction.commit().map_err(explained)?;
    }
    Ok(connection)
}

/// Refuses a database of a newer portgate, before anything is written to it.
fn check_not_newer(connection: &Connection, path: &Path) -> Result<(), Error> {
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| explain(error, path))?;
    if version <= newest() {
        return Ok(());
    }
    check_ours(connection, path)?;
    Err(unopened_error(path).of_newer(version, newest()).hint("or choose another file with --db"))
}

fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}

/// Refuses a database of another program: one that has tables, but not our mark.
fn check_ours(connection: &Connection, path: &Path) -> Result<(), Error> {
    let read = || -> rusqlite::Result<(u32, i64)> {
        let id = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
        Ok((id, tables))
    };
    match read().map_err(|error| explain(error, path))? {
        (APPLICATION_ID, _) | (_, 0) => Ok(()),
        _ => Err(not_ours(path)),
    }
}

/// Whether the start of the file is that of a sandbox's database, as far as it goes: SQLite's first words, and our mark
/// at byte 68.
fn begins_like_ours(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(72).read_to_end(&mut start));
    read.is_ok()
        && start.starts_with(b"SQLite format 3\0")
        && start.get(68..72) == Some(&APPLICATION_ID.to_be_bytes()[..])
}

fn not_ours(path: &Path) -> Error {
    Error::usage(format!("{} is not a sandbox database", path.display()))
        .hint("choose another file with --db; this one was not changed")
}

fn is_ready(connection: &Connection) -> rusqlite::Result<bool> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version == newest() && settings::is_filled(connection)?)
}

fn refill(
    mut connection: Connection,
    fill: &impl Fn(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    // Everything goes: what refers to a row that goes needn't be looked for.
    connection.pragma_update(None, "foreign_keys", false)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let tables: Vec<String> = transaction
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
        .query_map([], |row| row.get("name"))?
        .collect::<rusqlite::Result<_>>()?;
    for table in tables {
        transaction.execute_batch(&format!("DELETE FROM {table}"))?;
    }
    fill(&transaction)?;
    debug_assert!(refers_to_what_is_there(&transaction)?, "what was filled in refers to nothing");
    transaction.commit()?;
    // What was freed is given back; another process that reads just now only makes this wait for another time.
    let _ = connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
    Ok(())
}

fn refers_to_what_is_there(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM pragma_foreign_key_check)", [], |row| row.get(0))
}

fn connect(path: &Path, lock_wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(lock_wait)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // NORMAL: with a write-ahead log a killed process loses nothing; only a power cut may lose the last changes.
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(connection)
}

/// Creates the directory (0700) and an empty file (0600) if missing; SQLite's own files get the same permissions.
fn prepare_file(path: &Path) -> Result<(), Error> {
    if path.is_file() {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        create_private_dir(folder).map_err(|error| unusable_error("make the folder", folder, &error))?;
    }
    private_file(path).map(drop)
}

fn private_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| unusable_error("open", path, &error))
}

/// Waits for the lock to create the database, for at most `patience`.
fn lock_within(file: &File, path: &Path, patience: Duration) -> Result<(), Error> {
    let until = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(Exit::Timeout, format!("could not lock {}", path.display()))
                    .reason("another process is creating the sandbox database and did not finish in time")
                    .retryable());
            }
            Err(TryLockError::Error(error)) => return Err(unusable_error("lock", path, &error)),
        }
    }
}

fn unusable_error(verb: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(Exit::Other, format!("could not {verb} {}", path.display())).reason(error.to_string())
}

/// What stands beside a database under its name and more.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What went wrong with the file, if that is what went wrong, in a sentence.
pub(crate) fn explain_any(error: anyhow::Error, path: &Path) -> anyhow::Error {
    match error.downcast::<rusqlite::Error>() {
        Ok(error) => explain(error, path).into(),
        Err(other) => other,
    }
}

fn unopened_error(path: &Path) -> Error {
    Error::new(Exit::Other, format!("could not open the sandbox database {}", path.display()))
}

/// The error for a file that can't be used.
pub(crate) fn explain(error: rusqlite::Error, path: &Path) -> Error {
    let found = unopened_error(path);
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) if !begins_like_ours(path) => {
            not_ours(path)
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => found
            .reason(DAMAGED)
            .hint(format!("to reset it, run: portgate sandbox reset --db {}", path.display())),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => found
            .reason("another process is using it")
            .retryable()
            .hint("try again when that process has finished"),
        _ => found.reason(error.to_string()),
    }
}

fn is_damaged(error: &Error) -> bool {
    error.reason.as_deref() == Some(DAMAGED)
}

#[cfg(test)]
mod tests;

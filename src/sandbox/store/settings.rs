//! Settings stored in the file.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::record::{execute, value};
use crate::sandbox::clock::Clock;

const FILLED_AT: &str = "filled_at_ms";
const USUAL_FILE: &str = "usual_file";
const CLOCK_OFFSET: &str = "clock_offset_ms";

fn get(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    value(connection, "SELECT CAST(value AS INTEGER) FROM settings WHERE key = ?1", [key]).optional()
}

fn set(connection: &Connection, key: &str, value: i64) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value.to_string()],
    )
}

pub(crate) fn is_filled(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(get(connection, FILLED_AT)?.is_some())
}

pub(crate) fn set_filled(connection: &Connection, at_ms: i64) -> rusqlite::Result<()> {
    set(connection, FILLED_AT, at_ms)
}

/// Whether the file is the default one.
pub(crate) fn is_usual_file(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(get(connection, USUAL_FILE)? == Some(1))
}

pub(crate) fn set_usual_file(connection: &Connection, usual: bool) -> rusqlite::Result<()> {
    set(connection, USUAL_FILE, i64::from(usual))
}

/// The sandbox's time: a process's clock, and the offset for every process that uses the file.
pub(crate) fn now_ms(connection: &Connection, clock: Clock) -> rusqlite::Result<i64> {
    Ok(clock.now_ms() + get(connection, CLOCK_OFFSET)?.unwrap_or(0))
}

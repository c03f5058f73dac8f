//! What users want to hear of.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::record::execute;

/// A user's own choices, by the group's name on the wire. A group without one has its default.
pub(crate) fn of_user(connection: &Connection, user_id: i64) -> rusqlite::Result<HashMap<String, bool>> {
    connection
        .prepare_cached("SELECT message_group, subscribed FROM notification_preferences WHERE user_id = ?1")?
        .query_map([user_id], |row| Ok((row.get("message_group")?, row.get("subscribed")?)))?
        .collect()
}

pub(crate) fn set(
    connection: &Connection,
    user_id: i64,
    group: &str,
    subscribed: bool,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO notification_preferences (user_id, message_group, subscribed) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user_id, message_group) DO UPDATE SET subscribed = excluded.subscribed",
        params![user_id, group, subscribed],
    )
}

//! E-mails: one row per event and recipient, written with the event, delivered later.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::companies;
use crate::sandbox::domain::role::Role;

/// Somebody an e-mail may go to.
#[derive(Debug, Clone)]
pub(crate) struct Recipient {
    pub(crate) user_id: i64,
    pub(crate) first_name: String,
    pub(crate) email: String,
    pub(crate) role: Role,
    /// What the user chose for the group; nothing where the default holds.
    pub(crate) choice: Option<bool>,
}

/// The active users of a company with e-mail switched on, and what each chose for a group.
pub(crate) fn reachable(
    connection: &Connection,
    company_id: i64,
    group: &str,
) -> rusqlite::Result<Vec<Recipient>> {
    connection
        .prepare_cached(
            "SELECT u.id, u.first_name, u.email, u.role, p.subscribed FROM users u \
             LEFT JOIN notification_preferences p ON p.user_id = u.id AND p.message_group = ?2 \
             WHERE u.company_id = ?1 AND u.active = 1 AND u.notification_enabled = 1 ORDER BY u.id",
        )?
        .query_map(params![company_id, group], |row| {
            Ok(Recipient {
                user_id: row.get(0)?,
                first_name: row.get(1)?,
                email: row.get(2)?,
                role: companies::role(row, 3)?,
                choice: row.get(4)?,
            })
        })?
        .collect()
}

/// A message to keep.
#[derive(Debug)]
pub(crate) struct NewMessage<'a> {
    pub(crate) event_id: i64,
    pub(crate) user_id: i64,
    pub(crate) message_id: &'a str,
    pub(crate) recipient: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) text_body: &'a str,
    pub(crate) html_body: &'a str,
    pub(crate) created_at: i64,
}

/// Keeps a message, due at once.
pub(crate) fn insert(connection: &Connection, message: &NewMessage<'_>) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO messages (event_id, user_id, message_id, recipient, subject, text_body, html_body, \
             next_attempt_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
        )?
        .execute(params![
            message.event_id,
            message.user_id,
            message.message_id,
            message.recipient,
            message.subject,
            message.text_body,
            message.html_body,
            message.created_at
        ])?;
    Ok(())
}

/// A message on its way, with what its headers say.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) message_id: String,
    pub(crate) recipient: String,
    pub(crate) recipient_name: String,
    pub(crate) subject: String,
    pub(crate) text_body: String,
    pub(crate) html_body: String,
    pub(crate) event: String,
    pub(crate) about: String,
    pub(crate) created_at: i64,
}

/// Whether a message is to be delivered by now. Attempts are timed by the machine's clock, not the sandbox's.
pub(crate) fn any_due(connection: &Connection, wall_ms: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE status = 'WAITING' AND next_attempt_at <= ?1)",
        )?
        .query_row([wall_ms], |row| row.get(0))
}

/// The messages to be delivered by now, those first that wait longest.
pub(crate) fn due(connection: &Connection, wall_ms: i64, limit: i64) -> rusqlite::Result<Vec<Waiting>> {
    connection
        .prepare_cached(
            "SELECT m.message_id, m.recipient, u.first_name || ' ' || u.last_name, m.subject, m.text_body, \
             m.html_body, e.kind, e.subject_uid, m.created_at \
             FROM messages m JOIN users u ON u.id = m.user_id JOIN events e ON e.id = m.event_id \
             WHERE m.status = 'WAITING' AND m.next_attempt_at <= ?1 \
             ORDER BY m.next_attempt_at, m.id LIMIT ?2",
        )?
        .query_map(params![wall_ms, limit], |row| {
            Ok(Waiting {
                message_id: row.get(0)?,
                recipient: row.get(1)?,
                recipient_name: row.get(2)?,
                subject: row.get(3)?,
                text_body: row.get(4)?,
                html_body: row.get(5)?,
                event: row.get(6)?,
                about: row.get(7)?,
                created_at: row.get(8)?,
            })
        })?
        .collect()
}

/// Notes that a message is out. Named by its Message-ID: numbers begin again with a reset.
pub(crate) fn delivered(connection: &Connection, message_id: &str, at: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE messages SET status = 'DELIVERED', delivered_at = ?2, attempts = attempts + 1, \
             last_error = NULL, next_attempt_at = NULL WHERE message_id = ?1",
        )?
        .execute(params![message_id, at])?;
    Ok(())
}

/// Notes that a message can't be delivered, ever.
pub(crate) fn failed(connection: &Connection, message_id: &str, error: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE messages SET status = 'FAILED', attempts = attempts + 1, last_error = ?2, \
             next_attempt_at = NULL WHERE message_id = ?1",
        )?
        .execute(params![message_id, error])?;
    Ok(())
}

/// How long until the next attempt: 5 s, then twice as long each time, at most 15 minutes.
const BACKOFF: &str = "?2 + min(5000 * (1 << min(attempts, 8)), 900000)";

/// Puts one message off.
pub(crate) fn put_off(
    connection: &Connection,
    message_id: &str,
    wall_ms: i64,
    error: &str,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "UPDATE messages SET next_attempt_at = {BACKOFF}, attempts = attempts + 1, last_error = ?3 \
             WHERE message_id = ?1 AND status = 'WAITING'"
        ))?
        .execute(params![message_id, wall_ms, error])?;
    Ok(())
}

/// Puts off everything that is due: the way out is closed.
pub(crate) fn put_all_off(connection: &Connection, wall_ms: i64, error: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "UPDATE messages SET next_attempt_at = {BACKOFF}, attempts = attempts + 1, last_error = ?1 \
             WHERE status = 'WAITING' AND next_attempt_at <= ?2"
        ))?
        .execute(params![error, wall_ms])?;
    Ok(())
}

/// A message as the inbox shows it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) message_id: String,
    pub(crate) recipient: String,
    pub(crate) recipient_name: String,
    pub(crate) company_name: String,
    pub(crate) event: String,
    pub(crate) about: String,
    pub(crate) subject: String,
    pub(crate) text_body: String,
    pub(crate) html_body: String,
    pub(crate) status: String,
    pub(crate) attempts: i64,
    pub(crate) last_error: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) delivered_at: Option<i64>,
}

const KEPT: &str = "SELECT m.message_id, m.recipient, u.first_name || ' ' || u.last_name, c.name, e.kind, \
     e.subject_uid, m.subject, m.text_body, m.html_body, m.status, m.attempts, m.last_error, m.created_at, \
     m.delivered_at FROM messages m JOIN events e ON e.id = m.event_id JOIN users u ON u.id = m.user_id \
     JOIN companies c ON c.id = e.company_id";

fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        message_id: row.get(0)?,
        recipient: row.get(1)?,
        recipient_name: row.get(2)?,
        company_name: row.get(3)?,
        event: row.get(4)?,
        about: row.get(5)?,
        subject: row.get(6)?,
        text_body: row.get(7)?,
        html_body: row.get(8)?,
        status: row.get(9)?,
        attempts: row.get(10)?,
        last_error: row.get(11)?,
        created_at: row.get(12)?,
        delivered_at: row.get(13)?,
    })
}

/// Which messages: all of both, where given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Part of the recipient's address, name or company, in any case.
    pub(crate) to: Option<String>,
    /// The uid of what it is about or the beginning of one, or part of the subject or the text.
    pub(crate) about: Option<String>,
}

const WHERE: &str = "WHERE (?1 IS NULL OR instr(lower(m.recipient || ' ' || u.first_name || ' ' || u.last_name \
     || ' ' || c.name), lower(?1))) \
     AND (?2 IS NULL OR instr(e.subject_uid, lower(?2)) = 1 OR instr(lower(m.subject), lower(?2)) \
     OR instr(lower(m.text_body), lower(?2)) OR instr(e.payload, '\"uid\":\"' || lower(?2)))";

/// The newest messages and how many there are in all.
pub(crate) fn newest(
    connection: &Connection,
    wanted: &Wanted,
    limit: i64,
) -> rusqlite::Result<(i64, Vec<Kept>)> {
    let total = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM messages m JOIN events e ON e.id = m.event_id JOIN users u ON u.id = m.user_id \
             JOIN companies c ON c.id = e.company_id {WHERE}"
        ))?
        .query_row(params![wanted.to, wanted.about], |row| row.get(0))?;
    let found = connection
        .prepare_cached(&format!("{KEPT} {WHERE} ORDER BY m.created_at DESC, m.id DESC LIMIT ?3"))?
        .query_map(params![wanted.to, wanted.about, limit], kept)?
        .collect::<rusqlite::Result<Vec<Kept>>>()?;
    Ok((total, found))
}

/// The messages whose Message-ID begins so, at most two.
pub(crate) fn by_prefix(connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<Kept>> {
    connection
        .prepare_cached(&format!("{KEPT} WHERE instr(m.message_id, ?1) = 1 ORDER BY m.id LIMIT 2"))?
        .query_map([prefix], kept)?
        .collect()
}

/// The short name of a company, and whether it is the file's first: the one that commands act as by themselves.
pub(crate) fn short_name(
    connection: &Connection,
    company_id: i64,
) -> rusqlite::Result<Option<(String, bool)>> {
    connection
        .prepare_cached("SELECT slug, id = (SELECT min(id) FROM companies) FROM companies WHERE id = ?1")?
        .query_row([company_id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

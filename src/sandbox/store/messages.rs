//! Emails: one row per event and recipient, written with the event. Its letter is added when it is delivered or read.

use rusqlite::{Connection, params};

use super::record::{Record as _, execute, value};
use crate::sandbox::event::Kind;
use crate::sandbox::role::Role;

kept_as_word!(Kind, "kind of event");

record! {
    #[derive(Debug, Clone)]
    Recipient as "u" {
        user_id: i64 = "u.id";
        email: String;
        role: Role;
        /// What the user chose for the group; nothing where the default holds.
        choice: Option<bool> = "p.subscribed";
    } from "users u"
}

/// The active users of a company with email turned on, and their choice for a group.
pub(crate) fn reachable(
    connection: &Connection,
    company_id: i64,
    group: &str,
) -> rusqlite::Result<Vec<Recipient>> {
    Recipient::list(
        connection,
        "LEFT JOIN notification_preferences p ON p.user_id = u.id AND p.message_group = ?2 \
         WHERE u.company_id = ?1 AND u.active = 1 AND u.notification_enabled = 1 ORDER BY u.id",
        params![company_id, group],
    )
}

row! {
    /// A message, due at once.
    NewMessage<'a> {
        event_id: i64,
        user_id: i64,
        message_id: &'a str,
        recipient: &'a str,
        created_at: i64,
    } into "messages" with { "next_attempt_at" = "0", }
}

record! {
    /// What the letter of a message is made of.
    #[derive(Debug)]
    Draft as "m" {
        id: i64;
        kind: Kind = "e.kind";
        payload: String = "e.payload";
        created_at: i64 = "e.created_at";
        first_name: String = "u.first_name";
        role: Role = "u.role";
        company_name: String = "c.name";
        company_slug: String = "c.slug";
        /// Whether it is the file's first company: the one that commands act as by themselves.
        is_first: bool = "c.id = (SELECT min(id) FROM companies)";
    } from "messages m JOIN users u ON u.id = m.user_id JOIN events e ON e.id = m.event_id \
        JOIN companies c ON c.id = e.company_id"
}

/// Waiting messages without a letter, in the order in which they are delivered: those to be delivered by now.
const DRAFTS: &str = "WHERE m.status = 'WAITING' AND m.next_attempt_at <= ?1 \
     AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.id = m.id) ORDER BY m.next_attempt_at, m.id LIMIT ?2";

pub(crate) fn drafts(connection: &Connection, wall_ms: i64, limit: i64) -> rusqlite::Result<Vec<Draft>> {
    Draft::list(connection, DRAFTS, params![wall_ms, limit])
}

row! {
    Letter<'a> {
        id: i64,
        subject: &'a str,
        text_body: &'a str,
        html_body: &'a str,
    } into "letters"
}

record! {
    /// A message on its way, with what its headers say.
    #[derive(Debug, Clone)]
    Waiting as "m" {
        message_id: String;
        recipient: String;
        recipient_name: String = "u.first_name || ' ' || u.last_name";
        subject: String = "l.subject";
        text_body: String = "l.text_body";
        html_body: String = "l.html_body";
        event: String = "e.kind";
        about: String = "e.subject_uid";
        created_at: i64;
    } from "messages m JOIN letters l ON l.id = m.id JOIN users u ON u.id = m.user_id JOIN events e ON e.id = m.event_id"
}

/// Whether a message is to be delivered by now. Attempts are timed by the machine's clock, not the sandbox's.
pub(crate) fn any_due(connection: &Connection, wall_ms: i64) -> rusqlite::Result<bool> {
    value(
        connection,
        "SELECT EXISTS (SELECT 1 FROM messages WHERE status = 'WAITING' AND next_attempt_at <= ?1)",
        [wall_ms],
    )
}

/// The messages to be delivered by now, those first that wait longest.
pub(crate) fn due(connection: &Connection, wall_ms: i64, limit: i64) -> rusqlite::Result<Vec<Waiting>> {
    Waiting::list(
        connection,
        "WHERE m.status = 'WAITING' AND m.next_attempt_at <= ?1 ORDER BY m.next_attempt_at, m.id LIMIT ?2",
        params![wall_ms, limit],
    )
}

/// Notes that a message is out. Named by its Message-ID: numbers begin again with a reset.
pub(crate) fn mark_delivered(connection: &Connection, message_id: &str, at: i64) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE messages SET status = 'DELIVERED', delivered_at = ?2, attempts = attempts + 1, \
         last_error = NULL, next_attempt_at = NULL WHERE message_id = ?1",
        params![message_id, at],
    )
}

pub(crate) fn mark_failed(connection: &Connection, message_id: &str, error: &str) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE messages SET status = 'FAILED', attempts = attempts + 1, last_error = ?2, \
         next_attempt_at = NULL WHERE message_id = ?1",
        params![message_id, error],
    )
}

/// How long until the next attempt: 5 s, then twice as long each time, at most 15 minutes.
const BACKOFF: &str = "?2 + min(5000 * (1 << min(attempts, 8)), 900000)";

pub(crate) fn put_off(
    connection: &Connection,
    message_id: &str,
    wall_ms: i64,
    error: &str,
) -> rusqlite::Result<()> {
    execute(
        connection,
        &format!(
            "UPDATE messages SET next_attempt_at = {BACKOFF}, attempts = attempts + 1, last_error = ?3 \
             WHERE message_id = ?1 AND status = 'WAITING'"
        ),
        params![message_id, wall_ms, error],
    )
}

/// Delays all due messages: the destination is not available.
pub(crate) fn put_all_off(connection: &Connection, wall_ms: i64, error: &str) -> rusqlite::Result<()> {
    execute(
        connection,
        &format!(
            "UPDATE messages SET next_attempt_at = {BACKOFF}, attempts = attempts + 1, last_error = ?1 \
             WHERE status = 'WAITING' AND next_attempt_at <= ?2"
        ),
        params![error, wall_ms],
    )
}

record! {
    #[derive(Debug, Clone)]
    Kept as "m" {
        message_id: String;
        recipient: String;
        recipient_name: String = "u.first_name || ' ' || u.last_name";
        company_name: String = "c.name";
        event: String = "e.kind";
        about: String = "e.subject_uid";
        subject: String = "l.subject";
        text_body: String = "l.text_body";
        html_body: String = "l.html_body";
        status: String;
        attempts: i64;
        last_error: Option<String>;
        created_at: i64;
        delivered_at: Option<i64>;
    } from "messages m JOIN letters l ON l.id = m.id JOIN events e ON e.id = m.event_id JOIN users u ON u.id = m.user_id JOIN companies c ON c.id = e.company_id"
}

const WHERE: &str = "WHERE (?1 IS NULL OR instr(lower(m.recipient || ' ' || u.first_name || ' ' || u.last_name \
     || ' ' || c.name), lower(?1))) \
     AND (?2 IS NULL OR instr(e.subject_uid, lower(?2)) = 1 OR instr(lower(l.subject), lower(?2)) \
     OR instr(lower(l.text_body), lower(?2)) OR instr(e.payload, '\"uid\":\"' || lower(?2)))";

/// The newest messages and how many there are in all: to a part of a recipient's address, name or company, and about
/// the beginning of a uid or a part of the subject or text, in any case, where these are given.
pub(crate) fn newest(
    connection: &Connection,
    to: Option<&str>,
    about: Option<&str>,
    limit: i64,
) -> rusqlite::Result<(i64, Vec<Kept>)> {
    let total = value(
        connection,
        &format!(
            "SELECT count(*) FROM messages m JOIN letters l ON l.id = m.id JOIN events e ON e.id = m.event_id \
             JOIN users u ON u.id = m.user_id JOIN companies c ON c.id = e.company_id {WHERE}"
        ),
        params![to, about],
    )?;
    let found = Kept::list(
        connection,
        &format!("{WHERE} ORDER BY m.created_at DESC, m.id DESC LIMIT ?3"),
        params![to, about, limit],
    )?;
    Ok((total, found))
}

/// The messages whose Message-ID begins so.
pub(crate) fn by_prefix(connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<Kept>> {
    Kept::list(connection, "WHERE instr(m.message_id, ?1) = 1 ORDER BY m.id", [prefix])
}

//! API keys and the tokens they were given.

use rusqlite::{Connection, params};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::record::{Record as _, execute};
use crate::sandbox::role::Role;

record! {
    #[derive(Debug, Clone)]
    Key as "k" {
        client_id: String;
        client_secret: String;
        name: String;
        role: Role;
        active: bool = "k.active AND u.active";
        token_life_s: i64;
        company_id: i64 = "u.company_id";
        company_uid: String = "(SELECT c.uid FROM companies c WHERE c.id = u.company_id)";
        owner_name: String = "u.first_name || ' ' || u.last_name";
        owner_email: String = "u.email";
        failures: i64;
        failure_told_at: Option<i64>;
    } from "api_keys k JOIN users u ON u.id = k.user_id"
}

pub(crate) fn key_by_client_id(connection: &Connection, client_id: &str) -> rusqlite::Result<Option<Key>> {
    Key::find(connection, "WHERE k.client_id = ?1", [client_id])
}

/// The usable keys of a company, oldest first.
pub(crate) fn keys_of_company(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<Key>> {
    Key::list(
        connection,
        "WHERE u.company_id = ?1 AND k.active ORDER BY k.created_at, k.client_id",
        [company_id],
    )
}

/// Adds an API key to a user. The secret is generated and valid for this file only.
pub(crate) fn add_key(
    connection: &Connection,
    user_id: i64,
    client_id: &str,
    name: &str,
    role: Role,
    created_at: i64,
) -> rusqlite::Result<()> {
    let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    execute(
        connection,
        "INSERT INTO api_keys (client_id, client_secret, name, user_id, role, token_life_s, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, 86400, ?6)",
        params![client_id, secret, name, user_id, role, created_at],
    )
}

/// What the database keeps of a token: its digest, so that the file gives no session away.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Stores a token and deletes expired ones.
pub(crate) fn put_token(
    connection: &Connection,
    token: &str,
    client_id: &str,
    now: i64,
    expires_at: i64,
) -> rusqlite::Result<()> {
    execute(connection, "DELETE FROM tokens WHERE expires_at <= ?1", [now])?;
    execute(
        connection,
        "INSERT INTO tokens (digest, client_id, expires_at) VALUES (?1, ?2, ?3)",
        params![digest(token), client_id, expires_at],
    )?;
    execute(
        connection,
        "UPDATE api_keys SET last_used_at = ?2, failures = 0 WHERE client_id = ?1",
        params![client_id, now],
    )?;
    execute(
        connection,
        "UPDATE users SET last_login_at = ?2 WHERE id = (SELECT user_id FROM api_keys WHERE client_id = ?1)",
        params![client_id, now],
    )
}

/// Counts a failed login; `told_at` is the time of an email about it.
pub(crate) fn note_failure(
    connection: &Connection,
    client_id: &str,
    told_at: Option<i64>,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE api_keys SET failures = CASE WHEN ?2 IS NULL THEN failures + 1 ELSE 0 END, \
         failure_told_at = coalesce(?2, failure_told_at) WHERE client_id = ?1",
        params![client_id, told_at],
    )
}

record! {
    #[derive(Debug, Clone, PartialEq, Eq)]
    Holder as "t" {
        user_id: i64 = "u.id";
        user_name: String = "u.first_name || ' ' || u.last_name";
        email: String = "u.email";
        role: Role = "k.role";
        company_id: i64 = "c.id";
        company_uid: String = "c.uid";
        company_name: String = "c.name";
    } from "tokens t JOIN api_keys k ON k.client_id = t.client_id JOIN users u ON u.id = k.user_id JOIN companies c ON c.id = u.company_id"
}

/// The holder of a valid token.
pub(crate) fn holder(connection: &Connection, token: &str, now: i64) -> rusqlite::Result<Option<Holder>> {
    Holder::find(
        connection,
        "WHERE t.digest = ?1 AND t.expires_at > ?2 AND k.active = 1 AND u.active = 1",
        params![digest(token), now],
    )
}

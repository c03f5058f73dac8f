//! API keys and the tokens they were given.

use rusqlite::{Connection, OptionalExtension as _, params};

use sha2::{Digest as _, Sha256};

use crate::sandbox::domain::role::Role;

record! {
    #[derive(Debug, Clone)]
    Key, KEY {
        client_id: String = "k.client_id",
        client_secret: String = "k.client_secret",
        name: String = "k.name",
        role: Role = "k.role",
        active: bool = "k.active AND u.active",
        token_life_s: i64 = "k.token_life_s",
        company_id: i64 = "u.company_id",
        owner_name: String = "u.first_name || ' ' || u.last_name",
        failures: i64 = "k.failures",
        failure_told_at: Option<i64> = "k.failure_told_at",
    } from "api_keys k JOIN users u ON u.id = k.user_id"
}

pub(crate) fn key_by_client_id(connection: &Connection, client_id: &str) -> rusqlite::Result<Option<Key>> {
    connection
        .prepare_cached(&format!("{KEY} WHERE k.client_id = ?1"))?
        .query_row([client_id], Key::read)
        .optional()
}

/// The usable keys of a company, oldest first.
pub(crate) fn keys_of_company(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<Key>> {
    connection
        .prepare_cached(&format!(
            "{KEY} WHERE u.company_id = ?1 AND k.active ORDER BY k.created_at, k.client_id"
        ))?
        .query_map([company_id], Key::read)?
        .collect()
}

/// What the database keeps of a token: its digest, so that the file gives no session away.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Keeps a token and forgets those that are over.
pub(crate) fn put_token(
    connection: &Connection,
    token: &str,
    client_id: &str,
    now: i64,
    expires_at: i64,
) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM tokens WHERE expires_at <= ?1")?.execute([now])?;
    connection
        .prepare_cached("INSERT INTO tokens (digest, client_id, expires_at) VALUES (?1, ?2, ?3)")?
        .execute(params![digest(token), client_id, expires_at])?;
    connection
        .prepare_cached("UPDATE api_keys SET last_used_at = ?2, failures = 0 WHERE client_id = ?1")?
        .execute(params![client_id, now])?;
    connection
        .prepare_cached(
            "UPDATE users SET last_login_at = ?2 WHERE id = (SELECT user_id FROM api_keys WHERE client_id = ?1)",
        )?
        .execute(params![client_id, now])?;
    Ok(())
}

/// Counts a failed log-in; `told` notes that an e-mail about it was due just now.
pub(crate) fn note_failure(
    connection: &Connection,
    client_id: &str,
    told_at: Option<i64>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE api_keys SET failures = CASE WHEN ?2 IS NULL THEN failures + 1 ELSE 0 END, \
             failure_told_at = coalesce(?2, failure_told_at) WHERE client_id = ?1",
        )?
        .execute(params![client_id, told_at])?;
    Ok(())
}

record! {
    #[derive(Debug, Clone, PartialEq, Eq)]
    Holder, HOLDER {
        user_id: i64 = "u.id",
        user_name: String = "u.first_name || ' ' || u.last_name",
        email: String = "u.email",
        role: Role = "k.role",
        company_id: i64 = "c.id",
        company_uid: String = "c.uid",
        company_name: String = "c.name",
    } from "tokens t JOIN api_keys k ON k.client_id = t.client_id JOIN users u ON u.id = k.user_id JOIN companies c ON c.id = u.company_id"
}

/// Who holds a token that is still good.
pub(crate) fn holder(connection: &Connection, token: &str, now: i64) -> rusqlite::Result<Option<Holder>> {
    connection
        .prepare_cached(&format!(
            "{HOLDER} WHERE t.digest = ?1 AND t.expires_at > ?2 AND k.active = 1 AND u.active = 1"
        ))?
        .query_row(params![digest(token), now], Holder::read)
        .optional()
}

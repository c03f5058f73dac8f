//! API keys and the tokens they were given.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};

use super::companies;
use crate::sandbox::domain::role::Role;

/// An API key with its owner.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) active: bool,
    pub(crate) token_life_s: i64,
    pub(crate) company_id: i64,
    pub(crate) owner_name: String,
    pub(crate) failures: i64,
    pub(crate) failure_told_at: Option<i64>,
}

const KEY: &str = "SELECT k.client_id, k.client_secret, k.name, k.role, k.active AND u.active, k.token_life_s, \
     u.company_id, u.first_name || ' ' || u.last_name, k.failures, k.failure_told_at \
     FROM api_keys k JOIN users u ON u.id = k.user_id";

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        client_id: row.get(0)?,
        client_secret: row.get(1)?,
        name: row.get(2)?,
        role: companies::role(row, 3)?,
        active: row.get(4)?,
        token_life_s: row.get(5)?,
        company_id: row.get(6)?,
        owner_name: row.get(7)?,
        failures: row.get(8)?,
        failure_told_at: row.get(9)?,
    })
}

/// One key by its client id.
pub(crate) fn key_by_client_id(connection: &Connection, client_id: &str) -> rusqlite::Result<Option<Key>> {
    connection
        .prepare_cached(&format!("{KEY} WHERE k.client_id = ?1"))?
        .query_row([client_id], key)
        .optional()
}

/// The usable keys of a company, oldest first.
pub(crate) fn keys_of_company(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<Key>> {
    connection
        .prepare_cached(&format!(
            "{KEY} WHERE u.company_id = ?1 AND k.active ORDER BY k.created_at, k.client_id"
        ))?
        .query_map([company_id], key)?
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

/// Whoever holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) user_id: i64,
    pub(crate) user_name: String,
    pub(crate) email: String,
    pub(crate) role: Role,
    pub(crate) company_id: i64,
    pub(crate) company_uid: String,
    pub(crate) company_name: String,
}

/// Who holds a token that is still good.
pub(crate) fn holder(connection: &Connection, token: &str, now: i64) -> rusqlite::Result<Option<Holder>> {
    connection
        .prepare_cached(
            "SELECT u.id, u.first_name || ' ' || u.last_name, u.email, k.role, c.id, c.uid, c.name \
             FROM tokens t JOIN api_keys k ON k.client_id = t.client_id JOIN users u ON u.id = k.user_id \
             JOIN companies c ON c.id = u.company_id \
             WHERE t.digest = ?1 AND t.expires_at > ?2 AND k.active = 1 AND u.active = 1",
        )?
        .query_row(params![digest(token), now], |row| {
            Ok(Holder {
                user_id: row.get(0)?,
                user_name: row.get(1)?,
                email: row.get(2)?,
                role: companies::role(row, 3)?,
                company_id: row.get(4)?,
                company_uid: row.get(5)?,
                company_name: row.get(6)?,
            })
        })
        .optional()
}

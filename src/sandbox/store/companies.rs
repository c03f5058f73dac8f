//! Companies and their users.

use rusqlite::{Connection, params};

use super::record::{Record as _, execute};
use crate::sandbox::role::Role;

kept_as_word!(Role, "role");

record! {
    #[derive(Debug, Clone, PartialEq, Eq)]
    Company as "companies" {
        id: i64;
        uid: String;
        name: String;
        slug: String;
        account_reference: Option<String>;
        managed_by: Option<i64>;
    } from "companies"
}

pub(crate) fn list(connection: &Connection) -> rusqlite::Result<Vec<Company>> {
    Company::list(connection, "ORDER BY id", [])
}

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Company>> {
    Company::find(connection, "WHERE uid = ?1", [uid])
}

pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Company> {
    Company::get(connection, "WHERE id = ?1", [id])
}

/// The accounts of a partner, oldest first.
pub(crate) fn managed_by(connection: &Connection, partner_id: i64) -> rusqlite::Result<Vec<Company>> {
    Company::list(connection, "WHERE managed_by = ?1 ORDER BY id", [partner_id])
}

row! {
    NewAccount<'a> {
        uid: &'a str,
        name: &'a str,
        slug: &'a str,
        account_reference: Option<&'a str>,
        managed_by: i64,
        created_at: i64,
    } into "companies"
}

/// Writes what may change of an account.
pub(crate) fn set_account(connection: &Connection, account: &Company) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE companies SET name = ?2, account_reference = ?3 WHERE id = ?1",
        params![account.id, account.name, account.account_reference],
    )
}

record! {
    #[derive(Debug, Clone)]
    User as "u" {
        id: i64;
        uid: String;
        employment_id: i64;
        company_id: i64;
        company_name: String = "c.name";
        first_name: String;
        last_name: String;
        email: String;
        phone: Option<String>;
        role: Role;
        active: bool;
        notification_enabled: bool;
        invitation_pending: bool;
        require_totp: bool;
        mfa_enabled: bool;
        created_at: i64;
        last_login_at: Option<i64>;
    } from "users u JOIN companies c ON c.id = u.company_id"
}

impl User {
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

pub(crate) fn users(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<User>> {
    User::list(connection, "WHERE u.company_id = ?1 ORDER BY u.id", [company_id])
}

/// The first active user of a company with a role who isn't only invited.
pub(crate) fn user_with_role(
    connection: &Connection,
    company_id: i64,
    role: Role,
) -> rusqlite::Result<Option<User>> {
    User::find(
        connection,
        "WHERE u.company_id = ?1 AND u.role = ?2 AND u.active AND NOT u.invitation_pending ORDER BY u.id LIMIT 1",
        params![company_id, role],
    )
}

pub(crate) fn user_by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<User>> {
    User::find(connection, "WHERE u.id = ?1", [id])
}

pub(crate) fn user_id(connection: &Connection, uid: &str) -> rusqlite::Result<Option<i64>> {
    Ok(User::find(connection, "WHERE u.uid = ?1", [uid])?.map(|user| user.id))
}

row! {
    NewUser<'a> {
        uid: &'a str,
        company_id: i64,
        first_name: &'a str,
        last_name: &'a str,
        email: &'a str,
        phone: Option<&'a str>,
        role: Role,
        notification_enabled: bool,
        invitation_pending: bool,
        created_at: i64,
    } into "users" with {
        "employment_id" = "(SELECT coalesce(max(employment_id), 3000) + 1 FROM users)",
    }
}

/// Writes what may change of a user.
pub(crate) fn set_user(connection: &Connection, user: &User) -> rusqlite::Result<()> {
    execute(
        connection,
        "UPDATE users SET first_name = ?2, last_name = ?3, email = ?4, phone = ?5, role = ?6, active = ?7, \
         notification_enabled = ?8 WHERE id = ?1",
        params![
            user.id,
            user.first_name,
            user.last_name,
            user.email,
            user.phone,
            user.role,
            user.active,
            user.notification_enabled
        ],
    )
}

/// Removes a user who was only invited: nobody with keys, orders or activities of their own.
pub(crate) fn delete_user(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    execute(connection, "DELETE FROM messages WHERE user_id = ?1", [id])?;
    execute(connection, "DELETE FROM notification_preferences WHERE user_id = ?1", [id])?;
    execute(connection, "DELETE FROM users WHERE id = ?1", [id])
}

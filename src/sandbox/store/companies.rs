//! Companies and their users.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::sandbox::domain::role::Role;

/// A company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Company {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) account_reference: Option<String>,
    pub(crate) managed_by: Option<i64>,
}

const COMPANY: &str = "SELECT id, uid, name, slug, account_reference, managed_by FROM companies";

fn company(row: &Row<'_>) -> rusqlite::Result<Company> {
    Ok(Company {
        id: row.get(0)?,
        uid: row.get(1)?,
        name: row.get(2)?,
        slug: row.get(3)?,
        account_reference: row.get(4)?,
        managed_by: row.get(5)?,
    })
}

/// Every company, in the order they were made.
pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Company>> {
    connection.prepare_cached(&format!("{COMPANY} ORDER BY id"))?.query_map([], company)?.collect()
}

/// One company by its uid.
pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Company>> {
    connection.prepare_cached(&format!("{COMPANY} WHERE uid = ?1"))?.query_row([uid], company).optional()
}

/// One company by its number.
pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Company> {
    connection.prepare_cached(&format!("{COMPANY} WHERE id = ?1"))?.query_row([id], company)
}

/// A user of a company.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) employment_id: i64,
    pub(crate) company_id: i64,
    pub(crate) company_name: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) phone: Option<String>,
    pub(crate) role: Role,
    pub(crate) active: bool,
    pub(crate) notification_enabled: bool,
    pub(crate) invitation_pending: bool,
    pub(crate) require_totp: bool,
    pub(crate) mfa_enabled: bool,
    pub(crate) created_at: i64,
    pub(crate) last_login_at: Option<i64>,
}

const USER: &str = "SELECT u.id, u.uid, u.employment_id, u.company_id, c.name, u.first_name, u.last_name, u.email, \
     u.phone, u.role, u.active, u.notification_enabled, u.invitation_pending, u.require_totp, u.mfa_enabled, \
     u.created_at, u.last_login_at FROM users u JOIN companies c ON c.id = u.company_id";

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        uid: row.get(1)?,
        employment_id: row.get(2)?,
        company_id: row.get(3)?,
        company_name: row.get(4)?,
        first_name: row.get(5)?,
        last_name: row.get(6)?,
        email: row.get(7)?,
        phone: row.get(8)?,
        role: role(row, 9)?,
        active: row.get(10)?,
        notification_enabled: row.get(11)?,
        invitation_pending: row.get(12)?,
        require_totp: row.get(13)?,
        mfa_enabled: row.get(14)?,
        created_at: row.get(15)?,
        last_login_at: row.get(16)?,
    })
}

/// Reads a role from a column.
pub(crate) fn role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let text: String = row.get(column)?;
    Role::parse(&text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            format!("{text:?} is no role").into(),
        )
    })
}

/// The users of a company.
pub(crate) fn users(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<User>> {
    connection
        .prepare_cached(&format!("{USER} WHERE u.company_id = ?1 ORDER BY u.id"))?
        .query_map(params![company_id], user)?
        .collect()
}

/// The first active user of a company with a role.
pub(crate) fn user_with_role(
    connection: &Connection,
    company_id: i64,
    role: Role,
) -> rusqlite::Result<Option<User>> {
    connection
        .prepare_cached(&format!(
            "{USER} WHERE u.company_id = ?1 AND u.role = ?2 AND u.active ORDER BY u.id LIMIT 1"
        ))?
        .query_row(params![company_id, role.name()], user)
        .optional()
}

/// One user by number.
pub(crate) fn user_by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<User>> {
    connection.prepare_cached(&format!("{USER} WHERE u.id = ?1"))?.query_row([id], user).optional()
}

/// A user to invite.
#[derive(Debug, Clone)]
pub(crate) struct Invitation<'a> {
    pub(crate) uid: &'a str,
    pub(crate) company_id: i64,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) phone: Option<&'a str>,
    pub(crate) role: Role,
    pub(crate) notification_enabled: bool,
    pub(crate) now_ms: i64,
}

/// Adds the user and answers the number.
pub(crate) fn invite(connection: &Connection, invitation: &Invitation<'_>) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO users (uid, employment_id, company_id, first_name, last_name, email, phone, role, \
             notification_enabled, invitation_pending, created_at) \
             VALUES (?1, (SELECT coalesce(max(employment_id), 3000) + 1 FROM users), ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9)",
        )?
        .execute(params![
            invitation.uid,
            invitation.company_id,
            invitation.first_name,
            invitation.last_name,
            invitation.email,
            invitation.phone,
            invitation.role.name(),
            invitation.notification_enabled,
            invitation.now_ms
        ])?;
    Ok(connection.last_insert_rowid())
}

/// Writes what may change of a user.
pub(crate) fn set_user(connection: &Connection, user: &User) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE users SET first_name = ?2, last_name = ?3, email = ?4, phone = ?5, role = ?6, active = ?7, \
             notification_enabled = ?8 WHERE id = ?1",
        )?
        .execute(params![
            user.id,
            user.first_name,
            user.last_name,
            user.email,
            user.phone,
            user.role.name(),
            user.active,
            user.notification_enabled
        ])?;
    Ok(())
}

//! Companies and their users.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::sandbox::domain::role::Role;

record! {
    #[derive(Debug, Clone, PartialEq, Eq)]
    Company, COMPANY {
        id: i64 = "id",
        uid: String = "uid",
        name: String = "name",
        slug: String = "slug",
        account_reference: Option<String> = "account_reference",
        managed_by: Option<i64> = "managed_by",
    } from "companies"
}

pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Company>> {
    connection.prepare_cached(&format!("{COMPANY} ORDER BY id"))?.query_map([], Company::read)?.collect()
}

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Company>> {
    connection
        .prepare_cached(&format!("{COMPANY} WHERE uid = ?1"))?
        .query_row([uid], Company::read)
        .optional()
}

pub(crate) fn by_id(connection: &Connection, id: i64) -> rusqlite::Result<Company> {
    connection.prepare_cached(&format!("{COMPANY} WHERE id = ?1"))?.query_row([id], Company::read)
}

record! {
    #[derive(Debug, Clone)]
    User, USER {
        id: i64 = "u.id",
        uid: String = "u.uid",
        employment_id: i64 = "u.employment_id",
        company_id: i64 = "u.company_id",
        company_name: String = "c.name",
        first_name: String = "u.first_name",
        last_name: String = "u.last_name",
        email: String = "u.email",
        phone: Option<String> = "u.phone",
        role: Role = "u.role",
        active: bool = "u.active",
        notification_enabled: bool = "u.notification_enabled",
        invitation_pending: bool = "u.invitation_pending",
        require_totp: bool = "u.require_totp",
        mfa_enabled: bool = "u.mfa_enabled",
        created_at: i64 = "u.created_at",
        last_login_at: Option<i64> = "u.last_login_at",
    } from "users u JOIN companies c ON c.id = u.company_id"
}

impl FromSql for Role {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        Role::parse(text).ok_or_else(|| FromSqlError::Other(format!("{text:?} is no role").into()))
    }
}

pub(crate) fn users(connection: &Connection, company_id: i64) -> rusqlite::Result<Vec<User>> {
    connection
        .prepare_cached(&format!("{USER} WHERE u.company_id = ?1 ORDER BY u.id"))?
        .query_map(params![company_id], User::read)?
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
        .query_row(params![company_id, role.name()], User::read)
        .optional()
}

pub(crate) fn user_by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<User>> {
    connection.prepare_cached(&format!("{USER} WHERE u.id = ?1"))?.query_row([id], User::read).optional()
}

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

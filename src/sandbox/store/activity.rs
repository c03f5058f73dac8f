//! Who did what in a company.

use rusqlite::{Connection, params};

use super::record::{Record as _, execute};

record! {
    #[derive(Debug, Clone)]
    Activity as "activity" {
        login_name: String;
        person_id: Option<i64> = "user_id";
        name: String;
        description: String;
        user_type: String;
        created_at: i64;
    } from "activity"
}

pub(crate) fn note(
    connection: &Connection,
    company_id: i64,
    user_id: i64,
    name: &str,
    description: &str,
    at_ms: i64,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO activity (company_id, user_id, login_name, name, description, user_type, created_at) \
         SELECT ?1, u.id, u.email, ?3, ?4, u.role, ?5 FROM users u WHERE u.id = ?2",
        params![company_id, user_id, name, description, at_ms],
    )
}

/// The newest of a company, of one person where that is given.
pub(crate) fn newest(
    connection: &Connection,
    company_id: i64,
    user_id: Option<i64>,
    limit: i64,
) -> rusqlite::Result<Vec<Activity>> {
    Activity::list(
        connection,
        "WHERE company_id = ?1 AND (?2 IS NULL OR user_id = ?2) ORDER BY created_at DESC, id DESC LIMIT ?3",
        params![company_id, user_id, limit],
    )
}

//! The service approval queue, in which a partner decides the orders of its managed accounts.

use rusqlite::{Connection, ToSql, params};

use super::record::{Record as _, changed, value};

record! {
    #[derive(Debug, Clone)]
    Entry as "q" {
        id: i64;
        uid: String;
        reference_id: String;
        kind: String = "q.type";
        status: String;
        approver_company_id: i64;
        requester_company_id: i64;
        requested_by: Option<i64>;
        asked_by: Option<String> = "u.first_name || ' ' || u.last_name";
        approver_name: String = "a.name";
        account_name: String = "r.name";
        account_reference: Option<String> = "r.account_reference";
        service_id: Option<i64>;
        comment: Option<String>;
        detail: String;
        work: Option<String>;
        created_at: i64;
        /// When it expires, while pending.
        due_at: Option<i64>;
        decided_at: Option<i64>;
        decided_by: Option<String>;
    } from "order_approvals q JOIN companies r ON r.id = q.requester_company_id JOIN companies a ON a.id = q.approver_company_id LEFT JOIN users u ON u.id = q.requested_by"
}

impl Entry {
    /// Who decided it, as a company may know it: a person to its own company, to the other one that company.
    pub(crate) fn decided_by(&self, reader_company_id: i64) -> Option<&str> {
        let (company_id, name) = match self.status.as_str() {
            "WITHDRAWN" => (self.requester_company_id, &self.account_name),
            _ => (self.approver_company_id, &self.approver_name),
        };
        let person = self.decided_by.as_deref()?;
        Some(if company_id == reader_company_id { person } else { name })
    }
}

/// A query for the queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) statuses: Vec<String>,
    pub(crate) service_ids: Vec<i64>,
    pub(crate) sort: &'static str,
    pub(crate) descending: bool,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// What the list can be sorted by: the wire's name and the column's.
pub(crate) const SORTABLE: [(&str, &str); 6] = [
    ("createDate", "q.created_at"),
    ("status", "q.status"),
    ("type", "q.type"),
    ("id", "q.id"),
    ("acctName", "r.name"),
    ("serviceId", "q.service_id"),
];

/// A page of the entries that a company decides or requested, and their total number.
pub(crate) fn page(
    connection: &Connection,
    company_id: i64,
    wanted: &Wanted,
) -> rusqlite::Result<(i64, Vec<Entry>)> {
    let mut condition = String::from("(q.approver_company_id = ? OR q.requester_company_id = ?)");
    let mut values: Vec<&dyn ToSql> = vec![&company_id, &company_id];
    if !wanted.statuses.is_empty() {
        condition.push_str(&format!(" AND q.status IN ({})", marks(wanted.statuses.len())));
        values.extend(wanted.statuses.iter().map(|status| status as &dyn ToSql));
    }
    if !wanted.service_ids.is_empty() {
        condition.push_str(&format!(" AND q.service_id IN ({})", marks(wanted.service_ids.len())));
        values.extend(wanted.service_ids.iter().map(|id| id as &dyn ToSql));
    }
    let total = value(
        connection,
        &format!("SELECT count(*) FROM order_approvals q WHERE {condition}"),
        values.as_slice(),
    )?;
    let direction = if wanted.descending { "DESC" } else { "ASC" };
    let sort = wanted.sort;
    values.push(&wanted.limit);
    values.push(&wanted.offset);
    let entries = Entry::list(
        connection,
        &format!("WHERE {condition} ORDER BY {sort} {direction}, q.id {direction} LIMIT ? OFFSET ?"),
        values.as_slice(),
    )?;
    Ok((total, entries))
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Entry>> {
    Entry::find(connection, "WHERE q.uid = ?1", [uid])
}

/// How many entries of all companies wait, and those of them that expire soonest.
pub(crate) fn list_waiting(connection: &Connection, limit: i64) -> rusqlite::Result<(i64, Vec<Entry>)> {
    let total = value(connection, "SELECT count(*) FROM order_approvals WHERE status = 'PENDING'", [])?;
    let found = Entry::list(
        connection,
        "WHERE q.status = 'PENDING' ORDER BY q.due_at IS NULL, q.due_at, q.id LIMIT ?1",
        [limit],
    )?;
    Ok((total, found))
}

/// Ends a pending entry; returns whether it was still pending.
pub(crate) fn settle(
    connection: &Connection,
    id: i64,
    status: &str,
    at: i64,
    by: Option<&str>,
    comment: Option<&str>,
) -> rusqlite::Result<bool> {
    changed(
        connection,
        "UPDATE order_approvals SET status = ?2, decided_at = ?3, decided_by = ?4, due_at = NULL, \
         comment = coalesce(?5, comment) WHERE id = ?1 AND status = 'PENDING'",
        params![id, status, at, by, comment],
    )
}

/// The first few that nobody decided in time, oldest first.
pub(crate) fn due(connection: &Connection, now: i64, limit: i64) -> rusqlite::Result<Vec<Entry>> {
    Entry::list(
        connection,
        "WHERE q.due_at <= ?1 AND q.status = 'PENDING' ORDER BY q.due_at, q.id LIMIT ?2",
        [now, limit],
    )
}

pub(crate) fn any_due(connection: &Connection, now: i64) -> rusqlite::Result<bool> {
    value(
        connection,
        "SELECT EXISTS (SELECT 1 FROM order_approvals WHERE due_at <= ?1 AND status = 'PENDING')",
        [now],
    )
}

row! {
    NewEntry<'a> {
        uid: &'a str,
        reference_id: &'a str,
        kind: &'a str = "type",
        approver_company_id: i64,
        requester_company_id: i64,
        requested_by: i64,
        service_id: Option<i64>,
        detail: &'a str,
        work: &'a str,
        created_at: i64,
        due_at: i64,
    } into "order_approvals" with { "status" = "'PENDING'", }
}

//! The service approval queue: a partner decides the orders of the accounts it manages.

use rusqlite::{Connection, OptionalExtension as _, ToSql, params};

record! {
    #[derive(Debug, Clone)]
    Entry, ENTRY {
        id: i64 = "q.id",
        uid: String = "q.uid",
        reference_id: String = "q.reference_id",
        kind: String = "q.type",
        status: String = "q.status",
        approver_company_id: i64 = "q.approver_company_id",
        requester_company_id: i64 = "q.requester_company_id",
        requested_by: Option<i64> = "q.requested_by",
        asked_by: Option<String> = "u.first_name || ' ' || u.last_name",
        approver_name: String = "a.name",
        account_name: String = "r.name",
        account_reference: Option<String> = "r.account_reference",
        service_id: Option<i64> = "q.service_id",
        comment: Option<String> = "q.comment",
        detail: String = "q.detail",
        work: Option<String> = "q.work",
        created_at: i64 = "q.created_at",
        /// When it runs out, while it waits.
        due_at: Option<i64> = "q.due_at",
        decided_at: Option<i64> = "q.decided_at",
        decided_by: Option<String> = "q.decided_by",
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

/// What of the queue is asked for.
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

/// A page of the entries a company decides or asked for, and how many there are in all.
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
    let total = connection
        .prepare(&format!("SELECT count(*) FROM order_approvals q WHERE {condition}"))?
        .query_row(values.as_slice(), |row| row.get(0))?;
    let direction = if wanted.descending { "DESC" } else { "ASC" };
    let sort = wanted.sort;
    values.push(&wanted.limit);
    values.push(&wanted.offset);
    let entries = connection
        .prepare(&format!(
            "{ENTRY} WHERE {condition} ORDER BY {sort} {direction}, q.id {direction} LIMIT ? OFFSET ?"
        ))?
        .query_map(values.as_slice(), Entry::read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok((total, entries))
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

pub(crate) fn by_uid(connection: &Connection, uid: &str) -> rusqlite::Result<Option<Entry>> {
    connection.prepare_cached(&format!("{ENTRY} WHERE q.uid = ?1"))?.query_row([uid], Entry::read).optional()
}

/// How many entries of all companies wait, and those of them that expire soonest.
pub(crate) fn waiting(connection: &Connection, limit: i64) -> rusqlite::Result<(i64, Vec<Entry>)> {
    let total = connection
        .prepare_cached("SELECT count(*) FROM order_approvals WHERE status = 'PENDING'")?
        .query_row([], |row| row.get(0))?;
    let found = connection
        .prepare_cached(&format!(
            "{ENTRY} WHERE q.status = 'PENDING' ORDER BY q.due_at IS NULL, q.due_at, q.id LIMIT ?1"
        ))?
        .query_map([limit], Entry::read)?
        .collect::<rusqlite::Result<Vec<Entry>>>()?;
    Ok((total, found))
}

/// Ends a pending entry; answers whether it was still pending.
pub(crate) fn settle(
    connection: &Connection,
    id: i64,
    status: &str,
    at: i64,
    by: Option<&str>,
    comment: Option<&str>,
) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE order_approvals SET status = ?2, decided_at = ?3, decided_by = ?4, due_at = NULL, \
             comment = coalesce(?5, comment) WHERE id = ?1 AND status = 'PENDING'",
        )?
        .execute(params![id, status, at, by, comment])?;
    Ok(changed == 1)
}

/// The first few that nobody decided in time, oldest first.
pub(crate) fn due(connection: &Connection, now: i64, limit: i64) -> rusqlite::Result<Vec<Entry>> {
    connection
        .prepare_cached(&format!(
            "{ENTRY} WHERE q.due_at <= ?1 AND q.status = 'PENDING' ORDER BY q.due_at, q.id LIMIT ?2"
        ))?
        .query_map([now, limit], Entry::read)?
        .collect()
}

pub(crate) fn any_due(connection: &Connection, now: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM order_approvals WHERE due_at <= ?1 AND status = 'PENDING')",
        )?
        .query_row([now], |row| row.get(0))
}

#[derive(Debug, Clone)]
pub(crate) struct NewEntry<'a> {
    pub(crate) uid: &'a str,
    pub(crate) reference_id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) approver_company_id: i64,
    pub(crate) requester_company_id: i64,
    pub(crate) requested_by: i64,
    pub(crate) service_id: Option<i64>,
    pub(crate) detail: &'a str,
    pub(crate) work: &'a str,
    pub(crate) created_at: i64,
    pub(crate) due_at: i64,
}

pub(crate) fn insert(connection: &Connection, entry: &NewEntry<'_>) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO order_approvals (uid, reference_id, type, status, approver_company_id, requester_company_id, \
             requested_by, service_id, detail, work, created_at, due_at) \
             VALUES (?1, ?2, ?3, 'PENDING', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            entry.uid,
            entry.reference_id,
            entry.kind,
            entry.approver_company_id,
            entry.requester_company_id,
            entry.requested_by,
            entry.service_id,
            entry.detail,
            entry.work,
            entry.created_at,
            entry.due_at
        ])?;
    Ok(())
}

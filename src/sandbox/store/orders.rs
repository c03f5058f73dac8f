//! Orders: connection requests and speed changes, from asked to decided.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, params};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderType {
    New,
    SpeedChange,
}

impl OrderType {
    /// As the API spells it (confirmed, megaport-api.md).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            OrderType::New => "NEW",
            OrderType::SpeedChange => "SPEED_CHANGE",
        }
    }
}

impl FromSql for OrderType {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "NEW" => Ok(OrderType::New),
            "SPEED_CHANGE" => Ok(OrderType::SpeedChange),
            other => Err(FromSqlError::Other(format!("{other:?} is no type of order").into())),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum OrderStatus {
    Pending,
    Approved,
    Rejected,
    Expired,
    /// The VXC was cancelled before anybody decided.
    Withdrawn,
    /// Another change of speed took its place.
    Superseded,
}

impl OrderStatus {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            OrderStatus::Pending => "PENDING",
            OrderStatus::Approved => "APPROVED",
            OrderStatus::Rejected => "REJECTED",
            OrderStatus::Expired => "EXPIRED",
            OrderStatus::Withdrawn => "WITHDRAWN",
            OrderStatus::Superseded => "SUPERSEDED",
        }
    }

    /// The word for it in a sentence.
    pub(crate) const fn verb(self) -> &'static str {
        match self {
            OrderStatus::Pending => "pending",
            OrderStatus::Approved => "accepted",
            OrderStatus::Rejected => "denied",
            OrderStatus::Expired => "expired",
            OrderStatus::Withdrawn => "withdrawn",
            OrderStatus::Superseded => "superseded",
        }
    }
}

impl FromSql for OrderStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        [
            OrderStatus::Pending,
            OrderStatus::Approved,
            OrderStatus::Rejected,
            OrderStatus::Expired,
            OrderStatus::Withdrawn,
            OrderStatus::Superseded,
        ]
        .into_iter()
        .find(|status| status.name() == text)
        .ok_or_else(|| FromSqlError::Other(format!("{text:?} is no status of an order").into()))
    }
}

/// Who or what settles an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settler<'a> {
    /// As a person reads it: "Priya Example (Technical Admin)", "the automatic approval of SYD2-A".
    pub(crate) name: &'a str,
    /// The company whose person it is: the name is for that company alone. Nothing where no person is named.
    pub(crate) company_id: Option<i64>,
}

impl<'a> Settler<'a> {
    pub(crate) fn person(name: &'a str, company_id: i64) -> Self {
        Settler { name, company_id: Some(company_id) }
    }

    /// No person: a company, a port's automatic approval, a key.
    pub(crate) fn nobody(name: &'a str) -> Self {
        Settler { name, company_id: None }
    }
}

/// Ends a pending order; answers whether it was still pending. This is what makes a decision happen once.
pub(crate) fn settle(
    connection: &Connection,
    id: i64,
    status: OrderStatus,
    at: i64,
    by: Settler<'_>,
    reason: Option<&str>,
) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE orders SET status = ?2, decided_at = ?3, decided_by = ?4, reason = ?5, \
             decided_by_company_id = ?6 \
             WHERE id = ?1 AND status = 'PENDING'",
        )?
        .execute(params![id, status.name(), at, by.name, reason, by.company_id])?;
    Ok(changed == 1)
}

#[derive(Debug, Clone)]
pub(crate) struct NewOrder<'a> {
    pub(crate) uid: &'a str,
    pub(crate) vxc_id: i64,
    pub(crate) kind: OrderType,
    pub(crate) rates_mbps: Option<(i64, i64)>,
    pub(crate) requester_company_id: i64,
    pub(crate) approver_company_id: i64,
    pub(crate) requested_by: i64,
    pub(crate) created_at: i64,
    pub(crate) expires_at: Option<i64>,
}

/// Adds it and answers its number. `rates_mbps` is the old and the new rate limit of a speed change.
pub(crate) fn insert(connection: &Connection, order: &NewOrder<'_>) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO orders (uid, vxc_id, type, status, old_rate_limit_mbps, new_rate_limit_mbps, \
             requester_company_id, approver_company_id, requested_by, created_at, expires_at) \
             VALUES (?1, ?2, ?3, 'PENDING', ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            order.uid,
            order.vxc_id,
            order.kind.name(),
            order.rates_mbps.map(|(old, _)| old),
            order.rates_mbps.map(|(_, new)| new),
            order.requester_company_id,
            order.approver_company_id,
            order.requested_by,
            order.created_at,
            order.expires_at
        ])?;
    Ok(connection.last_insert_rowid())
}

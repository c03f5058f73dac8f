//! Orders: connection requests and speed changes, from asked to decided.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, params};

/// What is asked for.
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

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// As it is stored.
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

/// Ends a pending order; answers whether it was still pending. This is what makes a decision happen once.
pub(crate) fn settle(
    connection: &Connection,
    id: i64,
    status: OrderStatus,
    at: i64,
    by: &str,
    reason: Option<&str>,
) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE orders SET status = ?2, decided_at = ?3, decided_by = ?4, reason = ?5 \
             WHERE id = ?1 AND status = 'PENDING'",
        )?
        .execute(params![id, status.name(), at, by, reason])?;
    Ok(changed == 1)
}

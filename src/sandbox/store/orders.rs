//! Orders: connection requests and speed changes.

use rusqlite::{Connection, params};

use super::record::{Record as _, changed, value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderType {
    New,
    SpeedChange,
}

impl OrderType {
    const ALL: [Self; 2] = [OrderType::New, OrderType::SpeedChange];

    /// As the API spells it (confirmed, megaport-api.md).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            OrderType::New => "NEW",
            OrderType::SpeedChange => "SPEED_CHANGE",
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
    /// The VXC was cancelled before a decision.
    Withdrawn,
    /// Replaced by another speed change.
    Superseded,
}

impl OrderStatus {
    const ALL: [Self; 6] = [
        OrderStatus::Pending,
        OrderStatus::Approved,
        OrderStatus::Rejected,
        OrderStatus::Expired,
        OrderStatus::Withdrawn,
        OrderStatus::Superseded,
    ];

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

    /// The status in prose.
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

kept_as_word!(OrderType, "type of order");
kept_as_word!(OrderStatus, "status of an order");

/// Who or what decides an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settler<'a> {
    /// A readable name: "Priya Example (Technical Admin)", "automatic approval on SYD2-A".
    pub(crate) name: &'a str,
    /// The company whose person it is: the name is for that company alone. Nothing where no person is named.
    pub(crate) company_id: Option<i64>,
}

impl<'a> Settler<'a> {
    pub(crate) fn person(name: &'a str, company_id: i64) -> Self {
        Settler { name, company_id: Some(company_id) }
    }

    /// No person: a company, a port's automatic approval, a key.
    pub(crate) fn without_person(name: &'a str) -> Self {
        Settler { name, company_id: None }
    }
}

/// Ends a pending order; returns whether it was still pending. This ensures that it is decided only once.
pub(crate) fn settle(
    connection: &Connection,
    id: i64,
    status: OrderStatus,
    at: i64,
    by: Settler<'_>,
    reason: Option<&str>,
) -> rusqlite::Result<bool> {
    changed(
        connection,
        "UPDATE orders SET status = ?2, decided_at = ?3, decided_by = ?4, reason = ?5, decided_by_company_id = ?6 \
         WHERE id = ?1 AND status = 'PENDING'",
        params![id, status, at, by.name, reason, by.company_id],
    )
}

row! {
    NewOrder<'a> {
        uid: &'a str,
        vxc_id: i64,
        kind: OrderType = "type",
        old_rate_limit_mbps: Option<i64>,
        new_rate_limit_mbps: Option<i64>,
        requester_company_id: i64,
        approver_company_id: i64,
        requested_by: Option<i64>,
        created_at: i64,
        expires_at: Option<i64>,
    } into "orders" with { "status" = "'PENDING'", }
}

record! {
    /// A request with what one wants to see of it at once.
    #[derive(Debug)]
    Glance as "o" {
        uid: String;
        kind: OrderType = "o.type";
        status: OrderStatus;
        vxc_name: String = "v.name";
        customer: String = "a.name";
        provider: String = "b.name";
        port: String = "p.name";
        vlan: Option<i64> = "v.b_vlan";
        rate_limit_mbps: i64 = "v.rate_limit_mbps";
        new_rate_limit_mbps: Option<i64>;
        created_at: i64;
        expires_at: Option<i64>;
        decided_at: Option<i64>;
        decided_by: Option<String>;
    } from "orders o JOIN vxcs v ON v.id = o.vxc_id JOIN companies a ON a.id = v.a_company_id JOIN companies b ON b.id = v.b_company_id JOIN products p ON p.id = v.b_product_id"
}

/// How many requests wait, and those of them that expire soonest. A speed change has no date and comes last.
pub(crate) fn list_waiting(connection: &Connection, limit: i64) -> rusqlite::Result<(i64, Vec<Glance>)> {
    let total = value(connection, "SELECT count(*) FROM orders WHERE status = 'PENDING'", [])?;
    let found = Glance::list(
        connection,
        "WHERE o.status = 'PENDING' ORDER BY o.expires_at IS NULL, o.expires_at, o.id LIMIT ?1",
        [limit],
    )?;
    Ok((total, found))
}

pub(crate) fn list_decided(connection: &Connection, limit: i64) -> rusqlite::Result<Vec<Glance>> {
    Glance::list(
        connection,
        "WHERE o.decided_at IS NOT NULL ORDER BY o.decided_at DESC, o.id DESC LIMIT ?1",
        [limit],
    )
}

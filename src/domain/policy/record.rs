//! A decision of a plan in JSON.

use jiff::Timestamp;
use serde::Serialize;

use super::Verdict;
use crate::domain::approvals::model::{Customer, End};
use crate::domain::approvals::{Kind, Source};
use crate::text::{Mbps, Uid};

/// What `policy plan` writes about a request, and `approvals apply` takes. The names are stable.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PlannedRecord {
    pub(crate) id: Uid,
    pub(crate) decision: Verdict,
    pub(crate) rule: Option<String>,
    pub(crate) vlan: Option<&'static str>,
    pub(crate) vlan_pool: Option<String>,
    pub(crate) reason: Option<String>,
    /// The limit.
    pub(crate) stopped_by: Option<&'static str>,
    pub(crate) needs_second_person: bool,
    pub(crate) claimed_by: Option<String>,
    pub(crate) claimed_until: Option<Timestamp>,
    pub(crate) proposed_by: Option<String>,
    pub(crate) passed_over: Vec<PassedOver>,
    pub(crate) source: Source,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    pub(crate) name: Option<String>,
    /// The requested speed in Mbps, whatever the type.
    pub(crate) rate: Option<Mbps>,
    pub(crate) customer: Customer,
    /// The port's UID, or its name if that isn't known.
    pub(crate) port: Option<String>,
    pub(crate) b_end: Option<End>,
    pub(crate) rate_limit_mbps: Option<Mbps>,
    pub(crate) new_rate_limit_mbps: Option<Mbps>,
    pub(crate) room_after_mbps: Option<i64>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// A rule that was skipped because of an unknown value.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PassedOver {
    pub(crate) rule: String,
    pub(crate) because: String,
}

impl PlannedRecord {
    /// A record with all optional parts, for the names of its fields.
    pub(crate) fn whole() -> Self {
        PlannedRecord { b_end: Some(End::default()), ..PlannedRecord::default() }
    }
}

//! An approval: a connection request, a speed change, or an entry of the service approval queue.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::api::vlan::Vlan;
use crate::domain::approvals::Account;
use crate::domain::approvals::extra::Extra;
use crate::text::word::words;
use crate::text::{Mbps, Uid};

/// An undecided connection request expires after this time (confirmed: 60 days from `createDate`).
pub(crate) const CONNECTION_LIFE: SignedDuration = SignedDuration::from_hours(60 * 24);

words! {
    #[derive(Default)]
    pub(crate) enum Source {
        #[default]
        Marketplace = "marketplace",
        /// The partner's service approval queue.
        Queue = "queue",
    }
}

words! {
    #[derive(Default)]
    pub(crate) enum Kind {
        #[default]
        Connection = "connection" | "new",
        SpeedChange = "speed-change" | "speed",
        /// Another contract term (queue).
        TermChange = "term-change" | "term",
        /// A managed account's order (queue).
        Order = "order",
        /// A type that portgate doesn't support, such as a termination; see `wire_type`.
        Other = "other",
    }
}

impl Kind {
    /// The word in the TYPE column.
    pub(crate) const fn short(self) -> &'static str {
        match self {
            Kind::Connection => "new",
            Kind::SpeedChange => "speed",
            Kind::TermChange => "term",
            Kind::Order => "order",
            Kind::Other => "other",
        }
    }

    pub(crate) fn noun_with_article(self) -> String {
        let article = if matches!(self, Kind::Order) { "an" } else { "a" };
        format!("{article} {}", self.noun())
    }

    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Kind::Connection => "connection request",
            Kind::SpeedChange => "speed change",
            Kind::TermChange => "term change",
            Kind::Order => "order",
            Kind::Other => "request of unknown type",
        }
    }
}

words! {
    /// The direction of a connection, from my company's view.
    pub(crate) enum Direction {
        /// The customer's A-End to my B-End: mine to decide.
        Incoming = "incoming",
        /// My own order to another company.
        Outgoing = "outgoing",
        Internal = "internal",
    }
}

words! {
    #[derive(Default)]
    pub(crate) enum Status {
        Pending = "pending",
        Accepted = "accepted" | "approved",
        Denied = "denied" | "rejected",
        /// It was accepted but not carried out, or failed otherwise.
        Failed = "failed",
        /// Withdrawn by the requester.
        Withdrawn = "withdrawn",
        Expired = "expired",
        /// Ended, but the API doesn't say how.
        #[default]
        Unknown = "unknown",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WaitingOn {
    Me,
    Them,
}

words! {
    /// What ends a request: the provider accepts or denies it, or the requester withdraws it.
    pub(crate) enum Decision {
        Accept = "accept",
        Deny = "deny",
        /// Withdrawn by the requester; only for entries of the service approval queue.
        Withdraw = "withdraw",
    }
}

impl Decision {
    pub(crate) const fn participle(self) -> &'static str {
        match self {
            Decision::Accept => "accepted",
            Decision::Deny => "denied",
            Decision::Withdraw => "withdrawn",
        }
    }

    pub(crate) const fn status(self) -> Status {
        match self {
            Decision::Accept => Status::Accepted,
            Decision::Deny => Status::Denied,
            Decision::Withdraw => Status::Withdrawn,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Customer {
    pub(crate) uid: Option<Uid>,
    pub(crate) name: Option<String>,
    /// Whether it has no live VXCs with us yet; null if unknown.
    pub(crate) is_new: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct End {
    pub(crate) product_uid: Option<Uid>,
    pub(crate) product_name: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) vlan: Option<Vlan>,
    pub(crate) inner_vlan: Option<Vlan>,
}

/// Why nobody else may decide a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// Another person has it in work, or decides it now.
    Claimed,
    /// A second person must confirm what was proposed.
    Proposed,
}

/// An entry of `approvals list`; the field names are stable (cli.md, "What an approval is").
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Approval {
    /// `vxcApproval.uid`, or the queue entry's `uid`.
    pub(crate) id: Uid,
    /// The managed account that the session acts for; null for the key's own company.
    pub(crate) account: Option<Account>,
    pub(crate) source: Source,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// The API's type, only if portgate doesn't support it.
    pub(crate) wire_type: Option<String>,
    /// The direction; null in the queue.
    pub(crate) direction: Option<Direction>,
    pub(crate) status: Status,
    /// The API's status, only if portgate doesn't know it: the request may be pending.
    pub(crate) wire_status: Option<String>,
    /// Who must decide; null once decided.
    pub(crate) waiting_on: Option<WaitingOn>,
    pub(crate) name: Option<String>,
    pub(crate) vxc_uid: Option<Uid>,
    pub(crate) customer: Customer,
    /// The customer's end.
    pub(crate) a_end: Option<End>,
    /// The service provider's end.
    pub(crate) b_end: Option<End>,
    /// For a speed change, the current speed.
    pub(crate) rate_limit_mbps: Option<Mbps>,
    pub(crate) new_rate_limit_mbps: Option<Mbps>,
    /// Months; for a term change, the current term. Null if unknown.
    pub(crate) term_months: Option<u64>,
    pub(crate) new_term_months: Option<u64>,
    /// Whether the requested VLAN is free on my port; null if it isn't known, or none is requested.
    pub(crate) vlan_free: Option<bool>,
    /// Mbps left on my port after accepting this and all above it in the list; negative if oversubscribed.
    pub(crate) room_after_mbps: Option<i64>,
    pub(crate) port_speed_mbps: Option<Mbps>,
    /// When it was created; null for a speed change, which has no date in the API.
    pub(crate) created_at: Option<Timestamp>,
    /// When it expires; null for a speed change.
    pub(crate) expires_at: Option<Timestamp>,
    /// The API's message: the party that must approve, or a comment.
    pub(crate) message: Option<String>,
    pub(crate) decided_message: Option<String>,
    /// Who decided it and when, by the ledger.
    pub(crate) decided_by: Option<String>,
    pub(crate) decided_at: Option<Timestamp>,
    /// Who has it in work, by a shared ledger, and until when.
    pub(crate) claimed_by: Option<String>,
    pub(crate) claimed_until: Option<Timestamp>,
    /// Who proposed to accept it, by a shared ledger: a second person must confirm it.
    pub(crate) proposed_by: Option<String>,
    /// Why a shared ledger lets nobody here decide it.
    #[serde(skip)]
    pub(crate) held: Option<Held>,
    pub(crate) extra: Extra,
}

impl Approval {
    /// "claimed by ana", if it is held.
    pub(crate) fn held_by(&self) -> Option<String> {
        let (what, by) = match self.held? {
            Held::Claimed => ("claimed by", &self.claimed_by),
            Held::Proposed => ("proposed by", &self.proposed_by),
        };
        Some(format!("{what} {}", by.as_deref().unwrap_or("another person")))
    }

    pub(crate) fn waits_on_me(&self) -> bool {
        self.status == Status::Pending && self.waiting_on == Some(WaitingOn::Me)
    }

    /// Whether `--all` includes it: incoming or in the queue, and waiting for me.
    pub(crate) fn is_in_all(&self) -> bool {
        self.waits_on_me() && (self.source == Source::Queue || self.direction == Some(Direction::Incoming))
    }

    /// Whether it waits for me as far as that can be told: as in [`is_in_all`](Self::is_in_all), or unclear.
    pub(crate) fn may_wait_on_me(&self) -> bool {
        self.is_in_all() || self.wire_status.is_some() || (self.waits_on_me() && self.direction.is_none())
    }

    /// Whether portgate knows the effect of accepting it. Others are only shown, except queue entries given by ID.
    pub(crate) fn is_understood(&self) -> bool {
        self.kind != Kind::Other && (self.kind != Kind::SpeedChange || self.new_rate_limit_mbps.is_some())
    }

    /// Whether it is pending, or may be: its status isn't known.
    pub(crate) fn may_be_pending(&self) -> bool {
        self.status == Status::Pending || self.wire_status.is_some()
    }

    /// Whether it is an order in the queue that may still be accepted.
    pub(crate) fn is_pending_order(&self) -> bool {
        self.source == Source::Queue && self.kind == Kind::Order && self.may_be_pending()
    }

    /// The status in a word; the API's own if portgate doesn't know it.
    pub(crate) fn status_label(&self) -> &str {
        self.wire_status.as_deref().unwrap_or(self.status.word())
    }

    /// The type in a word, for a table.
    pub(crate) fn type_label(&self) -> String {
        self.wire_type.clone().unwrap_or_else(|| self.kind.short().to_owned())
    }

    /// The type as a noun.
    pub(crate) fn noun(&self) -> String {
        match &self.wire_type {
            Some(word) => format!("request of type {word}"),
            None => self.kind.noun().to_owned(),
        }
    }

    /// My own end: the B-End, or the A-End of an outgoing order.
    pub(crate) fn my_end(&self) -> Option<&End> {
        match self.direction {
            Some(Direction::Outgoing) => self.a_end.as_ref(),
            _ => self.b_end.as_ref(),
        }
    }

    /// UIDs of my ports whose room it uses: my end's, and the A-End's if that is also mine.
    pub(crate) fn ports_taken(&self) -> Vec<&Uid> {
        let other = self.a_end.as_ref().filter(|_| self.direction == Some(Direction::Internal));
        self.my_end().into_iter().chain(other).filter_map(|end| end.product_uid.as_ref()).collect()
    }

    /// Whether it asks for more speed on a port that isn't known, so that the room there isn't either.
    pub(crate) fn hides_port(&self) -> bool {
        self.kind == Kind::SpeedChange && self.ports_taken().is_empty()
    }

    /// Requested Mbps; for a speed change, the new speed.
    pub(crate) fn asked_mbps(&self) -> Option<Mbps> {
        match self.kind {
            Kind::SpeedChange => self.new_rate_limit_mbps,
            _ => self.rate_limit_mbps,
        }
    }

    /// Mbps added by a speed change, if both speeds are known.
    pub(crate) fn change_mbps(&self) -> Option<Mbps> {
        let now = self.rate_limit_mbps.filter(|_| self.kind == Kind::SpeedChange)?;
        Some(self.new_rate_limit_mbps?.saturating_sub(now))
    }

    /// Mbps added if accepted; the maximum if a speed change has no current speed.
    pub(crate) fn added_mbps(&self) -> Option<Mbps> {
        match self.kind {
            Kind::SpeedChange => {
                Some(self.new_rate_limit_mbps?.saturating_sub(self.rate_limit_mbps.unwrap_or_default()))
            }
            Kind::TermChange => Some(Mbps(0)),
            Kind::Other => None,
            Kind::Connection | Kind::Order => self.rate_limit_mbps,
        }
    }

    /// Mbps added if accepted, if that is known: not for a speed change without a current speed.
    pub(crate) fn exactly_added_mbps(&self) -> Option<Mbps> {
        if self.kind == Kind::SpeedChange { self.change_mbps() } else { self.added_mbps() }
    }

    pub(crate) fn decision(&self) -> Option<Decision> {
        match (self.status, self.source) {
            (Status::Accepted, _) => Some(Decision::Accept),
            (Status::Denied, _) => Some(Decision::Deny),
            // In the Marketplace that is a VXC that was cancelled.
            (Status::Withdrawn, Source::Queue) => Some(Decision::Withdraw),
            _ => None,
        }
    }

    pub(crate) fn customer_label(&self) -> &str {
        self.customer
            .name
            .as_deref()
            .or(self.customer.uid.as_ref().map(Uid::as_str))
            .unwrap_or("unknown company")
    }
}

#[cfg(test)]
pub(crate) mod example {
    use super::*;

    pub(crate) const NOW: &str = "2026-11-23T00:00:00Z";
    pub(crate) const GLOBEX: &str = "91b7d3e2-5a4c-4e1f-8f70-1b2c3d4e5f02";

    /// 500 Mbps of Globex Bank on SYD1-A, ten days old at [`NOW`].
    pub(crate) fn connection() -> Approval {
        let created = NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(240);
        Approval {
            id: "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11".into(),
            source: Source::Marketplace,
            kind: Kind::Connection,
            direction: Some(Direction::Incoming),
            status: Status::Pending,
            waiting_on: Some(WaitingOn::Me),
            customer: Customer {
                uid: Some(GLOBEX.into()),
                name: Some("Globex Bank".to_owned()),
                is_new: Some(false),
            },
            b_end: Some(End {
                product_uid: Some("a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11".into()),
                product_name: Some("SYD1-A".to_owned()),
                location: Some("Example Sydney 1".to_owned()),
                vlan: Some(Vlan::Number(1201)),
                ..End::default()
            }),
            rate_limit_mbps: Some(Mbps(500)),
            created_at: Some(created),
            expires_at: Some(created + SignedDuration::from_hours(60 * 24)),
            ..Approval::default()
        }
    }

    /// As [`connection`], of so many Mbps on this port, without a VLAN.
    pub(crate) fn request(port: &str, mbps: Option<u64>) -> Approval {
        let b_end = Some(End { product_uid: Some(port.into()), ..End::default() });
        Approval { b_end, rate_limit_mbps: mbps.map(Mbps), ..connection() }
    }
}

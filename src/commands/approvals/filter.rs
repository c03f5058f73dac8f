//! Choosing among approvals.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use crate::domain::approvals::model::{Approval, Direction, Kind, Source, Status, WaitingOn};
use crate::error::{Error, Hint};
use crate::text::Mbps;
use crate::text::name::{folded, is_called, only_looks_to_contain, parse_name};
use crate::text::span::parse_span;

/// Filters that `list`, `accept` and `deny` share. All of them together must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Only requests of this type
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    pub(crate) kind: Vec<Kind>,

    /// Only requests of this customer: its uid, or part of its name
    #[arg(long, value_name = "CUSTOMER", value_parser = parse_name)]
    pub(crate) customer: Vec<String>,

    /// Only requests to this port: its name, or its uid or the start of it
    #[arg(long, value_name = "PORT", value_parser = parse_name)]
    pub(crate) port: Vec<String>,

    /// Only requests from this source
    #[arg(long, value_name = "SOURCE", value_enum)]
    pub(crate) source: Option<Source>,

    /// Only requests of at most this speed (for a speed change: the new one), in Mbps
    #[arg(long, value_name = "MBPS", allow_negative_numbers = true)]
    pub(crate) max_rate: Option<Mbps>,

    /// Only requests made longer ago than this, such as 7d; never one whose age is unknown
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    pub(crate) older_than: Option<SignedDuration>,

    /// Only requests that expire within this time, such as 14d; never one without a date
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    pub(crate) expires_within: Option<SignedDuration>,
}

/// Whose answer is missing, as a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitingFilter {
    /// What waits on my company.
    #[default]
    Me,
    /// What waits on the other party.
    Them,
    /// Both.
    Any,
}

/// Where a request stands, as a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub(crate) enum StatusFilter {
    #[default]
    Pending,
    Approved,
    Rejected,
    Failed,
    Withdrawn,
    Expired,
    Unknown,
    /// Whatever its status.
    Any,
}

impl StatusFilter {
    pub(crate) fn passes(self, status: Status) -> bool {
        match self {
            StatusFilter::Any => true,
            StatusFilter::Pending => status == Status::Pending,
            StatusFilter::Approved => status == Status::Approved,
            StatusFilter::Rejected => status == Status::Rejected,
            StatusFilter::Failed => status == Status::Failed,
            StatusFilter::Withdrawn => status == Status::Withdrawn,
            StatusFilter::Expired => status == Status::Expired,
            StatusFilter::Unknown => status == Status::Unknown,
        }
    }
}

impl WaitingFilter {
    /// Whether an approval passes; what is decided waits on nobody and passes `any` only.
    pub(crate) fn passes(self, waiting_on: Option<WaitingOn>) -> bool {
        match self {
            WaitingFilter::Any => true,
            WaitingFilter::Me => waiting_on == Some(WaitingOn::Me),
            WaitingFilter::Them => waiting_on == Some(WaitingOn::Them),
        }
    }
}

impl FilterArgs {
    /// Leaves only requests of one type, for commands that know no other.
    pub(crate) fn narrow_to(&mut self, kind: Option<Kind>) -> Result<(), Error> {
        let Some(kind) = kind else { return Ok(()) };
        if self.kind.iter().any(|&asked| asked != kind) {
            return Err(Error::usage(format!("this command knows no type but the {}", kind.noun()))
                .hint(Hint::call("for the other types use `", "approvals").and("`")));
        }
        self.kind = vec![kind];
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == FilterArgs::default()
    }

    /// The only source to read, where the others could have nothing that passes. Ports are named by the Marketplace, for the
    /// queue too.
    pub(crate) fn only(&self) -> Option<Source> {
        self.source.filter(|source| *source == Source::Marketplace || self.port.is_empty())
    }

    /// Names of customers that only look as if one of these named them, each with that one.
    pub(crate) fn look_alikes<'a>(
        &'a self,
        approvals: impl Iterator<Item = &'a Approval>,
    ) -> BTreeMap<&'a str, &'a str> {
        let named = approvals.filter_map(|approval| approval.customer.name.as_deref());
        named
            .filter_map(|name| {
                let wanted = self.customer.iter().find(|wanted| only_looks_to_contain(name, wanted))?;
                Some((name, wanted.as_str()))
            })
            .collect()
    }

    /// Whether an approval passes all of them.
    pub(crate) fn passes(&self, approval: &Approval, now: Timestamp) -> bool {
        let any = |wanted: &[String], matches: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| matches(wanted))
        };
        let customer = |wanted: &str| {
            approval.customer.uid.as_ref().is_some_and(|uid| uid.eq_ignore_ascii_case(wanted))
                || approval.customer.name.as_ref().is_some_and(|name| folded(name).contains(&folded(wanted)))
        };
        let port = |wanted: &str| {
            let end = approval.my_end();
            end.is_some_and(|end| is_called(wanted, end.product_name.as_deref(), end.product_uid.as_deref()))
        };
        (self.kind.is_empty() || self.kind.contains(&approval.kind))
            && any(&self.customer, &customer)
            && any(&self.port, &port)
            && self.source.is_none_or(|source| approval.source == source)
            && self.max_rate.is_none_or(|most| approval.asked_mbps().is_some_and(|asked| asked <= most))
            && self.older_than.is_none_or(|age| {
                approval.created_at.is_some_and(|created| now.duration_since(created) > age)
            })
            && self.expires_within.is_none_or(|time| {
                approval.expires_at.is_some_and(|expires| expires.duration_since(now) <= time)
            })
    }
}

/// Whether an approval runs the given way.
pub(crate) fn passes_direction(approval: &Approval, direction: Option<Direction>) -> bool {
    direction.is_none_or(|direction| approval.direction == Some(direction))
}

//! Filters for approvals.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use crate::commands::approvals::list::condition::Condition;
use crate::domain::approvals::model::{Approval, Direction, Kind, Source, Status, WaitingOn};
use crate::error::{Error, Hint};
use crate::text::Mbps;
use crate::text::name::{fold, is_called, only_looks_to_contain, parse_name};
use crate::text::span::parse_span;
use crate::text::words::{shell_word, span};

/// Filters shared by `list`, `accept` and `deny`; all of them must match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Filter by type
    #[arg(long = "type", value_name = "TYPE", value_enum, ignore_case = true)]
    pub(crate) kind: Vec<Kind>,

    /// Filter by customer: UID or part of the name
    #[arg(long, value_name = "CUSTOMER", value_parser = parse_name)]
    pub(crate) customer: Vec<String>,

    /// Filter by port: name, or UID or its first characters
    #[arg(long, value_name = "PORT", value_parser = parse_name)]
    pub(crate) port: Vec<String>,

    /// Filter by location of your port: part of its name
    #[arg(long, value_name = "LOCATION", value_parser = parse_name, hide_short_help = true)]
    pub(crate) location: Vec<String>,

    /// Filter by source
    #[arg(long, value_name = "SOURCE", value_enum, ignore_case = true)]
    pub(crate) source: Option<Source>,

    /// Filter by maximum speed, such as 500 Mbps or 1 Gbps (for a speed change, the new speed)
    #[arg(long, alias = "max-rate", value_name = "SPEED", allow_negative_numbers = true)]
    pub(crate) max_speed: Option<Mbps>,

    /// Filter by speed: more than this; excludes requests of unknown speed
    #[arg(long, value_name = "SPEED", allow_negative_numbers = true, hide_short_help = true)]
    pub(crate) speed_above: Option<Mbps>,

    /// Filter by speed: less than this; excludes requests of unknown speed
    #[arg(long, value_name = "SPEED", allow_negative_numbers = true, hide_short_help = true)]
    pub(crate) speed_below: Option<Mbps>,

    /// Filter by minimum age, such as 7d; excludes requests of unknown age
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    pub(crate) older_than: Option<SignedDuration>,

    /// Filter by maximum age, such as 2h; excludes requests of unknown age
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true, hide_short_help = true)]
    pub(crate) newer_than: Option<SignedDuration>,

    /// Filter by time to expiry, such as 14d; excludes requests that don't expire
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    pub(crate) expires_within: Option<SignedDuration>,

    /// Filter by a JMESPath condition on the fields of -o json, such as 'rate_limit_mbps > `500`'
    ///
    /// A comparison with an unknown field (null) is neither true nor false, so neither it nor its negation selects the
    /// request. To select unknown values, use FIELD == `null`.
    #[arg(long = "where", value_name = "CONDITION", allow_hyphen_values = true, hide_short_help = true)]
    pub(crate) condition: Option<Condition>,
}

/// Filter by who must decide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum WaitingFilter {
    /// Waiting for you
    #[default]
    Me,
    /// Waiting for the other party
    Them,
    /// Either
    Any,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub(crate) enum StatusFilter {
    #[default]
    Pending,
    #[value(alias = "approved")]
    Accepted,
    #[value(alias = "rejected")]
    Denied,
    Failed,
    Withdrawn,
    Expired,
    Unknown,
    /// Any status
    Any,
}

impl StatusFilter {
    /// A request whose status isn't known may be pending, and passes as that too.
    pub(crate) fn passes(self, approval: &Approval) -> bool {
        let status = approval.status;
        match self {
            StatusFilter::Any => true,
            StatusFilter::Pending => approval.may_be_pending(),
            StatusFilter::Accepted => status == Status::Accepted,
            StatusFilter::Denied => status == Status::Denied,
            StatusFilter::Failed => status == Status::Failed,
            StatusFilter::Withdrawn => status == Status::Withdrawn,
            StatusFilter::Expired => status == Status::Expired,
            StatusFilter::Unknown => status == Status::Unknown,
        }
    }
}

impl WaitingFilter {
    /// Whether a pending request waits for this party, or may: it isn't known for whom it waits.
    pub(crate) fn passes(self, waiting_on: Option<WaitingOn>) -> bool {
        match self {
            WaitingFilter::Any => true,
            WaitingFilter::Me => waiting_on != Some(WaitingOn::Them),
            WaitingFilter::Them => waiting_on != Some(WaitingOn::Me),
        }
    }
}

impl FilterArgs {
    /// Restricts the filters to the command's own type.
    pub(crate) fn narrow_to(&mut self, kind: Option<Kind>) -> Result<(), Error> {
        let Some(kind) = kind else { return Ok(()) };
        if self.kind.iter().any(|&asked| asked != kind) {
            return Err(Error::usage(format!("this command only handles requests of type {}", kind.noun()))
                .hint(Hint::call("for other types, use ", "approvals")));
        }
        self.kind = vec![kind];
        Ok(())
    }

    /// The filters in use, as options.
    pub(crate) fn words(&self) -> Vec<String> {
        let several = |flag: &str, values: &[String]| -> Vec<String> {
            values.iter().map(|value| format!("--{flag} {}", shell_word(value))).collect()
        };
        let one = |flag: &str, value: Option<String>| value.map(|value| format!("--{flag} {value}"));
        let kinds: Vec<String> = self.kind.iter().map(|kind| kind.word().to_owned()).collect();
        let ends = [
            one("source", self.source.map(|source| source.word().to_owned())),
            one("max-speed", self.max_speed.map(|most| most.to_string())),
            one("speed-above", self.speed_above.map(|least| least.to_string())),
            one("speed-below", self.speed_below.map(|most| most.to_string())),
            one("older-than", self.older_than.map(span)),
            one("newer-than", self.newer_than.map(span)),
            one("expires-within", self.expires_within.map(span)),
            one("where", self.condition.as_ref().map(|condition| shell_word(condition.text()))),
        ];
        let (customers, ports) = (several("customer", &self.customer), several("port", &self.port));
        [several("type", &kinds), customers, ports, several("location", &self.location)]
            .concat()
            .into_iter()
            .chain(ends.into_iter().flatten())
            .collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == FilterArgs::default()
    }

    /// The only source that must be read. Port names of the queue also come from the Marketplace.
    pub(crate) fn only_source(&self) -> Option<Source> {
        self.source.filter(|source| {
            *source == Source::Marketplace || (self.port.is_empty() && self.location.is_empty())
        })
    }

    /// Customer names that look like a filter but are different, each with that filter.
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

    /// Whether an approval matches all filters.
    pub(crate) fn passes(&self, approval: &Approval, now: Timestamp) -> bool {
        let any = |wanted: &[String], matches: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| matches(wanted))
        };
        let customer = |wanted: &str| {
            approval.customer.uid.as_ref().is_some_and(|uid| *uid == *wanted)
                || approval.customer.name.as_ref().is_some_and(|name| fold(name).contains(&fold(wanted)))
        };
        let port = |wanted: &str| {
            let end = approval.my_end();
            end.is_some_and(|end| is_called(wanted, end.product_name.as_deref(), end.product_uid.as_ref()))
        };
        let location = |wanted: &str| {
            let at = approval.my_end().and_then(|end| end.location.as_deref());
            at.is_some_and(|at| fold(at).contains(&fold(wanted)))
        };
        (self.kind.is_empty() || self.kind.contains(&approval.kind))
            && any(&self.customer, &customer)
            && any(&self.port, &port)
            && any(&self.location, &location)
            && self.source.is_none_or(|source| approval.source == source)
            && self.max_speed.is_none_or(|most| approval.asked_mbps().is_some_and(|asked| asked <= most))
            && self.speed_above.is_none_or(|least| approval.asked_mbps().is_some_and(|asked| asked > least))
            && self.speed_below.is_none_or(|most| approval.asked_mbps().is_some_and(|asked| asked < most))
            && self.newer_than.is_none_or(|age| {
                approval.created_at.is_some_and(|created| now.duration_since(created) <= age)
            })
            && self.older_than.is_none_or(|age| {
                approval.created_at.is_some_and(|created| now.duration_since(created) > age)
            })
            && self.expires_within.is_none_or(|time| {
                approval.expires_at.is_some_and(|expires| expires.duration_since(now) <= time)
            })
            && self.condition.as_ref().is_none_or(|condition| condition.holds(approval) == Ok(true))
    }
}

/// Whether an approval has this direction.
pub(crate) fn passes_direction(approval: &Approval, direction: Option<Direction>) -> bool {
    direction.is_none_or(|direction| approval.direction == Some(direction))
}

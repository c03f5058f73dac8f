//! Filters for changes in the ledger.

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::ledger::{Attempt, Search, Who};
use crate::text::moment::{Moment, parse_moment};
use crate::text::name::{fold, is_same, parse_name};

/// Filters shared by `approvals history` and `ledger list`; all of them must match.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Filters")]
pub(in crate::commands) struct ChangeFilter {
    /// Filter by time: a period such as 7d, or a local date such as 2026-03-01
    ///
    /// A date is its first moment. A date or time without a time zone is local: 2026-03-01T18:00, but 2026-03-01T18:00Z is in UTC.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, allow_hyphen_values = true)]
    since: Option<Moment>,

    /// Filter by who made the change: actor, login to the ledger, client ID or owner of the API key
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    by: Option<String>,

    /// Filter by customer: part of the name
    #[arg(long, value_name = "CUSTOMER", value_parser = parse_name)]
    customer: Option<String>,

    /// Filter by ticket
    #[arg(long, value_name = "TICKET", value_parser = parse_name)]
    ticket: Option<String>,

    /// Filter by policy rule
    #[arg(long, value_name = "RULE", value_parser = parse_name)]
    rule: Option<String>,

    /// Filter by outcome
    #[arg(long, value_name = "OUTCOME", value_enum, ignore_case = true)]
    outcome: Vec<OutcomeFilter>,
}

/// Outcomes that the ledger has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutcomeFilter {
    /// It took effect and was read back
    Done,
    /// It was done already
    Already,
    /// The result differs from the request
    Conflict,
    /// The API didn't allow it (403)
    Refused,
    /// It failed; nothing changed
    Failed,
    /// It may have taken effect
    Unknown,
    /// A second person must confirm it
    Proposed,
}

impl ChangeFilter {
    /// The first moment that passes; every one if a period began before time itself.
    fn start(&self, now: Timestamp) -> Option<Timestamp> {
        match self.since? {
            Moment::Span(period) => now.checked_sub(period).ok(),
            Moment::At(start) => Some(start),
        }
    }

    /// What a database may be asked for; the rest is filtered by [`ChangeFilter::passes`].
    pub(in crate::commands) fn search(&self, now: Timestamp, limit: Option<u64>) -> Search {
        Search {
            since: self.start(now),
            by: self.by.clone(),
            ticket: self.ticket.clone(),
            rule: self.rule.clone(),
            customer: self.customer.as_deref().map(fold),
            outcomes: self
                .outcome
                .iter()
                .filter_map(|outcome| Some(outcome.to_possible_value()?.get_name().to_owned()))
                .collect(),
            most: limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            ..Search::default()
        }
    }

    pub(in crate::commands) fn passes(&self, attempt: &Attempt, now: Timestamp) -> bool {
        let (sent, object) = (&attempt.sent, &attempt.sent.object);
        let customer = object.request.as_ref().and_then(|request| request.customer.as_deref());
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value.is_some_and(|value| is_same(value, wanted)))
        };
        let is_since = self.start(now).is_none_or(|start| sent.at >= start);
        let Who { actor, client_id, key_owner, login, .. } = &sent.who;
        let who = [Some(actor), client_id.as_ref(), key_owner.as_ref(), login.as_ref()];
        let is_by = self.by.as_ref().is_none_or(|by| who.into_iter().flatten().any(|name| is_same(name, by)));
        let has_customer = self
            .customer
            .as_ref()
            .is_none_or(|wanted| customer.is_some_and(|name| fold(name).contains(&fold(wanted))));
        let has_outcome = self.outcome.is_empty()
            || self.outcome.iter().any(|outcome| {
                outcome.to_possible_value().is_some_and(|word| word.get_name() == attempt.outcome())
            });
        is_since
            && is_by
            && has_customer
            && has_outcome
            && is(&self.ticket, object.ticket.as_deref())
            && is(&self.rule, object.rule.as_deref())
    }
}

//! What policies have decided, by the ledger.

use std::rc::Rc;

use jiff::SignedDuration;

use crate::domain::approvals::{Approval, Company};
use crate::domain::policy::Policy;
use crate::domain::policy::quota::{self, Counted};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{Attempt, Entry, Quota};
use crate::session::connection::Connection;
use crate::text::Uid;

/// The longest time that a quota covers.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The decisions that quotas of the policy count; none if it has no quota for more than a run.
///
/// # Errors
/// The ledger can't be read, or not all of it.
pub(super) async fn decisions(policy: &Policy, connection: &Connection) -> Result<Vec<Counted>, Error> {
    if !policy.looks_back() {
        return Ok(Vec::new());
    }
    let of = Of::new(connection);
    let picks = |entry: &Entry| of.picks(entry);
    let now = connection.clock.now();
    let past = connection.ledger.decided_by_rules(&of.backend, now, LONGEST, picks).await?;
    Ok(past.iter().filter_map(count_attempt).collect())
}

/// What the ledger must have room for when a decision of this rule is recorded; `None` if the policy has no quota for more
/// than a run.
pub(super) fn quota(
    policy: &Rc<Policy>,
    connection: &Connection,
    rule: usize,
    approval: &Approval,
) -> Option<Quota> {
    if !policy.looks_back() {
        return None;
    }
    let (policy, approval, of, clock) =
        (Rc::clone(policy), approval.clone(), Of::new(connection), connection.clock);
    let is_other = move |attempt: &&Attempt, id: &Uid| of.picks(&attempt.sent) && !attempt.sent.is_about(id);
    Some(Quota::new(LONGEST, move |past| {
        let past = past.iter().filter(|attempt| is_other(attempt, &approval.id)).filter_map(count_attempt);
        let past: Vec<Counted> = past.collect();
        let stop = quota::stop(&policy, &policy.rules[rule], &approval, &past, clock.now())?;
        Some(
            Error::new(Exit::Refused, "stopped by a policy limit")
                .unsent()
                .reason(format!("{}: {}", stop.by.word(), stop.says))
                .hint("decide it manually, or run the command again later"),
        )
    }))
}

/// Whose decisions are counted.
struct Of {
    backend: String,
    company: Company,
    is_on_behalf: bool,
}

impl Of {
    fn new(connection: &Connection) -> Self {
        let (backend, company) = (connection.backend.clone(), connection.company.clone());
        Of { backend, company, is_on_behalf: connection.partner.is_some() }
    }

    fn picks(&self, entry: &Entry) -> bool {
        entry.is_of(&self.backend, &self.company, self.is_on_behalf)
    }
}

/// The decision as quotas count it.
fn count_attempt(attempt: &Attempt) -> Option<Counted> {
    let (sent, object) = (&attempt.sent, &attempt.sent.object);
    let request = object.request.as_ref()?;
    Some(Counted {
        at: sent.at,
        decision: sent.decision()?,
        rule: object.rule.clone()?,
        customer: request.customer_uid.clone().map(String::from).or_else(|| request.customer.clone()),
        port: request.port_uid.clone(),
        added_mbps: request.added_mbps,
    })
}

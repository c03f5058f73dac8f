//! What policies have decided, by the ledger of this machine.

use jiff::{SignedDuration, Timestamp};

use crate::domain::policy::Policy;
use crate::domain::policy::quota::Counted;
use crate::ledger::{Attempt, join};
use crate::session::connection::Connection;

/// The longest time that a quota covers.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The decisions that quotas of the policy count; none if it has no quota for more than a run.
///
/// # Errors
/// The ledger can't be read.
pub(super) fn decisions(policy: &Policy, connection: &Connection) -> std::io::Result<Vec<Counted>> {
    if !policy.looks_back() {
        return Ok(Vec::new());
    }
    let start = connection.clock.now().saturating_sub(LONGEST).unwrap_or(Timestamp::MIN);
    let (entries, _) = connection.ledger.entries()?;
    let (backend, company) = (&connection.backend, &connection.company);
    let counts = |attempt: &Attempt| {
        attempt.sent.is_of(backend, company, connection.partner.is_some())
            && matches!(attempt.outcome(), "done" | "unknown")
    };
    let recent = entries.into_iter().filter(|entry| entry.at > start).collect();
    Ok(join(recent).into_iter().filter(counts).filter_map(counted).collect())
}

fn counted(attempt: Attempt) -> Option<Counted> {
    let decision = attempt.sent.decision()?;
    let (at, object) = (attempt.sent.at, attempt.sent.object);
    let request = object.request?;
    Some(Counted {
        at,
        decision,
        rule: object.rule?,
        customer: request.customer_uid.or(request.customer),
        port: request.port_uid,
        added_mbps: request.added_mbps,
    })
}

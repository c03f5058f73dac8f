//! What policies have decided, by the ledger.

use jiff::SignedDuration;

use crate::domain::policy::Policy;
use crate::domain::policy::quota::Counted;
use crate::error::Error;
use crate::ledger::{Attempt, Entry, join};
use crate::session::connection::Connection;

/// The longest time that a quota covers.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The decisions on other requests than `except` that quotas of the policy count; none if it has no quota for more than a run.
///
/// # Errors
/// The ledger can't be read, or not all of it.
pub(super) async fn decisions(
    policy: &Policy,
    connection: &Connection,
    except: Option<&str>,
) -> Result<Vec<Counted>, Error> {
    if !policy.looks_back() {
        return Ok(Vec::new());
    }
    let now = connection.clock.now();
    let (backend, company) = (&connection.backend, &connection.company);
    let picks = |entry: &Entry| {
        entry.is_of(backend, company, connection.partner.is_some())
            && !except.is_some_and(|id| entry.is_about(id))
    };
    let recent = connection.ledger.decided_by_rules(backend, now, LONGEST, picks).await?;
    let counts = |attempt: &Attempt| matches!(attempt.outcome(), "done" | "already" | "unknown");
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

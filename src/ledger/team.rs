//! What only a ledger that several share tells: who has a request in work, and what waits for a second person.

use std::collections::HashSet;
use std::time::Duration;

use super::claim::{Holder, Second, name};
use super::{Attempt, Entry, Ledger, Step, Who, join};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;

impl Ledger {
    /// Records that a request is released; one that somebody else claimed only by `force`.
    ///
    /// # Errors
    /// Nobody has claimed it (exit 13), or somebody else has, or it can't be recorded.
    pub(crate) async fn release(&self, entry: &Entry, force: bool, patience: Duration) -> Result<(), Error> {
        let id = &entry.object.id;
        let conflict = |why: String| Error::new(Exit::Conflict, why).resource(id);
        match self.claim_on(entry).await? {
            None => Err(conflict(format!("{id} is not claimed"))),
            Some(holder) if !holder.is_own && !force => {
                let error = conflict(format!("{id} is claimed by {}", name(&holder.entry)));
                Err(error.hint("to release it anyway, use --force"))
            }
            Some(_) => self.append(entry, patience).await,
        }
    }

    /// Who has taken the request of this line in work.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn claim_on(&self, own: &Entry) -> Result<Option<Holder>, Error> {
        let holders = self.holders(&own.backend, &own.who).await?;
        let is_claim =
            |holder: &Holder| holder.entry.step == Step::Claimed && holder.entry.is_about(&own.object.id);
        Ok(holders.into_iter().find(is_claim))
    }

    /// Checks whether [`Ledger::claim`] would record this decision, or propose it, and records nothing.
    ///
    /// # Errors
    /// The error with which it would be refused, or the ledger can't be read.
    pub(crate) async fn check_claim(&self, entry: &Entry, second: Second) -> Result<(), Error> {
        match self {
            Ledger::File(_) if second != Second::NotNeeded => Err(no_second_error(&entry.object.id)),
            Ledger::File(_) => Ok(()),
            Ledger::Database(ledger) => Box::pin(ledger.check_claim(entry, second)).await,
        }
    }

    /// The proposals of a backend that nobody has confirmed or dropped: only a shared ledger has any.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn proposals(&self, backend: &str) -> Result<Vec<Entry>, Error> {
        match self {
            Ledger::File(_) => Ok(Vec::new()),
            Ledger::Database(ledger) => ledger.proposals(backend).await,
        }
    }

    /// Who has which requests of a backend, for `asking`: only a shared ledger tells.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn holders(&self, backend: &str, asking: &Who) -> Result<Vec<Holder>, Error> {
        match self {
            Ledger::File(_) => Ok(Vec::new()),
            Ledger::Database(ledger) => ledger.holders(backend, asking).await,
        }
    }

    /// The decisions on these requests that took effect, oldest first: by whom, and when they were recorded or, where a later
    /// read found that out, sent.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn decisions_on(&self, backend: &str, ids: &[Uid]) -> Result<Vec<Entry>, Error> {
        let ids: HashSet<&Uid> = ids.iter().collect();
        let picks = |entry: &Entry| {
            entry.backend == backend && entry.decision().is_some() && ids.contains(&entry.object.id)
        };
        let entries = match self {
            Ledger::File(ledger) => ledger.recent(picks),
            Ledger::Database(ledger) => {
                let mut entries = ledger.on_requests(&ids).await?;
                entries.retain(picks);
                entries
            }
        };
        let decided = |attempt: Attempt| {
            let Attempt { sent, answered } = attempt;
            let answered = answered.filter(|line| line.outcome.as_deref() == Some("done"))?;
            Some(if answered.step == Step::Answered { answered } else { sent })
        };
        Ok(join(entries).into_iter().filter_map(decided).collect())
    }
}

/// The error where a second person must confirm a decision, which a ledger in a file can't record.
pub(super) fn no_second_error(id: &Uid) -> Error {
    Error::new(Exit::Refused, format!("{id} was not sent: a second person must confirm it"))
        .reason("second_person in the profile requires a ledger in a database")
        .hint("set ledger in the profile, or PORTGATE_LEDGER, to an address such as postgres://ana@db.example.net/portgate")
}

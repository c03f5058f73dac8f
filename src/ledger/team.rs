//! What only a ledger that several share tells: who has a request in work, and what waits for a second person.

use std::time::Duration;

use super::claim::{self, Holder, name};
use super::{Entry, Ledger, Step};
use crate::error::Error;
use crate::exit::Exit;

impl Ledger {
    /// Records that a request is released; one that somebody else claimed only by `force`.
    ///
    /// # Errors
    /// Nobody has claimed it (exit 13), or somebody else has, or it can't be recorded.
    pub(crate) async fn release(&self, entry: &Entry, force: bool, patience: Duration) -> Result<(), Error> {
        let id = &entry.object.id;
        let holders = self.holders(&entry.backend).await?;
        let is_claim = |holder: &&Holder| holder.entry.step == Step::Claimed && holder.entry.is_about(id);
        let conflict = |why: String| Err(Error::new(Exit::Conflict, why).about(id));
        let Some(holder) = holders.iter().find(is_claim) else {
            return conflict(format!("{id} is not claimed"));
        };
        if !force && !self.is_own(&holder.entry, entry).await? {
            let why = format!("{id} is claimed by {}", name(&holder.entry));
            let error = Error::new(Exit::Conflict, why).about(id);
            return Err(error.hint("to release it anyway, use --force"));
        }
        self.append(entry, patience).await
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

    /// Whether a line was recorded by who would record `own`.
    async fn is_own(&self, line: &Entry, own: &Entry) -> Result<bool, Error> {
        let mut own = own.clone();
        if let Ledger::Database(ledger) = self {
            own.who.login = Some(ledger.access().await?.0);
        }
        Ok(claim::is_same_person(line, &own))
    }

    /// Who has which requests of a backend: only a shared ledger tells.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn holders(&self, backend: &str) -> Result<Vec<Holder>, Error> {
        match self {
            Ledger::File(_) => Ok(Vec::new()),
            Ledger::Database(ledger) => ledger.holders(backend).await,
        }
    }

    /// The lines that tell how these requests were decided, oldest first.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn decisions_on(&self, backend: &str, ids: &[String]) -> Result<Vec<Entry>, Error> {
        let mut entries = match self {
            Ledger::File(ledger) => ledger.recent(|entry| ids.iter().any(|id| entry.is_about(id))),
            Ledger::Database(ledger) => ledger.on_requests(ids).await?,
        };
        entries.retain(|entry| {
            entry.backend == backend && entry.decision().is_some() && entry.outcome.as_deref() == Some("done")
        });
        Ok(entries)
    }
}

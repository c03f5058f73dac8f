//! Reads the decisions of policies, which their quotas count.

use std::collections::BTreeSet;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::{Row, Transaction};

use super::DatabaseLedger;
use super::append::{seen_of, seen_rows};
use super::failure::Failure;
use super::record::Record;
use crate::error::Error;
use crate::ledger::broken_error;
use crate::ledger::claim::Seen;
use crate::ledger::entry::Entry;
use crate::ledger::quota::{PastDecisions, counted_since};
use crate::ledger::verify::{Fault, FaultKind};

impl DatabaseLedger {
    /// As [`crate::ledger::Ledger::decided_by_rules`].
    pub(in crate::ledger) async fn decided_by_rules(
        &self,
        backend: &str,
        now: Timestamp,
        longest: SignedDuration,
        picks: impl Fn(&Entry) -> bool,
    ) -> Result<Vec<Entry>, Error> {
        let (asking, last) = self.ruled_rows(backend);
        let rows = self.rows(&asking, &[&last, &longest.as_secs_f64(), &backend]).await?;
        self.take_ruled(backend, now, &rows)?;
        Ok(self.filter_ruled(backend, picks))
    }

    /// Asks for the lines about decisions of policies that were not read yet, and the last one that was. The values are
    /// that one, how far back to look in seconds, and the backend.
    fn ruled_rows(&self, backend: &str) -> (String, i64) {
        let asking = seen_rows(
                "WHERE rule IS NOT NULL AND id > $1 AND recorded_at > clock_timestamp() - make_interval(secs => $2)
            AND chain IN (SELECT id FROM portgate.chain WHERE backend = $3)",
            );
        (asking, self.ruled.borrow().get(backend).map_or(0, |ruled| ruled.last))
    }

    /// Remembers such lines.
    ///
    /// # Errors
    /// One can't be read.
    fn take_ruled(&self, backend: &str, now: Timestamp, rows: &[Row]) -> Result<(), Error> {
        let mut ruled = self.ruled.borrow_mut();
        let ruled = ruled.entry(backend.to_owned()).or_default();
        for row in rows {
            ruled.last = row.get("id");
            let Some(Seen { age, mut entry, .. }) = seen_of(row) else {
                if self.accepts_broken {
                    continue;
                }
                let (place, line) = (String::new(), u64::try_from(ruled.last).unwrap_or_default());
                let fault = Fault { place, line, kind: FaultKind::Unreadable };
                return Err(broken_error(&self.place(), &fault));
            };
            if entry.imported.is_none() {
                // By the database's clock: those of machines may differ.
                entry.at = now.saturating_sub(age).unwrap_or(entry.at);
            }
            ruled.entries.push(entry);
        }
        Ok(())
    }

    /// Those of them that `picks` picks.
    fn filter_ruled(&self, backend: &str, picks: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let ruled = self.ruled.borrow();
        let entries = ruled.get(backend).into_iter().flat_map(|ruled| &ruled.entries);
        entries.filter(|entry| picks(entry)).cloned().collect()
    }

    /// The decisions of policies that the quotas of these count.
    pub(super) async fn past_decisions(
        &self,
        transaction: &Transaction<'_>,
        records: &[Rc<Record>],
    ) -> Result<PastDecisions, Failure> {
        let quotas = records.iter().map(|record| (record.entry(), record.quota()));
        let Some(since) = counted_since(quotas) else { return Ok(PastDecisions::new(Vec::new())) };
        let lost = |error: tokio_postgres::Error| self.failure(&error);
        let mut past = Vec::new();
        let with_quota = records.iter().filter(|record| record.quota().is_some());
        let backends: BTreeSet<&str> =
            with_quota.clone().map(|record| record.entry().backend.as_str()).collect();
        let now = with_quota.map(|record| record.entry().at).max().unwrap_or(since);
        let longest = now.duration_since(since);
        for backend in backends {
            let (asking, last) = self.ruled_rows(backend);
            let rows = transaction.query(&asking, &[&last, &longest.as_secs_f64(), &backend]).await;
            self.take_ruled(backend, now, &rows.map_err(lost)?).map_err(Failure::Final)?;
            past.extend(self.filter_ruled(backend, |entry| entry.at > since));
        }
        Ok(PastDecisions::new(past))
    }
}

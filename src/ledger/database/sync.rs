//! Takes lines of other ledgers into that of a team: those of files, and those that were kept while the database was away.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::DatabaseLedger;
use super::connect::Failure;
use super::record::{Added, Record};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::import::{Import, ImportedLine, read};

/// Lines that are added in one transaction.
const TOGETHER: usize = 500;

impl DatabaseLedger {
    /// Adds the lines that this ledger doesn't have.
    ///
    /// # Errors
    /// They can't be read or added.
    pub(in crate::ledger) async fn add(
        &self,
        lines: Vec<ImportedLine>,
        patience: Duration,
    ) -> Result<Import, Error> {
        let records = lines.into_iter().map(|line| {
            let entry = serde_json::from_slice(&[b"{", line.content.as_slice(), b"}"].concat())?;
            Ok(Rc::new(Record::Imported { line, entry: Box::new(entry) }))
        });
        let records: Result<Vec<Rc<Record>>, serde_json::Error> = records.collect();
        let records = records.map_err(|error| {
            Error::new(Exit::Other, "could not read an entry to import").because(error.to_string())
        })?;
        let mut import = Import::default();
        for group in records.chunks(TOGETHER) {
            for added in self.write(group, patience).await {
                match added? {
                    Added::New => import.added += 1,
                    Added::Known | Added::Stale(_) | Added::Proposed(_) => import.known += 1,
                }
            }
        }
        Ok(import)
    }

    /// Records what was kept in a file while the database was away, and removes the file.
    ///
    /// # Errors
    /// It can't be read, or not be recorded: then it is kept.
    pub(crate) async fn sync(&self, patience: Duration) -> Result<Import, Error> {
        let mut import = Import::default();
        let unread = |error: io::Error| {
            Error::new(Exit::Other, format!("could not read {}", self.kept.path.display()))
                .because(error.to_string())
        };
        if self.kept.files().map_err(unread)?.is_empty() {
            return Ok(import);
        }
        drop(self.in_time(self.link()).await.map_err(Failure::into_error)?);
        let _locked = self.kept.lock(patience).await?;
        // Others go on to keep lines.
        for path in self.kept.set_aside(patience).await? {
            let Import { added, known } = self.add(read(&path)?, patience).await?;
            (import.added, import.known) = (import.added + added, import.known + known);
            std::fs::remove_file(&path).map_err(|error| {
                Error::new(Exit::Other, format!("could not remove {}", path.display()))
                    .because(error.to_string())
            })?;
        }
        Ok(import)
    }
}

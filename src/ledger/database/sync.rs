//! Takes lines of other ledgers into that of a team: those of files, and those that were kept while the database was away.

use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::DatabaseLedger;
use super::failure::Failure;
use super::record::{Added, Record};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::entry::Entry;
use crate::ledger::file::read_import;
use crate::ledger::import::{Import, ImportedLine, Refused};

/// Lines that are added in one transaction.
const TOGETHER: usize = 500;

impl DatabaseLedger {
    /// Adds the lines that this ledger doesn't have.
    ///
    /// # Errors
    /// They can't be read or added, or the chain that they belong to is broken (exit 13).
    pub(in crate::ledger) async fn add(
        &self,
        lines: Vec<ImportedLine>,
        patience: Duration,
    ) -> Result<Import, Error> {
        self.add_or_refuse(lines, true, patience).await.map(|(import, _)| import)
    }

    /// As [`DatabaseLedger::add`], and returns the contents of those that the database doesn't take. What was kept after it was
    /// sent is added to a broken chain, too.
    async fn add_or_refuse(
        &self,
        lines: Vec<ImportedLine>,
        checks_chain: bool,
        patience: Duration,
    ) -> Result<(Import, Vec<Vec<u8>>), Error> {
        let records = lines.into_iter().map(|line| {
            let entry = serde_json::from_slice(&[b"{", line.content.as_slice(), b"}"].concat())?;
            Ok(Rc::new(Record::Imported { line, entry: Box::new(entry) }))
        });
        let records: Result<Vec<Rc<Record>>, serde_json::Error> = records.collect();
        let records = records.map_err(|error| {
            Error::new(Exit::Other, "could not read an entry to import").reason(error.to_string())
        })?;
        let (mut import, mut refused) = (Import::default(), Vec::new());
        for group in records.chunks(TOGETHER) {
            let backends: BTreeSet<&str> =
                group.iter().map(|record| record.entry().backend.as_str()).filter(|_| checks_chain).collect();
            for backend in backends {
                self.check_chain(backend).await?;
            }
            for (record, added) in group.iter().zip(self.write(group, patience).await) {
                match added? {
                    Added::New => import.added += 1,
                    Added::Known | Added::Stale(_) | Added::Proposed(_) => import.known += 1,
                    Added::Refused(why) => {
                        let Entry { at, object, outcome, .. } = record.entry();
                        let outcome = outcome.as_deref().unwrap_or("sent");
                        let name = format!("{}: {} at {at} ({outcome})", object.id, object.action);
                        import.refused.push(Refused { name, why });
                        refused.extend(record.imported_content());
                    }
                }
            }
        }
        Ok((import, refused))
    }

    /// Records what was kept in a file while the database was away. What the database doesn't take is still kept.
    ///
    /// # Errors
    /// It can't be read, or not be recorded: then it is kept.
    pub(crate) async fn sync(&self, patience: Duration) -> Result<Import, Error> {
        let mut import = Import::default();
        let unread = |error: io::Error| {
            Error::new(Exit::Other, format!("could not read {}", self.kept.path.display()))
                .reason(error.to_string())
        };
        if self.kept.files().map_err(unread)?.is_empty() {
            return Ok(import);
        }
        drop(self.in_time(self.link()).await.map_err(Failure::into_error)?);
        let _locked = self.kept.lock(patience).await?;
        // Others go on to keep lines.
        for path in self.kept.set_aside(patience).await? {
            let lines = match read_import(&path, self.accepts_broken) {
                Ok(lines) => lines,
                Err(why) => {
                    import.refused.push(Refused { name: path.display().to_string(), why });
                    continue;
                }
            };
            let (of_file, refused) = self.add_or_refuse(lines, false, patience).await?;
            for content in refused {
                self.kept.append_content(content, patience).await?;
            }
            import.added += of_file.added;
            import.known += of_file.known;
            import.refused.extend(of_file.refused);
            // What can't be read of it is left there.
            let ended = match self.accepts_broken {
                true => std::fs::rename(&path, path.with_added_extension("recorded")),
                false => std::fs::remove_file(&path),
            };
            ended.map_err(|error| {
                Error::new(Exit::Other, format!("could not remove {}", path.display()))
                    .reason(error.to_string())
            })?;
        }
        Ok(import)
    }
}

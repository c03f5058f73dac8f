//! Reads the lines of another ledger, and takes them into this one.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;

use super::FileLedger;
use super::check::take_up;
use super::segments::{each_line, open};
use crate::error::Error;
use crate::exit::Exit;
use crate::files::open_regular;
use crate::ledger::chain::Link;
use crate::ledger::entry::Entry;
use crate::ledger::import::{Import, ImportedLine};
use crate::ledger::verify::{Fault, Verified};

/// Lines that are written and synced together.
const TOGETHER: usize = 1000;

/// The lines of that file, whose chain must be whole unless `accepts_broken`: then what can't be read is left out.
///
/// # Errors
/// It can't be read (exit 1), or its chain is broken (exit 13).
pub(in crate::ledger) fn read_import(file: &Path, accepts_broken: bool) -> Result<Vec<ImportedLine>, Error> {
    let name = file.display().to_string();
    let unread = |error: io::Error| {
        Error::new(Exit::Other, format!("could not read ledger {name}")).reason(error.to_string())
    };
    let mut verified = Verified::of_collection();
    take_up(&mut verified, &name, open_regular(file).map_err(unread)?).map_err(unread)?;
    if verified.count() == 0 && !verified.faults.is_empty() {
        return Err(Error::usage(format!("{name} is not a ledger")));
    }
    if let Some(Fault { line, kind, .. }) = verified.faults.first().filter(|_| !accepts_broken) {
        return Err(Error::new(Exit::Conflict, format!("{name} was not imported: its chain is broken"))
            .reason(format!("line {line}: {kind}")));
    }
    let mut lines = Vec::new();
    let reading = open_regular(file).and_then(|file| {
        each_line(file, |_, line| {
            if let Some(link) = Link::parse(line) {
                lines.push(ImportedLine::from_link(&link, line)?);
            }
            Ok(())
        })
    });
    reading.map_err(unread)?;
    Ok(lines)
}

impl FileLedger {
    /// Adds the lines that this ledger doesn't have.
    ///
    /// # Errors
    /// It can't be read or written (exit 1), or its own chain is broken (exit 13).
    pub(in crate::ledger) async fn add(
        &self,
        lines: Vec<ImportedLine>,
        patience: Duration,
    ) -> Result<Import, Error> {
        self.check_chain()?;
        let _locked = self.lock(patience).await?;
        let mut seen = self.known_hashes().map_err(|error| self.unreadable_error(&error))?;
        let all = lines.len();
        let new: Vec<ImportedLine> =
            lines.into_iter().filter(|line| seen.insert(line.hash.clone())).collect();
        let import = Import { added: new.len(), known: all - new.len(), ..Import::default() };
        let mut new = new.into_iter().peekable();
        while new.peek().is_some() {
            let group = new.by_ref().take(TOGETHER);
            let written = join_all(group.map(|line| self.append_content(line.content, patience))).await;
            written.into_iter().collect::<Result<(), Error>>()?;
        }
        Ok(import)
    }

    /// The hashes of the lines of this ledger, where they were written first.
    fn known_hashes(&self) -> io::Result<HashSet<String>> {
        let mut seen = HashSet::new();
        for file in self.files()? {
            each_line(open(&file)?, |_, line| {
                if let Some(link) = Link::parse(line) {
                    // A line that can't be read was not imported from anywhere.
                    let imported =
                        serde_json::from_slice::<Entry>(line).ok().and_then(|entry| entry.imported);
                    seen.insert(imported.map_or_else(|| link.hash.to_owned(), |line| line.hash));
                }
                Ok(())
            })?;
        }
        Ok(seen)
    }
}

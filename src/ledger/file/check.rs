//! Checks that the lines are as they were written.

use std::fs;
use std::io;

use super::{FileLedger, segments};
use crate::error::Error;
use crate::ledger::broken_error;
use crate::ledger::verify::{Fault, FaultKind, Verified};

impl FileLedger {
    /// Checks all files, oldest first. `wanted` is how the hash of a line begins that must be there.
    ///
    /// # Errors
    /// A file can't be read.
    pub(crate) fn verify(&self, wanted: Option<&str>) -> Result<Verified, Error> {
        let mut verified = Verified::new(wanted);
        let mut read = || {
            for file in self.files()? {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                take_up(&mut verified, &name, segments::open(&file)?)?;
            }
            Ok(())
        };
        read().map_err(|error: io::Error| self.unread(&error))?;
        Ok(verified)
    }

    /// Checks what lines are added to: the current file, or the newest one that was set aside.
    ///
    /// # Errors
    /// A line was changed or removed (exit 13), unless that is accepted; or the file can't be read.
    pub(in crate::ledger) fn check_chain(&self) -> Result<(), Error> {
        if self.accepts_broken {
            return Ok(());
        }
        match self.recent_fault().map_err(|error| self.unread(&error))? {
            Some(fault) => Err(broken_error(&self.path.display().to_string(), &fault)),
            None => Ok(()),
        }
    }

    fn recent_fault(&self) -> io::Result<Option<Fault>> {
        let mut verified = Verified::of_collection();
        match segments::open(&self.path) {
            Ok(file) => take_up(&mut verified, "", file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let newest = segments::set_aside(&self.path)?.pop();
        if let Some(file) = newest.filter(|_| verified.count() == 0 && verified.faults.is_empty()) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            take_up(&mut verified, &name, segments::open(&file)?)?;
        }
        Ok(verified.faults.into_iter().next())
    }

    /// The error where a line is like this: it names the first one that `ledger verify` finds.
    pub(super) fn broken(&self, kind: FaultKind) -> Error {
        let first = self.verify(None).ok().and_then(|verified| verified.faults.into_iter().next());
        let fault = first.unwrap_or_else(|| Fault { place: String::new(), line: 0, kind });
        broken_error(&self.path.display().to_string(), &fault)
    }
}

/// Checks the lines of the next file.
///
/// # Errors
/// It can't be read.
pub(in crate::ledger) fn take_up(verified: &mut Verified, name: &str, file: fs::File) -> io::Result<()> {
    segments::each_line(file, |line, text| {
        let kind = verified.check(text);
        verified.faults.extend(kind.map(|kind| Fault { place: name.to_owned(), line, kind }));
        Ok(())
    })
}

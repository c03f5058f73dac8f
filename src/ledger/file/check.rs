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
        read().map_err(|error: io::Error| self.unreadable_error(&error))?;
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
        match self.recent_fault().map_err(|error| self.unreadable_error(&error))? {
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
pub(super) fn take_up(verified: &mut Verified, name: &str, file: fs::File) -> io::Result<()> {
    segments::each_line(file, |line, text| {
        let kind = verified.check(text);
        verified.faults.extend(kind.map(|kind| Fault { place: name.to_owned(), line, kind }));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::chain::{Head, append_content};

    fn faults(lines: &[String]) -> Vec<(u64, FaultKind)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, lines.join("")).unwrap();
        let verified = FileLedger::new(&path).verify(None).unwrap();
        verified.faults.into_iter().map(|fault| (fault.line, fault.kind)).collect()
    }

    #[test]
    fn every_change_of_the_lines_is_found() {
        let mut head = Head::default();
        let of_content = |content: &str, head: &mut Head| {
            let mut line = Vec::new();
            append_content(head, content.as_bytes(), &mut line);
            String::from_utf8(line).unwrap()
        };
        let mut heads = vec![head.clone()];
        let lines: Vec<String> = (0..5)
            .map(|number| {
                let line = of_content(&format!("\"a\":{number}"), &mut head);
                heads.push(head.clone());
                line
            })
            .collect();
        assert_eq!(faults(&lines), []);
        let mut edited = lines.clone();
        edited[1] = edited[1].replace("\"a\":1", "\"a\":7");
        assert_eq!(faults(&edited), [(2, FaultKind::Changed)]);
        // With a hash that fits.
        edited[1] = of_content("\"a\":7", &mut heads[1].clone());
        assert_eq!(faults(&edited), [(3, FaultKind::Replaced)]);
        let mut short = lines.clone();
        short.drain(1..3);
        assert_eq!(faults(&short), [(2, FaultKind::Missing(2, 3))]);
        assert_eq!(faults(&lines[2..]), [(1, FaultKind::Missing(1, 2))]);
        let mut moved = lines.clone();
        moved.swap(1, 2);
        let moved = faults(&moved);
        assert_eq!(
            moved,
            [(2, FaultKind::Missing(2, 2)), (3, FaultKind::Moved(2)), (4, FaultKind::Missing(3, 3))]
        );
        let mut twice = lines.clone();
        twice.insert(2, lines[1].clone());
        assert_eq!(faults(&twice), [(3, FaultKind::Moved(2))]);
        let mut foreign = lines.clone();
        foreign[2] = "not a line\n".to_owned();
        assert_eq!(faults(&foreign), [(3, FaultKind::Unreadable), (4, FaultKind::Missing(3, 3))]);
        assert_eq!(faults(&lines[..3]), [], "a cut tail is only found by its head");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, lines[..3].join("")).unwrap();
        for (head, is_there) in [(&heads[3], true), (&heads[5], false)] {
            assert_eq!(FileLedger::new(&path).verify(Some(&head.hash)).unwrap().has_wanted, is_there);
        }
    }
}

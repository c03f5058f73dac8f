//! Appends lines to the ledger: those of several changes together, each before its change is sent.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::admit::NewLine;
use super::segments::{self, Tail};
use super::{FileLedger, journal};
use crate::error::Error;
use crate::exit::Exit;
use crate::files::{check_own, check_regular, create_private_dir, private_file_options};
use crate::ledger::chain::{self, Head};
use crate::ledger::entry::Entry;
use crate::ledger::quota::Quota;
use crate::ledger::{is_broken, unsent_error};

/// The pause between two tries to lock it.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The end of the ledger after a line was written: the file, its length in bytes, and its last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    file: (u64, u64),
    length: u64,
    pub(super) head: Head,
}

impl FileLedger {
    /// Appends a line and syncs it to disk, together with those that others append meanwhile, waiting up to `patience` for
    /// the lock of other processes. If this fails, nothing must be sent.
    pub(crate) async fn append(&self, entry: &Entry, patience: Duration) -> Result<(), Error> {
        self.append_within(entry, None, patience).await
    }

    /// As [`FileLedger::append`], unless the decisions of policies in this ledger leave the quota no room.
    pub(in crate::ledger) async fn append_within(
        &self,
        entry: &Entry,
        quota: Option<Quota>,
        patience: Duration,
    ) -> Result<(), Error> {
        let content = chain::content_of(entry).map_err(|error| {
            Error::new(Exit::Other, "could not write the ledger").reason(error.to_string())
        })?;
        if !entry.step.is_result() && self.end.borrow().is_none() {
            self.check_chain().map_err(|error| unsent_error(entry, error))?;
        }
        let line = NewLine { content, within: quota.map(|quota| (entry.clone(), quota)) };
        let written = self.append_line(line, patience).await;
        written.map_err(|error| if is_broken(&error) { unsent_error(entry, error) } else { error })
    }

    /// As [`FileLedger::append`], for the members of an entry.
    pub(in crate::ledger) async fn append_content(
        &self,
        content: Vec<u8>,
        patience: Duration,
    ) -> Result<(), Error> {
        self.append_line(NewLine { content, within: None }, patience).await
    }

    async fn append_line(&self, line: NewLine, patience: Duration) -> Result<(), Error> {
        let write = async |lines: &[Rc<NewLine>]| match self.write(lines, patience).await {
            Ok(written) => written,
            Err(error) => lines.iter().map(|_| Err(error.clone())).collect(),
        };
        self.groups.write(Rc::new(line), write).await
    }

    /// Keeps other processes from applying a policy or importing at the same time, until the file is closed.
    ///
    /// # Errors
    /// Another process does so for longer than `patience` (exit 11), or the lock can't be made.
    pub(crate) async fn lock(&self, patience: Duration) -> Result<File, Error> {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".lock");
        let unlocked = |exit, why: &str| {
            Error::new(exit, format!("could not lock ledger {}", self.path.display())).reason(why)
        };
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_dir(folder).map_err(|error| unlocked(Exit::Other, &error.to_string()))?;
        }
        let opened = private_file_options().write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| unlocked(Exit::Other, &error.to_string()))?;
        match lock_until(&file, Instant::now() + patience).await {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                Err(unlocked(Exit::Timeout, "another process is applying a policy or importing"))
            }
            Err(TryLockError::Error(error)) => Err(unlocked(Exit::Other, &error.to_string())),
        }
    }

    /// Writes these, and returns for each whether it was written: not where a quota has no room for it.
    async fn write(
        &self,
        lines: &[Rc<NewLine>],
        patience: Duration,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let unwritten = |exit, error: &io::Error| {
            let source = error.get_ref().and_then(|source| source.downcast_ref());
            if let Some(segments::BadEnd(kind)) = source {
                return self.broken(*kind);
            }
            Error::new(exit, format!("could not write ledger {}", self.path.display()))
                .reason(error.to_string())
                .hint("portgate changes nothing without a record: free disk space, fix permissions, or set PORTGATE_LEDGER to another file")
        };
        let until = Instant::now() + patience;
        loop {
            let mut file = self.open().map_err(|error| unwritten(Exit::Other, &error))?;
            lock_until(&file, until).await.map_err(|error| match error {
                TryLockError::WouldBlock => {
                    unwritten(Exit::Timeout, &io::Error::other("locked by another process"))
                }
                TryLockError::Error(error) => unwritten(Exit::Other, &error),
            })?;
            // Others that record a decision wait for the lock.
            let admitted = self.admit(lines);
            let contents = lines.iter().zip(&admitted).filter(|(_, admitted)| admitted.is_ok());
            let written = self.write_lines(&mut file, contents.map(|(line, _)| line.content.as_slice()));
            if let Some(end) = written.map_err(|error| unwritten(Exit::Other, &error))? {
                sync(file).await.map_err(|error| unwritten(Exit::Other, &error))?;
                self.end.replace(Some(end));
                return Ok(admitted);
            }
        }
    }

    /// Sets the current file aside, so that what others append comes to a new one, and returns all that were set aside.
    ///
    /// # Errors
    /// It can't be locked, read or renamed.
    pub(crate) async fn set_aside(&self, patience: Duration) -> Result<Vec<PathBuf>, Error> {
        let failed = |error: io::Error| {
            Error::new(Exit::Other, format!("could not set {} aside", self.path.display()))
                .reason(error.to_string())
        };
        if self.path.exists() {
            let mut file = self.open().map_err(failed)?;
            lock_until(&file, Instant::now() + patience).await.map_err(|error| failed(error.into()))?;
            self.rename_aside(&mut file).map_err(failed)?;
        }
        segments::set_aside(&self.path).map_err(failed)
    }

    fn rename_aside(&self, file: &mut File) -> io::Result<()> {
        let (identity, length) = identity_and_length(&file.metadata()?);
        let current = fs::metadata(&self.path).map(|current| identity_and_length(&current).0);
        if length == 0 || current.ok() != Some(identity) {
            return Ok(());
        }
        let mut end = Vec::new();
        let head = self.head_of(file, length, &mut end)?;
        if file.metadata()?.len() == 0 {
            return Ok(());
        }
        file.write_all(&end)?;
        file.sync_data()?;
        fs::rename(&self.path, segments::segment_path(&self.path, head.sequence))
    }

    /// Opens it for a line: a regular file of this user's, and no link to one.
    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_dir(folder)?;
        }
        let file = private_file_options().read(true).append(true).create(true).open(&self.path)?;
        let about = file.metadata()?;
        check_regular(&about)?;
        check_own(&about, 0o022)?;
        Ok(file)
    }

    /// Writes lines to the file, which is locked, without [`sync()`], and returns its new end; `None` if the file was set aside, by another
    /// process or here, and the lines belong in the next one.
    fn write_lines<'a>(
        &self,
        file: &mut File,
        contents: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<Option<End>> {
        let (identity, length) = identity_and_length(&file.metadata()?);
        if fs::metadata(&self.path).map(|current| identity_and_length(&current).0 != identity).unwrap_or(true)
        {
            return Ok(None);
        }
        let mut lines = Vec::new();
        let known =
            self.end.borrow().as_ref().filter(|end| (end.file, end.length) == (identity, length)).cloned();
        let mut head = match known {
            Some(end) => end.head,
            None => self.head_of(file, length, &mut lines)?,
        };
        if length > self.largest_segment {
            file.write_all(&lines)?;
            file.sync_data()?;
            lines.clear();
            // Where it can't be renamed it becomes larger.
            if fs::rename(&self.path, segments::segment_path(&self.path, head.sequence)).is_ok() {
                return Ok(None);
            }
        }
        for content in contents {
            chain::append_content(&mut head, content, &mut lines);
        }
        file.write_all(&lines)?;
        Ok(Some(End { file: identity, length: file.metadata()?.len(), head }))
    }

    /// The last line of the file. Part of a line that a crash has left is removed; a missing line break is added to
    /// `lines`, as are the lines of an earlier version's journal to an empty ledger.
    fn head_of(&self, file: &mut File, mut length: u64, lines: &mut Vec<u8>) -> io::Result<Head> {
        loop {
            match segments::tail_of(file, length, self.accepts_broken)? {
                Tail::Empty => return self.head_before(lines),
                Tail::Line { head, is_ended } => {
                    if !is_ended {
                        lines.push(b'\n');
                    }
                    return Ok(head);
                }
                Tail::Torn { whole } => {
                    file.set_len(whole)?;
                    length = whole;
                }
            }
        }
    }

    /// The end of what was written before the current file, which is empty: of the newest file that was set aside, or of
    /// the journal of earlier versions, whose lines are added to `lines`.
    fn head_before(&self, lines: &mut Vec<u8>) -> io::Result<Head> {
        let Some(newest) = segments::set_aside(&self.path)?.pop() else {
            let mut head = Head::default();
            for entry in journal::entries(&self.path)? {
                chain::append_line(&mut head, &entry, lines)?;
            }
            return Ok(head);
        };
        let mut file = match segments::open(&newest) {
            // It was recorded elsewhere and removed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.head_before(lines),
            opened => opened?,
        };
        let length = file.metadata()?.len();
        match segments::tail_of(&mut file, length, self.accepts_broken)? {
            Tail::Line { head, .. } => Ok(head),
            Tail::Empty | Tail::Torn { .. } => {
                Err(io::Error::other(format!("{} has no last line", newest.display())))
            }
        }
    }
}

/// Waits until what was written is on the disk. Meanwhile, others are read, sent and answered.
async fn sync(file: File) -> io::Result<()> {
    tokio::task::spawn_blocking(move || file.sync_data()).await.map_err(io::Error::other)?
}

/// Locks a file until it is closed, waiting for other processes until then.
async fn lock_until(file: &File, until: Instant) -> Result<(), TryLockError> {
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            locked => return locked,
        }
    }
}

/// What identifies a file, whatever its name, and its length in bytes.
#[cfg(unix)]
pub(super) fn identity_and_length(about: &fs::Metadata) -> ((u64, u64), u64) {
    use std::os::unix::fs::MetadataExt as _;
    ((about.dev(), about.ino()), about.len())
}

#[cfg(not(unix))]
pub(super) fn identity_and_length(about: &fs::Metadata) -> ((u64, u64), u64) {
    ((0, 0), about.len())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::ledger::file::tests::PATIENCE;
    use crate::ledger::tests::entry;

    fn ids(ledger: &FileLedger) -> Vec<String> {
        let (entries, unread) = ledger.entries().unwrap();
        assert_eq!(unread, 0);
        entries.into_iter().map(|entry| entry.object.id.into()).collect()
    }

    fn private(path: &Path, text: impl AsRef<[u8]>) {
        private_file_options().write(true).create(true).truncate(true).open(path).unwrap();
        fs::write(path, text).unwrap();
    }

    #[tokio::test]
    async fn the_chain_goes_on_whoever_appends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let (one, two) = (FileLedger::new(&path), FileLedger::new(&path));
        for (id, ledger) in [("1", &one), ("2", &two), ("3", &one), ("4", &two)] {
            ledger.append(&entry(id), PATIENCE).await.unwrap();
        }
        // A crash took the line break.
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.trim_end()).unwrap();
        one.append(&entry("5"), PATIENCE).await.unwrap();
        assert_eq!(ids(&two), ["1", "2", "3", "4", "5"]);
        let verified = FileLedger::new(&path).verify(None).unwrap();
        assert_eq!((verified.faults.as_slice(), verified.count()), (&[][..], 5));
        assert_eq!(verified.head().cloned(), one.head());
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_is_set_aside_and_the_chain_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let small = || FileLedger { largest_segment: 2000, ..FileLedger::new(&path) };
        let (one, two) = (small(), small());
        let names: Vec<String> = (1..=30).map(|id| id.to_string()).collect();
        for (place, id) in names.iter().enumerate() {
            let ledger = if place % 2 == 0 { &one } else { &two };
            ledger.append(&entry(id), PATIENCE).await.unwrap();
            assert_eq!(ids(if place % 3 == 0 { &one } else { &two }), names[..=place]);
        }
        assert_eq!(ids(&small()), names);
        let set_aside = segments::set_aside(&path).unwrap();
        assert!(set_aside.len() > 5, "{set_aside:?}");
        assert_eq!(FileLedger::new(&path).verify(None).unwrap().faults, []);
        // Killed just after the file was set aside.
        fs::rename(&path, segments::segment_path(&path, 30)).unwrap();
        assert_eq!(ids(&one), names);
        small().append(&entry("31"), PATIENCE).await.unwrap();
        let verified = one.verify(None).unwrap();
        assert_eq!((verified.faults.as_slice(), verified.count()), (&[][..], 31));
    }

    const NEWER: &str = "it was written by a newer version of portgate: its format is version 2, and this one knows \
        versions up to 1";

    #[tokio::test]
    async fn what_is_not_the_end_of_a_ledger_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        FileLedger::new(&path).append(&entry("1"), PATIENCE).await.unwrap();
        let line = fs::read_to_string(&path).unwrap();
        let newer = line.replace("ledger/v1", "ledger/v2");
        for (text, why) in [
            ("notes of mine".to_owned(), "line 1: not a line of a ledger"),
            ("notes of mine\n".to_owned(), "line 1: not a line of a ledger"),
            (line.replace("\"me\"", "\"you\""), "line 1: changed after it was written"),
            (newer, NEWER),
            (format!("{line}{{}}\n"), "line 2: not a line of a ledger"),
        ] {
            private(&path, &text);
            let refused = FileLedger::new(&path).append(&entry("2"), PATIENCE).await.unwrap_err();
            assert_eq!(refused.reason.as_deref(), Some(why), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[tokio::test]
    async fn the_journal_of_earlier_versions_starts_the_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let line = r#"{"schema":"portgate.journal/v1","at":"2026-01-01T00:00:00Z","step":"sending","attempt":"a","environment":"custom","backend":"b","company":{"uid":null,"name":null,"id":null},"by":"ana","id":"0","source":"marketplace","type":"speed-change","vxc_uid":"v","customer":"Globex Bank","rate_limit_mbps":500,"decision":"deny","reason":"no"}"#;
        private(&folder.path().join("journal.jsonl"), format!("{line}\nnot a line\n"));
        let ledger = FileLedger::new(&path);
        assert_eq!(ids(&ledger), ["0"]);
        assert!(!path.exists(), "reading writes nothing");
        ledger.append(&entry("1"), PATIENCE).await.unwrap();
        assert_eq!(ids(&ledger), ["0", "1"]);
        let ledger = FileLedger::new(&path);
        assert_eq!(ids(&ledger), ["0", "1"]);
        let (entries, _) = ledger.entries().unwrap();
        assert_eq!((entries[0].who.actor.as_str(), entries[0].object.action.as_str()), ("ana", "deny"));
        assert_eq!(FileLedger::new(&path).verify(None).unwrap().count(), 2);
    }
}

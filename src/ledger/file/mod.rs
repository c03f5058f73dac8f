//! The ledger in files on this machine: JSON lines that are only appended, by many processes at once.

mod admit;
mod append;
mod check;
mod import;
mod journal;
mod segments;

use std::cell::RefCell;
use std::collections::{BTreeMap, btree_map};
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;

use super::attempt::OpenAttempt;
use super::chain::{self, Head};
use super::entry::{Entry, Step};
use super::group::Groups;
use super::verify::FaultKind;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;

use admit::NewLine;
use append::{End, identity_and_length};
pub(super) use import::read_import;
#[cfg(any(test, fuzzing))]
pub(crate) use journal::entries_of as journal_entries;

/// Maximum length of a line in bytes, far above what portgate writes.
const LONGEST_LINE: u64 = 1024 * 1024;

/// After this, an attempt is over whose line doesn't say how long it may take.
const LONGEST_ATTEMPT: Duration = Duration::from_hours(24);

/// The files, and the lines read of them so far: they only ever grow.
#[derive(Debug)]
pub(crate) struct FileLedger {
    pub(crate) path: PathBuf,
    largest_segment: u64,
    /// Whether lines are added to a chain that is broken.
    pub(super) accepts_broken: bool,
    /// All lines.
    all: RefCell<Lines>,
    /// Those of the current file and the newest one that was set aside: what is under way is there.
    recent: RefCell<Lines>,
    /// Lines to be written together.
    groups: Groups<Rc<NewLine>, Result<(), Error>>,
    /// The end of the ledger after the last line that was written here.
    end: RefCell<Option<End>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    /// The file that was the current one.
    file: Option<(u64, u64)>,
    /// How far it has been read, in bytes: to the end of a line.
    pub(crate) to: u64,
    pub(crate) entries: Vec<Entry>,
    /// The last line before each attempt that nothing says the end of was sent: by the ID, in lower case, and the attempt.
    open: BTreeMap<Uid, BTreeMap<String, usize>>,
    /// How many lines could not be read: damaged, or of another schema.
    pub(crate) unread: usize,
}

impl FileLedger {
    /// The ledger at this path; created with its first line.
    pub(crate) fn new(path: &Path) -> Self {
        FileLedger {
            path: path.to_owned(),
            largest_segment: segments::LARGEST_SEGMENT,
            accepts_broken: false,
            all: RefCell::default(),
            recent: RefCell::default(),
            groups: Groups::default(),
            end: RefCell::default(),
        }
    }

    /// With lines added to a broken chain, or not.
    pub(super) fn accepting_broken(self, accepts_broken: bool) -> Self {
        FileLedger { accepts_broken, ..self }
    }

    /// The end of the ledger after the last line that was written here; `None` if none was.
    pub(crate) fn head(&self) -> Option<Head> {
        self.end.borrow().as_ref().map(|end| end.head.clone())
    }

    /// Every line that can be read, oldest first, and how many could not: damaged, or of another schema.
    ///
    /// # Errors
    /// A file can't be read.
    pub(crate) fn entries(&self) -> Result<(Vec<Entry>, usize), Error> {
        let read = RefCell::default();
        self.catch_up(&read, usize::MAX).map_err(|error| self.unreadable_error(&error))?;
        let Lines { entries, unread, .. } = read.into_inner();
        Ok((entries, unread))
    }

    /// The lines that `picks` picks, oldest first; what was read before isn't read again.
    ///
    /// # Errors
    /// A file can't be read, or a line unless a broken chain is accepted.
    pub(crate) fn pick(&self, picks: impl Fn(&Entry) -> bool) -> Result<Vec<Entry>, Error> {
        self.catch_up(&self.all, usize::MAX).map_err(|error| self.unreadable_error(&error))?;
        let read = self.all.borrow();
        let picked = || read.entries.iter().filter(|entry| picks(entry)).cloned().collect();
        match read.unread {
            0 => Ok(picked()),
            _ if self.accepts_broken => Ok(picked()),
            _ => Err(self.broken(FaultKind::Unreadable)),
        }
    }

    /// The recent lines that `picks` picks, oldest first; none of a ledger that can't be read.
    pub(crate) fn recent(&self, picks: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let _ = self.catch_up(&self.recent, 1);
        let read = self.recent.borrow();
        read.entries.iter().filter(|entry| picks(entry)).cloned().collect()
    }

    /// As [`super::Ledger::open_attempts`].
    pub(crate) fn open_attempts(&self, backend: &str, now: Timestamp, id: Option<&Uid>) -> Vec<OpenAttempt> {
        let _ = self.catch_up(&self.recent, 1);
        let read = self.recent.borrow();
        let open: Vec<&BTreeMap<String, usize>> = match id {
            Some(id) => read.open.get(id).into_iter().collect(),
            None => read.open.values().collect(),
        };
        let open = open.into_iter().flat_map(BTreeMap::values).map(|&place| &read.entries[place]);
        let of_requests = open.filter(|entry| entry.backend == backend && entry.object.request.is_some());
        let attempt = |entry: &Entry| {
            let lease = entry.lease_s.map_or(LONGEST_ATTEMPT, Duration::from_secs);
            let age = Duration::try_from(now.duration_since(entry.at)).unwrap_or_default();
            OpenAttempt { entry: entry.clone(), is_over: age > lease }
        };
        of_requests.map(attempt).collect()
    }

    /// Reads every line as it is, oldest first, without its line break.
    ///
    /// # Errors
    /// A file can't be read, or `each` fails.
    pub(crate) fn each_line(&self, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), Error> {
        let mut read = || {
            for file in self.files()? {
                segments::each_line(segments::open(&file)?, |_, line| each(line))?;
            }
            Ok(())
        };
        read().map_err(|error: io::Error| self.unreadable_error(&error))
    }

    fn unreadable_error(&self, error: &io::Error) -> Error {
        Error::new(Exit::Other, format!("could not read ledger {}", self.path.display()))
            .reason(error.to_string())
            .hint("check the file's permissions, or set PORTGATE_LEDGER to another file")
    }

    /// How many files there are.
    ///
    /// # Errors
    /// The folder can't be read.
    pub(crate) fn count_files(&self) -> Result<usize, Error> {
        self.files().map(|files| files.len()).map_err(|error| self.unreadable_error(&error))
    }

    /// The files of the ledger, oldest first.
    ///
    /// # Errors
    /// The folder can't be read.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = segments::set_aside(&self.path)?;
        if self.path.exists() {
            files.push(self.path.clone());
        }
        Ok(files)
    }

    /// Reads what has been appended since the last look, by whichever process; at first from the last `most` files that
    /// were set aside on.
    fn catch_up(&self, lines: &RefCell<Lines>, most: usize) -> io::Result<()> {
        let mut read = lines.borrow_mut();
        let file = match segments::open(&self.path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let current = file.as_ref().map(fs::File::metadata).transpose()?;
        let current = current.map(|about| identity_and_length(&about));
        match (&read.file, current) {
            (Some(known), Some((file, length))) if *known == file && length >= read.to => {}
            _ => self.catch_up_with_set_aside(&mut read, current.map(|(file, _)| file), most)?,
        }
        read.file = current.map(|(file, _)| file);
        file.map_or(Ok(()), |file| read.take_up_from(file))
    }

    /// Reads what was set aside since the last look. Another file is the current one now, or it was shortened.
    fn catch_up_with_set_aside(
        &self,
        read: &mut Lines,
        current: Option<(u64, u64)>,
        most: usize,
    ) -> io::Result<()> {
        let mut set_aside = Vec::new();
        for path in segments::set_aside(&self.path)? {
            let file = segments::open(&path)?;
            let (identity, _) = identity_and_length(&file.metadata()?);
            // It may have been set aside after it was opened.
            if Some(identity) != current {
                set_aside.push((identity, file));
            }
        }
        let known = set_aside.iter().position(|(identity, _)| read.file == Some(*identity));
        let first = known.unwrap_or_else(|| {
            // Nothing of these was read, or what was read is gone.
            *read = Lines::default();
            set_aside.len().saturating_sub(most)
        });
        let is_first = set_aside.is_empty() && current.is_none();
        for (_, file) in set_aside.drain(first..) {
            read.take_up_from(file)?;
            read.to = 0;
        }
        if is_first {
            // A ledger starts with the lines of its journal.
            journal::entries(&self.path)?.into_iter().for_each(|entry| read.add(entry));
        }
        Ok(())
    }
}

impl Lines {
    /// Reads a file from where it was read to.
    fn take_up_from(&mut self, mut file: fs::File) -> io::Result<()> {
        file.seek(SeekFrom::Start(self.to))?;
        self.take_up(BufReader::new(file))
    }

    pub(crate) fn take_up(&mut self, mut lines: impl BufRead) -> io::Result<()> {
        let mut line = Vec::new();
        while lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
            let entry = chain::Link::parse(line.trim_ascii_end())
                .and_then(|_| serde_json::from_slice::<Entry>(&line).ok());
            // Half a line is still being written, or was cut by a crash: then the next one ends it.
            if line.ends_with(b"\n") || entry.is_some() || line.len() as u64 == LONGEST_LINE {
                self.to += line.len() as u64;
                self.unread += usize::from(entry.is_none() && !line.trim_ascii().is_empty());
                if let Some(entry) = entry {
                    self.add(entry);
                }
            }
            line.clear();
        }
        Ok(())
    }

    fn add(&mut self, entry: Entry) {
        let id = entry.object.id.clone();
        if entry.is_conclusive() {
            if let btree_map::Entry::Occupied(mut open) = self.open.entry(id) {
                open.get_mut().remove(&entry.attempt);
                if open.get().is_empty() {
                    open.remove();
                }
            }
        } else if entry.step == Step::Sending {
            self.open.entry(id).or_default().insert(entry.attempt.clone(), self.entries.len());
        }
        self.entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;
    use crate::ledger::tests::entry;

    pub(super) const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn half_a_line_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = FileLedger::new(&folder.path().join("deep/ledger.jsonl"));
        ledger.append(&entry("one"), PATIENCE).await.unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&ledger.path).unwrap();
        file.write_all(b"{\"schema\":\"portgate.ledg").unwrap();
        ledger.append(&entry("two"), PATIENCE).await.unwrap();
        let (entries, unread) = ledger.entries().unwrap();
        assert_eq!(entries.into_iter().map(|entry| entry.object.id).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(unread, 0, "it was cut off");
        assert_eq!(ledger.verify(None).unwrap().faults, []);
    }

    #[tokio::test]
    async fn lines_of_many_are_written_together_and_each_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = FileLedger::new(&folder.path().join("ledger.jsonl"));
        let entries: Vec<Entry> = (0..50).map(|nth| entry(&nth.to_string())).collect();
        let appending = entries.iter().map(|entry| ledger.append(entry, PATIENCE));
        let ended = futures_util::future::join_all(appending).await;
        assert!(ended.iter().all(Result::is_ok));
        let (read, unread) = ledger.entries().unwrap();
        assert_eq!((read, unread), (entries, 0));
        std::fs::remove_file(&ledger.path).unwrap();
        std::fs::create_dir(&ledger.path).unwrap();
        let (one, two) = (entry("one"), entry("two"));
        let (one, two) = tokio::join!(ledger.append(&one, PATIENCE), ledger.append(&two, PATIENCE));
        assert!(one.is_err() && two.is_err(), "it fails for each");
    }

    #[tokio::test]
    async fn a_line_is_written_if_the_one_who_would_write_it_is_gone() {
        use std::pin::pin;

        use futures_util::FutureExt as _;

        let folder = tempfile::tempdir().unwrap();
        let ledger = FileLedger::new(&folder.path().join("ledger.jsonl"));
        let (one, two) = (entry("one"), entry("two"));
        {
            let mut first = pin!(ledger.append(&one, PATIENCE));
            assert!(first.as_mut().now_or_never().is_none());
        }
        ledger.append(&two, PATIENCE).await.unwrap();
        let (read, _) = ledger.entries().unwrap();
        assert_eq!(read.last().map(|entry| entry.object.id.as_str()), Some("two"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let ledger = FileLedger::new(&folder.path().join("deep/ledger.jsonl"));
        ledger.append(&entry("one"), PATIENCE).await.unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&ledger.path), 0o600);
        assert_eq!(mode(ledger.path.parent().unwrap()), 0o700);
    }
}

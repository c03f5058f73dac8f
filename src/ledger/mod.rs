//! The ledger: what was changed from here, by whom, when and why, which the API doesn't tell. One JSON line before a change is
//! sent and one after the response, never changed, and each chained to the one before ([`chain`]).

mod append;
mod attempt;
mod chain;
mod entry;
mod import;
mod journal;
mod segments;
mod verify;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tokio::sync::Notify;

use crate::domain::approvals::Company;
use crate::ledger::append::{End, Group, identity_and_length};
use crate::text::words;

pub(crate) use attempt::{Attempt, join};
pub(crate) use chain::Head;
#[cfg(any(test, fuzzing))]
pub(crate) use chain::{Link, append_line};
pub(crate) use entry::{AnswerSeen, Entry, Machine, Object, ObjectKind, RequestSeen, SentRequest, Step, Who};
pub(crate) use import::import;
#[cfg(any(test, fuzzing))]
pub(crate) use journal::entries_of as journal_entries;
pub(crate) use verify::{Verified, verify};

/// Maximum length of a line in bytes, far above what portgate writes.
const LONGEST_LINE: u64 = 1024 * 1024;

/// The ledger's files, and the lines read of them so far: they only ever grow.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) path: PathBuf,
    largest_segment: u64,
    /// All lines.
    all: RefCell<Lines>,
    /// Those of the current file and the newest one that was set aside: what is under way is there.
    recent: RefCell<Lines>,
    /// Lines to be written together.
    next: RefCell<Rc<Group>>,
    is_writing: Cell<bool>,
    written: Notify,
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
    /// The last line of each attempt that nothing says the end of, by the attempt.
    open: BTreeMap<String, usize>,
    /// How many lines could not be read: damaged, or of another schema.
    pub(crate) unread: usize,
}

impl Ledger {
    /// The ledger at this path; created with its first line.
    pub(crate) fn new(path: &Path) -> Self {
        Ledger {
            path: path.to_owned(),
            largest_segment: segments::LARGEST_SEGMENT,
            all: RefCell::default(),
            recent: RefCell::default(),
            next: RefCell::default(),
            is_writing: Cell::default(),
            written: Notify::new(),
            end: RefCell::default(),
        }
    }

    /// The end of the ledger after the last line that was written here; `None` if none was.
    pub(crate) fn head(&self) -> Option<Head> {
        self.end.borrow().as_ref().map(|end| end.head.clone())
    }

    /// Every line that can be read, oldest first, and how many could not: damaged, or of another schema.
    ///
    /// # Errors
    /// A file can't be read.
    pub(crate) fn entries(&self) -> io::Result<(Vec<Entry>, usize)> {
        let read = RefCell::default();
        self.catch_up(&read, usize::MAX)?;
        let Lines { entries, unread, .. } = read.into_inner();
        Ok((entries, unread))
    }

    /// The lines that `picks` picks, oldest first; what was read before isn't read again.
    ///
    /// # Errors
    /// A file or a line can't be read.
    pub(crate) fn pick(&self, picks: impl Fn(&Entry) -> bool) -> io::Result<Vec<Entry>> {
        self.catch_up(&self.all, usize::MAX)?;
        let read = self.all.borrow();
        match read.unread {
            0 => Ok(read.entries.iter().filter(|entry| picks(entry)).cloned().collect()),
            unread => {
                Err(io::Error::other(format!("{} can't be read", words::count(unread, "line", "lines"))))
            }
        }
    }

    /// The recent lines on requests of one backend and company ([`Entry::is_of`]); a ledger that can't be read knows nothing.
    pub(crate) fn of_company(&self, backend: &str, company: &Company, on_behalf: bool) -> Vec<Entry> {
        let _ = self.catch_up(&self.recent, 1);
        let read = self.recent.borrow();
        let of_company =
            |entry: &&Entry| entry.object.request.is_some() && entry.is_of(backend, company, on_behalf);
        read.entries.iter().filter(of_company).cloned().collect()
    }

    /// The last line of each recent attempt at this request that nothing says the end of; none of a ledger that can't be
    /// read.
    pub(crate) fn open_attempts(&self, backend: &str, id: &str) -> Vec<Entry> {
        let _ = self.catch_up(&self.recent, 1);
        let read = self.recent.borrow();
        let open = read.open.values().map(|&place| &read.entries[place]);
        open.filter(|entry| entry.backend == backend && entry.is_about(id)).cloned().collect()
    }

    /// Reads every line as it is, oldest first, without its line break.
    ///
    /// # Errors
    /// A file can't be read, or `each` fails.
    pub(crate) fn each_line(&self, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        for file in self.files()? {
            segments::each_line(segments::open(&file)?, |_, line| each(line))?;
        }
        Ok(())
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
        if entry.is_conclusive() {
            self.open.remove(&entry.attempt);
        } else {
            self.open.insert(entry.attempt.clone(), self.entries.len());
        }
        self.entries.push(entry);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::domain::approvals::{Kind, Source};

    pub(super) fn entry(id: &str) -> Entry {
        let request = RequestSeen::new(Source::Marketplace, Kind::Connection);
        Entry {
            at: Timestamp::UNIX_EPOCH,
            step: Step::Sending,
            attempt: "a".into(),
            who: Who { actor: "me".into(), ..Who::default() },
            machine: Machine::default(),
            environment: "sandbox".into(),
            backend: "b".into(),
            company: Company::default(),
            partner: None,
            command: "approvals accept".into(),
            object: Object { request: Some(request), ..Object::new(ObjectKind::Request, id, "accept") },
            sent: None,
            answer: None,
            outcome: None,
            error: None,
            read_back: None,
            imported: None,
        }
    }

    #[test]
    fn accounts_and_their_partner_never_share_a_line() {
        let company = |uid: Option<&str>| Company { uid: uid.map(str::to_owned), ..Company::default() };
        let of = |uid, partner: bool| Entry {
            company: company(uid),
            partner: partner.then(Company::default),
            ..entry("x")
        };
        let seen = |entry: &Entry, uid, on_behalf| entry.is_of("b", &company(uid), on_behalf);
        let (own, media) = (of(Some("own"), false), of(Some("media"), true));
        assert!(
            seen(&own, Some("own"), false) && seen(&own, None, false) && seen(&media, Some("MEDIA"), true)
        );
        assert!(!seen(&own, Some("media"), true) && !seen(&media, Some("own"), false));
        assert!(!seen(&media, None, false), "a partner whose own uid isn't known");
        assert!(!seen(&of(None, false), Some("media"), true), "a line whose company isn't known");
        assert!(!own.is_of("elsewhere", &company(Some("own")), false));
    }

    pub(super) const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn half_a_line_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(&folder.path().join("deep/ledger.jsonl"));
        ledger.append(&entry("one"), PATIENCE).await.unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&ledger.path).unwrap();
        file.write_all(b"{\"schema\":\"portgate.ledg").unwrap();
        ledger.append(&entry("two"), PATIENCE).await.unwrap();
        let (entries, unread) = ledger.entries().unwrap();
        assert_eq!(entries.into_iter().map(|entry| entry.object.id).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(unread, 0, "it was cut off");
        assert_eq!(verify(&ledger, None).unwrap().faults, []);
    }

    #[tokio::test]
    async fn lines_of_many_are_written_together_and_each_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::new(&folder.path().join("ledger.jsonl"));
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
        let ledger = Ledger::new(&folder.path().join("ledger.jsonl"));
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
        let ledger = Ledger::new(&folder.path().join("deep/ledger.jsonl"));
        ledger.append(&entry("one"), PATIENCE).await.unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&ledger.path), 0o600);
        assert_eq!(mode(ledger.path.parent().unwrap()), 0o700);
    }
}

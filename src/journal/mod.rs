//! The local journal of decisions: one JSON line before sending and one after the response, never changed. It keeps what
//! the API doesn't: who decided from here, when, and why.

mod append;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::api::vlan::Vlan;
use crate::domain::approvals::{Company, Decision, Kind, Source};
use crate::files::{check_own, check_regular, private_file_options};
use crate::journal::append::Group;

pub(crate) const SCHEMA: &str = "portgate.journal/v1";
/// Maximum length of a line in bytes, far above what portgate writes.
const LONGEST_LINE: u64 = 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) schema: String,
    pub(crate) at: Timestamp,
    pub(crate) step: Step,
    pub(crate) attempt: String,
    pub(crate) environment: String,
    /// The backend and key it was sent with, as the id map names them.
    pub(crate) backend: String,
    /// The company that decided: the one acted for.
    pub(crate) company: Company,
    /// The partner that decided on behalf of the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) partner: Option<Company>,
    /// Who decided: this machine's user.
    pub(crate) by: String,
    pub(crate) id: String,
    pub(crate) source: Source,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    pub(crate) vxc_uid: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) rate_limit_mbps: Option<crate::text::Mbps>,
    pub(crate) decision: Decision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vlan: Option<Vlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inner_vlan: Option<Vlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) move_to: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    /// The outcome; only after the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    Sending,
    Answered,
    /// The outcome was found by a later read.
    Closed,
}

impl Entry {
    /// Whether it says how the attempt ended.
    pub(crate) fn is_conclusive(&self) -> bool {
        self.outcome.as_deref().is_some_and(|outcome| outcome != "unknown")
    }

    /// Whether it is of this backend and company, which a partner may act for. Where a uid isn't known it may be; what a
    /// partner decides for its accounts is never mixed with what isn't known.
    pub(crate) fn is_of(&self, backend: &str, company: &Company, on_behalf: bool) -> bool {
        self.backend == backend
            && match (&self.company.uid, &company.uid) {
                (Some(own), Some(uid)) => own.eq_ignore_ascii_case(uid),
                _ => self.partner.is_none() && !on_behalf,
            }
    }
}

/// The journal's file, and the lines read of it so far: it only ever grows.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) path: PathBuf,
    read: RefCell<Lines>,
    /// Lines to be written together.
    next: RefCell<Rc<Group>>,
    is_writing: Cell<bool>,
    written: Notify,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    /// How far the file has been read, in bytes: to the end of a line.
    pub(crate) to: u64,
    pub(crate) entries: Vec<Entry>,
    /// The last line of each attempt that nothing says the end of, by the attempt.
    open: BTreeMap<String, usize>,
    /// How many lines could not be read: damaged, or of another schema.
    pub(crate) unread: usize,
}

impl Journal {
    /// The journal at this path; created with its first line.
    pub(crate) fn new(path: &Path) -> Self {
        Journal {
            path: path.to_owned(),
            read: RefCell::default(),
            next: RefCell::default(),
            is_writing: Cell::default(),
            written: Notify::new(),
        }
    }

    /// Every line that can be read, oldest first, and how many could not: damaged, or of another schema.
    pub(crate) fn entries(&self) -> std::io::Result<(Vec<Entry>, usize)> {
        self.catch_up()?;
        let read = self.read.borrow();
        Ok((read.entries.clone(), read.unread))
    }

    /// The lines of one backend and company ([`Entry::is_of`]); a journal that can't be read knows nothing.
    pub(crate) fn of_company(&self, backend: &str, company: &Company, on_behalf: bool) -> Vec<Entry> {
        let _ = self.catch_up();
        let read = self.read.borrow();
        let of_company = |entry: &&Entry| entry.is_of(backend, company, on_behalf);
        read.entries.iter().filter(of_company).cloned().collect()
    }

    /// The last line of each attempt at this request that nothing says the end of; none of a journal that can't be read.
    pub(crate) fn open_attempts(&self, backend: &str, id: &str) -> Vec<Entry> {
        let _ = self.catch_up();
        let read = self.read.borrow();
        let open = read.open.values().map(|&place| &read.entries[place]);
        open.filter(|entry| entry.backend == backend && entry.id.eq_ignore_ascii_case(id)).cloned().collect()
    }

    /// Reads what has been appended since the last look, by whichever process.
    fn catch_up(&self) -> std::io::Result<()> {
        let mut file = match private_file_options().read(true).open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let about = file.metadata()?;
        check_regular(&about)?;
        check_own(&about, 0o022)?;
        let mut read = self.read.borrow_mut();
        if about.len() == read.to {
            return Ok(());
        }
        if about.len() < read.to {
            *read = Lines::default();
        }
        file.seek(SeekFrom::Start(read.to))?;
        read.take_up(BufReader::new(file))
    }
}

impl Lines {
    pub(crate) fn take_up(&mut self, mut lines: impl BufRead) -> std::io::Result<()> {
        let mut line = Vec::new();
        while lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
            let entry = serde_json::from_slice::<Entry>(&line).ok().filter(|entry| entry.schema == SCHEMA);
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
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;

    fn entry(id: &str) -> Entry {
        Entry {
            schema: SCHEMA.to_owned(),
            at: Timestamp::UNIX_EPOCH,
            step: Step::Sending,
            attempt: "a".into(),
            environment: "sandbox".into(),
            backend: "b".into(),
            company: Company::default(),
            partner: None,
            by: "me".into(),
            id: id.to_owned(),
            source: Source::Marketplace,
            kind: Kind::Connection,
            vxc_uid: None,
            customer: None,
            rate_limit_mbps: None,
            decision: Decision::Accept,
            vlan: None,
            inner_vlan: None,
            move_to: None,
            reason: None,
            rule: None,
            outcome: None,
            error: None,
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

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn half_a_line_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(&folder.path().join("deep/journal.jsonl"));
        journal.append(&entry("one"), PATIENCE).await.unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&journal.path).unwrap();
        file.write_all(b"{\"schema\":\"portgate.jour").unwrap();
        journal.append(&entry("two"), PATIENCE).await.unwrap();
        let (entries, unread) = journal.entries().unwrap();
        assert_eq!(entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(unread, 1);
    }

    #[tokio::test]
    async fn lines_of_many_are_written_together_and_each_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(&folder.path().join("journal.jsonl"));
        let entries: Vec<Entry> = (0..50).map(|nth| entry(&nth.to_string())).collect();
        let appending = entries.iter().map(|entry| journal.append(entry, PATIENCE));
        let ended = futures_util::future::join_all(appending).await;
        assert!(ended.iter().all(Result::is_ok));
        let (read, unread) = journal.entries().unwrap();
        assert_eq!((read, unread), (entries, 0));
        std::fs::remove_file(&journal.path).unwrap();
        std::fs::create_dir(&journal.path).unwrap();
        let (one, two) = (entry("one"), entry("two"));
        let (one, two) = tokio::join!(journal.append(&one, PATIENCE), journal.append(&two, PATIENCE));
        assert!(one.is_err() && two.is_err(), "it fails for each");
    }

    #[tokio::test]
    async fn a_line_is_written_if_the_one_who_would_write_it_is_gone() {
        use std::pin::pin;

        use futures_util::FutureExt as _;

        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(&folder.path().join("journal.jsonl"));
        let (one, two) = (entry("one"), entry("two"));
        {
            let mut first = pin!(journal.append(&one, PATIENCE));
            assert!(first.as_mut().now_or_never().is_none());
        }
        journal.append(&two, PATIENCE).await.unwrap();
        let (read, _) = journal.entries().unwrap();
        assert_eq!(read.last().map(|entry| entry.id.as_str()), Some("two"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(&folder.path().join("deep/journal.jsonl"));
        journal.append(&entry("one"), PATIENCE).await.unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&journal.path), 0o600);
        assert_eq!(mode(journal.path.parent().unwrap()), 0o700);
    }
}

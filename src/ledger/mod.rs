//! The ledger: what was changed, by whom, when and why, which the API doesn't tell. One JSON line before a change is sent and
//! one after the response, never changed, and each chained to the one before ([`chain`]). It is kept in files on this machine
//! or in a PostgreSQL database of a team; the lines are the same.

mod attempt;
mod chain;
mod claim;
pub(crate) mod database;
mod entry;
mod errors;
pub(crate) mod file;
mod group;
mod import;
mod quota;
mod team;
mod verify;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::approvals::Company;
use crate::error::Error;
use crate::text::Uid;

pub(crate) use attempt::{Attempt, OpenAttempt, join};
pub(crate) use chain::Head;
#[cfg(any(test, fuzzing))]
pub(crate) use chain::{Link, append_line};
pub(crate) use claim::{Claimed, Holder, Second, confirm_hint, name};
use database::DatabaseLedger;
pub(crate) use entry::{AnswerSeen, Entry, Machine, Object, ObjectKind, RequestSeen, SentRequest, Step, Who};
use errors::{broken_error, refused_error, unsent_error, unusable_error};
pub(crate) use errors::{is_broken, is_refused, is_unusable};
use file::FileLedger;
#[cfg(any(test, fuzzing))]
pub(crate) use file::{Lines, journal_entries};
pub(crate) use import::{Import, Refused};
pub(crate) use quota::{PastDecisions, Quota, Terms};
pub(crate) use verify::{ChainEnd, Verified};

/// A ledger, in one of its homes.
#[derive(Debug)]
pub(crate) enum Ledger {
    File(Box<FileLedger>),
    Database(Box<DatabaseLedger>),
}

/// A line that is kept in a file until the database of a shared ledger takes it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) path: PathBuf,
    /// Why the database doesn't take it; `None` if it is away.
    pub(crate) refused: Option<Error>,
}

/// What a database is asked for; whoever asks filters what comes back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search {
    pub(crate) since: Option<jiff::Timestamp>,
    /// Only this request.
    pub(crate) request: Option<Uid>,
    pub(crate) decisions_only: bool,
    pub(crate) backend: Option<String>,
    /// Who made the change: actor, login, client ID or owner of the API key.
    pub(crate) by: Option<String>,
    pub(crate) ticket: Option<String>,
    pub(crate) rule: Option<String>,
    /// Part of the customer's name.
    pub(crate) customer: Option<String>,
    /// Any of these.
    pub(crate) outcomes: Vec<String>,
    /// Only the last ones.
    pub(crate) most: Option<usize>,
}

/// What was found in a ledger.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The changes that were asked for, oldest first.
    pub(crate) attempts: Vec<Attempt>,
    /// How many there are without [`Search::most`], as far as they were counted.
    pub(crate) all: usize,
    /// How many lines could not be read.
    pub(crate) unread: usize,
}

impl Ledger {
    /// The ledger in this file; created with its first line. Lines are added to a broken chain only if `accepts_broken`.
    pub(crate) fn in_file(path: &Path, accepts_broken: bool) -> Self {
        Ledger::File(Box::new(FileLedger::new(path).accepting_broken(accepts_broken)))
    }

    /// Where it is: a path, or an address without the user and the password.
    pub(crate) fn place(&self) -> String {
        match self {
            Ledger::File(ledger) => ledger.path.display().to_string(),
            Ledger::Database(ledger) => ledger.place(),
        }
    }

    /// Whether others record in it from other machines.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Ledger::Database(_))
    }

    /// Something is to be recorded in this run: a database that is away is waited for from the start.
    pub(crate) fn expect_changes(&self) {
        if let Ledger::Database(ledger) = self {
            ledger.expect_changes();
        }
    }

    /// The end of the ledger after the last line that was written here; `None` if none was.
    pub(crate) fn head(&self) -> Option<Head> {
        match self {
            Ledger::File(ledger) => ledger.head(),
            Ledger::Database(ledger) => ledger.head(),
        }
    }

    /// Appends a line, to stay, together with those that others append meanwhile, waiting up to `patience`. If this fails,
    /// nothing must be sent.
    pub(crate) async fn append(&self, entry: &Entry, patience: Duration) -> Result<(), Error> {
        match self {
            Ledger::File(ledger) => ledger.append(entry, patience).await,
            Ledger::Database(ledger) => ledger.append(entry, patience).await,
        }
    }

    /// As [`Ledger::append`], for a decision that is about to be sent: in a shared ledger, it is refused where another
    /// operator has the request, and must be read again where it was decided meanwhile. Where a second person must confirm
    /// it, the first one's is recorded as a proposal. It is refused, too, where a quota has no room for it.
    pub(crate) async fn claim(
        &self,
        entry: &Entry,
        terms: Terms,
        patience: Duration,
    ) -> Result<Claimed, Error> {
        let lease = patience.saturating_add(MARGIN).min(LONGEST_LEASE);
        let lease = (entry.step == Step::Sending).then_some(lease.as_secs());
        let entry = &Entry { lease_s: entry.lease_s.or(lease), ..entry.clone() };
        match self {
            Ledger::File(_) if terms.second != Second::NotNeeded => {
                Err(team::no_second_error(&entry.object.id))
            }
            Ledger::File(ledger) => {
                ledger.append_within(entry, terms.quota, patience).await.map(|()| Claimed::Granted)
            }
            Ledger::Database(ledger) => ledger.claim(entry, terms, patience).await,
        }
    }

    /// As [`Ledger::append`], for the outcome of what was sent: where the database of a shared ledger is away or doesn't take
    /// it, the line is kept in a file.
    pub(crate) async fn append_or_keep(
        &self,
        entry: &Entry,
        patience: Duration,
    ) -> Result<Option<Kept>, Error> {
        let Ledger::Database(ledger) = self else {
            return self.append(entry, patience).await.map(|()| None);
        };
        let mut refused = None;
        if ledger.away_error().is_none() {
            match ledger.append(entry, patience).await {
                Ok(()) => return Ok(None),
                Err(error) => refused = Some(error).filter(is_refused),
            }
        }
        ledger.keep(entry, patience).await?;
        Ok(Some(Kept { path: ledger.kept_file().path.clone(), refused }))
    }

    /// How many lines that were kept before this run could not be recorded with its first decision.
    pub(crate) fn waiting_count(&self) -> usize {
        match self {
            Ledger::File(_) => 0,
            Ledger::Database(ledger) => ledger.waiting_count(),
        }
    }

    /// The changes that are looked for, and that `keep` keeps.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn find(
        &self,
        search: &Search,
        keep: impl Fn(&Attempt) -> bool,
    ) -> Result<Found, Error> {
        match self {
            Ledger::File(ledger) => {
                let (entries, unread) = ledger.entries()?;
                let mut attempts = join(entries);
                attempts.retain(keep);
                let all = attempts.len();
                attempts.drain(..all.saturating_sub(search.most.unwrap_or(all)));
                Ok(Found { attempts, all, unread })
            }
            Ledger::Database(ledger) => ledger.find(search, keep).await,
        }
    }

    /// The decisions of policies that are at most `longest` old and that `picks` picks; what was read before isn't read
    /// again.
    ///
    /// # Errors
    /// It can't be read, or not all of it.
    pub(crate) async fn decided_by_rules(
        &self,
        backend: &str,
        now: jiff::Timestamp,
        longest: jiff::SignedDuration,
        picks: impl Fn(&Entry) -> bool,
    ) -> Result<PastDecisions, Error> {
        let since = now.saturating_sub(longest).unwrap_or(jiff::Timestamp::MIN);
        let picks = |entry: &Entry| {
            entry.at > since && quota::is_by_rule(entry) && entry.backend == backend && picks(entry)
        };
        let entries = match self {
            Ledger::File(ledger) => ledger.pick(picks),
            Ledger::Database(ledger) => ledger.decided_by_rules(backend, now, longest, picks).await,
        };
        entries.map(PastDecisions::new)
    }

    /// The recent lines on requests of one backend and company ([`Entry::is_of`]) whose IDs start like this; a ledger that
    /// can't be read knows nothing.
    pub(crate) async fn find_by_prefix(
        &self,
        backend: &str,
        company: &Company,
        on_behalf: bool,
        prefix: &str,
    ) -> Vec<Entry> {
        let picks = |entry: &Entry| {
            entry.object.request.is_some()
                && entry.is_of(backend, company, on_behalf)
                && entry.object.id.begins_with(prefix)
        };
        match self {
            Ledger::File(ledger) => ledger.recent(picks),
            Ledger::Database(ledger) => {
                let mut entries = Box::pin(ledger.find_by_prefix(backend, prefix)).await.unwrap_or_default();
                entries.retain(picks);
                entries
            }
        }
    }

    /// The recent attempts at requests of a backend, or at one of them, that nothing says the end of; none of a ledger that
    /// can't be read.
    pub(crate) async fn open_attempts(
        &self,
        backend: &str,
        now: jiff::Timestamp,
        id: Option<&Uid>,
    ) -> Vec<OpenAttempt> {
        match self {
            Ledger::File(ledger) => ledger.open_attempts(backend, now, id),
            Ledger::Database(ledger) => Box::pin(ledger.open_attempts(backend, id)).await.unwrap_or_default(),
        }
    }

    /// Checks, as before the first change of a run, that no line was changed or removed at the end of the chains of a
    /// backend.
    ///
    /// # Errors
    /// One was, or the ledger can't be read.
    pub(crate) async fn check_chain(&self, backend: &str) -> Result<(), Error> {
        match self {
            Ledger::File(ledger) => ledger.check_chain(),
            Ledger::Database(ledger) => Box::pin(ledger.check_chain(backend)).await,
        }
    }

    /// Lets one run of a policy after the other use a ledger in a file, as long as the result lives: nothing there says which
    /// requests another run has. In a database, claims do.
    ///
    /// # Errors
    /// Another process has it for longer than `patience` (exit 11), or it can't be locked.
    pub(crate) async fn lock_file(&self, patience: Duration) -> Result<Option<std::fs::File>, Error> {
        match self {
            Ledger::File(ledger) => ledger.lock(patience).await.map(Some),
            Ledger::Database(_) => Ok(None),
        }
    }

    /// Reads every line as it is, oldest first, without its line break; in a database, chain after chain.
    ///
    /// # Errors
    /// It can't be read, or `each` fails.
    pub(crate) async fn each_line(
        &self,
        each: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        match self {
            Ledger::File(ledger) => ledger.each_line(each),
            Ledger::Database(ledger) => ledger.each_line(each).await,
        }
    }

    /// Checks all lines. `wanted` is how the hash of a line begins that must be there.
    ///
    /// # Errors
    /// It can't be read.
    pub(crate) async fn verify(&self, wanted: Option<&str>) -> Result<Verified, Error> {
        match self {
            Ledger::File(ledger) => ledger.verify(wanted),
            Ledger::Database(ledger) => ledger.verify(wanted).await,
        }
    }

    /// Adds the lines of that file which this ledger doesn't have, whose chain must be whole.
    ///
    /// # Errors
    /// A file can't be read or written (exit 1), or the chain of the new one is broken (exit 13).
    pub(crate) async fn import(&self, file: &Path, patience: Duration) -> Result<Import, Error> {
        let lines = file::read_import(file, false)?;
        match self {
            Ledger::File(ledger) => ledger.add(lines, patience).await,
            Ledger::Database(ledger) => ledger.add(lines, patience).await,
        }
    }
}

/// How much longer a claim lasts than the sender may wait.
const MARGIN: Duration = Duration::from_secs(30);

/// The longest claim that a database takes, as in `schema.sql`.
const LONGEST_LEASE: Duration = Duration::from_hours(8 * 24);

/// How many entries are in a file of kept ones.
///
/// # Errors
/// The file can't be read.
pub(crate) fn count_kept(path: &Path) -> Result<usize, Error> {
    FileLedger::new(path).entries().map(|(entries, unread)| entries.len() + unread)
}

#[cfg(test)]
pub(super) mod tests {
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
            lease_s: None,
            accepted_broken_chain: None,
            proposed_by: None,
            imported: None,
        }
    }

    #[test]
    fn accounts_and_their_partner_never_share_a_line() {
        let company = |uid: Option<&str>| Company { uid: uid.map(Into::into), ..Company::default() };
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
}

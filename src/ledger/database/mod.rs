//! The ledger of a team in PostgreSQL. Lines are added under a lock per backend, so that each chain continues whoever writes,
//! and a decision is checked against the lines on its request under the same lock: it is sent once, whichever machine
//! sends it. The database itself refuses to change a line, or to record under another's login (`schema.sql`).

mod address;
mod append;
mod connect;
mod failure;
mod page;
mod read;
mod record;
mod ruled;
mod setup;
mod sync;
mod version;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tokio::sync::{Mutex, OnceCell};

use super::chain::Head;
use super::claim::{Claimed, Second};
use super::entry::{Entry, Step};
use super::file::FileLedger;
use super::group::Groups;
use super::quota::Terms;
use super::unsent_error;
use crate::api::backend::Patience;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;
pub(crate) use address::{Address, ClientSettings};
use connect::Link;
use record::{Added, Record};
pub(crate) use setup::{Logins, Setup};

/// Gets the password where the address has none: it may run a program.
type Secret = Box<dyn Fn() -> Result<Option<SecretString>, Error>>;

/// The ledger in a database, and what was read of it so far.
pub(crate) struct DatabaseLedger {
    address: Address,
    secret: Secret,
    /// How long it may take to answer a question.
    patience: Patience,
    /// Until when it isn't asked again, as it could not be read, and why that is.
    unread: RefCell<Option<(Instant, Error)>>,
    /// Whether something is to be recorded in this run.
    is_needed: Cell<bool>,
    /// Until when decisions are recorded in a file without another try, as it was away, and why that is.
    away: RefCell<Option<(Instant, Error)>>,
    /// Lines that could not be recorded after what they tell of was sent.
    kept: FileLedger,
    /// Whether decisions are recorded there, too, while the database is away.
    falls_back: bool,
    /// Whether lines are added to a chain that is broken.
    accepts_broken: bool,
    /// The backends whose latest lines were checked.
    checked: RefCell<HashSet<String>>,
    /// Whether what is kept there was looked for in this run.
    has_synced: Cell<bool>,
    /// How many of those lines were still kept after that.
    waiting: Cell<usize>,
    link: Mutex<Option<Link>>,
    /// Whether there was a connection in this run.
    has_connected: Cell<bool>,
    groups: Groups<Rc<Record>, Result<Added, Error>>,
    /// The end of the chain that was written to last.
    head: RefCell<Option<Head>>,
    /// Up to which line what was read of a request takes its lines into account.
    marks: RefCell<HashMap<Uid, i64>>,
    /// The lines about decisions of policies, by the backend.
    ruled: RefCell<HashMap<String, Ruled>>,
    /// The open attempts of each backend, as they were at the first look.
    open: RefCell<HashMap<String, Rc<OpenAttempts>>>,
}

/// How long a database that was away isn't tried again where decisions may be made without it.
const AWAY: Duration = Duration::from_secs(10);
/// The same for one that does not answer: each try takes its time.
const SILENT: Duration = Duration::from_mins(5);
/// How long it may take to answer there.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Open attempts, once they were read.
type OpenAttempts = OnceCell<RefCell<Vec<Entry>>>;

#[derive(Debug, Default)]
struct Ruled {
    /// The last line that was read.
    last: i64,
    entries: Vec<Entry>,
}

impl std::fmt::Debug for DatabaseLedger {
    fn fmt(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(text, "DatabaseLedger({})", self.address)
    }
}

impl DatabaseLedger {
    /// The ledger at this address. What can't be recorded after a change was sent is kept in the file `kept`.
    pub(crate) fn new(
        address: Address,
        secret: Secret,
        patience: Patience,
        kept: &Path,
        falls_back: bool,
        accepts_broken: bool,
    ) -> Self {
        DatabaseLedger {
            address,
            secret,
            patience,
            unread: RefCell::default(),
            is_needed: Cell::default(),
            away: RefCell::default(),
            // What was sent must be kept there, whatever happened to it.
            kept: FileLedger::new(kept).accepting_broken(true),
            falls_back,
            accepts_broken,
            checked: RefCell::default(),
            has_synced: Cell::default(),
            waiting: Cell::default(),
            link: Mutex::default(),
            has_connected: Cell::default(),
            groups: Groups::default(),
            head: RefCell::default(),
            marks: RefCell::default(),
            ruled: RefCell::default(),
            open: RefCell::default(),
        }
    }

    pub(super) fn place(&self) -> String {
        self.address.to_string()
    }

    pub(super) fn head(&self) -> Option<Head> {
        self.head.borrow().clone()
    }

    /// As [`super::Ledger::append`].
    pub(super) async fn append(&self, entry: &Entry, patience: Duration) -> Result<(), Error> {
        let record = Record::Entry { entry: Box::new(entry.clone()), terms: None };
        let written = self.groups.write(Rc::new(record), self.writing(patience)).await;
        if matches!(written, Ok(Added::New | Added::Known)) && entry.step == Step::Closed {
            self.forget_open(entry);
        }
        match written {
            Ok(Added::Refused(error)) | Err(error) => Err(unsent_error(entry, error)),
            Ok(_) => Ok(()),
        }
    }

    /// An attempt that was open has ended.
    fn forget_open(&self, ended: &Entry) {
        if let Some(open) = self.open.borrow().get(&ended.backend).and_then(|open| open.get()) {
            open.borrow_mut().retain(|entry| entry.attempt != ended.attempt);
        }
    }

    /// As [`super::Ledger::claim`].
    pub(super) async fn claim(
        &self,
        entry: &Entry,
        terms: Terms,
        patience: Duration,
    ) -> Result<Claimed, Error> {
        let (second, is_counted) = (terms.second, terms.quota.is_some());
        let is_kept = second == Second::NotNeeded && !is_counted && entry.step == Step::Sending;
        if is_kept && self.away_error().is_some() {
            return self.kept.append(entry, patience).await.map(|()| Claimed::Granted);
        }
        let record = Record::Entry { entry: Box::new(entry.clone()), terms: Some(terms) };
        let started = Instant::now();
        if !self.has_synced.replace(true) {
            // Where it fails, the lines are still kept.
            let longest = self.at_most(patience / 2) / 2;
            let synced = tokio::time::timeout(longest, Box::pin(self.sync(longest))).await;
            if !synced.is_ok_and(|synced| synced.is_ok_and(|import| import.refused.is_empty())) {
                self.waiting.set(self.count_kept().unwrap_or_default());
            }
        }
        // The other half is for sending it.
        let left = self.at_most(patience / 2).saturating_sub(started.elapsed());
        match self.groups.write(Rc::new(record), self.writing(left)).await {
            Ok(Added::New | Added::Known) => Ok(Claimed::Granted),
            Ok(Added::Stale(error)) => Ok(Claimed::Stale(error)),
            Ok(Added::Proposed(error)) => Ok(Claimed::Proposed(error)),
            Err(error) if is_kept && self.may_fall_back(second, &error) => {
                self.kept.append(entry, patience).await.map(|()| Claimed::Granted)
            }
            Ok(Added::Refused(error)) | Err(error) => Err(unsent_error(entry, error)),
        }
    }

    /// As [`super::Ledger::expect_changes`].
    pub(super) fn expect_changes(&self) {
        self.is_needed.set(true);
    }

    /// As [`super::Ledger::waiting_count`].
    pub(super) fn waiting_count(&self) -> usize {
        self.waiting.get()
    }

    /// How it was away a moment ago, so that decisions are made without it.
    pub(super) fn away_error(&self) -> Option<Error> {
        self.away
            .borrow()
            .as_ref()
            .filter(|(until, _)| Instant::now() < *until)
            .map(|(_, error)| error.clone())
    }

    /// It failed like this: where decisions may be made without it, it isn't tried again for a while.
    pub(super) fn note_failure(&self, error: &Error) {
        if self.falls_back && is_away(error) {
            let pause = if error.exit == Exit::Timeout { SILENT } else { AWAY };
            self.away.replace(Some((Instant::now() + pause, error.clone())));
        }
    }

    /// How long it may take to answer: where decisions may be made without it, not as long as others may wait.
    pub(super) fn at_most(&self, patience: Duration) -> Duration {
        if self.falls_back { patience.min(LONGEST_WAIT) } else { patience }
    }

    /// Whether a decision may be made without the database, which failed like this. One that must be confirmed can't be.
    fn may_fall_back(&self, second: Second, error: &Error) -> bool {
        self.falls_back && second == Second::NotNeeded && is_away(error)
    }

    fn writing(&self, patience: Duration) -> impl AsyncFn(&[Rc<Record>]) -> Vec<Result<Added, Error>> {
        async move |records| self.write(records, patience).await
    }

    /// Keeps a line about what was sent, to be recorded once the database is back.
    pub(super) async fn keep(&self, entry: &Entry, patience: Duration) -> Result<(), Error> {
        self.kept.append(entry, patience).await
    }

    /// How many such lines there are.
    ///
    /// # Errors
    /// The file can't be read.
    pub(crate) fn count_kept(&self) -> Result<usize, Error> {
        self.kept.entries().map(|(entries, unread)| entries.len() + unread)
    }

    /// The login as the database knows it, and whether it may record.
    ///
    /// # Errors
    /// The database can't be asked.
    pub(crate) async fn access(&self) -> Result<(String, bool), Error> {
        let asking = "SELECT session_user::text AS login,
            has_column_privilege('portgate.entry', 'line', 'INSERT') AS may_record";
        let rows = self.rows(asking, &[]).await?;
        Ok(rows.first().map_or_else(Default::default, |row| (row.get("login"), row.get("may_record"))))
    }

    /// The file of such lines.
    pub(super) fn kept_file(&self) -> &FileLedger {
        &self.kept
    }
}

/// Whether the database failed like this because it can't be reached or does not answer.
fn is_away(error: &Error) -> bool {
    error.retryable && matches!(error.exit, Exit::Network | Exit::Timeout)
}

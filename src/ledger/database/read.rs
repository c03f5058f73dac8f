//! Reads the ledger of a team.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::pin::pin;
use std::rc::Rc;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};

use super::DatabaseLedger;
use super::append::{entry_of, seen_of, seen_rows};
use super::failure::Failure;
use super::page::{MOST_CUSTOMERS, customers_with, plain, query};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::attempt::{Attempt, OpenAttempt, join};
use crate::ledger::chain::Link as Line;
use crate::ledger::claim::{Holder, Obstacle, Second, Seen, holders, judge, open_proposals};
use crate::ledger::entry::{Entry, Who};
use crate::ledger::verify::{Fault, FaultKind, Verified};
use crate::ledger::{Found, Search, broken_error, unsent_error};
use crate::text::Uid;

/// Changes that are read at a time.
const PAGE: usize = 2000;
const SMALLEST_PAGE: usize = 50;
/// Lines at the end of a chain that are checked before something is sent.
const LATEST: i64 = 200;

impl DatabaseLedger {
    /// As [`crate::ledger::Ledger::find`]: a page at a time, the newest first, until there are enough.
    pub(in crate::ledger) async fn find(
        &self,
        search: &Search,
        keep: impl Fn(&Attempt) -> bool,
    ) -> Result<Found, Error> {
        let most = search.most.unwrap_or(usize::MAX);
        let mut found = Found::default();
        let mut before: Option<(String, i64)> = None;
        let customers = self.customers(search).await?;
        if customers.as_ref().is_some_and(Vec::is_empty) {
            return Ok(found);
        }
        while found.attempts.len() < most {
            let page = most.clamp(SMALLEST_PAGE, PAGE);
            let (asking, values) = query(search, customers.as_deref(), before.as_ref(), page);
            let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(AsRef::as_ref).collect();
            let chosen = self.rows(&asking, &values).await?;
            let names: Vec<&str> = chosen.iter().map(|row| row.get("attempt")).collect();
            let lines = "SELECT line, login FROM portgate.entry WHERE attempt = ANY($1) ORDER BY id";
            let rows = self.rows(lines, &[&names]).await?;
            let entries: Vec<Entry> = rows.iter().filter_map(entry_of).collect();
            found.unread += rows.len() - entries.len();
            let mut attempts = join(entries);
            attempts.retain(&keep);
            attempts.append(&mut found.attempts);
            found.attempts = attempts;
            match chosen.last().filter(|_| chosen.len() == page) {
                Some(last) => before = Some((last.get("time"), last.get("id"))),
                None => break,
            }
        }
        found.attempts.drain(..found.attempts.len().saturating_sub(most));
        found.all = found.attempts.len();
        Ok(found)
    }

    /// The hashes of the customers that are looked for; `None` if their changes are found without.
    async fn customers(&self, search: &Search) -> Result<Option<Vec<String>>, Error> {
        let Some(part) = plain(search.customer.as_ref()) else { return Ok(None) };
        let (asking, value) = customers_with(part);
        let rows = self.rows(&asking, &[value.as_ref()]).await?;
        let hashes: Vec<String> = rows.iter().map(|row| row.get("hash")).collect();
        Ok(Some(hashes).filter(|hashes| hashes.len() <= MOST_CUSTOMERS))
    }

    /// The lines on requests of a backend whose IDs start like this.
    pub(in crate::ledger) async fn find_by_prefix(
        &self,
        backend: &str,
        prefix: &str,
    ) -> Result<Vec<Entry>, Error> {
        let like: String = prefix
            .to_lowercase()
            .chars()
            .flat_map(|character| match character {
                '%' | '_' | '\\' => vec!['\\', character],
                character => vec![character],
            })
            .chain(['%'])
            .collect();
        let asking = "SELECT line, login FROM portgate.entry WHERE object LIKE $1 AND type = 'request'
            AND chain IN (SELECT id FROM portgate.chain WHERE backend = $2) ORDER BY id";
        let rows = self.rows(asking, &[&like, &backend]).await?;
        Ok(rows.iter().filter_map(entry_of).collect())
    }

    /// The lines on these requests.
    pub(in crate::ledger) async fn on_requests(&self, ids: &HashSet<&Uid>) -> Result<Vec<Entry>, Error> {
        let ids: Vec<Cow<'_, str>> = ids.iter().map(|id| id.lower_case()).collect();
        let asking = "SELECT line, login FROM portgate.entry WHERE object = ANY($1) AND type = 'request'
            ORDER BY id";
        let rows = self.rows(asking, &[&ids]).await?;
        Ok(rows.iter().filter_map(entry_of).collect())
    }

    /// As [`crate::ledger::Ledger::holders`].
    pub(in crate::ledger) async fn holders(&self, backend: &str, asking: &Who) -> Result<Vec<Holder>, Error> {
        let query = seen_rows(
                "WHERE type = 'request'
            AND chain IN (SELECT id FROM portgate.chain WHERE backend = $1) AND object IN (
                SELECT object FROM portgate.entry WHERE chain IN (SELECT id FROM portgate.chain WHERE backend = $1)
                AND step = 'claimed' AND recorded_at > clock_timestamp() - interval '8 days'
                UNION SELECT object FROM portgate.entry AS sent
                WHERE chain IN (SELECT id FROM portgate.chain WHERE backend = $1)
                AND step = 'sending' AND type = 'request' AND recorded_at > clock_timestamp() - interval '1 hour'
                AND NOT EXISTS (SELECT FROM portgate.entry AS later
                    WHERE later.attempt = sent.attempt AND later.id > sent.id AND later.step = 'answered'))",
            );
        let lines = self.seen_lines(&query, backend).await?;
        let login = if lines.is_empty() { None } else { Some(self.access().await?.0) };
        Ok(holders(&lines, &Who { login, ..asking.clone() }))
    }

    /// As [`crate::ledger::Ledger::check_claim`].
    pub(in crate::ledger) async fn check_claim(&self, entry: &Entry, second: Second) -> Result<(), Error> {
        let asking = seen_rows(
            "WHERE object = $2 AND type = 'request'
            AND chain IN (SELECT id FROM portgate.chain WHERE backend = $1)",
        );
        let id = entry.object.id.lower_case();
        let reading = async {
            let rows = self.rows(&asking, &[&entry.backend, &id]).await?;
            Ok((self.access().await?.0, rows))
        };
        let (login, rows) = match reading.await {
            Ok(read) => read,
            Err(error) if self.may_fall_back(second, &error) => return Ok(()),
            Err(error) => return Err(unsent_error(entry, error)),
        };
        let lines: Vec<Seen> = rows.iter().filter_map(seen_of).collect();
        let mut own = entry.clone();
        own.who.login = Some(login);
        // What was decided before was seen when the request was read.
        match judge(&own, &lines, i64::MAX, second) {
            Ok(_) | Err(Obstacle::Decided { .. }) => Ok(()),
            Err(Obstacle::Held(error)) => Err(error),
        }
    }

    /// As [`crate::ledger::Ledger::proposals`].
    pub(in crate::ledger) async fn proposals(&self, backend: &str) -> Result<Vec<Entry>, Error> {
        let asking = seen_rows(
            "WHERE type = 'request'
            AND chain IN (SELECT id FROM portgate.chain WHERE backend = $1) AND object IN (
                SELECT object FROM portgate.entry WHERE step = 'proposed'
                AND chain IN (SELECT id FROM portgate.chain WHERE backend = $1)
                AND recorded_at > clock_timestamp() - interval '60 days')",
        );
        Ok(open_proposals(&self.seen_lines(&asking, backend).await?))
    }

    /// As [`crate::ledger::Ledger::open_attempts`]: those of a backend when it was first asked for, without those that may
    /// still be under way elsewhere.
    pub(in crate::ledger) async fn open_attempts(
        &self,
        backend: &str,
        id: Option<&Uid>,
    ) -> Result<Vec<OpenAttempt>, Error> {
        let of_backend = Rc::clone(self.open.borrow_mut().entry(backend.to_owned()).or_default());
        let reading = async || {
            let asking = seen_rows(
                "WHERE step = 'sending' AND type = 'request'
                AND recorded_at > clock_timestamp() - interval '3 days'
                AND chain IN (SELECT id FROM portgate.chain WHERE backend = $1)
                AND NOT EXISTS (SELECT FROM portgate.entry AS later WHERE later.attempt = entry.attempt
                    AND later.id > entry.id AND (later.step = 'sending' OR later.outcome <> 'unknown'))",
            );
            let seen = self.seen_lines(&asking, backend).await?;
            let ended = seen.into_iter().filter(|line| line.time_left().is_none());
            Ok::<_, Error>(RefCell::new(ended.map(|line| line.entry).collect()))
        };
        let open = of_backend.get_or_try_init(reading).await?.borrow();
        let picked = open.iter().filter(|entry| id.is_none_or(|id| entry.is_about(id)));
        Ok(picked.map(|entry| OpenAttempt { entry: entry.clone(), is_over: true }).collect())
    }

    /// Every line as it is, chain after chain.
    pub(in crate::ledger) async fn each_line(
        &self,
        mut each: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        let unread = |error: std::io::Error| Error::new(Exit::Other, error.to_string());
        self.each_row("SELECT line FROM portgate.entry ORDER BY chain, sequence", |row| {
            each(row.get::<_, &str>("line").as_bytes()).map_err(unread)
        })
        .await
    }

    /// Checks all chains, and that each line names the login under which it was recorded.
    pub(in crate::ledger) async fn verify(&self, wanted: Option<&str>) -> Result<Verified, Error> {
        let mut verified = Verified::new(wanted);
        let mut chain: Option<(i64, u64)> = None;
        let asking = "SELECT chain, backend, company, line, login FROM portgate.entry
            JOIN portgate.chain ON chain.id = chain ORDER BY chain, sequence";
        self.each_row(asking, |row| {
            let (id, line): (i64, &str) = (row.get("chain"), row.get("line"));
            let place = place_of(row.get("backend"), row.get("company"));
            let number = match chain {
                Some((known, number)) if known == id => number + 1,
                _ => {
                    verified.start_chain(&place);
                    1
                }
            };
            chain = Some((id, number));
            let kind = verified.check(line.as_bytes()).or_else(|| {
                let said: Option<Entry> = serde_json::from_str(line).ok();
                let login: &str = row.get("login");
                let is_other = said.is_some_and(|entry| {
                    entry.imported.is_none() && entry.who.login.as_deref() != Some(login)
                });
                is_other.then_some(FaultKind::Changed)
            });
            verified.faults.extend(kind.map(|kind| Fault { place, line: number, kind }));
            Ok(())
        })
        .await?;
        Ok(verified)
    }

    /// As [`crate::ledger::Ledger::check_chain`]; where changes may be made without the database, it may be away.
    pub(in crate::ledger) async fn check_chain(&self, backend: &str) -> Result<(), Error> {
        let checking = async {
            let link = self.link().await?;
            self.check_latest(&link.client, &BTreeSet::from([backend.to_owned()])).await
        };
        match self.in_time(checking).await.map_err(Failure::into_error) {
            Err(error) if self.may_fall_back(Second::NotNeeded, &error) => Ok(()),
            checked => checked,
        }
    }

    /// Checks the latest lines of the chains of these backends, once in a run.
    ///
    /// # Errors
    /// One was changed, or lines between them were removed.
    pub(super) async fn check_latest(
        &self,
        client: &Client,
        backends: &BTreeSet<String>,
    ) -> Result<(), Failure> {
        let is_new = |backend: &&String| !self.checked.borrow().contains(*backend);
        let new: Vec<&String> = backends.iter().filter(is_new).collect();
        if self.accepts_broken || new.is_empty() {
            return Ok(());
        }
        let asking = "SELECT backend, company, latest.line FROM portgate.chain,
            LATERAL (SELECT sequence, line FROM portgate.entry WHERE chain = chain.id
                ORDER BY sequence DESC LIMIT $2) AS latest
            WHERE backend = ANY($1) ORDER BY chain.id, latest.sequence";
        let rows = client.query(asking, &[&new, &LATEST]).await.map_err(|error| self.failure(&error))?;
        let mut verified = Verified::of_collection();
        let mut place = String::new();
        for row in rows {
            let own = place_of(row.get("backend"), row.get("company"));
            if own != place {
                verified = Verified::of_collection();
                place = own;
            }
            let line: &str = row.get("line");
            if let Some(kind) = verified.check(line.as_bytes()) {
                let number = Line::parse(line.as_bytes()).map_or(0, |line| line.sequence);
                let fault = Fault { place, line: number, kind };
                return Err(Failure::Final(broken_error(&self.place(), &fault)));
            }
        }
        self.checked.borrow_mut().extend(new.into_iter().cloned());
        Ok(())
    }

    /// The lines of a backend that are asked for.
    async fn seen_lines(&self, asking: &str, backend: &str) -> Result<Vec<Seen>, Error> {
        let rows = self.rows(asking, &[&backend]).await?;
        Ok(rows.iter().filter_map(seen_of).collect())
    }

    /// Reads rows; again where the connection is lost.
    pub(super) async fn rows(&self, asking: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        let started = Instant::now();
        let reading = async {
            loop {
                match self.try_rows(asking, values).await {
                    Err(Failure::Lost(error)) => {
                        self.drop_link().await;
                        if !self.may_read_again(started) {
                            self.note_unread(&error);
                            return Err(Failure::Lost(error));
                        }
                    }
                    read => return read,
                }
                self.pause().await;
            }
        };
        let read = self.in_time(reading).await.map_err(Failure::into_error);
        if read.as_ref().is_err_and(|error| error.exit == Exit::Timeout) {
            self.drop_link().await;
        }
        read
    }

    async fn try_rows(&self, asking: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Failure> {
        let link = self.link().await?;
        link.client.query(asking, values).await.map_err(|error| self.failure(&error))
    }

    async fn each_row(
        &self,
        asking: &str,
        mut each: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let lost = |error: tokio_postgres::Error| self.failure(&error);
        let asked = async {
            let link = self.link().await?;
            let none: [&str; 0] = [];
            let rows = link.client.query_raw(asking, none).await.map_err(lost)?;
            Ok((link, rows))
        };
        let (_link, rows) = self.in_time(asked).await.map_err(Failure::into_error)?;
        let mut rows = pin!(rows);
        loop {
            let next = async { rows.try_next().await.map_err(lost) };
            let Some(row) = self.in_time(next).await.map_err(Failure::into_error)? else { break };
            each(&row)?;
        }
        Ok(())
    }
}

/// The name of a chain.
fn place_of(backend: &str, company: &str) -> String {
    match company {
        "" => backend.to_owned(),
        company => format!("{backend} {company}"),
    }
}

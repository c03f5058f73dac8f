//! Adds lines: those of several changes in one transaction, and each decision only where nobody else has its request.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio_postgres::{Row, Transaction};

use super::DatabaseLedger;
use super::connect::Link;
use super::failure::Failure;
use super::record::{Added, Record};
use crate::error::Error;
use crate::ledger::chain::{Head, append_content};
use crate::ledger::claim::{Grant, Obstacle, Seen, judge, proposed_error};
use crate::ledger::entry::{Entry, Step};
use crate::ledger::quota::Terms;
use crate::text::Uid;

impl DatabaseLedger {
    /// Adds these; one result for each. Where the database refuses one of them, the others are added without it.
    pub(super) async fn write(
        &self,
        records: &[Rc<Record>],
        patience: Duration,
    ) -> Vec<Result<Added, Error>> {
        let until = Instant::now() + patience;
        let mut written = Vec::new();
        // The groups that remain, the next one last.
        let mut groups = vec![records];
        while let Some(group) = groups.pop() {
            let ended = match self.away_error() {
                Some(error) => Err(Failure::Final(error)),
                None => self.write_group(group, until).await,
            };
            match ended {
                Ok(added) => written.extend(added),
                Err(Failure::Refused(error)) if group.len() == 1 => written.push(Ok(Added::Refused(error))),
                Err(Failure::Refused(_)) => {
                    let (first, rest) = group.split_at(group.len() / 2);
                    groups.extend([rest, first]);
                }
                Err(Failure::Lost(error) | Failure::Final(error)) => {
                    self.note_failure(&error);
                    written.extend(group.iter().map(|_| Err(error.clone())));
                }
            }
        }
        written
    }

    /// Adds these in one transaction. Where the connection is lost, another one is tried, and what was added before isn't
    /// added again.
    async fn write_group(
        &self,
        records: &[Rc<Record>],
        until: Instant,
    ) -> Result<Vec<Result<Added, Error>>, Failure> {
        let started = Instant::now();
        let patience = until.saturating_duration_since(started);
        let mut is_repeat = false;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match tokio::time::timeout(left, Box::pin(self.try_to_write(records, is_repeat))).await {
                Ok(Err(Failure::Lost(error))) => {
                    self.drop_link().await;
                    if !self.may_try_again(started, patience) {
                        return Err(Failure::Lost(error));
                    }
                }
                Ok(ended) => return ended,
                Err(_) => {
                    // The transaction may still be under way there.
                    self.drop_link().await;
                    return Err(Failure::Final(self.silent_error()));
                }
            }
            is_repeat = true;
            self.pause().await;
        }
    }

    async fn try_to_write(
        &self,
        records: &[Rc<Record>],
        is_repeat: bool,
    ) -> Result<Vec<Result<Added, Error>>, Failure> {
        let mut link = self.link().await?;
        let Link { client, login, chains, .. } = &mut *link;
        let lost = |error: tokio_postgres::Error| self.failure(&error);
        let backends: BTreeSet<String> = records.iter().map(|record| record.chain().0).collect();
        if records.iter().any(|record| record.is_new()) {
            self.check_latest(client, &backends).await?;
        }
        let transaction = client.transaction().await.map_err(lost)?;
        transaction.execute("SELECT portgate.begin_append()", &[]).await.map_err(lost)?;
        let there = self.added_before(&transaction, records, is_repeat).await?;
        let claims = records.iter().filter(|record| record.terms().is_some());
        let claims: Vec<&Entry> = claims.map(|record| record.entry()).collect();
        let seen = self.lines_about(&transaction, &claims).await?;
        let mut past = self.past_decisions(&transaction, records).await?;
        let mut written: Vec<Result<Added, Error>> = Vec::new();
        let mut by_chain: HashMap<(String, String), Vec<Vec<u8>>> = HashMap::new();
        for (record, is_there) in records.iter().zip(there) {
            let grant = match (is_there, record.terms()) {
                (Some(added), _) => Err(Ok(added)),
                (None, Some(terms)) => self.judge(record.entry(), login, terms, &seen),
                (None, None) => Ok(Grant::Send),
            };
            let excess = record.quota().filter(|_| grant.is_ok()).and_then(|quota| past.refusal(quota));
            let grant = excess.map_or(grant, |error| Err(Err(error)));
            written.push(match grant {
                Err(settled) => settled,
                Ok(grant) => Ok(match (record.content(login, &grant), grant) {
                    (Err(error), _) => Added::Refused(error),
                    (Ok(content), grant) => {
                        past.count(record.entry());
                        by_chain.entry(record.chain()).or_default().push(content);
                        match grant {
                            Grant::Send | Grant::Confirm(_) => Added::New,
                            Grant::Propose(error) => Added::Proposed(error),
                        }
                    }
                }),
            });
        }
        let (mut new_head, mut ids) = (None, Vec::new());
        for (chain, contents) in by_chain {
            let id = match chains.get(&chain) {
                Some(&id) => id,
                None => self.chain_id(&transaction, &chain).await?,
            };
            ids.push((chain, id));
            new_head = Some(self.add_lines(&transaction, id, &contents).await?);
        }
        // It may be checked only then.
        transaction.commit().await.map_err(|error| self.refusal(&error))?;
        chains.extend(ids);
        if let Some(head) = new_head {
            self.head.replace(Some(head));
        }
        Ok(written)
    }

    /// Which of these are there already: what is imported or was kept although it had been added, and, in a repeat, what was
    /// added before the connection was lost.
    async fn added_before(
        &self,
        transaction: &Transaction<'_>,
        records: &[Rc<Record>],
        is_repeat: bool,
    ) -> Result<Vec<Option<Added>>, Failure> {
        let lost = |error: tokio_postgres::Error| self.failure(&error);
        let hash_of = |record: &Rc<Record>| match record.as_ref() {
            Record::Imported { line, .. } => Some(line.hash.clone()),
            Record::Entry { .. } => None,
        };
        let imported: Vec<String> = records.iter().filter_map(hash_of).collect();
        let mut known: HashSet<String> = HashSet::new();
        if !imported.is_empty() {
            let asking = "SELECT imported AS hash FROM portgate.entry WHERE imported = ANY($1)
                UNION ALL SELECT hash FROM portgate.entry WHERE hash = ANY($1)";
            let rows = transaction.query(asking, &[&imported]).await.map_err(lost)?;
            known.extend(rows.iter().map(|row| row.get::<_, String>("hash")));
        }
        let mut added: Vec<Entry> = Vec::new();
        if is_repeat || !imported.is_empty() {
            let attempts: Vec<&str> = records.iter().map(|record| record.entry().attempt.as_str()).collect();
            let asking = "SELECT line, login FROM portgate.entry WHERE attempt = ANY($1)";
            let rows = transaction.query(asking, &[&attempts]).await.map_err(lost)?;
            added.extend(rows.iter().filter_map(entry_of));
        }
        let mut twice = HashSet::new();
        let there = |record: &Rc<Record>| {
            let own = record.entry();
            let is_own = |there: &&Entry| {
                (&there.attempt, there.at) == (&own.attempt, own.at)
                    && (there.step == own.step || there.step == Step::Proposed)
            };
            if hash_of(record).is_some_and(|hash| known.contains(&hash) || !twice.insert(hash)) {
                return Some(Added::Known);
            }
            added.iter().find(is_own).map(|there| match there.step {
                Step::Proposed => Added::Proposed(proposed_error(&own.object.id)),
                _ => Added::Known,
            })
        };
        Ok(records.iter().map(there).collect())
    }

    /// All lines on the requests of these, by the request, oldest first.
    async fn lines_about(
        &self,
        transaction: &Transaction<'_>,
        claims: &[&Entry],
    ) -> Result<HashMap<(String, Uid), Vec<Seen>>, Failure> {
        let mut seen: HashMap<(String, Uid), Vec<Seen>> = HashMap::new();
        if claims.is_empty() {
            return Ok(seen);
        }
        let ids: Vec<Cow<'_, str>> = claims.iter().map(|entry| entry.object.id.lower_case()).collect();
        let asking = seen_rows("WHERE object = ANY($1) AND type = 'request'");
        let rows = transaction.query(&asking, &[&ids]).await.map_err(|error| self.failure(&error))?;
        for row in rows {
            let Some(line) = seen_of(&row) else { continue };
            let request = (line.entry.backend.clone(), line.entry.object.id.clone());
            seen.entry(request).or_default().push(line);
        }
        Ok(seen)
    }

    /// How a decision is to be recorded; or what becomes of it without.
    fn judge(
        &self,
        own: &Entry,
        login: &str,
        terms: &Terms,
        seen: &HashMap<(String, Uid), Vec<Seen>>,
    ) -> Result<Grant, Result<Added, Error>> {
        let request = (own.backend.clone(), own.object.id.clone());
        let lines = seen.get(&request).map_or(&[][..], Vec::as_slice);
        let mark = self.marks.borrow().get(&request.1).copied().unwrap_or(0);
        let mut own = own.clone();
        own.who.login = Some(login.to_owned());
        judge(&own, lines, mark, terms.second).map_err(|obstacle| match obstacle {
            Obstacle::Held(error) => Err(error),
            Obstacle::Decided { place, error } => {
                self.marks.borrow_mut().insert(request.1, place);
                Ok(Added::Stale(error))
            }
        })
    }

    /// The number of a chain, which is new if there is none.
    async fn chain_id(
        &self,
        transaction: &Transaction<'_>,
        chain: &(String, String),
    ) -> Result<i64, Failure> {
        let lost = |error: tokio_postgres::Error| self.failure(&error);
        let (backend, company) = chain;
        let adding = "INSERT INTO portgate.chain (backend, company) SELECT $1::text, $2::text
            WHERE NOT EXISTS (SELECT FROM portgate.chain WHERE backend = $1 AND company = $2)";
        transaction.execute(adding, &[backend, company]).await.map_err(|error| self.refusal(&error))?;
        let asking = "SELECT id FROM portgate.chain WHERE backend = $1 AND company = $2";
        transaction.query_one(asking, &[backend, company]).await.map(|row| row.get("id")).map_err(lost)
    }

    /// Adds lines of these contents to a chain, and returns its new end.
    async fn add_lines(
        &self,
        transaction: &Transaction<'_>,
        chain: i64,
        contents: &[Vec<u8>],
    ) -> Result<Head, Failure> {
        let lost = |error: tokio_postgres::Error| self.failure(&error);
        let asking =
            "SELECT sequence, hash FROM portgate.entry WHERE chain = $1 ORDER BY sequence DESC LIMIT 1";
        let last = transaction.query_opt(asking, &[&chain]).await.map_err(lost)?;
        let mut head = last.map_or_else(Head::default, |row| Head {
            sequence: u64::try_from(row.get::<_, i64>("sequence")).unwrap_or_default(),
            hash: row.get("hash"),
        });
        let mut lines = Vec::new();
        for content in contents {
            let mut line = Vec::new();
            append_content(&mut head, content, &mut line);
            line.pop();
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
        let adding = "INSERT INTO portgate.entry (chain, line)
            SELECT $1, line FROM unnest($2::text[]) WITH ORDINALITY AS lines (line, place) ORDER BY place";
        let added =
            transaction.execute(adding, &[&chain, &lines]).await.map_err(|error| self.refusal(&error))?;
        match usize::try_from(added) == Ok(lines.len()) {
            true => Ok(head),
            false => Err(Failure::Refused(self.refused_error("the database discarded it".to_owned()))),
        }
    }
}

/// Asks for lines in their order, for [`seen_of`].
pub(super) fn seen_rows(conditions: &str) -> String {
    format!(
        "SELECT id, line, login, extract(epoch FROM clock_timestamp() - recorded_at)::float8 AS age_s
        FROM portgate.entry {conditions} ORDER BY id"
    )
}

/// The line of such a row, with its place and age.
pub(super) fn seen_of(row: &Row) -> Option<Seen> {
    let age = Duration::try_from_secs_f64(row.get::<_, f64>("age_s").max(0.0)).unwrap_or_default();
    Some(Seen { place: row.get("id"), age, entry: entry_of(row)? })
}

/// The entry of a row that has a line and the login under which it was recorded.
pub(super) fn entry_of(row: &Row) -> Option<Entry> {
    let mut entry: Entry = serde_json::from_str(row.get::<_, &str>("line")).ok()?;
    // Whoever imports a line could write any login in it.
    entry.who.login = Some(row.get("login"));
    Some(entry)
}

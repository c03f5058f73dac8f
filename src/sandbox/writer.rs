//! Changes of the database. Those that arrive together share one commit, which costs little more than one of them; each is
//! made in a savepoint of its own, and answered after the commit.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;
use tokio::task;

use crate::sandbox::bell::Bell;
use crate::sandbox::clock::Clock;
use crate::sandbox::due;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::record::execute;
use crate::sandbox::store::{Store, settings};

/// Maximum number of changes in a commit.
const TOGETHER: usize = 64;

#[derive(Clone)]
pub(crate) struct Writer(Arc<Shared>);

struct Shared {
    store: Arc<Store>,
    clock: Clock,
    bell: Bell,
    queue: Mutex<Queue>,
}

/// The changes that wait for their turn.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Box<dyn Change>>,
    /// Whether a task makes changes until none waits.
    is_served: bool,
}

impl Writer {
    /// Rings the bell after each commit.
    pub(crate) fn new(store: Arc<Store>, clock: Clock, bell: Bell) -> Self {
        Writer(Arc::new(Shared { store, clock, bell, queue: Mutex::default() }))
    }

    /// Changes the database: all of `work`, or nothing if it fails. It gets the time, too; what is due by then has been applied.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, i64) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let (sender, receiver) = oneshot::channel();
        if self.add(Box::new(Asked { work: Some(work), done: None, sender })) {
            tokio::spawn(self.clone().serve());
        }
        receiver.await.unwrap_or_else(|_| Err(Refusal::panicked()))
    }

    async fn serve(self) {
        loop {
            // The requests that have arrived are read first.
            task::yield_now().await;
            let changes = self.take();
            if changes.is_empty() {
                return;
            }
            let held = self.clone();
            // After a panic, the receivers know.
            let _ = task::spawn_blocking(move || held.commit(changes)).await;
        }
    }

    fn commit(&self, mut changes: Vec<Box<dyn Change>>) {
        let committed = self.0.store.write(|connection| self.make_all(connection, &mut changes));
        let committed = committed.map_err(Refusal::from).flatten();
        if committed.is_err() {
            self.0.store.close_writer();
        }
        for change in changes {
            change.answer(committed.clone());
        }
        self.0.bell.ring();
    }

    fn make_all(&self, connection: &mut Connection, changes: &mut [Box<dyn Change>]) -> Answer<()> {
        let now_ms = settings::now_ms(connection, self.0.clock)?;
        due::apply(connection, now_ms)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for change in changes {
            execute(&transaction, "SAVEPOINT change", [])?;
            if let Err(refusal) = change.make(&transaction, now_ms) {
                // If the disk is full, SQLite may have undone all of them.
                if transaction.is_autocommit() {
                    return Err(refusal);
                }
                execute(&transaction, "ROLLBACK TO change", [])?;
            }
            execute(&transaction, "RELEASE change", [])?;
        }
        Ok(transaction.commit()?)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a change; returns whether it needs a task that serves the queue.
    fn add(&self, change: Box<dyn Change>) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(change);
        !std::mem::replace(&mut queue.is_served, true)
    }

    /// The changes to make next. If there is none, the queue is no longer served.
    fn take(&self) -> Vec<Box<dyn Change>> {
        let mut queue = self.queue();
        let count = queue.waiting.len().min(TOGETHER);
        queue.is_served = count > 0;
        queue.waiting.drain(..count).collect()
    }
}

trait Change: Send {
    /// Makes it. If it fails, it has to be undone.
    fn make(&mut self, connection: &Connection, now_ms: i64) -> Answer<()>;

    /// Tells the result to whoever asked for it, once it is committed. If the commit failed, nothing that it was based on holds.
    fn answer(self: Box<Self>, committed: Answer<()>);
}

struct Asked<W, T> {
    work: Option<W>,
    done: Option<Answer<T>>,
    sender: oneshot::Sender<Answer<T>>,
}

impl<T: Send, W: FnOnce(&Connection, i64) -> Answer<T> + Send> Change for Asked<W, T> {
    fn make(&mut self, connection: &Connection, now_ms: i64) -> Answer<()> {
        let work = self.work.take().expect("it is made once");
        let done = catch_unwind(AssertUnwindSafe(|| work(connection, now_ms)));
        let done = done.unwrap_or_else(|_| Err(Refusal::panicked()));
        let made = done.as_ref().map(drop).map_err(Refusal::clone);
        self.done = Some(done);
        made
    }

    fn answer(self: Box<Self>, committed: Answer<()>) {
        let done = self.done.unwrap_or_else(|| Err(Refusal::panicked()));
        // The receiver may be gone.
        let _ = self.sender.send(committed.and(done));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::seed;
    use crate::sandbox::store::LOCK_WAIT;

    fn writer(folder: &tempfile::TempDir) -> Writer {
        let store = seed::open(&folder.path().join("sandbox.db"), Clock::system(), LOCK_WAIT).unwrap();
        Writer::new(Arc::new(store), Clock::system(), Bell::default())
    }

    fn keep(connection: &Connection, key: &str) -> rusqlite::Result<()> {
        execute(connection, "INSERT INTO settings (key, value) VALUES (?1, '1')", [key])
    }

    #[tokio::test]
    async fn of_changes_in_one_commit_each_is_kept_or_undone_alone() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        let (first, refused, panicked, same, last) = tokio::join!(
            writer.change(|connection, _| Ok(keep(connection, "first")?)),
            writer.change(|connection, _| -> Answer<()> {
                keep(connection, "refused")?;
                Err(Refusal::conflict("no"))
            }),
            writer.change(|connection, _| -> Answer<()> {
                keep(connection, "panicked")?;
                panic!("a mistake")
            }),
            // What came before it in the same commit is there.
            writer.change(|connection, _| Ok(keep(connection, "first")?)),
            writer.change(|connection, _| Ok(keep(connection, "last")?)),
        );
        assert!(first.is_ok() && last.is_ok());
        assert_eq!(refused.unwrap_err().message, "no");
        assert_eq!(panicked.unwrap_err().message, Refusal::panicked().message);
        assert!(same.is_err());
        let kept = writer.0.store.read(|connection| -> rusqlite::Result<Vec<String>> {
            connection
                .prepare("SELECT key FROM settings WHERE value = '1' AND key IN ('first', 'refused', 'panicked', 'last') ORDER BY key")?
                .query_map([], |row| row.get(0))?
                .collect()
        });
        assert_eq!(kept.unwrap().unwrap(), ["first", "last"]);
    }

    #[tokio::test]
    async fn nothing_is_answered_as_done_whose_commit_failed() {
        let folder = tempfile::tempdir().unwrap();
        let writer = writer(&folder);
        // A reference that is checked only by the commit.
        let dangling = "UPDATE vxcs SET order_id = -1 WHERE id = (SELECT min(id) FROM vxcs)";
        let (good, refused, bad) = tokio::join!(
            writer.change(|connection, _| Ok(keep(connection, "good")?)),
            writer.change(|_, _| -> Answer<()> { Err(Refusal::conflict("no")) }),
            writer.change(move |connection, _| Ok(execute(connection, dangling, [])?)),
        );
        for answer in [good, refused, bad] {
            assert_eq!(answer.unwrap_err().message, "The sandbox's database failed");
        }
        writer.change(|connection, _| Ok(keep(connection, "good")?)).await.unwrap();
    }
}

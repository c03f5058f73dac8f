//! A reading that many operations share: one list in place of a request for each.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::error::Error;

/// The shortest time between two readings that are waited for together.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// The longest, unless the reading itself takes longer.
const LONGEST_INTERVAL: Duration = Duration::from_secs(10);

/// The latest reading of something, and those who wait for a later one.
#[derive(Debug)]
pub(crate) struct SharedReading<T> {
    latest: RefCell<Option<(Instant, Rc<T>)>>,
    /// How long the last one took.
    took: Cell<Duration>,
    is_running: Cell<bool>,
    /// It failed, or takes too long: each reads for itself from now on.
    is_broken: Cell<bool>,
    /// How many wait for a reading that is put off, so that more can share it.
    parked: Cell<usize>,
    /// A reading that is put off may start.
    hurried: Notify,
    ended: Notify,
}

impl<T> Default for SharedReading<T> {
    fn default() -> Self {
        SharedReading {
            latest: RefCell::new(None),
            took: Cell::default(),
            is_running: Cell::default(),
            is_broken: Cell::default(),
            parked: Cell::default(),
            hurried: Notify::new(),
            ended: Notify::new(),
        }
    }
}

/// One who reads, or waits; others go on when it is dropped.
struct Running<'a, T>(&'a SharedReading<T>);

impl<T> Drop for Running<'_, T> {
    fn drop(&mut self) {
        self.0.is_running.set(false);
        self.0.ended.notify_waiters();
    }
}

struct Parked<'a>(&'a Cell<usize>);

impl<'a> Parked<'a> {
    fn new(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Parked(count)
    }
}

impl Drop for Parked<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<T> SharedReading<T> {
    /// What was read not longer ago than `age`, or four times the time that it takes; read now if there is nothing. Shortly
    /// before it is too old, one who `may_read_ahead` reads the next, while the others go on with it. `None` if it can't be read.
    pub(crate) async fn recent(
        &self,
        age: Duration,
        may_read_ahead: bool,
        read: impl AsyncFn() -> Result<T, Error>,
    ) -> Option<Rc<T>> {
        let (now, took) = (Instant::now(), self.took.get());
        let most = age.max(took * 4);
        let is_older = |begun: Instant, age| now.saturating_duration_since(begun) > age;
        let latest = self.latest.borrow().clone();
        let Some((begun, latest)) = latest.filter(|(begun, _)| !is_older(*begun, most)) else {
            return self.reading(|begun| !is_older(begun, most), false, read).await;
        };
        if !may_read_ahead || self.is_broken.get() || !is_older(begun, most.saturating_sub(took * 5 / 4)) {
            return Some(latest);
        }
        if self.is_running.get() {
            self.hurry();
            return Some(latest);
        }
        self.reading(|next| next > begun, false, read).await.or(Some(latest))
    }

    /// What was read from now on, together with others who need it: it is put off until enough time has passed since the
    /// last reading, or [`SharedReading::hurry`]. `None` if it can't be read.
    pub(crate) async fn next(&self, read: impl AsyncFn() -> Result<T, Error>) -> Option<Rc<T>> {
        let now = Instant::now();
        let _parked = Parked::new(&self.parked);
        self.reading(|begun| begun >= now, true, read).await
    }

    /// It takes too long: each reads for itself from now on.
    pub(crate) fn give_up(&self) {
        self.is_broken.set(true);
    }

    /// How many wait in [`SharedReading::next`].
    pub(crate) fn parked_count(&self) -> usize {
        self.parked.get()
    }

    /// Doesn't put the next reading off any longer.
    pub(crate) fn hurry(&self) {
        self.hurried.notify_waiters();
    }

    async fn reading(
        &self,
        is_wanted: impl Fn(Instant) -> bool,
        waits: bool,
        read: impl AsyncFn() -> Result<T, Error>,
    ) -> Option<Rc<T>> {
        loop {
            let latest = self.latest.borrow().clone().filter(|(begun, _)| is_wanted(*begun));
            if let Some((_, latest)) = latest {
                return Some(latest);
            }
            if self.is_broken.get() {
                return None;
            }
            if self.is_running.get() {
                if !waits {
                    self.hurry();
                }
                self.ended.notified().await;
                continue;
            }
            self.is_running.set(true);
            let _running = Running(self);
            if waits {
                self.put_off().await;
            }
            let begun = Instant::now();
            match read().await {
                Ok(reading) => {
                    self.took.set(begun.elapsed());
                    self.latest.replace(Some((begun, Rc::new(reading))));
                }
                Err(_) => self.is_broken.set(true),
            }
        }
    }

    async fn put_off(&self) {
        let since = self.latest.borrow().as_ref().map(|(begun, _)| begun.elapsed());
        // Reading takes at most a fifth of the time.
        let interval = (self.took.get() * 5).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
        let left = interval.saturating_sub(since.unwrap_or(interval));
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            () = self.hurried.notified() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[tokio::test]
    async fn many_share_one_reading() {
        let (shared, count) = (SharedReading::default(), Cell::new(0));
        let read = async || {
            count.set(count.get() + 1);
            tokio::task::yield_now().await;
            Ok(count.get())
        };
        let age = Duration::from_secs(60);
        let all = futures_util::future::join_all((0..10).map(|_| shared.recent(age, true, read))).await;
        assert!(all.iter().all(|one| **one.as_ref().unwrap() == 1));
        let later = futures_util::future::join_all((0..10).map(|_| shared.next(read)));
        let hurry = async {
            tokio::task::yield_now().await;
            assert_eq!(shared.parked_count(), 10);
            shared.hurry();
        };
        let (later, ()) = tokio::join!(later, hurry);
        assert!(later.iter().all(|one| **one.as_ref().unwrap() == 2), "{later:?}");
        assert_eq!((count.get(), shared.parked_count()), (2, 0));
    }

    #[tokio::test]
    async fn one_reads_the_next_before_the_others_have_to_wait_for_it() {
        let (shared, count, ended) = (SharedReading::default(), Cell::new(1), Notify::new());
        let read = async || {
            count.set(count.get() + 1);
            let nth = count.get();
            ended.notified().await;
            Ok(nth)
        };
        let recent = || shared.recent(Duration::from_secs(600), true, read);
        let grow_old = |seconds| {
            let begun = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
            shared.latest.replace(Some((begun, Rc::new(count.get()))));
            shared.took.set(Duration::from_secs(60));
        };
        grow_old(500);
        assert_eq!((*recent().await.unwrap(), count.get()), (1, 1));
        grow_old(550);
        let others = async {
            tokio::task::yield_now().await;
            let others = futures_util::future::join_all((0..10).map(|_| recent())).await;
            assert!(others.iter().all(|one| **one.as_ref().unwrap() == 1), "they go on");
            ended.notify_one();
        };
        let (next, ()) = tokio::join!(recent(), others);
        assert_eq!((*next.unwrap(), count.get()), (2, 2), "one reads");
        // One that is put off starts.
        grow_old(550);
        let other = async {
            tokio::task::yield_now().await;
            assert_eq!(*recent().await.unwrap(), 2);
            ended.notify_one();
        };
        let (next, ()) = tokio::join!(shared.next(read), other);
        assert_eq!((*next.unwrap(), count.get()), (3, 3));
    }

    #[tokio::test]
    async fn a_reading_that_takes_long_is_used_before_it_is_read_again() {
        let (shared, count) = (SharedReading::default(), Cell::new(0));
        let read = async || {
            count.set(count.get() + 1);
            Ok(count.get())
        };
        let (age, took) = (Duration::from_secs(10), Duration::from_secs(60));
        let mut found = Vec::new();
        // A reading of a minute has just ended, then is two minutes old, and three.
        for (minutes, may_read_ahead) in [(1, true), (2, false), (3, false), (3, true)] {
            let begun = Instant::now().checked_sub(took * minutes).unwrap();
            shared.latest.replace(Some((begun, Rc::new(0))));
            shared.took.set(took);
            found.push(*shared.recent(age, may_read_ahead, read).await.unwrap());
        }
        assert_eq!(found, [0, 0, 0, 1]);
    }

    #[tokio::test]
    async fn after_a_failure_each_reads_for_itself() {
        let shared = SharedReading::<()>::default();
        let read = async || Err(Error::new(Exit::Network, "x"));
        assert!(shared.next(read).await.is_none());
        assert!(shared.recent(Duration::ZERO, true, async || Ok(())).await.is_none());
    }
}

//! Whose turn it is at the database. Who waits for it holds no thread.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Threads that read at a time.
const READERS: usize = 8;

/// Views of the database that are kept at a time for answers that are written piece by piece.
const VIEWS: usize = 16;

pub(crate) struct Turns {
    pub(crate) readers: Arc<Semaphore>,
    pub(crate) writer: Arc<Semaphore>,
    views: Arc<Semaphore>,
    waiting_for_view: watch::Sender<usize>,
}

impl Default for Turns {
    fn default() -> Self {
        Turns {
            readers: Arc::new(Semaphore::new(READERS)),
            writer: Arc::new(Semaphore::new(1)),
            views: Arc::new(Semaphore::new(VIEWS)),
            waiting_for_view: watch::Sender::new(0),
        }
    }
}

impl Turns {
    pub(crate) async fn view(&self) -> OwnedSemaphorePermit {
        let views = Arc::clone(&self.views);
        if let Ok(view) = Arc::clone(&views).try_acquire_owned() {
            return view;
        }
        let _waiting = Waiting::new(&self.waiting_for_view);
        views.acquire_owned().await.expect("it is never closed")
    }

    /// Waits until somebody waits for a view.
    pub(crate) async fn view_is_wanted(&self) {
        // An error is the sender's end, which is the server's.
        let _ = self.waiting_for_view.subscribe().wait_for(|waiting| *waiting > 0).await;
    }
}

/// Counts one who waits, until it is dropped.
struct Waiting<'w>(&'w watch::Sender<usize>);

impl<'w> Waiting<'w> {
    fn new(count: &'w watch::Sender<usize>) -> Self {
        count.send_modify(|waiting| *waiting += 1);
        Waiting(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

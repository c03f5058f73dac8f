//! Turns for reading the database. Waiting for a turn does not block a thread.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Maximum number of threads that read simultaneously.
const READERS: usize = 8;

/// Maximum number of simultaneous database views for streamed responses.
const VIEWS: usize = 16;

pub(crate) struct Turns {
    pub(crate) readers: Arc<Semaphore>,
    views: Arc<Semaphore>,
    waiting_for_view: watch::Sender<usize>,
}

impl Default for Turns {
    fn default() -> Self {
        Turns {
            readers: Arc::new(Semaphore::new(READERS)),
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

    /// Waits until another task waits for a view.
    pub(crate) async fn view_is_wanted(&self) {
        // The sender is dropped only with the server.
        let _ = self.waiting_for_view.subscribe().wait_for(|waiting| *waiting > 0).await;
    }
}

/// Counts a waiting task until it is dropped.
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

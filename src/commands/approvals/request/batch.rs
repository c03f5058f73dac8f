//! Readings that the requests of a large batch share: one list before and after, in place of several requests for each.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::api::Client;
use crate::api::order_approvals::{self, Entries, Filter};
use crate::api::shared_reading::SharedReading;
use crate::api::vxc::VxcRead;
use crate::commands::approvals::request::named::{Named, entry_in};
use crate::domain::approvals::Source;
use crate::domain::ports::listing::Listing;
use crate::session::connection::Connection;
use crate::text::Uid;

/// Batches of so many requests share their readings.
pub(crate) const LARGE: usize = 50;
/// How old a list may be when a request is checked against it before its decision is sent.
const RECENT: Duration = Duration::from_secs(10);

/// How a request is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// To check it before its decision is sent: in a large batch, from a list read a few seconds ago.
    Before,
    /// As `Before`, while others wait: the next list is not read ahead of time.
    Booking,
    /// To see that its decision took effect: in a large batch, from the next list.
    After,
    /// By itself: something is in doubt.
    Alone,
}

#[derive(Debug)]
pub(crate) struct BatchReadings {
    /// Those that the requests are for.
    vxc_uids: Arc<HashSet<Uid>>,
    listing: SharedReading<Listing>,
    queue: SharedReading<Entries>,
    /// Requests for single objects at once.
    alone: Semaphore,
}

impl BatchReadings {
    pub(crate) fn new<'a>(named: impl Iterator<Item = &'a Named>, concurrency: usize) -> Self {
        let uids = named.filter_map(|named| named.lead.vxc_uid.clone());
        BatchReadings {
            vxc_uids: Arc::new(uids.collect()),
            listing: SharedReading::default(),
            queue: SharedReading::default(),
            alone: Semaphore::new(concurrency),
        }
    }

    /// The product list, as shared; `None` if it can't be read.
    pub(super) async fn listing(&self, connection: &Connection, look: Look) -> Option<Rc<Listing>> {
        let client = &connection.client;
        let read = async || Listing::read(client, &self.vxc_uids, connection.clock.now()).await;
        read_shared(client, &self.listing, look, read).await
    }

    /// A VXC from a shared list; `None` if it has to be read by itself.
    pub(super) async fn vxc(&self, connection: &Connection, uid: &Uid, look: Look) -> Option<VxcRead> {
        if !self.vxc_uids.contains(uid) {
            return None;
        }
        self.listing(connection, look).await?.vxc(uid)
    }

    /// The service approval queue, as shared; `None` if it has to be read again.
    pub(super) async fn queue(&self, client: &Client, look: Look) -> Option<Rc<Entries>> {
        let read = async || order_approvals::list(client, &Filter::default()).await;
        read_shared(client, &self.queue, look, read).await
    }

    /// Whether the shared lists have this request.
    pub(super) async fn has(&self, connection: &Connection, named: &Named) -> bool {
        match (named.lead.source, named.lead.vxc_uid.as_ref()) {
            (Source::Marketplace, Some(uid)) => self.vxc(connection, uid, Look::Before).await.is_some(),
            (Source::Marketplace, None) => false,
            (Source::Queue, _) => {
                let queue = self.queue(&connection.client, Look::Before).await;
                queue.is_some_and(|queue| matches!(entry_in(&queue.entries, &named.id), Ok(Some(_))))
            }
        }
    }

    /// Waits until a single object may be read.
    pub(super) async fn until_free(&self) -> Option<SemaphorePermit<'_>> {
        self.alone.acquire().await.ok()
    }

    pub(crate) fn parked_count(&self) -> usize {
        self.listing.parked_count() + self.queue.parked_count()
    }

    pub(crate) fn hurry(&self) {
        self.listing.hurry();
        self.queue.hurry();
    }
}

/// A shared reading, if it comes within half of the time of the operation: the rest is for reading by itself.
async fn read_shared<T>(
    client: &Client,
    reading: &SharedReading<T>,
    look: Look,
    read: impl AsyncFn() -> Result<T, crate::error::Error>,
) -> Option<Rc<T>> {
    let shared = async {
        match look {
            Look::Before => reading.recent(RECENT, true, read).await,
            Look::Booking => reading.recent(RECENT, false, read).await,
            Look::After => reading.next(read).await,
            Look::Alone => None,
        }
    };
    match tokio::time::timeout(client.patience.time_left() / 2, shared).await {
        Ok(read) => read,
        Err(_) => {
            reading.give_up();
            None
        }
    }
}

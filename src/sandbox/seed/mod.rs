//! The initial data of a new file.

mod demo;
mod insert;
mod sized;

pub(crate) use demo::demo;
pub use sized::Size;
pub(crate) use sized::fill_to_size;

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::sandbox::clock::Clock;
use crate::sandbox::store::Store;

/// Opens the file; creates it with the demo data if it doesn't exist.
pub(crate) fn open(path: &Path, clock: Clock, lock_wait: Duration) -> Result<Store, Error> {
    Store::open(path, lock_wait, |transaction| demo(transaction, clock.now_ms()))
}

//! Appends lines to the journal: those of several decisions together, each before its decision is sent.

use std::cell::{OnceCell, RefCell};
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::{Entry, Journal};
use crate::error::Error;
use crate::exit::Exit;
use crate::files::{check_own, check_regular, create_private_dir, private_file_options};

/// The pause between two tries to lock it.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Lines that are written and synced together.
#[derive(Debug, Default)]
pub(super) struct Group {
    lines: RefCell<Vec<u8>>,
    /// How that ended.
    ended: OnceCell<Result<(), Error>>,
}

/// While it lives, others wait; one of them goes on when it is dropped.
struct Writing<'a>(&'a Journal);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.is_writing.set(false);
        self.0.written.notify_waiters();
    }
}

impl Journal {
    /// Appends a line and syncs it to disk, together with those that others append meanwhile, waiting up to `patience` for
    /// the lock of other processes. If this fails, nothing must be sent.
    pub(crate) async fn append(&self, entry: &Entry, patience: Duration) -> Result<(), Error> {
        let line = serde_json::to_vec(entry).map_err(|error| {
            Error::new(Exit::Other, "could not write the journal").because(error.to_string())
        })?;
        let group = Rc::clone(&self.next.borrow());
        group.lines.borrow_mut().extend(line.into_iter().chain(*b"\n"));
        loop {
            if let Some(ended) = group.ended.get() {
                return ended.clone();
            }
            if self.is_writing.get() {
                self.written.notified().await;
                continue;
            }
            self.is_writing.set(true);
            let _writing = Writing(self);
            // Others that are about to append add their lines first.
            tokio::task::yield_now().await;
            if Rc::ptr_eq(&group, &self.next.borrow()) {
                self.next.take();
            }
            let lines = group.lines.borrow().clone();
            let _ = group.ended.set(self.write(&lines, patience).await);
        }
    }

    async fn write(&self, lines: &[u8], patience: Duration) -> Result<(), Error> {
        let unwritten = |exit, error: &std::io::Error| {
            Error::new(exit, format!("could not write journal {}", self.path.display()))
                .because(error.to_string())
                .hint("portgate won't decide without an audit record: free disk space, fix permissions, or set PORTGATE_JOURNAL")
        };
        let until = Instant::now() + patience;
        let file = self.open().map_err(|error| unwritten(Exit::Other, &error))?;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    tokio::time::sleep(LOCK_PAUSE).await
                }
                Err(TryLockError::WouldBlock) => {
                    let error = std::io::Error::other("locked by another process");
                    return Err(unwritten(Exit::Timeout, &error));
                }
                Err(TryLockError::Error(error)) => return Err(unwritten(Exit::Other, &error)),
            }
        }
        write_lines(file, lines).map_err(|error| unwritten(Exit::Other, &error))
    }

    /// Opens it for a line: a regular file of this user's, and no link to one.
    fn open(&self) -> std::io::Result<File> {
        if let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            create_private_dir(folder)?;
        }
        let file = private_file_options().read(true).append(true).create(true).open(&self.path)?;
        let about = file.metadata()?;
        check_regular(&about)?;
        check_own(&about, 0o022)?;
        Ok(file)
    }
}

/// Writes lines to the file, which is locked until it is closed.
fn write_lines(mut file: File, lines: &[u8]) -> std::io::Result<()> {
    // A crash may have left half a line; it must not swallow the next one.
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0u8];
        file.read_exact(&mut last)?;
        if last[0] != b'\n' {
            file.write_all(b"\n")?;
        }
    }
    file.write_all(lines)?;
    file.sync_data()
}

//! Keys, one after the other, without holding up the rest of the process: a signal still ends it.

use std::io;

use console::{Key, Term};
use tokio::task::JoinHandle;

/// What a question waits for.
#[derive(Debug)]
pub(super) enum Event {
    /// A key.
    Key(Key),
    /// The terminal has another size now.
    Resized,
}

/// Reads keys. The terminal has to be in the mode for it ([`super::mode::Mode::of_keys`]).
#[derive(Default)]
pub(super) struct Keys {
    /// The read under way. It takes one key and no more: the next question has its own.
    reading: Option<JoinHandle<io::Result<Key>>>,
    #[cfg(unix)]
    resized: Option<tokio::signal::unix::Signal>,
}

impl Keys {
    /// Waits for a key, or a new size.
    ///
    /// # Errors
    /// The terminal went away.
    pub(super) async fn next(&mut self) -> io::Result<Event> {
        let reading =
            self.reading.get_or_insert_with(|| tokio::task::spawn_blocking(|| Term::stderr().read_key_raw()));
        #[cfg(unix)]
        {
            if self.resized.is_none() {
                use tokio::signal::unix::{SignalKind, signal};
                self.resized = signal(SignalKind::window_change()).ok();
            }
            if let Some(resized) = &mut self.resized {
                tokio::select! {
                    key = &mut *reading => {
                        self.reading = None;
                        return Ok(Event::Key(key.map_err(io::Error::other)??));
                    }
                    _ = resized.recv() => return Ok(Event::Resized),
                }
            }
        }
        let key = reading.await;
        self.reading = None;
        Ok(Event::Key(key.map_err(io::Error::other)??))
    }
}

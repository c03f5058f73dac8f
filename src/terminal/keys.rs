//! Reads keys without blocking the process: signals still end it.

use std::io;

use console::Key;
use tokio::task::JoinHandle;

#[cfg(unix)]
pub(super) use by_byte::Keys;
#[cfg(not(unix))]
pub(super) use by_console::Keys;

#[derive(Debug)]
pub(super) enum Event {
    Key(Key),
    #[cfg_attr(not(unix), expect(dead_code, reason = "a console delivers pasted text key by key"))]
    Pasted(String),
    #[cfg_attr(not(unix), expect(dead_code, reason = "reported by a signal only"))]
    Resized,
}

#[cfg(unix)]
mod by_byte {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Event, JoinHandle, io};
    use crate::terminal::decode::{Decoded, Decoder};

    /// Reads keys. The terminal must be in the mode of [`crate::terminal::mode::Mode::of_keys`].
    #[derive(Default)]
    pub(in crate::terminal) struct Keys {
        /// The read in progress. It takes only one byte: later input belongs to the next question.
        reading: Option<JoinHandle<io::Result<Option<u8>>>>,
        decoder: Decoder,
        resized: Option<Signal>,
    }

    impl Keys {
        pub(in crate::terminal) async fn next(&mut self) -> io::Result<Event> {
            if self.resized.is_none() {
                self.resized = Some(signal(SignalKind::window_change())?);
            }
            loop {
                let reading = self.reading.get_or_insert_with(|| tokio::task::spawn_blocking(read_byte));
                let byte = match &mut self.resized {
                    Some(resized) => tokio::select! {
                        byte = reading => byte,
                        _ = resized.recv() => return Ok(Event::Resized),
                    },
                    None => reading.await,
                };
                self.reading = None;
                match self.decoder.take(byte.map_err(io::Error::other)??) {
                    Decoded::Key(key) => return Ok(Event::Key(key)),
                    Decoded::Pasted(text) => return Ok(Event::Pasted(text)),
                    Decoded::More => {}
                }
            }
        }
    }

    /// One byte, or none if nothing was typed for a tenth of a second.
    fn read_byte() -> io::Result<Option<u8>> {
        let mut byte = [0];
        match rustix::io::read(io::stdin(), &mut byte) {
            Ok(0) => {
                // A closed terminal reads like an idle one, but has no mode.
                rustix::termios::tcgetattr(io::stdin())?;
                Ok(None)
            }
            Ok(_) => Ok(Some(byte[0])),
            Err(rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
mod by_console {
    use super::{Event, JoinHandle, Key, io};

    #[derive(Default)]
    pub(in crate::terminal) struct Keys {
        reading: Option<JoinHandle<io::Result<Key>>>,
    }

    impl Keys {
        pub(in crate::terminal) async fn next(&mut self) -> io::Result<Event> {
            let read = || console::Term::stderr().read_key_raw();
            let key = self.reading.get_or_insert_with(|| tokio::task::spawn_blocking(read)).await;
            self.reading = None;
            Ok(Event::Key(key.map_err(io::Error::other)??))
        }
    }
}

//! Copies of what runs print that are left to the test.

use std::io::{Read, Write as _};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// A copy of what a run printed.
pub(super) struct Copied {
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: mpsc::Receiver<()>,
}

impl Copied {
    /// All of it, or what there is of a run that goes on.
    pub(super) fn take(self) -> Vec<u8> {
        let _ = self.ended.recv_timeout(Duration::from_secs(1));
        std::mem::take(&mut self.bytes.lock().unwrap())
    }
}

/// A stream that passes on another, as soon as anything comes. It ends where either end does.
pub(super) fn copied(mut stream: impl Read + Send + 'static, all: &mut Vec<Copied>) -> OwnedFd {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let (sender, ended) = mpsc::channel();
    let bytes = Arc::new(Mutex::new(Vec::new()));
    all.push(Copied { bytes: Arc::clone(&bytes), ended });
    thread::spawn(move || {
        let _sender = sender;
        let mut piece = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut piece) {
            bytes.lock().unwrap().extend_from_slice(&piece[..read]);
            if writer.write_all(&piece[..read]).is_err() {
                break;
            }
        }
    });
    reader.into()
}

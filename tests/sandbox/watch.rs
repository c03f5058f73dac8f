//! What no run and no server here may print, answer or leave in a file: the secrets and tokens of the API keys that a test uses.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};
use std::thread::{self, JoinHandle};

use tempfile::TempDir;

use crate::secret_search::{check_files, holds};

thread_local! {
    /// Those of the test on this thread.
    static SECRETS: RefCell<BTreeSet<String>> = RefCell::default();
}

/// From now on nothing may repeat this.
pub(crate) fn keep_secret(secret: &str) {
    SECRETS.with_borrow_mut(|secrets| secrets.insert(secret.to_owned()));
}

#[track_caller]
pub(crate) fn check(what: &str, bytes: &[u8]) {
    for secret in SECRETS.with_borrow(BTreeSet::clone) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!holds(bytes, &secret), "{what} has the secret {secret:?}\n{text}");
    }
}

/// Runs a command to its end, and looks through what it printed.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    check("stdout", &output.stdout);
    check("stderr", &output.stderr);
    output
}

/// A stream that is read to its end, whenever that comes.
pub(crate) struct Printed(Option<JoinHandle<Vec<u8>>>);

impl Printed {
    pub(crate) fn of(mut stream: impl Read + Send + 'static) -> Printed {
        Printed(Some(thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            bytes
        })))
    }

    /// Looks through it once it has ended.
    pub(crate) fn check(&mut self, what: &str) {
        if let Some(reading) = self.0.take() {
            let bytes = reading.join().unwrap();
            if !thread::panicking() {
                check(what, &bytes);
            }
        }
    }
}

/// A folder that goes with the test, and all files in it with it. The database is the backend itself.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !thread::panicking() {
            check_files(self.path(), &SECRETS.with_borrow(BTreeSet::clone), &|path, _| {
                path.to_string_lossy().contains(".db")
            });
        }
    }
}

#[test]
fn a_secret_that_was_printed_or_written_would_be_found() {
    keep_secret("n0t-t0-be-seen");
    let told = || output(Command::new("echo").arg("key=n0t-t0-be-seen"));
    assert!(std::panic::catch_unwind(told).is_err());
    let folder = Folder::new();
    std::fs::write(folder.path().join("left-behind"), "n0t-t0-be-seen").unwrap();
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(folder)));
    assert!(dropped.is_err());
}

//! SIGINT, SIGTERM and SIGHUP: they end the run immediately, or after the decision in progress.

use std::cell::Cell;
use std::future::Future;
use std::io;
#[cfg(unix)]
use std::io::IsTerminal as _;
use std::pin::pin;
use std::time::{Duration, Instant};

#[cfg(unix)]
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::Notify;

use crate::error::{Error, Hint, Kind};
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::terminal::prompt::interrupted_error;
use crate::text::words;

/// Signals within this time count as one: a process group may get it from several senders, for example with
/// `timeout -s INT`.
const ONE_WISH: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub(crate) struct Interrupt {
    first: Cell<First>,
    /// How many changes are in progress, which a first signal doesn't interrupt.
    held: Cell<usize>,
    /// How many of them are sent, and only wait to be read back.
    sent: Cell<usize>,
    seen: Cell<Option<Exit>>,
    /// Whether a second one came while the first was held.
    is_urgent: Cell<bool>,
    /// Whether a change was ever in progress.
    has_held: Cell<bool>,
    came: Notify,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum First {
    #[default]
    Ends,
    Taken,
}

/// Holds signals; dropping it restores the behaviour of the first signal.
pub(crate) struct Held<'a> {
    interrupt: &'a Interrupt,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.interrupt.held.set(self.interrupt.held.get() - 1);
    }
}

impl Interrupt {
    /// While the returned value lives, a first signal only sets a mark, and the user is told that work in progress is
    /// finished.
    #[must_use]
    pub(crate) fn hold(&self) -> Held<'_> {
        self.has_held.set(true);
        self.held.set(self.held.get() + 1);
        Held { interrupt: self }
    }

    /// So many of those in progress are sent, and only wait to be read back.
    pub(crate) fn note_sent(&self, sent: usize) {
        self.sent.set(sent);
    }

    /// Whether a change was ever in progress.
    pub(crate) fn has_held(&self) -> bool {
        self.has_held.get()
    }

    /// From now on the command handles the first signal itself ([`Interrupt::wait`], [`Interrupt::signal`]), without a
    /// message from here; a second one ends the run immediately.
    pub(crate) fn leave_to_command(&self) {
        self.first.set(First::Taken);
    }

    /// Takes Ctrl-C at a question, which is a key and not a signal, as the signal that it stands for.
    pub(crate) fn take_key(&self, exit: Exit) {
        self.seen.set(self.seen.get().or(Some(exit)));
        self.came.notify_waiters();
    }

    /// The exit requested by a deferred signal.
    pub(crate) fn signal(&self) -> Option<Exit> {
        self.seen.get()
    }

    pub(crate) async fn wait(&self) -> Exit {
        loop {
            if let Some(exit) = self.seen.get() {
                return exit;
            }
            self.came.notified().await;
        }
    }

    /// Adds to the error of what a signal or Ctrl-C ended what was not done.
    pub(crate) fn explain(&self, error: anyhow::Error) -> anyhow::Error {
        let left = match self.has_held.get() {
            false => "nothing was sent",
            true => "no change was in progress",
        };
        match Error::in_chain(&error) {
            Some(found) if found.kind == Kind::Interrupted => found.clone().add_to_interruption(left).into(),
            _ => error,
        }
    }

    /// Awaits `work`, for which a first signal is held ([`Interrupt::hold`]); a second one cancels it.
    pub(crate) async fn until_second_signal<F: Future>(&self, work: F) -> Option<F::Output> {
        let second = async {
            while !self.is_urgent.get() {
                self.came.notified().await;
            }
        };
        tokio::select! {
            biased;
            done = work => Some(done),
            () = second => None,
        }
    }

    /// Awaits `work`, which is cancelled by a deferred signal: use it only for work that can be cancelled safely.
    pub(crate) async fn until_signal<F: Future>(&self, work: F) -> Result<F::Output, Exit> {
        tokio::select! {
            biased;
            exit = self.wait() => Err(exit),
            done = work => Ok(done),
        }
    }

    /// Runs `work` to its end or until a signal ends it (exit 129, 130 or 143).
    pub(crate) async fn watch<F>(&self, terminal: &Terminal, work: F) -> anyhow::Result<Exit>
    where
        F: Future<Output = anyhow::Result<Exit>>,
    {
        let mut work = pin!(work);
        let mut signals = Signals::listen()?;
        let mut first_at: Option<Instant> = None;
        loop {
            let exit = tokio::select! {
                done = &mut work => return done,
                exit = signals.next() => exit?,
            };
            let held = self.held.get();
            if held == 0 && self.first.get() == First::Ends {
                return Err(self.explain(signal_error(exit).into()));
            }
            if first_at.is_some_and(|first| is_same_wish(first, Instant::now())) {
                continue;
            }
            let is_second = self.seen.replace(Some(exit)).is_some();
            if is_second && held > 0 && !self.is_urgent.replace(true) {
                first_at = Some(Instant::now());
                self.came.notify_waiters();
                self.came.notify_one();
                continue;
            }
            if is_second && !self.has_held.get() {
                return Err(self.explain(signal_error(exit).into()));
            }
            if is_second {
                let error = Error::new(exit, "interrupted while a change was in progress").hint(
                    Hint::call("if it was a decision, run ", "approvals history")
                        .and(" to find it, and check its request before you continue"),
                );
                return Err(error.into());
            }
            first_at = Some(Instant::now());
            if held > 0 {
                let what = in_progress(held, self.sent.get());
                let again = match exit {
                    Exit::Interrupted => "press Ctrl-C again",
                    _ => "send the signal again",
                };
                terminal.say(&format!("interrupted: {what}; {again} to stop immediately"));
            }
            self.came.notify_waiters();
            self.came.notify_one();
        }
    }
}

/// What is still done about so many changes, of which some only wait to be read back.
fn in_progress(held: usize, sent: usize) -> String {
    match (held.saturating_sub(sent), held.min(sent)) {
        (1, 0) => "finishing the change in progress".to_owned(),
        (unsent, 0) => format!("finishing {unsent} changes in progress"),
        (0, sent) => format!("reading back {} already sent", words::count(sent, "change", "changes")),
        (unsent, sent) => {
            let unsent = words::count(unsent, "change", "changes");
            format!("finishing {unsent} in progress, and reading back {sent} already sent")
        }
    }
}

/// The error for a signal: one from the keyboard is a choice.
fn signal_error(exit: Exit) -> Error {
    match exit {
        Exit::Interrupted => interrupted_error(),
        _ => Error::interruption(exit),
    }
}

fn is_same_wish(first: Instant, next: Instant) -> bool {
    next.saturating_duration_since(first) < ONE_WISH
}

/// The signals that end a run. They are heard from the moment it listens, not from when it is first waited for.
#[cfg(unix)]
struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    /// None for a run that outlives its terminal.
    hang_up: Option<unix::Signal>,
    /// Heard and not acted on: a file that is as large as it may be is an error where it is written.
    _too_large: unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Signals {
            hang_up: if outlives_terminal() { None } else { Some(unix::signal(SignalKind::hangup())?) },
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            _too_large: unix::signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?,
        })
    }

    async fn next(&mut self) -> io::Result<Exit> {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        Ok(tokio::select! {
            _ = hang_up => Exit::HungUp,
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        })
    }
}

/// Whether SIGHUP was ignored from the start, as by `nohup`. If the system doesn't tell, it is assumed when stderr is
/// not a terminal.
#[cfg(unix)]
fn outlives_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    match ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()) {
        Some(mask) => mask & 1 == 1,
        None => !std::io::stderr().is_terminal(),
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Signals)
    }

    async fn next(&mut self) -> io::Result<Exit> {
        tokio::signal::ctrl_c().await?;
        Ok(Exit::Interrupted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_progress_and_what_waits_to_be_read_back_are_counted_apart() {
        for (held, sent, words) in [
            (1, 0, "finishing the change in progress"),
            (16, 0, "finishing 16 changes in progress"),
            (32, 16, "finishing 16 changes in progress, and reading back 16 already sent"),
            (17, 16, "finishing 1 change in progress, and reading back 16 already sent"),
            (1, 1, "reading back 1 change already sent"),
            // The count of those that wait may be older.
            (2, 5, "reading back 2 changes already sent"),
        ] {
            assert_eq!(in_progress(held, sent), words);
        }
    }

    #[test]
    fn a_signal_sent_twice_at_once_is_one_wish_and_a_second_thought_another() {
        let first = Instant::now();
        assert!(is_same_wish(first, first + Duration::from_millis(20)));
        assert!(!is_same_wish(first, first + Duration::from_millis(600)));
    }
}

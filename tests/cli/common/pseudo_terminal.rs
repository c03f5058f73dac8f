//! The binary on a pseudo-terminal: what a person sees and types.

use std::process::Command;
use std::time::{Duration, Instant};

use expectrl::process::Termios;
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Regex, Session};

use super::home::turn_to_start;
use super::{Outcome, secrets};

/// How long a text may fail to come: a failure of the test, never a measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was seen without what asks the terminal to mark what is pasted: nobody sees it.
pub fn without_paste_marks(seen: &str) -> String {
    seen.replace("\u{1b}[?2004h", "").replace("\u{1b}[?2004l", "")
}

/// A run on a terminal.
pub struct PseudoTerminal {
    session: OsSession,
    seen: String,
    secrets: Vec<String>,
}

impl PseudoTerminal {
    #[track_caller]
    pub(super) fn start(secrets: Vec<String>, command: Command) -> Self {
        let turn = turn_to_start();
        let mut session = Session::spawn(command).unwrap();
        drop(turn);
        session.set_expect_timeout(Some(PATIENCE));
        session.send_line("").unwrap();
        PseudoTerminal { session, seen: String::new(), secrets }
    }

    /// Runs a script of a shell on a terminal of 160 columns; the command has its environment.
    #[track_caller]
    pub fn shell(script: &str, mut command: Command) -> Self {
        command.args(["-c", &format!("read -r go && stty rows 50 cols 160 echo\n{script}")]);
        // A page shows the keys that its commands make.
        Self::start(Vec::new(), command)
    }

    /// Waits for a text and answers what came before it, escape sequences and all.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        match self.session.expect(text) {
            Ok(found) => {
                self.seen.push_str(&String::from_utf8_lossy(found.as_bytes()));
                String::from_utf8_lossy(found.before()).into_owned()
            }
            Err(error) => {
                self.take_rest();
                panic!("expected {text:?} on the terminal ({error}); seen:\n{}", self.seen);
            }
        }
    }

    /// Types keys.
    #[track_caller]
    pub fn send(&mut self, keys: &str) {
        if let Err(error) = self.session.send(keys) {
            self.take_rest();
            panic!("could not type {keys:?} ({error}); seen:\n{}", self.seen);
        }
    }

    /// Types a line, with Enter, once the terminal no longer shows what is typed: what comes before that is thrown away.
    #[track_caller]
    pub fn send_secret(&mut self, secret: &str) {
        let until = Instant::now() + PATIENCE;
        while self.session.is_echo().unwrap() {
            assert!(Instant::now() < until, "the terminal still shows what is typed; seen:\n{}", self.seen);
            std::thread::yield_now();
        }
        self.send_line(secret);
    }

    /// Types a line, with Enter.
    #[track_caller]
    pub fn send_line(&mut self, line: &str) {
        self.send(&format!("{line}\r"));
    }

    /// Waits for the end, checks the code, and answers everything that was seen.
    #[track_caller]
    pub fn exits(self, code: i32) -> String {
        let (ended, seen) = self.ends();
        assert!(ended == code, "expected exit code {code}, not {ended}; seen:\n{seen}");
        seen
    }

    /// Waits for the end, and answers the code and everything that was seen.
    #[track_caller]
    pub fn ends(mut self) -> (i32, String) {
        match self.session.expect(Eof) {
            Ok(rest) => self.seen.push_str(&String::from_utf8_lossy(rest.as_bytes())),
            Err(error) => {
                self.take_rest();
                panic!("the end did not come ({error}); seen:\n{}", self.seen);
            }
        }
        let code = match self.session.get_process().wait() {
            Ok(WaitStatus::Exited(_, code)) => code,
            Ok(WaitStatus::Signaled(_, signal, _)) => 128 + signal as i32,
            other => panic!("the process did not end: {other:?}; seen:\n{}", self.seen),
        };
        (code, self.checked())
    }

    /// All that was seen, once it is clear that there is no secret in it.
    #[track_caller]
    fn checked(&mut self) -> String {
        let outcome = Outcome { stdout: std::mem::take(&mut self.seen), stderr: String::new(), code: 0 };
        secrets::check(&self.secrets, &outcome);
        outcome.stdout
    }

    fn take_rest(&mut self) {
        if let Ok(rest) = self.session.check(Regex("(?s).+")) {
            self.seen.push_str(&String::from_utf8_lossy(rest.as_bytes()));
        }
    }
}

impl Drop for PseudoTerminal {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.take_rest();
            self.checked();
        }
    }
}

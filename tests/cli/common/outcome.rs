//! What a run left behind, and assertions that show all of it when they fail.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use serde_json::Value;

/// stdout, stderr and the exit code of a finished run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The result.
    pub stdout: String,
    /// The talk.
    pub stderr: String,
    /// The exit code; 128 and the signal's number where a signal ended it.
    pub code: i32,
}

impl Outcome {
    /// Puts it together; both streams have to be UTF-8.
    #[track_caller]
    pub fn new(stdout: &[u8], stderr: &[u8], status: ExitStatus) -> Self {
        let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => panic!("output is not UTF-8 ({error}): {}", String::from_utf8_lossy(bytes)),
        };
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        Outcome { stdout: text(stdout), stderr: text(stderr), code: code.unwrap() }
    }

    /// It ended with that code.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert!(self.code == code, "expected exit code {code}\n{self}");
        self
    }

    /// Code, stdout and stderr are exactly these: where the text is the contract.
    #[track_caller]
    pub fn is(&self, code: i32, stdout: &str, stderr: &str) -> &Self {
        self.exits(code).stdout_is(stdout).stderr_is(stderr)
    }

    /// stdout is exactly this.
    #[track_caller]
    pub fn stdout_is(&self, expected: &str) -> &Self {
        assert!(self.stdout == expected, "expected on stdout:\n{expected}\n{self}");
        self
    }

    /// stderr is exactly this.
    #[track_caller]
    pub fn stderr_is(&self, expected: &str) -> &Self {
        assert!(self.stderr == expected, "expected on stderr:\n{expected}\n{self}");
        self
    }

    /// stdout holds this text.
    #[track_caller]
    pub fn stdout_has(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "expected on stdout: {text:?}\n{self}");
        self
    }

    /// stderr holds this text.
    #[track_caller]
    pub fn stderr_has(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "expected on stderr: {text:?}\n{self}");
        self
    }

    /// stderr holds at least one of these texts: where the contract names the fact and not the words.
    #[track_caller]
    pub fn stderr_has_any(&self, texts: &[&str]) -> &Self {
        let talk = self.stderr.to_lowercase();
        let found = texts.iter().any(|text| talk.contains(&text.to_lowercase()));
        assert!(found, "expected on stderr one of {texts:?}\n{self}");
        self
    }

    /// stdout does not hold this text.
    #[track_caller]
    pub fn stdout_lacks(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text), "not expected on stdout: {text:?}\n{self}");
        self
    }

    /// stderr does not hold this text.
    #[track_caller]
    pub fn stderr_lacks(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text), "not expected on stderr: {text:?}\n{self}");
        self
    }

    /// Neither stream holds this text: secrets, escape sequences.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        self.stdout_lacks(text).stderr_lacks(text)
    }

    /// The line of stdout that holds this text, of which there must be one.
    #[track_caller]
    pub fn row(&self, text: &str) -> &str {
        let rows: Vec<&str> = self.stdout.lines().filter(|line| line.contains(text)).collect();
        assert!(rows.len() == 1, "expected one line on stdout with {text:?}, not {}\n{self}", rows.len());
        rows[0]
    }

    /// stdout as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not JSON ({error})\n{self}"))
    }

    /// The error object on stderr (`portgate.error/v1`): the one line that is a JSON object.
    #[track_caller]
    pub fn error(&self) -> Value {
        let mut objects = self.stderr.lines().filter(|line| line.starts_with('{'));
        let (Some(object), None) = (objects.next(), objects.next()) else {
            panic!("expected one JSON object on stderr\n{self}");
        };
        let document: Value = serde_json::from_str(object)
            .unwrap_or_else(|error| panic!("stderr holds no JSON object ({error})\n{self}"));
        assert!(document["schema"] == "portgate.error/v1", "another schema\n{self}");
        document["error"].clone()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { stdout, stderr, code } = self;
        write!(formatter, "--- exit code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---")
    }
}

//! The result of one check.

use serde::Serialize;

use crate::error::Error;
use crate::exit::Exit;
use crate::text::word::words;

words! {
    #[derive(Default)]
    pub(super) enum Outcome {
        #[default]
        Ok = "ok",
        Warning = "warning",
        Failed = "failed",
    }
}

/// The field names are stable.
#[derive(Debug, Default, Serialize)]
pub(super) struct Check {
    pub(super) check: &'static str,
    pub(super) result: Outcome,
    pub(super) detail: String,
    /// What to do; null if nothing.
    pub(super) hint: Option<String>,
    /// The same, sentence by sentence.
    #[serde(skip)]
    hints: Vec<String>,
    /// The exit code of commands that need it; null unless it failed.
    code: Option<u8>,
    #[serde(skip)]
    pub(super) exit: Option<Exit>,
}

impl Check {
    pub(super) fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Check { check, detail: detail.into(), ..Check::default() }
    }

    pub(super) fn warning(check: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Check { result: Outcome::Warning, ..Check::ok(check, detail) }.with_hints(vec![hint.into()])
    }

    pub(super) fn failed(check: &'static str, error: &Error) -> Self {
        let hints: Vec<String> = error.hints.iter().map(|hint| hint.text("portgate")).collect();
        Check {
            check,
            result: Outcome::Failed,
            detail: error.to_string(),
            code: Some(error.exit.code()),
            exit: Some(error.exit),
            ..Check::default()
        }
        .with_hints(hints)
    }

    fn with_hints(self, hints: Vec<String>) -> Self {
        Check { hint: (!hints.is_empty()).then(|| hints.join("; ")), hints, ..self }
    }

    /// As [`Check::failed`], for what isn't needed now.
    pub(super) fn warned(check: &'static str, error: &Error) -> Self {
        Check { result: Outcome::Warning, code: None, exit: None, ..Check::failed(check, error) }
    }

    /// For people: what was found, and below it what to do.
    pub(super) fn lines(&self) -> Vec<String> {
        let found = format!("{:<7}  {:<16}  {}", self.result.word(), self.check, self.detail);
        let next = self.hints.iter().map(|hint| format!("         next: {hint}"));
        std::iter::once(found).chain(next).collect()
    }
}

//! The result of one check.

use serde::Serialize;

use crate::error::Error;
use crate::exit::Exit;
use crate::text::tone::{Tone, Toned};
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
        let (result, hint) = (Outcome::Warning, Some(hint.into()));
        Check { check, result, detail: detail.into(), hint, ..Check::default() }
    }

    pub(super) fn failed(check: &'static str, error: &Error) -> Self {
        let hints: Vec<String> = error.hints.iter().map(|hint| hint.text("portgate")).collect();
        Check {
            check,
            result: Outcome::Failed,
            detail: error.to_string(),
            hint: (!hints.is_empty()).then(|| hints.join("; ")),
            code: Some(error.exit.code()),
            exit: Some(error.exit),
        }
    }

    /// As [`Check::failed`], for what isn't needed now.
    pub(super) fn warned(check: &'static str, error: &Error) -> Self {
        Check { result: Outcome::Warning, code: None, exit: None, ..Check::failed(check, error) }
    }

    pub(super) fn toned_result(&self) -> Toned {
        let tone = match self.result {
            Outcome::Ok => Tone::Good,
            Outcome::Warning => Tone::Warn,
            Outcome::Failed => Tone::Bad,
        };
        Toned::new(tone, self.result.word())
    }
}

//! The result of one check.

use serde::Serialize;

use crate::error::{Error, Hint, Invocation};
use crate::exit::Exit;
use crate::text::fit::wrap_message;
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
    /// What people read instead, if that says it in plainer words.
    #[serde(skip)]
    plain: Option<String>,
    /// What to do; null if nothing.
    pub(super) hint: Option<String>,
    /// The same, sentence by sentence.
    #[serde(skip)]
    hints: Vec<Hint>,
    /// The exit code of commands that need it; null unless it failed.
    code: Option<u8>,
    #[serde(skip)]
    pub(super) exit: Option<Exit>,
}

impl Check {
    pub(super) fn ok(check: &'static str, detail: impl Into<String>) -> Self {
        Check { check, detail: detail.into(), ..Check::default() }
    }

    pub(super) fn warning(check: &'static str, detail: impl Into<String>, hint: impl Into<Hint>) -> Self {
        let hints = vec![hint.into()];
        Check { result: Outcome::Warning, hints, ..Check::ok(check, detail) }
    }

    pub(super) fn failed(check: &'static str, error: &Error) -> Self {
        Check {
            check,
            result: Outcome::Failed,
            detail: error.to_string(),
            hints: error.hints.clone(),
            code: Some(error.exit.code()),
            exit: Some(error.exit),
            ..Check::default()
        }
    }

    /// Fills in what to do, with the global options of this call in the suggested commands.
    pub(super) fn spell_hints(&mut self, call: &Invocation) {
        let hints: Vec<String> = self.hints.iter().map(|hint| hint.text(call)).collect();
        self.hint = (!hints.is_empty()).then(|| hints.join("; "));
        self.hints = hints.into_iter().map(Hint::from).collect();
    }

    /// As [`Check::failed`], for what isn't needed now.
    pub(super) fn warning_from(check: &'static str, error: &Error) -> Self {
        Check { result: Outcome::Warning, code: None, exit: None, ..Check::failed(check, error) }
    }

    /// The same, with this for people.
    pub(super) fn plainly(self, words: &str) -> Self {
        Check { plain: Some(words.to_owned()), ..self }
    }

    /// For people: what was found, and below it what to do, within the columns of the terminal.
    pub(super) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let width = width.unwrap_or(usize::MAX);
        let indent = format!("{:<7}  {:<16}  ", "", "").len();
        let detail =
            wrap_message(self.plain.as_ref().unwrap_or(&self.detail), width.saturating_sub(indent).max(1));
        let found = detail.iter().enumerate().map(|(line, detail)| match line {
            0 => format!("{:<7}  {:<16}  {detail}", self.result.word(), self.check),
            _ => format!("{:indent$}{detail}", ""),
        });
        let hints =
            self.hints.iter().map(|hint| format!("         next: {}", hint.text(&Invocation::default())));
        let next = hints.flat_map(|hint| wrap_message(&hint, width));
        found.chain(next).collect()
    }
}

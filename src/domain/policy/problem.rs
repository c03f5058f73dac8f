//! Problems of a policy file, with their lines.

use std::fmt;

use serde::Serialize;

use crate::error::bounded_sentence;
use crate::text::sanitize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    Error,
    Warning,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// The line, from 1.
    pub(crate) line: usize,
    pub(crate) severity: Severity,
    /// The problem, without a full stop.
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Problem {
    pub(crate) fn error(line: usize, message: impl Into<String>) -> Self {
        // It may repeat a text of the file, with breaks in it.
        let message = bounded_sentence(sanitize::line(&message.into()).into_owned());
        Problem { line, severity: Severity::Error, message, hint: None }
    }

    pub(crate) fn warning(line: usize, message: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(line, message) }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    /// `line 12: unknown key 'costumer'; did you mean 'customer'?`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "; {hint}"),
            None => Ok(()),
        }
    }
}

//! The one error type that carries an exit code, a hint and what the API said. Commands add context with `anyhow`; where
//! the exit code or the hint depends on what went wrong, the root of the chain is an [`Error`].

use std::fmt;

use crate::exit::Exit;

/// What failed, in the words shown to a person and the fields shown to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The exit code it ends the process with.
    pub exit: Exit,
    /// What happened: one sentence without a full stop at its end.
    pub message: String,
    /// Why, as far as known: what the API or the system said.
    pub reason: Option<String>,
    /// What to do next, one sentence each.
    pub hints: Vec<String>,
    /// Status of the HTTP answer that caused it.
    pub http_status: Option<u16>,
    /// The API's trace id, to be quoted to its support.
    pub trace_id: Option<String>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// How long the backend asked to wait (`Retry-After`), where the call gave up before.
    pub retry_after: Option<std::time::Duration>,
    /// The id or name of the thing it is about.
    pub resource: Option<String>,
}

/// The commands that ask a backend: where they are proposed, it has to be the same one.
const ASKING: [&str; 8] = ["approvals", "speed", "keys", "notify", "policy", "ports", "users", "api"];

impl Error {
    /// An error with a message and nothing more.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Error {
            exit,
            message: message.into(),
            reason: None,
            hints: Vec::new(),
            http_status: None,
            trace_id: None,
            retryable: false,
            retry_after: None,
            resource: None,
        }
    }

    /// A wrong command line or missing input (exit 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(Exit::Usage, message)
    }

    /// Adds why it happened.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to do next, each of several or none.
    #[must_use]
    pub fn hint_each<H: Into<String>>(mut self, hints: impl IntoIterator<Item = H>) -> Self {
        self.hints.extend(hints.into_iter().map(Into::into));
        self
    }

    /// Names what it is about.
    #[must_use]
    pub fn about(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Lets its hints call portgate as this run was called, so that they can be copied: `call` is "portgate" with the
    /// options that say where.
    ///
    /// ```
    /// use portgate::Error;
    /// let mut error = Error::usage("which?").hint("see them with: portgate ports list");
    /// error.call_as("portgate --env sandbox");
    /// assert_eq!(error.hints, ["see them with: portgate --env sandbox ports list"]);
    /// ```
    pub fn call_as(&mut self, call: &str) {
        if call == "portgate" {
            return;
        }
        for hint in &mut self.hints {
            for noun in ASKING {
                *hint = hint.replace(&format!("portgate {noun} "), &format!("{call} {noun} "));
            }
            *hint = hint.replace("portgate auth status", &format!("{call} auth status"));
        }
    }

    /// Names the profile where it speaks of the one in use.
    ///
    /// ```
    /// use portgate::{Error, Exit};
    /// let mut error = Error::new(Exit::Refused, "the profile in use is read-only");
    /// error.name_profile("example");
    /// assert_eq!(error.message, "profile 'example' is read-only");
    /// ```
    pub fn name_profile(&mut self, name: &str) {
        let texts = self.reason.iter_mut().chain(&mut self.hints);
        for text in std::iter::once(&mut self.message).chain(texts) {
            *text = text.replace("the profile in use", &format!("profile '{name}'"));
        }
    }

    /// Marks it as worth another try later.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The [`Error`] inside an `anyhow` chain, if its cause is one.
    pub fn of(error: &anyhow::Error) -> Option<&Error> {
        error.chain().find_map(|cause| cause.downcast_ref::<Error>())
    }

    /// The exit code for an `anyhow` chain: that of the [`Error`] inside, else 1.
    pub fn exit_of(error: &anyhow::Error) -> Exit {
        Error::of(error).map_or(Exit::Other, |found| found.exit)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if let Some(reason) = &self.reason {
            write!(formatter, ": {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

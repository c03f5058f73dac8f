//! The one error type that carries an exit code, a hint and what the API said. Commands add context with `anyhow`; where
//! the exit code or the hint depends on what went wrong, the root of the chain is an [`Error`].

mod hint;

use std::borrow::Cow;
use std::fmt;

use crate::exit::Exit;

pub(crate) use hint::Span;
pub use hint::{Hint, Invocation};

/// Maximum length of a message, reason or resource, in bytes. They quote input, which may be of any length.
const LONGEST: usize = 2000;
/// Marks what was left out of a text.
pub(crate) const LEFT_OUT: &str = "[left out]";
/// Anything shorter could be part of a usual word.
const SHORTEST_SECRET: usize = 8;

/// The text without a secret that whoever wrote it may have repeated, as it is or as in a URL.
pub(crate) fn without<'a>(text: &'a str, secret: &str) -> Cow<'a, str> {
    if secret.len() < SHORTEST_SECRET {
        return Cow::Borrowed(text);
    }
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let lower = encoded.to_ascii_lowercase();
    let forms = [secret, encoded.as_str(), lower.as_str()];
    forms.into_iter().fold(Cow::Borrowed(text), |text, form| match text.contains(form) {
        true => Cow::Owned(text.replace(form, LEFT_OUT)),
        false => text,
    })
}

/// Cuts a sentence to a number of bytes, with an ellipsis in place of its middle: a long value that it quotes ends before
/// what the sentence says of it.
pub(crate) fn bounded_sentence(text: String) -> String {
    if text.len() <= LONGEST {
        return text;
    }
    let end = LONGEST / 4;
    let (start, end) = (text.floor_char_boundary(LONGEST - end), text.ceil_char_boundary(text.len() - end));
    format!("{}…{}", &text[..start], &text[end..])
}

/// What to do about a newer form.
pub(crate) const UPDATE: &str = "update portgate";

/// Why a file or database can't be used whose form is too new.
pub(crate) fn newer_reason(found: impl fmt::Display, known: impl fmt::Display) -> String {
    format!(
        "it was written by a newer version of portgate: its format is version {found}, and this one knows versions up to \
         {known}"
    )
}

/// The version of a form, such as `portgate.config/v2`, if it is newer than the known one.
pub(crate) fn newer_version(form: &str, known: &str) -> Option<u64> {
    let (name, known) = known.rsplit_once("/v")?;
    let version: u64 = form.strip_prefix(name)?.strip_prefix("/v")?.parse().ok()?;
    (version > known.parse().ok()?).then_some(version)
}

/// What went wrong, where portgate treats it differently from other errors with the same exit code. It is never read from
/// the message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Other,
    /// A shared ledger could not be reached or used.
    LedgerUnusable,
    /// A shared ledger didn't take this one entry: it may take others.
    LedgerRefused,
    /// Lines of a ledger were changed or removed, so that nothing is added.
    LedgerBroken,
    /// There is no keyring, rather than one that can't be opened now.
    NoKeyring,
    WrongPassphrase,
    /// By a signal or Ctrl-C, where it is still to be said what was not done.
    Interrupted,
}

/// An error, with text for people and fields for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The exit code of the process.
    pub exit: Exit,
    /// What failed: lower case, without a full stop.
    pub message: String,
    /// The cause, if known: what the API or the system reported.
    pub reason: Option<String>,
    /// What to do next, one sentence each.
    pub hints: Vec<Hint>,
    /// Status of the HTTP answer that caused it.
    pub http_status: Option<u16>,
    /// The API's trace id, to be quoted to its support.
    pub trace_id: Option<String>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// The wait requested by the backend (`Retry-After`), if longer than the call could wait.
    pub retry_after: Option<std::time::Duration>,
    /// The ID or name of the resource concerned.
    pub resource: Option<String>,
    pub(crate) kind: Kind,
    /// Whether the message says that nothing was sent.
    pub(crate) says_unsent: bool,
}

impl Error {
    /// An error with a message and nothing more.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Error {
            exit,
            message: bounded_sentence(message.into()),
            reason: None,
            hints: Vec::new(),
            http_status: None,
            trace_id: None,
            retryable: false,
            retry_after: None,
            resource: None,
            kind: Kind::Other,
            says_unsent: false,
        }
    }

    /// A wrong command line or missing input (exit 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(Exit::Usage, message)
    }

    /// Whether the API itself said that this is not there for this key (403 to 405), and not a page in its place.
    pub(crate) fn is_not_offered(&self) -> bool {
        matches!(self.http_status, Some(403..=405)) && !self.retryable
    }

    /// Adds why it happened.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(bounded_sentence(reason.into()));
        self
    }

    /// Says that a file or database has a newer form than this portgate knows. It must not be changed.
    #[must_use]
    pub(crate) fn of_newer(self, found: impl fmt::Display, known: impl fmt::Display) -> Self {
        self.reason(newer_reason(found, known)).hint(UPDATE)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to do next, each of several or none.
    #[must_use]
    pub fn hint_each<H: Into<Hint>>(mut self, hints: impl IntoIterator<Item = H>) -> Self {
        self.hints.extend(hints.into_iter().map(Into::into));
        self
    }

    /// Sets the resource concerned.
    #[must_use]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(bounded_sentence(resource.into()));
        self
    }

    /// By a signal, which `exit` names.
    pub(crate) fn interruption(exit: Exit) -> Self {
        Error::new(exit, "interrupted").of_kind(Kind::Interrupted)
    }

    /// Says what was not done, for an interruption that doesn't say so yet.
    pub(crate) fn add_to_interruption(self, left: &str) -> Self {
        Error { message: format!("{}; {left}", self.message), kind: Kind::Other, ..self }
    }

    /// Sets what callers tell it apart by.
    #[must_use]
    pub(crate) fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Says that nothing was sent, once.
    #[must_use]
    pub(crate) fn unsent(mut self) -> Self {
        if !std::mem::replace(&mut self.says_unsent, true) {
            self.message.push_str("; nothing was sent");
        }
        self
    }

    /// Leaves out a secret that the backend may have repeated.
    #[must_use]
    pub(crate) fn without(mut self, secret: &str) -> Self {
        let told = [self.reason.as_mut(), self.trace_id.as_mut(), self.resource.as_mut()];
        for text in told.into_iter().flatten().chain([&mut self.message]) {
            *text = without(text, secret).into_owned();
        }
        self
    }

    /// Marks it as retryable.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// All that is told of it, in lines: exit code, message and reason; each hint; what it is about; the HTTP status.
    #[cfg(test)]
    pub(crate) fn lines(&self) -> Vec<String> {
        let hints = self.hints.iter().map(|hint| hint.text(&Invocation::default()));
        let about = self.resource.iter().map(|resource| format!("about {resource}"));
        let status = self.http_status.iter().map(|status| format!("status {status}"));
        std::iter::once(format!("{:?}: {self}", self.exit)).chain(hints).chain(about).chain(status).collect()
    }

    /// The [`Error`] inside an `anyhow` chain, if its cause is one.
    pub fn in_chain(error: &anyhow::Error) -> Option<&Error> {
        error.chain().find_map(|cause| cause.downcast_ref::<Error>())
    }

    /// The exit code for an `anyhow` chain: that of the [`Error`] inside, else 1.
    pub fn exit_of(error: &anyhow::Error) -> Exit {
        Error::in_chain(error).map_or(Exit::Other, |found| found.exit)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_higher_number_of_the_same_form_is_newer() {
        let of = |form| newer_version(form, "portgate.config/v1");
        assert_eq!((of("portgate.config/v2"), of("portgate.config/v12")), (Some(2), Some(12)));
        for other in
            ["portgate.config/v1", "portgate.config/v0", "portgate.config/vx", "portgate.policy/v2", ""]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn that_nothing_was_sent_is_said_once_and_after_a_long_value() {
        let error = Error::usage("é".repeat(5000)).unsent().unsent();
        assert!(error.message.ends_with("é; nothing was sent"), "{error}");
        assert_eq!(error.message.matches("nothing was sent").count(), 1);
    }

    #[test]
    fn a_long_value_is_cut_in_its_middle_and_what_is_said_of_it_is_kept() {
        let long = "é".repeat(5000);
        let error = Error::usage(format!("'{long}' is not a valid VLAN")).reason(long.clone()).resource(long);
        assert!(error.message.starts_with("'éé") && error.message.ends_with("éé' is not a valid VLAN"));
        for told in [&error.message, error.reason.as_ref().unwrap(), error.resource.as_ref().unwrap()] {
            assert!(told.contains("é…é") && told.len() <= LONGEST + "…".len(), "{} bytes", told.len());
        }
        assert_eq!(Error::usage("no port found").message, "no port found");
    }
}

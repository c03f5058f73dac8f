//! The outcome of a change.

use crate::error::Error;
use crate::exit::Exit;
use crate::text::word::words;

/// An action, in the words of commands and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Action {
    /// As a command's name: `accept`.
    pub(crate) verb: &'static str,
    /// As what was done: `accepted`.
    pub(crate) participle: &'static str,
}

words! {
    /// How a change ended, in the words of the batch document.
    pub(crate) enum OutcomeKind {
        /// It took effect and was read back.
        Done = "done",
        /// It was already done before.
        Already = "already",
        /// The result differs: decided or changed by somebody else, or applied differently.
        Conflict = "conflict",
        /// Not allowed: by the role, by who has to decide, or by a limit.
        Refused = "refused",
        Failed = "failed",
        /// It may have taken effect.
        Unknown = "unknown",
        Skipped = "skipped",
        /// Nothing was sent: a second person must confirm it.
        Proposed = "proposed",
    }
}

impl OutcomeKind {
    /// Whether the requested state is reached.
    pub(crate) const fn is_ok(self) -> bool {
        matches!(self, OutcomeKind::Done | OutcomeKind::Already)
    }

    /// The outcome for an error before sending, or a refusal by the backend.
    pub(crate) fn of_error(error: &Error) -> Self {
        match error.exit {
            Exit::Unknown => OutcomeKind::Unknown,
            Exit::Conflict => OutcomeKind::Conflict,
            Exit::Forbidden | Exit::Refused => OutcomeKind::Refused,
            Exit::Proposed => OutcomeKind::Proposed,
            _ => OutcomeKind::Failed,
        }
    }
}

/// The outcome of one change. `S` is the changed object.
#[derive(Debug, Clone)]
pub(crate) struct Outcome<S> {
    /// The id, as far as it was found out.
    pub(crate) id: String,
    /// What was to be done.
    pub(crate) action: Action,
    /// How it ended.
    pub(crate) kind: OutcomeKind,
    /// As last read: after the change where it could be read back.
    pub(crate) seen: Option<S>,
    /// The error, unless successful.
    pub(crate) error: Option<Error>,
    /// Additional notes, one sentence each.
    pub(crate) notes: Vec<String>,
    /// A note that others have as well: of several changes, people read it once, with the number of them.
    pub(crate) common_note: Option<String>,
}

impl<S> Outcome<S> {
    /// An outcome without anything read, an error or a note.
    pub(crate) fn new(id: impl Into<String>, action: Action, kind: OutcomeKind) -> Self {
        Outcome { id: id.into(), action, kind, seen: None, error: None, notes: Vec::new(), common_note: None }
    }

    /// One that ended with an error, which tells the kind.
    pub(crate) fn failure(id: impl Into<String>, action: Action, error: Error) -> Self {
        Outcome::new(id, action, OutcomeKind::of_error(&error)).error(error)
    }

    #[must_use]
    pub(crate) fn seen(mut self, seen: impl Into<Option<S>>) -> Self {
        self.seen = seen.into();
        self
    }

    #[must_use]
    pub(crate) fn error(mut self, error: Error) -> Self {
        self.error = Some(error);
        self
    }

    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn all_notes(&self) -> impl Iterator<Item = &String> {
        self.notes.iter().chain(&self.common_note)
    }

    /// With what was read in another form.
    pub(crate) fn map<T>(self, form: impl FnOnce(S) -> T) -> Outcome<T> {
        let Outcome { id, action, kind, seen, error, notes, common_note } = self;
        Outcome { id, action, kind, seen: seen.map(form), error, notes, common_note }
    }

    /// The exit code for this one.
    pub(crate) fn exit(&self) -> Exit {
        match (&self.kind, &self.error) {
            (OutcomeKind::Done | OutcomeKind::Already, _) => Exit::Done,
            (_, Some(error)) => error.exit,
            (OutcomeKind::Conflict, None) => Exit::Conflict,
            (OutcomeKind::Unknown, None) => Exit::Unknown,
            (OutcomeKind::Refused, None) => Exit::Refused,
            (OutcomeKind::Proposed, None) => Exit::Proposed,
            (OutcomeKind::Failed | OutcomeKind::Skipped, None) => Exit::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCEPT: Action = Action { verb: "accept", participle: "accepted" };

    #[test]
    fn an_error_tells_kind_and_exit_and_without_one_the_kind_tells_it() {
        for (exit, kind) in [
            (Exit::Unknown, OutcomeKind::Unknown),
            (Exit::Conflict, OutcomeKind::Conflict),
            (Exit::Forbidden, OutcomeKind::Refused),
            (Exit::Refused, OutcomeKind::Refused),
            (Exit::Proposed, OutcomeKind::Proposed),
            (Exit::NotFound, OutcomeKind::Failed),
            (Exit::RateLimited, OutcomeKind::Failed),
        ] {
            let outcome = Outcome::<()>::failure("id", ACCEPT, Error::new(exit, "x"));
            assert_eq!((outcome.kind, outcome.exit()), (kind, exit));
        }
        for (kind, exit) in [
            (OutcomeKind::Done, Exit::Done),
            (OutcomeKind::Already, Exit::Done),
            (OutcomeKind::Conflict, Exit::Conflict),
            (OutcomeKind::Unknown, Exit::Unknown),
            (OutcomeKind::Refused, Exit::Refused),
            (OutcomeKind::Failed, Exit::Other),
            (OutcomeKind::Skipped, Exit::Other),
            (OutcomeKind::Proposed, Exit::Proposed),
        ] {
            assert_eq!(Outcome::<()>::new("id", ACCEPT, kind).exit(), exit, "{kind:?}");
        }
    }
}

//! The errors for a result that could not be written: the change was made all the same.

use crate::change::outcome::Outcome;
use crate::change::subject::Subject;
use crate::error::{Error, Hint};
use crate::exit::Exit;

pub(super) fn look<S: Subject>(outcome: &Outcome<S>) -> Hint {
    outcome.seen.as_ref().map_or_else(|| "see the output above".into(), Subject::look)
}

pub(super) fn reason_of(error: &anyhow::Error) -> String {
    match Error::in_chain(error) {
        Some(Error { message, reason: Some(reason), .. }) => format!("{message}: {reason}"),
        Some(known) => known.message.clone(),
        None => error.to_string(),
    }
}

pub(super) fn write_error(why: String, look: Hint) -> anyhow::Error {
    Error::new(Exit::Other, "could not write the result")
        .reason(why)
        .hint(look.with_prefix("the change was made; "))
        .into()
}

//! How one of several decisions ended, and how all of them do.

use crate::change::OutcomeKind;
use crate::change::{conclusion, report};
use crate::commands::approvals::decision::{Order, Outcome, action_of};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::text::words;

/// The outcome of one that a signal came before.
pub(super) fn not_sent(id: &str, order: &Order, exit: Exit) -> Outcome {
    let error = Error::new(exit, format!("{id} was not sent: interrupted")).about(id);
    outcome(id, order, OutcomeKind::Skipped, Some(error))
}

/// The signal that an error tells of, if it does.
pub(super) fn exit_of_signal(error: &anyhow::Error) -> Option<Exit> {
    error.downcast_ref().map(|error: &Error| error.exit).filter(|exit| exit.is_signal())
}

/// Tells how one ended, where people read.
pub(super) fn tell(context: &Context, ended: &Outcome, many: bool) -> anyhow::Result<()> {
    if context.tells_people() { report::tell(context, ended, !many) } else { Ok(()) }
}

/// An outcome without a reading of the request.
pub(super) fn outcome(id: &str, order: &Order, kind: OutcomeKind, error: Option<Error>) -> Outcome {
    Outcome { error, ..Outcome::new(id, action_of(order.decision), kind) }
}

/// As for `accept` and `deny`; where nothing but a limit stood against some of several, the code is the limit's.
pub(in crate::commands) fn unless_limited(outcomes: &[Outcome], all: usize) -> Result<Exit, Error> {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.kind.is_ok()).collect();
    let all_refused = !failed.is_empty() && failed.iter().all(|outcome| outcome.exit() == Exit::Refused);
    if all > 1 && all_refused {
        let many = words::count(failed.len(), "decision was", "decisions were");
        let error = Error::new(Exit::Refused, format!("a limit stopped it: {many} not sent"));
        let reason = failed.iter().find_map(|outcome| outcome.error.as_ref()).map(ToString::to_string);
        return Err(match reason {
            Some(reason) => error.because(reason),
            None => error,
        });
    }
    conclusion(outcomes, all)
}

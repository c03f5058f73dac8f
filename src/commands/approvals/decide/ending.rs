//! The exit code of several decisions that a limit stopped.

use crate::change::conclusion;
use crate::commands::approvals::decision::Outcome;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::words;

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

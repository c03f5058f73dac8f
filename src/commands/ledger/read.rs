//! Reads the ledger.

use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{Attempt, Ledger, join};
use crate::session::context::Context;
use crate::text::words;

/// The changes that can be read, oldest first; warns about lines that can't.
pub(in crate::commands) fn attempts(context: &Context, ledger: &Ledger) -> Result<Vec<Attempt>, Error> {
    let (entries, unread) = ledger.entries().map_err(|error| unread_error(ledger, &error))?;
    if unread > 0 {
        let lines = words::count(unread, "line", "lines");
        let path = ledger.path.display();
        context.terminal.warn(&format!("skipped {lines} of {path} that could not be read"));
    }
    Ok(join(entries))
}

pub(in crate::commands) fn unread_error(ledger: &Ledger, error: &std::io::Error) -> Error {
    Error::new(Exit::Other, format!("could not read ledger {}", ledger.path.display()))
        .because(error.to_string())
        .hint("check the file's permissions, or set PORTGATE_LEDGER to another file")
}

/// The last of these, as `--limit` says.
pub(in crate::commands) fn keep_last<T>(items: &mut Vec<T>, limit: Option<u64>) {
    if let Some(limit) = limit {
        let last = usize::try_from(limit).unwrap_or(usize::MAX);
        items.drain(..items.len().saturating_sub(last));
    }
}

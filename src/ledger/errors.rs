//! The errors of ledgers that callers tell apart, by how their messages begin.

use super::chain;
use super::entry::{Entry, Step};
use super::verify::{Fault, FaultKind};
use crate::error::{Error, Hint};
use crate::exit::Exit;

/// How the message begins where a shared ledger can't be reached or used.
pub(super) const UNUSABLE: &str = "could not use the ledger at";

/// Whether a shared ledger could not be reached or used.
pub(crate) fn is_unusable(error: &Error) -> bool {
    error.message.starts_with(UNUSABLE)
}

/// How the message begins where the database of a shared ledger doesn't take an entry.
pub(super) const REFUSED: &str = "the entry was refused by the ledger at";

/// Whether a shared ledger didn't take this one entry: it may take others.
pub(crate) fn is_refused(error: &Error) -> bool {
    error.message.starts_with(REFUSED)
}

/// The error for a ledger that a newer portgate continues.
pub(super) fn newer_error(place: &str, version: u64) -> Error {
    Error::new(Exit::Other, format!("could not write ledger {place}"))
        .of_newer(version, chain::VERSION)
        .hint("or set PORTGATE_LEDGER to another file")
}

/// How the message ends where lines of a ledger were changed or removed.
const BROKEN: &str = "is not as portgate wrote it";

/// Whether lines of a ledger were changed or removed, so that nothing is added.
pub(crate) fn is_broken(error: &Error) -> bool {
    error.exit == Exit::Conflict && error.message.contains(BROKEN)
}

/// The error if what was to be sent can't be recorded.
pub(super) fn unsent_error(entry: &Entry, mut error: Error) -> Error {
    if entry.step == Step::Sending && !error.message.ends_with("nothing was sent") {
        error.message.push_str("; nothing was sent");
    }
    error
}

/// The error where lines of a ledger were changed or removed (exit 13): nothing must be sent.
pub(super) fn broken_error(place: &str, fault: &Fault) -> Error {
    let Fault { place: part, line, kind } = fault;
    if let FaultKind::Newer(version) = kind {
        return newer_error(place, *version);
    }
    let why = match line {
        0 => format!("one line: {kind}"),
        line => format!("{part} line {line}: {kind}"),
    };
    Error::new(Exit::Conflict, format!("the ledger at {place} {BROKEN}"))
        .because(why.trim_start().to_owned())
        .hint(Hint::call("see what was changed: ", "ledger verify"))
        .hint("to make changes anyway, use --accept-broken-chain REASON")
}

//! The errors of ledgers that callers tell apart.

use std::fmt::Display;

use super::chain;
use super::entry::{Entry, Step};
use super::verify::{Fault, FaultKind};
use crate::error::{Error, Hint, Kind};
use crate::exit::Exit;

/// The error where a shared ledger can't be reached or used.
pub(super) fn unusable_error(exit: Exit, address: impl Display) -> Error {
    Error::new(exit, format!("could not use the ledger at {address}")).of_kind(Kind::LedgerUnusable)
}

/// Whether a shared ledger could not be reached or used.
pub(crate) fn is_unusable(error: &Error) -> bool {
    error.kind == Kind::LedgerUnusable
}

/// The error where the database of a shared ledger doesn't take an entry.
pub(super) fn refused_error(address: impl Display) -> Error {
    let message = format!("the entry was refused by the ledger at {address}");
    Error::new(Exit::Network, message).of_kind(Kind::LedgerRefused)
}

/// Whether a shared ledger didn't take this one entry: it may take others.
pub(crate) fn is_refused(error: &Error) -> bool {
    error.kind == Kind::LedgerRefused
}

/// The error for a ledger that a newer portgate continues.
pub(super) fn newer_error(place: &str, version: u64) -> Error {
    Error::new(Exit::Other, format!("could not write ledger {place}"))
        .of_newer(version, chain::VERSION)
        .hint("or set PORTGATE_LEDGER to another file")
}

/// Whether lines of a ledger were changed or removed, so that nothing is added.
pub(crate) fn is_broken(error: &Error) -> bool {
    error.kind == Kind::LedgerBroken
}

/// The error if what was to be sent can't be recorded.
pub(super) fn unsent_error(entry: &Entry, error: Error) -> Error {
    if entry.step == Step::Sending { error.unsent() } else { error }
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
    Error::new(Exit::Conflict, format!("the ledger at {place} is not as portgate wrote it"))
        .of_kind(Kind::LedgerBroken)
        .reason(why.trim_start().to_owned())
        .hint(Hint::call("see what was changed: ", "ledger verify"))
        .hint("to make changes anyway, use --accept-broken-chain REASON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart_by_their_kind_and_not_by_their_words() {
        let fault = |kind| Fault { place: String::new(), line: 3, kind };
        let cases = [
            (broken_error("ledger.jsonl", &fault(FaultKind::Changed)), [true, false, false]),
            (unusable_error(Exit::Timeout, "db.example.com"), [false, true, false]),
            (refused_error("db.example.com"), [false, false, true]),
            (broken_error("ledger.jsonl", &fault(FaultKind::Newer(9))), [false; 3]),
        ];
        let kinds = |error: &Error| [is_broken(error), is_unusable(error), is_refused(error)];
        for (error, expected) in cases {
            assert_eq!(kinds(&error), expected, "{error}");
            assert_eq!(kinds(&Error { exit: Exit::Interrupted, ..error.clone() }), expected, "{error}");
            assert_eq!(kinds(&Error::new(error.exit, error.message)), [false; 3]);
        }
    }
}

//! Checks that no line of a ledger was changed, removed, added or moved.

use std::fmt;

use super::chain::{Head, Link, newer_version};
use crate::text::words;

/// What was found in the lines that were checked so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) faults: Vec<Fault>,
    /// How the hash of a line begins that must be there.
    wanted: Option<String>,
    /// Whether that is the hash of a line; true if none is looked for.
    pub(crate) has_wanted: bool,
    lines: u64,
    /// The chains that came to an end before the last one.
    earlier: Vec<ChainEnd>,
    /// The last one.
    chain: ChainEnd,
    /// Whether the first line may have any number, and lines of several chains may follow each other.
    is_collection: bool,
}

/// How many lines a chain has, and its last one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ChainEnd {
    /// The backend and the company in a database; empty in files.
    pub(crate) place: String,
    pub(crate) entries: u64,
    pub(crate) head: Head,
}

/// A place where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The file, or the chain.
    pub(crate) place: String,
    /// The line there, from 1; 0 where only is known that there is one.
    pub(crate) line: u64,
    pub(crate) kind: FaultKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Not a line of a ledger.
    Unreadable,
    /// A line of this newer version.
    Newer(u64),
    /// Its text doesn't have its hash.
    Changed,
    /// Lines are missing before it: the numbers of the first and the last of them.
    Missing(u64, u64),
    /// Its number is not above that of the line before.
    Moved(u64),
    /// It doesn't follow the line before, although its number does.
    Replaced,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultKind::Unreadable => write!(text, "not a line of a ledger"),
            FaultKind::Newer(_) => write!(text, "written by a newer version of portgate"),
            FaultKind::Changed => write!(text, "changed after it was written"),
            FaultKind::Missing(first, last) if first == last => {
                write!(text, "entry {first} before it is missing")
            }
            FaultKind::Missing(first, last) => {
                write!(text, "entries {first} to {last} before it are missing")
            }
            FaultKind::Moved(sequence) => write!(text, "entry {sequence} is not in its place"),
            FaultKind::Replaced => write!(text, "the entry before it was replaced"),
        }
    }
}

impl Verified {
    /// Looks for a line whose hash begins like this, too.
    pub(super) fn new(wanted: Option<&str>) -> Self {
        let wanted = wanted.map(str::to_owned);
        Verified { has_wanted: wanted.is_none(), wanted, ..Verified::default() }
    }

    /// Of files with parts of several ledgers.
    pub(super) fn of_collection() -> Self {
        Verified { is_collection: true, ..Verified::default() }
    }

    /// The lines that follow are of another chain.
    pub(super) fn start_chain(&mut self, place: &str) {
        let ended =
            std::mem::replace(&mut self.chain, ChainEnd { place: place.to_owned(), ..ChainEnd::default() });
        if ended.entries > 0 {
            self.earlier.push(ended);
        }
    }

    /// The chains, each with its end.
    pub(crate) fn chains(&self) -> impl Iterator<Item = &ChainEnd> {
        self.earlier.iter().chain([&self.chain])
    }

    /// The end of the only chain; `None` if there are several.
    pub(crate) fn head(&self) -> Option<&Head> {
        self.earlier.is_empty().then_some(&self.chain.head)
    }

    /// The number of lines that are entries.
    pub(crate) fn count(&self) -> u64 {
        self.lines
    }

    /// `3 entries`
    pub(crate) fn count_words(&self) -> String {
        words::count(usize::try_from(self.lines).unwrap_or(usize::MAX), "entry", "entries")
    }

    pub(super) fn check(&mut self, line: &[u8]) -> Option<FaultKind> {
        let Some(link) = Link::parse(line) else {
            return Some(newer_version(line).map_or(FaultKind::Unreadable, FaultKind::Newer));
        };
        self.lines += 1;
        self.chain.entries += 1;
        let before = std::mem::replace(&mut self.chain.head, link.head());
        if !link.is_intact() {
            return Some(FaultKind::Changed);
        }
        self.has_wanted |= self.wanted.as_ref().is_some_and(|wanted| link.hash.starts_with(wanted.as_str()));
        let is_first = link.sequence == 1 && link.previous == Head::default().hash;
        if self.is_collection && (self.lines == 1 || is_first) {
            return None;
        }
        let expected = before.sequence + 1;
        if link.sequence > expected {
            Some(FaultKind::Missing(expected, link.sequence - 1))
        } else if link.sequence < expected {
            Some(FaultKind::Moved(link.sequence))
        } else if link.previous != before.hash {
            Some(FaultKind::Replaced)
        } else {
            None
        }
    }
}

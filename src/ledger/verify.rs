//! Checks that no line of a ledger was changed, removed, added or moved.

use std::fmt;

use super::chain::{Head, Link, newer_version};
use crate::text::words;

/// What a ledger came to.
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

/// A chain of lines.
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

    /// The same in words.
    pub(crate) fn count_words(&self) -> String {
        words::count(usize::try_from(self.lines).unwrap_or(usize::MAX), "entry", "entries")
    }

    /// Checks the next line.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::chain::append_content;
    use crate::ledger::file::FileLedger;

    fn faults(lines: &[String]) -> Vec<(u64, FaultKind)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, lines.join("")).unwrap();
        let verified = FileLedger::new(&path).verify(None).unwrap();
        verified.faults.into_iter().map(|fault| (fault.line, fault.kind)).collect()
    }

    #[test]
    fn every_change_of_the_lines_is_found() {
        let mut head = Head::default();
        let of_content = |content: &str, head: &mut Head| {
            let mut line = Vec::new();
            append_content(head, content.as_bytes(), &mut line);
            String::from_utf8(line).unwrap()
        };
        let mut heads = vec![head.clone()];
        let lines: Vec<String> = (0..5)
            .map(|number| {
                let line = of_content(&format!("\"a\":{number}"), &mut head);
                heads.push(head.clone());
                line
            })
            .collect();
        assert_eq!(faults(&lines), []);
        let mut edited = lines.clone();
        edited[1] = edited[1].replace("\"a\":1", "\"a\":7");
        assert_eq!(faults(&edited), [(2, FaultKind::Changed)]);
        // With a hash that fits.
        edited[1] = of_content("\"a\":7", &mut heads[1].clone());
        assert_eq!(faults(&edited), [(3, FaultKind::Replaced)]);
        let mut short = lines.clone();
        short.drain(1..3);
        assert_eq!(faults(&short), [(2, FaultKind::Missing(2, 3))]);
        assert_eq!(faults(&lines[2..]), [(1, FaultKind::Missing(1, 2))]);
        let mut moved = lines.clone();
        moved.swap(1, 2);
        let moved = faults(&moved);
        assert_eq!(
            moved,
            [(2, FaultKind::Missing(2, 2)), (3, FaultKind::Moved(2)), (4, FaultKind::Missing(3, 3))]
        );
        let mut twice = lines.clone();
        twice.insert(2, lines[1].clone());
        assert_eq!(faults(&twice), [(3, FaultKind::Moved(2))]);
        let mut foreign = lines.clone();
        foreign[2] = "not a line\n".to_owned();
        assert_eq!(faults(&foreign), [(3, FaultKind::Unreadable), (4, FaultKind::Missing(3, 3))]);
        assert_eq!(faults(&lines[..3]), [], "a cut tail is only found by its head");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, lines[..3].join("")).unwrap();
        for (head, is_there) in [(&heads[3], true), (&heads[5], false)] {
            assert_eq!(FileLedger::new(&path).verify(Some(&head.hash)).unwrap().has_wanted, is_there);
        }
    }
}

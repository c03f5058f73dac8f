//! Reads the lines of another ledger, such as that of a CI runner, for this one.

use std::io;
use std::path::Path;

use super::chain::Link;
use super::entry::{Entry, Imported};
use super::file::{each_line, take_up};
use super::verify::{Fault, Verified};
use crate::error::Error;
use crate::exit::Exit;
use crate::files::open_regular;

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Import {
    /// Lines that were added.
    pub(crate) added: usize,
    /// Lines that this ledger had already.
    pub(crate) known: usize,
    /// What this ledger doesn't take.
    pub(crate) refused: Vec<Refused>,
}

/// An entry that a ledger doesn't take, or a file with several of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// In words.
    pub(crate) name: String,
    pub(crate) why: Error,
}

/// A line of another ledger.
#[derive(Debug, Clone)]
pub(super) struct ImportedLine {
    /// Its hash in the ledger where it was written first.
    pub(super) hash: String,
    /// Its members, with its frame there as one of them.
    pub(super) content: Vec<u8>,
}

/// The lines of that file, whose chain must be whole unless `accepts_broken`: then what can't be read is left out.
///
/// # Errors
/// It can't be read (exit 1), or its chain is broken (exit 13).
pub(super) fn read(file: &Path, accepts_broken: bool) -> Result<Vec<ImportedLine>, Error> {
    let name = file.display().to_string();
    let unread = |error: io::Error| {
        Error::new(Exit::Other, format!("could not read ledger {name}")).because(error.to_string())
    };
    let mut verified = Verified::of_collection();
    take_up(&mut verified, &name, open_regular(file).map_err(unread)?).map_err(unread)?;
    if verified.count() == 0 && !verified.faults.is_empty() {
        return Err(Error::usage(format!("{name} is not a ledger")));
    }
    if let Some(Fault { line, kind, .. }) = verified.faults.first().filter(|_| !accepts_broken) {
        return Err(Error::new(Exit::Conflict, format!("{name} was not imported: its chain is broken"))
            .because(format!("line {line}: {kind}")));
    }
    let mut lines = Vec::new();
    let reading = open_regular(file).and_then(|file| {
        each_line(file, |_, line| {
            if let Some(link) = Link::parse(line) {
                lines.push(ImportedLine::of(&link, line)?);
            }
            Ok(())
        })
    });
    reading.map_err(unread)?;
    Ok(lines)
}

impl ImportedLine {
    fn of(link: &Link<'_>, line: &[u8]) -> io::Result<Self> {
        let mut content = link.content.to_vec();
        if let Some(imported) = serde_json::from_slice::<Entry>(line)?.imported {
            return Ok(ImportedLine { hash: imported.hash, content });
        }
        let Link { sequence, previous, hash, .. } = *link;
        let frame = Imported { sequence, previous: previous.to_owned(), hash: hash.to_owned() };
        content.extend_from_slice(b",\"imported\":");
        content.extend_from_slice(&serde_json::to_vec(&frame)?);
        // Such as one that has the member already, as null.
        serde_json::from_slice::<Entry>(&[b"{", content.as_slice(), b"}"].concat())?;
        Ok(ImportedLine { hash: hash.to_owned(), content })
    }
}

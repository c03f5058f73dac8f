//! The lines of another ledger, such as that of a CI runner, for this one.

use std::io;

use super::chain::Link;
use super::entry::{Entry, Imported};
use crate::error::Error;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Import {
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

impl ImportedLine {
    pub(super) fn from_link(link: &Link<'_>, line: &[u8]) -> io::Result<Self> {
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

//! Takes the lines of another ledger, such as that of a CI runner, into this one.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;

use super::chain::Link;
use super::entry::Imported;
use super::segments::{each_line, open};
use super::verify::{Fault, Verified};
use super::{Entry, Ledger};
use crate::error::Error;
use crate::exit::Exit;
use crate::files::open_regular;

/// Lines that are written and synced together.
const TOGETHER: usize = 1000;

/// What an import came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Import {
    /// Lines that were added.
    pub(crate) added: usize,
    /// Lines that this ledger had already.
    pub(crate) known: usize,
}

/// Adds the lines of that file which this ledger doesn't have, whose chain must be whole.
///
/// # Errors
/// A file can't be read or written (exit 1), or the chain of the new one is broken (exit 13).
pub(crate) async fn import(ledger: &Ledger, file: &Path, patience: Duration) -> Result<Import, Error> {
    let name = file.display().to_string();
    let unread = |error: io::Error| {
        Error::new(Exit::Other, format!("could not read ledger {name}")).because(error.to_string())
    };
    let _locked = ledger.lock(patience).await?;
    let mut verified = Verified::from_anywhere();
    verified.take_up(&name, open_regular(file).map_err(unread)?, None).map_err(unread)?;
    if let Some(Fault { line, kind, .. }) = verified.faults.first() {
        return Err(Error::new(Exit::Conflict, format!("{name} was not imported: its chain is broken"))
            .because(format!("line {line}: {kind}")));
    }
    let mut seen = known(ledger)
        .map_err(|error| Error::new(Exit::Other, "could not read the ledger").because(error.to_string()))?;
    let mut import = Import::default();
    let mut new = Vec::new();
    let reading = open_regular(file).and_then(|file| {
        each_line(file, |_, line| {
            let Some(link) = Link::parse(line) else { return Ok(()) };
            let imported = serde_json::from_slice::<Entry>(line)?.imported;
            let is_new =
                seen.insert(imported.as_ref().map_or(link.hash, |line| line.hash.as_str()).to_owned());
            import.added += usize::from(is_new);
            import.known += usize::from(!is_new);
            if is_new {
                new.push(content(&link, imported.is_some())?);
            }
            Ok(())
        })
    });
    reading.map_err(unread)?;
    let mut new = new.into_iter().peekable();
    while new.peek().is_some() {
        let group = new.by_ref().take(TOGETHER);
        let written = join_all(group.map(|content| ledger.append_content(content, patience))).await;
        written.into_iter().collect::<Result<(), Error>>()?;
    }
    Ok(import)
}

/// The hashes of the lines of this ledger, where they were written first.
fn known(ledger: &Ledger) -> io::Result<HashSet<String>> {
    let mut seen = HashSet::new();
    for file in ledger.files()? {
        each_line(open(&file)?, |_, line| {
            if let Some(link) = Link::parse(line) {
                // A line that can't be read was not imported from anywhere.
                let imported = serde_json::from_slice::<Entry>(line).ok().and_then(|entry| entry.imported);
                seen.insert(imported.map_or_else(|| link.hash.to_owned(), |line| line.hash));
            }
            Ok(())
        })?;
    }
    Ok(seen)
}

/// The members of a line, with its frame as a member unless it was imported before.
fn content(link: &Link<'_>, is_imported: bool) -> io::Result<Vec<u8>> {
    let mut content = link.content.to_vec();
    if !is_imported {
        let Link { sequence, previous, hash, .. } = *link;
        let frame = Imported { sequence, previous: previous.to_owned(), hash: hash.to_owned() };
        content.extend_from_slice(b",\"imported\":");
        content.extend_from_slice(&serde_json::to_vec(&frame)?);
    }
    // Such as one that has the member already, as null.
    serde_json::from_slice::<Entry>(&[b"{", content.as_slice(), b"}"].concat())?;
    Ok(content)
}

//! What is added to the ledger, and its line as the database takes it.

use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::chain::content_of;
use crate::ledger::claim::Grant;
use crate::ledger::entry::{Entry, Step};
use crate::ledger::import::ImportedLine;
use crate::ledger::quota::{Quota, Terms};

/// The longest ID that an index of the database takes, in bytes.
const LONGEST_ID: usize = 2000;

/// The longest content in bytes: a line has 1 MiB at most, as in `schema.sql`, with its frame.
const LONGEST_CONTENT: usize = 1024 * 1024 - 512;

/// Something to be added.
#[derive(Debug)]
pub(super) enum Record {
    /// A decision has terms.
    Entry {
        entry: Box<Entry>,
        terms: Option<Terms>,
    },
    Imported {
        line: ImportedLine,
        entry: Box<Entry>,
    },
}

/// What became of a record.
#[derive(Debug, Clone)]
pub(super) enum Added {
    New,
    /// It was there already.
    Known,
    /// Its request was decided since it was read.
    Stale(Error),
    /// It was added as a proposal.
    Proposed(Error),
    /// The database doesn't take it.
    Refused(Error),
}

impl Record {
    pub(super) fn entry(&self) -> &Entry {
        match self {
            Record::Entry { entry, .. } | Record::Imported { entry, .. } => entry,
        }
    }

    /// What must hold for it, if it is a decision.
    pub(super) fn terms(&self) -> Option<&Terms> {
        match self {
            Record::Entry { terms, .. } => terms.as_ref(),
            Record::Imported { .. } => None,
        }
    }

    pub(super) fn quota(&self) -> Option<&Quota> {
        self.terms()?.quota.as_ref()
    }

    /// What it says in the ledger that it is imported from, with its frame there.
    pub(super) fn imported_content(&self) -> Option<Vec<u8>> {
        match self {
            Record::Imported { line, .. } => Some(line.content.clone()),
            Record::Entry { .. } => None,
        }
    }

    /// Whether it is of something that is about to be done, and not of what was done before.
    pub(super) fn is_new(&self) -> bool {
        matches!(self, Record::Entry { entry, .. } if !entry.step.is_result())
    }

    /// What its line says, without its frame.
    ///
    /// # Errors
    /// The database would not take it.
    pub(super) fn content(&self, login: &str, grant: &Grant) -> Result<Vec<u8>, Error> {
        let unwritten = |why: &str| Error::new(Exit::Other, "could not write the ledger").reason(why);
        if self.entry().object.id.as_str().len() > LONGEST_ID {
            return Err(unwritten("the ID is too long"));
        }
        let content = self.unchecked_content(login, grant).map_err(|error| unwritten(&error.to_string()))?;
        match content.len() {
            ..=LONGEST_CONTENT => Ok(content),
            _ => Err(unwritten("the entry is too large")),
        }
    }

    fn unchecked_content(&self, login: &str, grant: &Grant) -> serde_json::Result<Vec<u8>> {
        match self {
            Record::Imported { line, .. } => without_nul(line.content.clone()),
            Record::Entry { entry, .. } => {
                let mut entry = entry.as_ref().clone();
                entry.who.login = Some(login.to_owned());
                match grant {
                    Grant::Send => {}
                    Grant::Confirm(by) => entry.proposed_by = Some(by.as_ref().clone()),
                    Grant::Propose(_) => {
                        (entry.step, entry.lease_s) = (Step::Proposed, None);
                        entry.outcome = Some("proposed".to_owned());
                    }
                }
                without_nul(content_of(&entry)?)
            }
        }
    }

    /// The chain that it belongs to: the backend, and the company.
    pub(super) fn chain(&self) -> (String, String) {
        let Entry { backend, company, .. } = self.entry();
        (backend.clone(), company.uid.as_ref().map(|uid| uid.lower_case().into_owned()).unwrap_or_default())
    }
}

/// The members of an entry without the character that PostgreSQL can't store.
fn without_nul(content: Vec<u8>) -> serde_json::Result<Vec<u8>> {
    if !content.windows(6).any(|escape| escape == br"\u0000") {
        return Ok(content);
    }
    let mut value = serde_json::from_slice(&[b"{", content.as_slice(), b"}"].concat())?;
    replace_nul(&mut value);
    let mut content = serde_json::to_vec(&value)?;
    content.pop();
    content.remove(0);
    Ok(content)
}

fn replace_nul(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = text.replace('\0', "\u{fffd}"),
        serde_json::Value::Array(values) => values.iter_mut().for_each(replace_nul),
        serde_json::Value::Object(members) => members.values_mut().for_each(replace_nul),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgresql_cannot_store_is_replaced() {
        let replaced = |content: &str| without_nul(content.as_bytes().to_vec()).map(String::from_utf8);
        let kept = r#""a":"\\u0000 and \u0001""#;
        assert_eq!(replaced(kept).unwrap().unwrap(), kept);
        assert_eq!(replaced(r#""a":["x\u0000"]"#).unwrap().unwrap(), "\"a\":[\"x\u{fffd}\"]");
    }
}

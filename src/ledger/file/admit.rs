//! Checks the quotas of policies while the file is locked, before their decisions are written.

use std::rc::Rc;

use super::FileLedger;
use crate::error::Error;
use crate::ledger::entry::Entry;
use crate::ledger::quota::{PastDecisions, Quota, counted_since, is_by_rule};

/// A line to be written.
#[derive(Debug)]
pub(super) struct NewLine {
    pub(super) content: Vec<u8>,
    /// Of a decision that is only recorded where the quota has room for it.
    pub(super) within: Option<(Entry, Quota)>,
}

impl FileLedger {
    /// Which of these may be written, by the decisions of policies that this ledger holds.
    pub(super) fn admit(&self, lines: &[Rc<NewLine>]) -> Vec<Result<(), Error>> {
        let quotas = lines.iter().filter_map(|line| line.within.as_ref());
        let Some(since) = counted_since(quotas.map(|(entry, quota)| (entry, Some(quota)))) else {
            return vec![Ok(()); lines.len()];
        };
        let mut past = self.pick(|entry| entry.at > since && is_by_rule(entry)).map(PastDecisions::new);
        let mut admit = |line: &Rc<NewLine>| match (&line.within, &mut past) {
            (None, _) => Ok(()),
            (Some(_), Err(error)) => Err(error.clone()),
            (Some((entry, quota)), Ok(past)) => match past.refusal(quota) {
                Some(error) => Err(error),
                None => {
                    past.count(entry);
                    Ok(())
                }
            },
        };
        lines.iter().map(&mut admit).collect()
    }
}

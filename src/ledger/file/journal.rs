//! The journal of earlier versions (`portgate.journal/v1`): its lines are the first ones of a new ledger.

use std::io::{self, BufRead, BufReader};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::segments;
use crate::api::vlan::Vlan;
use crate::domain::approvals::{Company, Decision, Kind, Source};
use crate::ledger::entry::{AnswerSeen, Entry, Machine, Object, ObjectKind, RequestSeen, Step, Who};
use crate::text::{Mbps, Uid};

const SCHEMA: &str = "portgate.journal/v1";

/// A line of the journal.
#[derive(Deserialize)]
struct Line {
    schema: String,
    at: Timestamp,
    step: Step,
    attempt: String,
    environment: String,
    backend: String,
    company: Company,
    partner: Option<Company>,
    by: String,
    id: Uid,
    source: Source,
    #[serde(rename = "type")]
    kind: Kind,
    vxc_uid: Option<Uid>,
    customer: Option<String>,
    rate_limit_mbps: Option<Mbps>,
    decision: Decision,
    vlan: Option<Vlan>,
    inner_vlan: Option<Vlan>,
    move_to: Option<Uid>,
    reason: Option<String>,
    rule: Option<String>,
    outcome: Option<String>,
    error: Option<String>,
}

/// The entries of the journal beside a ledger; none where there is none.
///
/// # Errors
/// It can't be read.
pub(super) fn entries(ledger: &Path) -> io::Result<Vec<Entry>> {
    let file = match segments::open(&ledger.with_file_name("journal.jsonl")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    entries_of(BufReader::new(file))
}

/// The entries of a journal; lines that can't be read are left out.
///
/// # Errors
/// It can't be read.
pub(crate) fn entries_of(journal: impl BufRead) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for line in journal.split(b'\n') {
        let line = serde_json::from_slice::<Line>(&line?).ok();
        entries.extend(line.filter(|line| line.schema == SCHEMA).map(Entry::from));
    }
    Ok(entries)
}

impl From<Line> for Entry {
    fn from(line: Line) -> Self {
        let request = RequestSeen {
            vxc_uid: line.vxc_uid,
            customer: line.customer,
            rate_limit_mbps: line.rate_limit_mbps,
            // A change of speed adds less than the new speed, but how much isn't known.
            added_mbps: line.rate_limit_mbps,
            ..RequestSeen::new(line.source, line.kind)
        };
        Entry {
            at: line.at,
            step: line.step,
            attempt: line.attempt,
            who: Who { actor: line.by, actor_from: "the journal".to_owned(), ..Who::default() },
            machine: Machine::default(),
            environment: line.environment,
            backend: line.backend,
            company: line.company,
            partner: line.partner,
            command: format!("approvals {}", line.decision.word()),
            object: Object {
                request: Some(request),
                vlan: line.vlan,
                inner_vlan: line.inner_vlan,
                move_to: line.move_to,
                reason: line.reason,
                rule: line.rule,
                ..Object::new(ObjectKind::Request, line.id, line.decision.word())
            },
            sent: None,
            answer: None::<AnswerSeen>,
            outcome: line.outcome,
            error: line.error,
            read_back: None,
            lease_s: None,
            accepted_broken_chain: None,
            proposed_by: None,
            imported: None,
        }
    }
}

//! What is to be done about a request, and what became of it.

use serde::Serialize;

use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::vlan::VlanChoice;
use crate::error::Error;
use crate::exit::Exit;

/// The answer to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Yes or no.
    pub decision: Decision,
    /// The B-End's VLAN.
    pub vlan: Option<VlanChoice>,
    /// The B-End's inner VLAN.
    pub inner_vlan: Option<i64>,
    /// The uid of another of my ports to take the B-End.
    pub move_to: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// How a decision ended, in the words of the batch document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// It took effect.
    Done,
    /// It had been decided the same way before.
    Already,
    /// Decided otherwise, or applied differently.
    Conflict,
    /// Not allowed: by the role, or by who has to decide.
    Refused,
    /// Nothing changed.
    Failed,
    /// It may have taken effect.
    Unknown,
    /// Not tried.
    Skipped,
}

impl OutcomeKind {
    /// The word in the batch document and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            OutcomeKind::Done => "done",
            OutcomeKind::Already => "already",
            OutcomeKind::Conflict => "conflict",
            OutcomeKind::Refused => "refused",
            OutcomeKind::Failed => "failed",
            OutcomeKind::Unknown => "unknown",
            OutcomeKind::Skipped => "skipped",
        }
    }

    /// Whether things are as they were asked to be.
    pub const fn is_ok(self) -> bool {
        matches!(self, OutcomeKind::Done | OutcomeKind::Already)
    }
}

/// What became of one decision.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The id decided, as far as it was found out.
    pub id: String,
    /// The answer given.
    pub decision: Decision,
    /// How it ended.
    pub kind: OutcomeKind,
    /// The request as last read: after the decision where it could be read back.
    pub approval: Option<Approval>,
    /// What went wrong, unless it is as asked.
    pub error: Option<Error>,
    /// What else a person should know, one sentence each.
    pub notes: Vec<String>,
}

impl Outcome {
    /// The exit code for this one.
    pub fn exit(&self) -> Exit {
        match (&self.kind, &self.error) {
            (OutcomeKind::Done | OutcomeKind::Already, _) => Exit::Done,
            (_, Some(error)) => error.exit,
            (OutcomeKind::Conflict, None) => Exit::Conflict,
            (OutcomeKind::Unknown, None) => Exit::Unknown,
            (OutcomeKind::Refused, None) => Exit::Refused,
            (OutcomeKind::Failed | OutcomeKind::Skipped, None) => Exit::Other,
        }
    }
}

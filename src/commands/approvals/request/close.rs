//! Finds out how attempts ended of which no response is recorded, and records it.

use std::collections::{HashMap, HashSet};

use crate::change::OutcomeKind;
use crate::commands::approvals::request::batch::Look;
use crate::commands::approvals::request::named::Named;
use crate::commands::approvals::request::subject::{Decider, standing_by_status};
use crate::domain::approvals::model::Approval;
use crate::domain::approvals::standing::Standing;
use crate::ledger::{Attempt, Entry, OpenAttempt, Step, join, name};
use crate::session::connection::Connection;
use crate::text::Uid;

impl Decider<'_> {
    /// Records the outcome of attempts without a conclusive response. If the ledger can't be written, the next read
    /// tries again.
    pub(super) async fn close_attempts(&self, id: &Uid, standing: Standing, approval: &Approval) {
        for open in self.open_attempts(Some(id)).await {
            self.close(open, standing, approval).await;
        }
    }

    /// As [`Decider::close_attempts`], for requests that were read just now.
    pub(crate) async fn close_listed(&self, approvals: &[Approval]) {
        let open = self.open_attempts(None).await;
        if open.is_empty() {
            return;
        }
        let by_id: HashMap<&Uid, &Approval> =
            approvals.iter().map(|approval| (&approval.id, approval)).collect();
        for open in open {
            if let Some(approval) = by_id.get(&open.entry.object.id) {
                self.close(open, standing_by_status(approval), approval).await;
            }
        }
    }

    /// As [`Decider::close_attempts`], for what earlier runs left open, as one that was killed does: their requests are read
    /// from shared lists, without those in `others`, which are read anyway. Returns whether attempts at these are open.
    pub(crate) async fn close_left_open(&self, others: &HashSet<Uid>) -> bool {
        let named = |open: OpenAttempt| Some((Named::of_entry(&open.entry)?, open));
        let mut open: Vec<(Named, OpenAttempt)> =
            self.open_attempts(None).await.into_iter().filter_map(named).collect();
        let all = open.len();
        open.retain(|(named, _)| !others.contains(&named.id));
        let is_open = open.len() < all;
        if open.is_empty() {
            return is_open;
        }
        let decider = Decider::new(self.context, self.connection);
        let batch = decider.share_readings(open.iter().map(|(named, _)| named), 1);
        for (named, open) in &open {
            if batch.has(self.connection, named).await
                && let Ok(reading) = decider.read_now(named, Look::Before).await
            {
                self.close(open.clone(), reading.standing, &reading.approval).await;
            }
        }
        is_open
    }

    async fn open_attempts(&self, id: Option<&Uid>) -> Vec<OpenAttempt> {
        let Connection { ledger, backend, .. } = self.connection;
        ledger.open_attempts(backend, self.now(), id).await
    }

    async fn close(&self, open: OpenAttempt, standing: Standing, approval: &Approval) {
        let OpenAttempt { entry: open, is_over } = open;
        let connection = self.connection;
        let error = format!("no response was received; current status: {}", approval.status.word());
        let (outcome, error) = match standing {
            Standing::Decided { decision, certain: true } if Some(decision) == open.decision() => {
                match self.credit(&open).await {
                    Credit::Own => (OutcomeKind::Done, error),
                    Credit::Other(other) => {
                        let who = format!("already {} by {}", decision.participle(), name(&other.sent));
                        (OutcomeKind::Conflict, format!("no response was received; {who}"))
                    }
                    Credit::Unknown => return,
                }
            }
            Standing::Decided { certain: true, .. } | Standing::Over(_) => (OutcomeKind::Conflict, error),
            Standing::Pending if is_over => (OutcomeKind::Failed, error),
            _ => return,
        };
        let line = Entry {
            environment: open.environment,
            company: open.company,
            partner: open.partner,
            outcome: Some(outcome.word().to_owned()),
            error: Some(error),
            read_back: Some(approval.status.word().to_owned()),
            ..connection.entry(Step::Closed, open.attempt, open.object)
        };
        let _ = connection.ledger.append(&line, connection.client.patience.time_left()).await;
    }

    /// Whose attempt it was that decided the request as `open` would have.
    async fn credit(&self, open: &Entry) -> Credit {
        let entries = self.connection.entries_about(open.object.id.as_str()).await;
        let alike = |attempt: &Attempt| {
            attempt.sent.attempt != open.attempt
                && attempt.sent.is_about(&open.object.id)
                && attempt.sent.step == Step::Sending
                && attempt.sent.decision() == open.decision()
        };
        let mut others = join(entries);
        others.retain(alike);
        if let Some(place) = others.iter().position(|other| other.outcome() == "done") {
            return Credit::Other(Box::new(others.swap_remove(place)));
        }
        match others.iter().any(|other| other.outcome() == "unknown") {
            true => Credit::Unknown,
            false => Credit::Own,
        }
    }
}

/// Who decided a request.
enum Credit {
    Own,
    Other(Box<Attempt>),
    /// Several attempts have no recorded response.
    Unknown,
}

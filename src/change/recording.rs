//! Records a change in the ledger: before each request is sent, and how it ended.

use std::time::Duration;

use serde_json::json;

use crate::api::trace::{Shareable, path_without_keys};
use crate::api::{Answer, Call, SendFailure, trace_id};
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::error::Error;
use crate::ledger::{AnswerSeen, Claimed, Entry, Kept, Object, ObjectKind, SentRequest, Step, Terms};
use crate::session::connection::Connection;

/// The minimum wait for the ledger's lock, to record an outcome.
const LEAST_FOR_A_NOTE: Duration = Duration::from_secs(1);
/// The longest body that is recorded, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// The lines of one sending.
pub(super) struct Recording<'a> {
    connection: &'a Connection,
    line: Entry,
    /// The path that was sent, once a line was written.
    path: Option<String>,
}

impl<'a> Recording<'a> {
    pub(super) fn new(connection: &'a Connection, attempt: String, object: Object) -> Self {
        Recording { connection, line: connection.entry(Step::Sending, attempt, object), path: None }
    }

    /// Records what is about to be sent.
    ///
    /// # Errors
    /// It can't be recorded, or somebody else decides the request: nothing must be sent.
    pub(super) async fn start(&mut self, call: &Call, terms: Terms) -> Result<Claimed, Error> {
        let Shareable { method, path, body } = Shareable::new(call);
        let body = body.map(|body| match body.to_string().len() {
            length if length > LONGEST_BODY => json!({ "left_out_bytes": length }),
            _ => body,
        });
        self.line.at = self.connection.clock.now();
        self.line.sent = Some(SentRequest { method, path, body });
        let (ledger, patience) = (&self.connection.ledger, self.connection.client.patience.time_left());
        let claimed = match self.line.object.request {
            Some(_) => ledger.claim(&self.line, terms, patience).await?,
            None => ledger.append(&self.line, patience).await.map(|()| Claimed::Granted)?,
        };
        if claimed == Claimed::Granted {
            self.path = Some(call.path.clone());
        }
        Ok(claimed)
    }

    pub(super) fn note_answer(&mut self, answered: &Result<Answer, SendFailure>) {
        let (http_status, trace_id) = match answered {
            Ok(answer) => (Some(answer.status), trace_id(&answer.headers)),
            Err(failure) => (failure.error().http_status, failure.error().trace_id.clone()),
        };
        let has_any = http_status.is_some() || trace_id.is_some();
        self.line.answer = has_any.then_some(AnswerSeen { http_status, trace_id });
    }

    /// Records how it ended, even after the deadline, with the state that was read back. Of what was never sent there is
    /// nothing to record.
    pub(super) async fn end<S>(mut self, ended: &mut Outcome<S>, state: Option<String>) {
        let Some(path) = &self.path else { return };
        let line = &mut self.line;
        line.at = self.connection.clock.now();
        line.step = Step::Answered;
        if ended.kind == OutcomeKind::Done && line.object.kind == ObjectKind::ServiceKey {
            // What was created has its name only now.
            line.object.id = ended.id.as_str().into();
        }
        line.outcome = Some(ended.kind.word().to_owned());
        line.error =
            ended.error.as_ref().map(|error| error.to_string().replace(path, &path_without_keys(path)));
        line.read_back = state;
        let patience = self.connection.client.patience.time_left().max(LEAST_FOR_A_NOTE);
        match self.connection.ledger.append_or_keep(line, patience).await {
            Ok(None) => {}
            Ok(Some(Kept { path, refused: None })) => ended.notes.push(format!(
                "the ledger is not available; the outcome is kept in {} and will be recorded by the next run, or with portgate ledger sync",
                path.display()
            )),
            Ok(Some(Kept { path, refused: Some(why) })) => ended.notes.push(format!(
                "the outcome is kept in {}, to be recorded with portgate ledger sync: {why}",
                path.display()
            )),
            // The change stands; only its record is missing.
            Err(error) => ended.notes.push(format!("could not record the outcome in the ledger: {error}")),
        }
    }
}

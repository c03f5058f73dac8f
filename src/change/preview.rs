//! Output of a dry run: the requests that would be sent, and their results. Nothing here can send.

use serde_json::{Map, Value, json};

use crate::api::Call;
use crate::change::document;
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::subject::Subject;
use crate::domain::approvals::Account;
use crate::error::Invocation;

/// A request that would be sent.
pub(crate) struct Planned {
    pub(crate) call: Call,
    /// What would come of it, a sentence each.
    pub(crate) sentences: Vec<String>,
    /// What it would change, for programs; null where that isn't told.
    pub(crate) changes: Value,
}

/// What a dry run shows of one change: the requests it would take, one after the other.
pub(crate) struct Preview<S> {
    pub(crate) planned: Vec<Planned>,
    /// What it would be made to, as far as that is told of an outcome.
    pub(crate) seen: Option<S>,
    /// Additional notes, one sentence each.
    pub(crate) notes: Vec<String>,
    /// Whether it would be proposed: a second person must confirm it.
    pub(crate) is_proposal: bool,
    /// What programs read beside what every row has.
    pub(crate) more: Map<String, Value>,
}

impl<S: Subject> Preview<S> {
    /// What is shown of these requests alone.
    pub(crate) fn of_calls(planned: impl IntoIterator<Item = Planned>) -> Self {
        Preview {
            planned: planned.into_iter().collect(),
            seen: None,
            notes: Vec::new(),
            is_proposal: false,
            more: Map::new(),
        }
    }

    /// What people read.
    pub(super) fn lines(&self, account: Option<&Account>) -> Vec<String> {
        let context =
            account.map(|account| format!(" with X-Call-Context: {}", account.uid)).unwrap_or_default();
        let lines = |planned: &Planned| {
            let Planned { call, sentences, .. } = planned;
            let body = call.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
            let once = if self.is_proposal { ", once a second person confirms it" } else { "" };
            let request = format!("would send {} {}{body}{once}", call.method, path_with_query(call));
            [request + &context].into_iter().chain(sentences.clone()).collect::<Vec<_>>()
        };
        self.planned.iter().flat_map(lines).collect()
    }

    /// What programs read: the row of an outcome for each request, with the request.
    pub(super) fn rows(
        self,
        id: &str,
        action: Action,
        account: Option<&Account>,
        invocation: &Invocation,
    ) -> Vec<Value> {
        let Preview { planned, seen, notes, is_proposal, more } = self;
        let verb = if is_proposal { "propose" } else { action.verb };
        let mut outcome: Outcome<S> = Outcome::new(id, action, OutcomeKind::Done).seen(seen);
        outcome.notes = notes;
        let row = document::row(&outcome, invocation);
        let row_of = |Planned { call, changes, .. }| {
            let mut row = row.clone();
            row["outcome"] = json!(format!("would-{verb}"));
            row["method"] = json!(call.method.as_str());
            row["path"] = json!(path_with_query(&call));
            row["body"] = json!(call.body);
            if let Some(account) = account {
                row["on_behalf_of"] = json!(account);
            }
            if !changes.is_null() {
                row["changes"] = changes;
            }
            row.as_object_mut().into_iter().for_each(|row| row.extend(more.clone()));
            row
        };
        planned.into_iter().map(row_of).collect()
    }
}

/// The path with its query, as it goes over the wire.
fn path_with_query(call: &Call) -> String {
    if call.query.is_empty() {
        return call.path.clone();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&call.query).finish();
    format!("{}?{query}", call.path)
}

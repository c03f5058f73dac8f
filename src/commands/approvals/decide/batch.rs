//! Output of `accept` and `deny`: fields of the JSON document, and lines for people.

use serde_json::{Map, Value, json};

use crate::change::{Subject, output};
use crate::commands::approvals::request::Outcome;
use crate::commands::approvals::view;
use crate::domain::approvals::Approval;
use crate::error::Hint;
use crate::session::context::Context;
use crate::text::words::shell_word;

impl Subject for Approval {
    fn fields(seen: Option<&Self>) -> Map<String, Value> {
        let end = seen.and_then(|approval| approval.b_end.as_ref());
        let mut fields = Map::new();
        // The B-End's VLAN and the status, as read back.
        fields.insert("vlan".to_owned(), json!(end.and_then(|end| end.vlan)));
        fields.insert("status".to_owned(), json!(seen.map(|approval| approval.status)));
        fields
    }

    fn sentence(&self) -> String {
        view::sentence(self)
    }

    fn is_open(&self) -> bool {
        self.may_be_pending()
    }
}

/// The command to run after a decision.
fn next_step(outcomes: &[Outcome]) -> Option<Hint> {
    let first = outcomes.iter().find(|outcome| outcome.kind.is_ok())?;
    Some(match (outcomes.len(), first.action.verb) {
        (1, "accept") => Hint::call("", format!("approvals show {}", shell_word(first.id.as_str()))),
        _ => Hint::call("", "approvals list"),
    })
}

/// Writes the JSON document, or tells people what to run next. `skipped` requests were not tried.
pub(crate) fn write(context: &Context, outcomes: &[Outcome], skipped: usize) -> anyhow::Result<()> {
    if !context.tells_people() {
        return output::write(context, outcomes, skipped);
    }
    if let Some(next) = next_step(outcomes) {
        context.say_next(&next);
    }
    Ok(context.terminal.flush()?)
}

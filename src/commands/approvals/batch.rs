//! The document `accept` and `deny` print with `-o json`, for one id or many, and the lines they print for people.

use serde::Serialize;
use serde_json::Value;

use super::view;
use crate::commands::approvals::decision::{Outcome, OutcomeKind};
use crate::domain::approvals::{Approval, Decision, Kind};
use crate::error::Error;
use crate::exit::Exit;
use crate::render::error::{Style, object};
use crate::render::fields::Known;
use crate::session::context::Context;
use crate::text::{sanitize, words};

/// The schema named in the document.
const SCHEMA: &str = "portgate.batch/v1";

/// The fields of one of its results.
pub(in crate::commands) const FIELDS: Known = &[
    "id",
    "decision",
    "outcome",
    "error.code",
    "error.type",
    "error.message",
    "error.reason",
    "error.http_status",
    "error.trace_id",
    "error.retryable",
    "error.hint",
    "error.resource",
    "vlan",
    "status",
    "notes",
];

/// The document.
#[derive(Debug, Serialize)]
pub(super) struct Batch {
    schema: &'static str,
    summary: Summary,
    results: Vec<Row>,
}

/// How many ended how; `ok` counts done and already.
#[derive(Debug, Default, Serialize)]
struct Summary {
    ok: usize,
    failed: usize,
    unknown: usize,
    skipped: usize,
}

/// One decision.
#[derive(Debug, Serialize)]
struct Row {
    id: String,
    decision: Decision,
    outcome: OutcomeKind,
    /// The error object's inside, or null.
    error: Value,
    /// The VLAN the B-End really got, as read back.
    vlan: Option<i64>,
    /// The status as read back.
    status: Option<crate::domain::approvals::Status>,
    notes: Vec<String>,
}

impl Batch {
    /// With so many more that nothing was tried of.
    pub(super) fn with_skipped(mut self, skipped: usize) -> Self {
        self.summary.skipped += skipped;
        self
    }

    /// The document for these outcomes.
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let mut summary = Summary::default();
        for outcome in outcomes {
            match outcome.kind {
                OutcomeKind::Done | OutcomeKind::Already => summary.ok += 1,
                OutcomeKind::Unknown => summary.unknown += 1,
                OutcomeKind::Skipped => summary.skipped += 1,
                OutcomeKind::Conflict | OutcomeKind::Refused | OutcomeKind::Failed => summary.failed += 1,
            }
        }
        let results = outcomes
            .iter()
            .map(|outcome| Row {
                id: outcome.id.clone(),
                decision: outcome.decision,
                outcome: outcome.kind,
                error: outcome.error.as_ref().map_or(Value::Null, |error| {
                    object(&error.clone().into()).get_mut("error").map(Value::take).unwrap_or_default()
                }),
                vlan: outcome.approval.as_ref().and_then(|read| read.b_end.as_ref()).and_then(|end| end.vlan),
                status: outcome.approval.as_ref().map(|read| read.status),
                notes: outcome.notes.clone(),
            })
            .collect();
        Batch { schema: SCHEMA, summary, results }
    }
}

/// Says how one decision ended: the result on stdout, what went wrong on stderr.
///
/// # Errors
/// stdout can't be written to.
pub(super) fn say(context: &Context, outcome: &Outcome, alone: bool) -> anyhow::Result<()> {
    if outcome.kind.is_ok() {
        let line = ended_well(outcome);
        let written = context.terminal.result_line(&line).and_then(|()| context.terminal.flush());
        if let Err(error) = written {
            context.terminal.say(&line);
            return Err(Error::new(Exit::Other, "the result could not be written")
                .because(error.to_string())
                .hint("what was decided stays decided: see the lines above, or `portgate approvals show`")
                .into());
        }
    } else if let Some(error) = outcome.error.as_ref().filter(|_| !alone) {
        // Among several, each says which one it is about.
        let mut error = error.clone();
        if !error.message.contains(&outcome.id) {
            error.message = format!("{}: {}", outcome.id, error.message);
        }
        crate::render::error::print(&context.terminal, Style::Text, &error.into());
    }
    for note in &outcome.notes {
        context.terminal.say(&format!("note: {}", sanitize::line(note)));
    }
    Ok(())
}

/// "accepted 7c1e09ab…: connection request of Globex Bank: 500 Mbps on SYD1-A, VLAN 1201"
fn ended_well(outcome: &Outcome) -> String {
    let already = if outcome.kind == OutcomeKind::Already { "already " } else { "" };
    let what = match &outcome.approval {
        Some(approval) => format!(": {}", decided_sentence(approval)),
        None => String::new(),
    };
    sanitize::line(&format!("{already}{} {}{what}", outcome.decision.participle(), outcome.id)).into_owned()
}

/// What was decided, with the VLAN it really has.
fn decided_sentence(approval: &Approval) -> String {
    let speed = match (approval.rate_limit_mbps, approval.new_rate_limit_mbps, approval.status) {
        // After acceptance the rate limit is the new one.
        (Some(now), Some(new), _) if now == new => words::mbps(new),
        _ => view::speed_spoken(approval),
    };
    let mut text = format!("{} of {}", approval.kind.noun(), approval.customer_label());
    if view::tells_speed(approval) {
        text.push_str(&format!(", {speed}"));
    }
    if let Some(term) = view::term(approval).filter(|_| approval.kind == Kind::Order) {
        text.push_str(&format!(" for {term}"));
    }
    if let Some(end) = approval.my_end() {
        text.push_str(&format!(" on {}", view::port(approval)));
        if let Some(vlan) = end.vlan {
            text.push_str(&format!(", VLAN {}", words::vlan(Some(vlan))));
        }
        if let Some(inner) = end.inner_vlan {
            text.push_str(&format!(", inner VLAN {inner}"));
        }
    }
    text
}

/// What to run after a decision.
pub(super) fn next_step(context: &Context, outcomes: &[Outcome]) -> Option<String> {
    let first = outcomes.iter().find(|outcome| outcome.kind.is_ok())?;
    let call = context.invocation();
    Some(match (outcomes.len(), first.decision) {
        (1, Decision::Accept) => format!("next: {call} approvals show {}", first.id),
        _ => format!("next: {call} approvals list"),
    })
}

/// Writes the document for programs, or says to people what to run next. Nothing of what was decided may get lost with it:
/// where it can't be written, each decision is named on stderr. `skipped` more were not tried.
///
/// # Errors
/// stdout can't be written to, or `--query` can't be applied to the result (exit 1: what was sent stays sent).
pub(super) fn write(context: &Context, outcomes: &[Outcome], skipped: usize) -> anyhow::Result<()> {
    if context.tells_people() {
        if let Some(next) = next_step(context, outcomes) {
            context.terminal.say(&next);
        }
        return Ok(context.terminal.flush()?);
    }
    let document = serde_json::to_value(Batch::of(outcomes).with_skipped(skipped))?;
    let Err(error) = context.write_document(&document, "results") else { return Ok(()) };
    for outcome in outcomes {
        let line = match &outcome.error {
            None => ended_well(outcome),
            Some(error) => format!("{}: {}: {error}", outcome.id, outcome.kind.name()),
        };
        context.terminal.say(&sanitize::line(&line));
    }
    let why = match Error::of(&error) {
        Some(Error { message, reason: Some(reason), .. }) => format!("{message}: {reason}"),
        Some(known) => known.message.clone(),
        None => error.to_string(),
    };
    Err(Error::new(Exit::Other, "the result could not be written as asked")
        .because(why)
        .hint("what was decided stays decided: it is named above")
        .into())
}

/// Ids named in the hint of a batch that failed in part.
const MOST_NAMED: usize = 10;

/// The exit code of the whole: for one id its own, for several 12 as soon as one failed. `all` is how many there were, those
/// that a dry run would send among them.
pub(super) fn conclusion(outcomes: &[Outcome], all: usize) -> Result<Exit, Error> {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.kind.is_ok()).collect();
    match (all, failed.first()) {
        (_, None) => Ok(Exit::Done),
        (1, Some(outcome)) => Err(outcome.error.clone().unwrap_or_else(|| {
            Error::new(outcome.exit(), format!("{} was not {}", outcome.id, outcome.decision.participle()))
        })),
        (all, Some(_)) => {
            let unknown = failed.iter().filter(|outcome| outcome.kind == OutcomeKind::Unknown).count();
            // The same choice once more might choose what has come meanwhile, too.
            let named: Vec<&str> =
                failed.iter().take(MOST_NAMED).map(|outcome| outcome.id.as_str()).collect();
            let more = match failed.len() - named.len() {
                0 => String::new(),
                more => format!(" and {more} more, as told above"),
            };
            let mut error = Error::new(Exit::Partial, format!("{} of {all} failed", failed.len())).hint(
                format!("once the cause is mended, name these and no others: {}{more}", named.join(" ")),
            );
            if unknown > 0 {
                error = error.because(format!("of {unknown} the outcome is not known"));
            }
            Err(error)
        }
    }
}

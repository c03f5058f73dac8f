//! The columns: what goes wrong, and whether it may leave something open.

use serde_json::{Value, json};

use super::proxy::Fault;
use crate::common::{Answer, Gate, Outcome};

/// A column: a fault, and whether it may leave open what became of the write.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) fault: Fault,
    pub(super) may_doubt: bool,
    /// What must be said of the change, where a signal comes.
    pub(super) after_signal: Option<Stated>,
}

/// What a run that was interrupted says of its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stated {
    Done,
    Unknown,
    Failed,
    /// It was refused, and not sent again.
    NotDone,
    NotSent,
}

impl Stated {
    /// Read from the last line of stderr, which is the error object. A statement that isn't clear is none.
    pub(super) fn read(outcome: &Outcome) -> Option<Self> {
        let error: Value = serde_json::from_str(outcome.stderr.lines().last()?).ok()?;
        let message = error["error"]["message"].as_str()?;
        let says = [
            ("the change in progress was completed: ", Stated::Done),
            ("can't tell whether ", Stated::Unknown),
            ("the change in progress failed: ", Stated::Failed),
            (" was not ", Stated::NotDone),
            ("nothing was sent", Stated::NotSent),
        ];
        let mut stated = says.iter().filter(|(words, _)| message.contains(words)).map(|(_, stated)| *stated);
        stated.next().filter(|_| stated.next().is_none())
    }
}

pub(super) fn columns() -> Vec<Column> {
    let refusal = |status| Answer::refusal(status, "Refused by the proxy.");
    let limited = |seconds: &str| Fault::Instead(refusal(429).header("Retry-After", seconds));
    // Its gate is never opened: the proxy lets go once it stops.
    let slow = Fault::After(Answer::ok(json!({})).behind(&Gate::new()));
    let column = |name, fault, may_doubt| Column { name, fault, may_doubt, after_signal: None };
    let interrupt = |name, fault, stated| Column { name, fault, may_doubt: true, after_signal: Some(stated) };
    vec![
        column("closed before", Fault::ClosedBefore, true),
        column("reset before", Fault::ResetBefore, true),
        column("reset after", Fault::ResetAfter, true),
        column("answer cut", Fault::CutAfter, true),
        column("500 before", Fault::Instead(refusal(500)), true),
        column("503 before", Fault::Instead(refusal(503)), true),
        column("500 after", Fault::After(refusal(500)), true),
        column("503 after", Fault::After(refusal(503)), true),
        column("429 short", limited("1"), false),
        column("429 endless", limited("18446744073709551615"), false),
        column("401", Fault::Instead(refusal(401)), false),
        column("403", Fault::Instead(refusal(403)), false),
        column("404", Fault::Instead(refusal(404)), false),
        column("400", Fault::Instead(refusal(400)), false),
        column("page instead", Fault::Instead(Answer::html(200)), true),
        column("403 page before", Fault::Instead(Answer::html(403)), true),
        column("401 page after", Fault::After(Answer::html(401)), true),
        column("404 page after", Fault::After(Answer::html(404)), true),
        column("redirect after", Fault::After(Answer::redirect(302, "http://127.0.0.1:9/elsewhere")), true),
        column("lying yes", Fault::Instead(Answer::ok(json!({}))), true),
        column("truncated JSON", Fault::TruncatedAfter, true),
        column("empty yes", Fault::After(Answer::empty(200)), true),
        column("redirect", Fault::Instead(Answer::redirect(302, "http://127.0.0.1:9/elsewhere")), true),
        column("slow", slow, true),
        column("reads dead", Fault::ReadsDead, true),
        column("reads a page", Fault::ReadsHtml, true),
        interrupt("interrupt", Fault::Held, Stated::Done),
        interrupt("interrupt before", Fault::ReadHeld, Stated::NotSent),
        interrupt("interrupt, then lost", Fault::HeldAndLost, Stated::Unknown),
        interrupt("interrupt, then 403", Fault::HeldInstead(refusal(403)), Stated::Failed),
        interrupt(
            "interrupt, then 429",
            Fault::HeldInstead(refusal(429).header("Retry-After", "1")),
            Stated::NotDone,
        ),
        interrupt("interrupt twice", Fault::HeldForTwo, Stated::Unknown),
    ]
}

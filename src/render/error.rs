//! The one place that prints an error: as sentences for a person, as an object for a program.

use serde_json::{Value, json};

use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::text::sanitize;

pub(crate) const SCHEMA: &str = "portgate.error/v1";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Text,
    Json,
}

pub(crate) fn print(terminal: &Terminal, style: Style, error: &anyhow::Error) -> Exit {
    match style {
        Style::Json => terminal.say(&object(error).to_string()),
        Style::Text => {
            for line in sentences(error, terminal.facts().color_stderr) {
                terminal.say(&line);
            }
        }
    }
    Error::exit_of(error)
}

fn sentences(error: &anyhow::Error, color: bool) -> Vec<String> {
    let label = if color { "\u{1b}[31;1merror:\u{1b}[0m" } else { "error:" };
    let mut lines = vec![format!("{label} {}", sanitize::block(&message(error)))];
    if let Some(found) = Error::of(error) {
        if let Some(reason) = &found.reason {
            lines.push(format!("  why: {}", sanitize::line(reason)));
        }
        if let Some(trace_id) = &found.trace_id {
            lines.push(format!("  trace id: {}", sanitize::line(trace_id)));
        }
        lines.extend(found.hints.iter().map(|hint| format!("  next: {}", sanitize::line(hint))));
    }
    lines
}

/// What happened, contexts included, from the outside to the inside; the reason of an [`Error`] has its own line.
fn message(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error
        .chain()
        .map(|cause| match cause.downcast_ref::<Error>() {
            Some(found) => found.message.clone(),
            None => cause.to_string(),
        })
        .collect();
    causes.join(": ")
}

/// The object a program reads. Every field is always there; what is not known is null.
pub(crate) fn object(error: &anyhow::Error) -> Value {
    let blank = Error::new(Exit::Other, "");
    let found = Error::of(error).unwrap_or(&blank);
    json!({
        "error": {
            "code": found.exit.code(),
            "type": found.exit.name(),
            "message": message(error),
            "reason": found.reason,
            "http_status": found.http_status,
            "trace_id": found.trace_id,
            "retryable": found.retryable,
            "hint": (!found.hints.is_empty()).then(|| found.hints.join("; ")),
            "resource": found.resource,
        },
        "schema": SCHEMA,
    })
}

//! Prints errors: as text for people, or as an object for programs.

use serde_json::Value;

use crate::error::{Error, Invocation};
use crate::exit::Exit;
use crate::render::json;
use crate::terminal::Terminal;
use crate::text::tone::Tone;

pub(crate) const SCHEMA: &str = "portgate.error/v1";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Text,
    Json,
}

/// `call` is how portgate is called for this backend.
pub(crate) fn print(terminal: &Terminal, style: Style, error: &anyhow::Error, call: &Invocation) -> Exit {
    match style {
        Style::Json => terminal.talk(&json::compact(&object(error, call))),
        Style::Text => say_sentences(terminal, error, call),
    }
    Error::exit_of(error)
}

fn say_sentences(terminal: &Terminal, error: &anyhow::Error, call: &Invocation) {
    if Error::exit_of(error) == Exit::Declined {
        // What a person chose is no error.
        terminal.report(&message(error));
    } else {
        terminal.report_labelled(Tone::Error, "error:", &message(error));
    }
    let Some(found) = Error::in_chain(error) else { return };
    if let Some(reason) = &found.reason {
        terminal.report(&format!("  why: {reason}"));
    }
    if let Some(trace_id) = &found.trace_id {
        terminal.report(&format!("  trace id: {trace_id}"));
    }
    for hint in &found.hints {
        terminal.report_hint(hint, call);
    }
}

/// The error with its contexts, outermost first; the reason of an [`Error`] has its own line.
fn message(error: &anyhow::Error) -> String {
    let told = error.chain().map(|cause| match cause.downcast_ref::<Error>() {
        Some(found) => found.message.clone(),
        None => cause.to_string(),
    });
    told.collect::<Vec<_>>().join(": ")
}

/// The error object for programs. All fields are present; unknown values are null.
pub(crate) fn object(error: &anyhow::Error, call: &Invocation) -> Value {
    let blank = Error::new(Exit::Other, "");
    let found = Error::in_chain(error).unwrap_or(&blank);
    let hints: Vec<String> = found.hints.iter().map(|hint| hint.text(call)).collect();
    serde_json::json!({
        "error": {
            "code": found.exit.code(),
            "type": found.exit.name(),
            "message": message(error),
            "reason": found.reason,
            "http_status": found.http_status,
            "trace_id": found.trace_id,
            "retryable": found.retryable,
            "hint": (!hints.is_empty()).then(|| hints.join("; ")),
            "resource": found.resource,
        },
        "schema": SCHEMA,
    })
}

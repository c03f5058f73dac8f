//! `portgate ledger status`

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::read;
use crate::exit::Exit;
use crate::ledger::verify;
use crate::session::context::Context;
use crate::text::words;

/// Show where the ledger is, its size and its head
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger status
  portgate ledger status -o json | jq -r .head")]
pub(crate) struct StatusArgs {}

/// The state of the ledger. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    path: String,
    files: usize,
    entries: u64,
    changes: usize,
    /// Changes of which no outcome is known.
    unknown: usize,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    head: String,
    intact: bool,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    crate::render::fields::paths_of(&Record::default())
}

pub(super) fn run(context: &Context, _: StatusArgs) -> anyhow::Result<Exit> {
    let ledger = &context.ledger;
    let unread = |error: std::io::Error| read::unread_error(ledger, &error);
    let verified = verify(ledger, None).map_err(unread)?;
    let files = ledger.files().map_err(unread)?.len();
    let attempts = read::attempts(context, ledger)?;
    let record = Record {
        path: ledger.path.display().to_string(),
        files,
        entries: verified.count(),
        changes: attempts.len(),
        unknown: attempts.iter().filter(|attempt| attempt.outcome() == "unknown").count(),
        first_at: attempts.first().map(|attempt| attempt.sent.at),
        last_at: attempts.last().map(|attempt| attempt.sent.at),
        head: verified.head.hash.clone(),
        intact: verified.faults.is_empty(),
    };
    let moments = context.moments();
    let since = record.first_at.map_or_else(String::new, |at| format!(" since {}", moments.at(at)));
    let changes = words::count(record.changes, "change", "changes");
    let mut lines = vec![
        format!("Ledger   {}", record.path),
        format!("Changes  {changes}{since}"),
        format!("Head     {}", record.head),
    ];
    if files > 1 {
        lines.insert(1, format!("Files    {files}"));
    }
    if record.unknown > 0 {
        lines
            .push(format!("Unknown  {} (list them: portgate ledger list --outcome unknown)", record.unknown));
    }
    if !record.intact {
        lines.push("Intact   no: run portgate ledger verify".to_owned());
    }
    context.write_record(&lines, &serde_json::to_value(&record)?)?;
    Ok(Exit::Done)
}

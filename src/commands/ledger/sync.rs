//! `portgate ledger sync`

use clap::Args;
use serde::Serialize;

use super::database_of;
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::Refused;
use crate::session::context::Context;
use crate::text::words;

/// Upload entries saved locally while the database was unavailable
///
/// If the outcome of a change can't be recorded in a team's ledger, portgate keeps it in a file. The next decision from this
/// machine also records what is kept there. Entries that the ledger refuses are listed and kept (exit code 12).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger sync
  portgate ledger sync -o json | jq .added")]
pub(crate) struct SyncArgs {}

/// What was recorded. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    added: usize,
    /// Entries that were recorded already.
    known: usize,
    /// Entries that are still kept, since the ledger refused them.
    refused: usize,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    crate::render::fields::paths_of(&Record::default())
}

pub(super) async fn run(context: &Context, _: SyncArgs) -> anyhow::Result<Exit> {
    let ledger = context.ledger()?;
    super::say_kept_elsewhere(context);
    let syncing = database_of(&ledger)?.sync(context.patience.time_left());
    let import = context.with_progress("uploading entries", syncing).await?;
    let refused = import.refused.len();
    let lines = match import.added {
        0 if refused > 0 => Vec::new(),
        0 => vec!["nothing to record".to_owned()],
        added => vec![format!("recorded {}", words::count(added, "entry", "entries"))],
    };
    let record = Record { added: import.added, known: import.known, refused };
    context.write_record(&lines, &serde_json::to_value(&record)?)?;
    all_taken(
        context,
        &import.refused,
        "they are still kept: see why the ledger refused them, then run this command again",
    )
}

/// Why an entry was refused.
fn reason_or_message(why: &Error) -> String {
    why.reason.clone().unwrap_or_else(|| why.message.clone())
}

/// How a command ends of whose entries the ledger refused these.
pub(super) fn all_taken(context: &Context, refused: &[Refused], hint: &str) -> anyhow::Result<Exit> {
    if refused.is_empty() {
        return Ok(Exit::Done);
    }
    for Refused { name, why } in refused {
        context.terminal.warn(&format!("not recorded: {name}: {}", reason_or_message(why)));
    }
    let all = words::count(refused.len(), "entry was", "entries were");
    Err(Error::new(Exit::Partial, format!("{all} refused by the ledger")).hint(hint).into())
}

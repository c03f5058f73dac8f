//! `portgate ledger sync`

use clap::Args;
use serde::Serialize;

use super::database_of;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::text::words;

/// Record what was kept on this machine while the database was unavailable
///
/// If the outcome of a change can't be recorded in a team's ledger, portgate keeps it in a file. The next decision from this
/// machine also records what is kept there.
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
}

pub(in crate::commands) fn fields() -> Vec<String> {
    crate::render::fields::paths_of(&Record::default())
}

pub(super) async fn run(context: &Context, _: SyncArgs) -> anyhow::Result<Exit> {
    let ledger = context.ledger()?;
    let syncing = database_of(&ledger)?.sync(context.patience.left());
    let import = context.during("recording what was kept", syncing).await?;
    let line = match import.added {
        0 => "nothing to record".to_owned(),
        added => format!("recorded {}", words::count(added, "entry", "entries")),
    };
    let record = Record { added: import.added, known: import.known };
    context.write_record(&[line], &serde_json::to_value(&record)?)?;
    Ok(Exit::Done)
}

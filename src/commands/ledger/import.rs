//! `portgate ledger import`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::sync::all_taken;
use crate::exit::Exit;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;

/// Add the entries of other ledgers, such as those of CI runners
///
/// Each entry is added once, however often its file is imported. It keeps the hash of the ledger that it comes from. A file
/// whose entries were changed or removed isn't imported (exit code 13).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger import ledger.jsonl
  portgate ledger import runner-1.jsonl runner-2.jsonl")]
pub(crate) struct ImportArgs {
    /// Files written by `portgate ledger export`, or ledger files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// What was added of a file. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    file: String,
    added: usize,
    /// Entries that were in this ledger already.
    known: usize,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    crate::render::fields::paths_of(&Record::default())
}

pub(super) async fn run(context: &Context, args: ImportArgs) -> anyhow::Result<Exit> {
    let ledger = context.ledger()?;
    let mut records = Vec::new();
    let (mut failure, mut refused) = (None, Vec::new());
    for file in &args.files {
        let importing = ledger.import(file, context.patience.time_left());
        match context.with_progress("importing", importing).await {
            Ok(import) => {
                records.push(Record {
                    file: file.display().to_string(),
                    added: import.added,
                    known: import.known,
                });
                refused.extend(import.refused);
            }
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let columns = vec![
        Column::text("FILE", |row: &Record| row.file.clone()).wrap(),
        Column::new("ADDED", |row: &Record| row.added.to_string()).right(),
        Column::new("KNOWN", |row: &Record| row.known.to_string()).right(),
    ];
    context.write_list(&ListView::new(&records, columns, |row| json!(row)))?;
    match failure {
        Some(error) => Err(error.into()),
        None => all_taken(context, &refused, "see why the ledger refused them, then import them again"),
    }
}

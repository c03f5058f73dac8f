//! `portgate ledger status`

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::read;
use super::verify::ChainRecord;
use crate::exit::Exit;
use crate::ledger::{Ledger, Search};
use crate::session::context::Context;
use crate::text::words;

/// Show where the ledger is, its size and its head
///
/// Exits with code 13 if the ledger was altered.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger status
  portgate ledger status -o json | jq -r .head")]
pub(crate) struct StatusArgs {}

/// The state of the ledger. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    path: String,
    /// `file` or `postgresql`.
    home: &'static str,
    /// The login to the database; null in files.
    login: Option<String>,
    /// What the login may do: `reader` or `writer`; null in files.
    access: Option<&'static str>,
    files: Option<usize>,
    entries: u64,
    changes: usize,
    /// Changes of which no outcome is known.
    unknown: usize,
    /// Entries that are kept in a file until the database is available.
    kept: usize,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    /// The hash of the last entry; null where the ledger has several chains.
    head: Option<String>,
    /// The last entry of each chain in a database.
    chains: Vec<ChainRecord>,
    intact: bool,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    crate::render::fields::paths_of(&Record::default())
}

pub(super) async fn run(context: &Context, _: StatusArgs) -> anyhow::Result<Exit> {
    let ledger = context.ledger()?;
    let verified = context.with_progress("checking the ledger", ledger.verify(None)).await?;
    let found = read::find(context, &Search::default(), |_| true).await?;
    let attempts = found.attempts;
    let mut record = Record {
        path: ledger.place(),
        home: "file",
        entries: verified.count(),
        changes: attempts.len(),
        unknown: attempts.iter().filter(|attempt| attempt.outcome() == "unknown").count(),
        first_at: attempts.first().map(|attempt| attempt.sent.at),
        last_at: attempts.last().map(|attempt| attempt.sent.at),
        head: verified.head().filter(|head| head.sequence > 0).map(|head| head.hash.clone()),
        chains: verified.chains().filter(|chain| chain.entries > 0).map(ChainRecord::from).collect(),
        intact: verified.faults.is_empty(),
        ..Record::default()
    };
    match ledger.as_ref() {
        Ledger::File(files) => record.files = Some(files.count_files()?),
        Ledger::Database(database) => {
            let (login, may_write) = database.access().await?;
            record.home = "postgresql";
            record.login = Some(login);
            record.access = Some(if may_write { "writer" } else { "reader" });
            record.kept = database.count_kept()?;
        }
    }
    context.write_record(&lines(&record, context), &serde_json::to_value(&record)?)?;
    super::say_kept_elsewhere(context);
    // As `ledger verify`.
    Ok(if record.intact { Exit::Done } else { Exit::Conflict })
}

fn lines(record: &Record, context: &Context) -> Vec<String> {
    let moments = context.moments();
    let since = record.first_at.map_or_else(String::new, |at| format!(" since {}", moments.format(at)));
    let changes = record.changes;
    let mut lines = vec![format!("Ledger   {}", record.path)];
    if let (Some(login), Some(access)) = (&record.login, record.access) {
        lines.push(format!("Login    {login} ({access})"));
    }
    if let Some(files) = record.files.filter(|files| *files > 1) {
        lines.push(format!("Files    {files}"));
    }
    let entries = record.entries;
    lines.push(format!("Entries  {entries} (each change has one before it is sent and one for its outcome)"));
    lines.push(format!("Changes  {changes}{since}"));
    if let Some(head) = &record.head {
        lines.push(format!("Head     {head}"));
    }
    if record.chains.len() > 1 {
        let chains = record.chains.iter();
        lines.extend(chains.map(|chain| format!("Head     {} ({})", chain.head, chain.chain)));
    }
    if record.unknown > 0 {
        lines
            .push(format!("Unknown  {} (list them: portgate ledger list --outcome unknown)", record.unknown));
    }
    if record.kept > 0 {
        let entries = words::count(record.kept, "entry", "entries");
        lines.push(format!("Kept     {entries} in a file (record them: portgate ledger sync)"));
    }
    if !record.intact {
        lines.push("Intact   no: run portgate ledger verify".to_owned());
    }
    lines
}

//! `portgate ledger export`

use clap::Args;

use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::session::context::Context;

/// Print the ledger as it is, one JSON entry per line
///
/// The output can be verified and imported elsewhere. For a spreadsheet, use `portgate ledger list -o csv`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger export > ledger.jsonl
  portgate ledger export | jq -r 'select(.step == \"sending\") | .object.id'")]
pub(crate) struct ExportArgs {}

pub(super) async fn run(context: &Context, _: ExportArgs) -> anyhow::Result<Exit> {
    if !context.is_whole() || !matches!(context.output, OutputFormat::Table | OutputFormat::Jsonl) {
        return Err(Error::usage("ledger export prints JSON lines only")
            .hint(Hint::call("for other formats, use ", "ledger list"))
            .into());
    }
    let ledger = context.ledger()?;
    let mut written = Ok(());
    let exported = ledger.each_line(|line| {
        if written.is_ok() && !context.terminal.is_closed() {
            written = context.terminal.result_row(&String::from_utf8_lossy(line));
        }
        Ok(())
    });
    exported.await?;
    written?;
    Ok(Exit::Done)
}

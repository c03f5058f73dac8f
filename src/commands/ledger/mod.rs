//! `portgate ledger`: every change made, by whom and with what outcome.

mod export;
pub(in crate::commands) mod filter;
pub(in crate::commands) mod import;
pub(in crate::commands) mod init;
pub(in crate::commands) mod list;
pub(in crate::commands) mod read;
pub(in crate::commands) mod status;
pub(in crate::commands) mod sync;
pub(in crate::commands) mod verify;

use clap::Subcommand;

use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::database::DatabaseLedger;
use crate::session::context::Context;
use crate::session::ledger::kept_elsewhere;
use crate::text::words::{self, shell_word};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::ListArgs),
    Status(status::StatusArgs),
    Verify(verify::VerifyArgs),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Init(init::InitArgs),
    Migrate(init::MigrateArgs),
    Sync(sync::SyncArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(context, args).await,
        Command::Status(args) => status::run(context, args).await,
        Command::Verify(args) => verify::run(context, args).await,
        Command::Export(args) => export::run(context, args).await,
        Command::Import(args) => import::run(context, args).await,
        Command::Init(args) => init::run(context, args).await,
        Command::Migrate(args) => init::migrate(context, args).await,
        Command::Sync(args) => sync::run(context, args).await,
    }
}

/// Says what is kept for other ledgers, of which this command shows and uploads nothing.
fn say_kept_elsewhere(context: &Context) {
    for kept in kept_elsewhere(context) {
        let (entries, path) = (words::count(kept.entries, "entry", "entries"), kept.path.display());
        let (of, set) = match &kept.address {
            Some(address) => (format!("the ledger at {address}"), shell_word(address)),
            None => ("a ledger at another address".to_owned(), "ADDRESS".to_owned()),
        };
        context.terminal.say(&format!(
            "note: {entries} saved locally for {of} in {path}; upload: PORTGATE_LEDGER={set} portgate ledger sync"
        ));
    }
}

/// The ledger in a database.
///
/// # Errors
/// It is in a file (exit 2).
fn database_of(ledger: &Ledger) -> Result<&DatabaseLedger, Error> {
    match ledger {
        Ledger::Database(database) => Ok(database),
        Ledger::File(_) => Err(Error::usage("this command requires a ledger in a database")
            .reason(format!("this run uses the ledger file {}", ledger.place()))
            .hint("set PORTGATE_LEDGER to an address such as postgres://ana@db.example.net/portgate")),
    }
}

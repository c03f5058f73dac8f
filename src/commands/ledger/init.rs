//! `portgate ledger init` and `portgate ledger migrate`

use clap::Args;
use serde::Serialize;

use super::database_of;
use crate::exit::Exit;
use crate::ledger::database::{Logins, Setup};
use crate::session::context::Context;
use crate::text::name::parse_name;

/// Create a ledger for a team in a PostgreSQL database
///
/// Creates the schema `portgate` in the database that PORTGATE_LEDGER or the profile names, and the roles
/// `portgate_writer`, which may add entries, and `portgate_reader`, which may only read them. Nobody may change or remove
/// an entry. Requires a login that may create schemas and roles. Can be run again to give access to more logins.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger init --writer ana --writer ben
  portgate ledger init --reader auditor")]
pub(crate) struct InitArgs {
    /// Allow this login to record changes, and so to make decisions
    #[arg(long, value_name = "LOGIN", value_parser = parse_name)]
    writer: Vec<String>,

    /// Allow this login to read the ledger
    #[arg(long, value_name = "LOGIN", value_parser = parse_name)]
    reader: Vec<String>,
}

/// Upgrade a team's ledger to the current version
///
/// Older versions of portgate can't use the ledger afterwards. Requires the login that created it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger migrate
  PORTGATE_LEDGER=postgres://admin@db.example.net/desk portgate ledger migrate")]
pub(crate) struct MigrateArgs {}

/// What was set up. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    path: String,
    created: bool,
    /// The version of the tables before; null if there were none.
    version_before: Option<i32>,
    version: i32,
    writers: Vec<String>,
    readers: Vec<String>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    crate::render::fields::paths_of(&Record::default())
}

pub(super) async fn run(context: &Context, args: InitArgs) -> anyhow::Result<Exit> {
    set_up(context, true, Logins { writers: args.writer, readers: args.reader }).await
}

pub(super) async fn migrate(context: &Context, _: MigrateArgs) -> anyhow::Result<Exit> {
    set_up(context, false, Logins::default()).await
}

async fn set_up(context: &Context, may_create: bool, logins: Logins) -> anyhow::Result<Exit> {
    let ledger = context.ledger()?;
    let setting_up = database_of(&ledger)?.set_up(may_create, &logins);
    let Setup { before, version } = context.with_progress("setting up the ledger", setting_up).await?;
    let place = ledger.place();
    let mut lines = vec![match before {
        None => format!("created the ledger at {place}"),
        Some(before) if before == version => format!("the ledger at {place} has version {version} already"),
        Some(before) => format!("migrated the ledger at {place} from version {before} to {version}"),
    }];
    let Logins { writers, readers } = logins;
    lines.extend(writers.iter().map(|login| format!("{login} can record changes")));
    lines.extend(readers.iter().map(|login| format!("{login} can read the ledger")));
    let created = before.is_none();
    let record = Record { path: place, created, version_before: before, version, writers, readers };
    context.write_record(&lines, &serde_json::to_value(&record)?)?;
    Ok(Exit::Done)
}

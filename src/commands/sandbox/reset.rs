//! `portgate sandbox reset`

use clap::Args;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::sandbox::{self, Options};

/// Start the sandbox over, with the demo's data as of now
///
/// API keys keep their client IDs and get new secrets. A running server notices by itself.
#[derive(Debug, Args)]
pub(super) struct ResetArgs {}

/// Starts over.
///
/// # Errors
/// A database that can't be written.
pub(super) fn run(context: &Context, _: &ResetArgs) -> anyhow::Result<Exit> {
    let db = super::db(context);
    let options = Options::from_environment(db.clone(), &context.environment)?;
    sandbox::reset(&db, options.clock)?;
    if context.output.is_json() {
        context.terminal.result_line(&json!({"db": db.display().to_string()}).to_string())?;
    }
    context.terminal.say(&format!("The sandbox in {} starts over with the demo's data.", db.display()));
    Ok(Exit::Done)
}

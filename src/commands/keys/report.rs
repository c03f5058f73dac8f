//! What came of a write. Nothing of it may get lost with a stdout that takes nothing.

use serde_json::Value;

use crate::commands::consent;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::text::sanitize;

/// Writes the record of what was done; where that fails, `done` says it on stderr, and `look` how to see it again.
///
/// # Errors
/// stdout can't be written to, or `--query` can't be applied (exit 1).
pub(super) fn write(
    context: &Context,
    lines: &[String],
    record: &Value,
    done: &str,
    look: &str,
) -> anyhow::Result<()> {
    context.write_record(lines, record).map_err(|error| {
        context.terminal.say(&sanitize::line(done));
        not_written(error, look)
    })
}

/// The error of a result that could not be written: what was done is done, and `look` says how to see it.
pub(super) fn not_written(error: anyhow::Error, look: &str) -> anyhow::Error {
    let error = match Error::of(&error) {
        Some(known) => known.clone(),
        None => Error::new(Exit::Other, "the result could not be written").because(error.to_string()),
    };
    error.hint(format!("what was done stays done: {look}")).into()
}

/// The end of a write: what isn't as asked counts more than a result that wasn't written.
///
/// # Errors
/// Either of the two, or a signal.
pub(super) fn conclude(
    context: &Context,
    written: anyhow::Result<()>,
    differs: Option<Error>,
) -> anyhow::Result<Exit> {
    match (differs, written) {
        (None, written) => {
            written?;
            Ok(consent::conclude(context)?)
        }
        (Some(differs), written) => {
            if let Err(error) = written {
                context.terminal.warn(&sanitize::line(&error.to_string()));
            }
            Err(differs.into())
        }
    }
}

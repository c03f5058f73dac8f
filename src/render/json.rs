//! JSON documents on stdout.

use serde::Serialize;

use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Writes a value as one JSON document, indented, with a line break at its end.
///
/// # Errors
/// stdout can't be written to.
pub fn write<T: Serialize>(terminal: &Terminal, value: &T) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Error::new(Exit::Other, "the result can't be written as JSON").because(error.to_string())
    })?;
    terminal.result_line(&text)?;
    Ok(())
}

//! The one seam through which results reach stdout: a list or one record, in the form asked for.
//!
//! A command hands over what people see and what programs read, side by side; which of the two is written is
//! decided here.

use serde_json::Value;

use crate::cli::OutputFormat;
use crate::render::json;
use crate::render::table::{Column, layout};
use crate::terminal::Terminal;

/// A list: a table for people, records for programs, row by row the same things.
#[derive(Debug, Clone, Default)]
pub struct ListView {
    /// The table's columns.
    pub columns: Vec<Column>,
    /// Its cells, not yet made harmless.
    pub rows: Vec<Vec<String>>,
    /// The records, as JSON objects.
    pub records: Vec<Value>,
}

/// Writes a list. An empty one is `[]` for programs and nothing at all for people.
///
/// # Errors
/// stdout can't be written to.
pub fn write_list(terminal: &Terminal, format: OutputFormat, view: &ListView) -> anyhow::Result<()> {
    match format {
        OutputFormat::Json => json::write(terminal, &view.records)?,
        OutputFormat::Table if view.rows.is_empty() => {}
        OutputFormat::Table => terminal.result(&layout(&view.columns, &view.rows, terminal.facts().width))?,
    }
    terminal.flush()?;
    Ok(())
}

/// Writes one record: lines for people (not yet made harmless), an object for programs.
///
/// # Errors
/// stdout can't be written to.
pub fn write_record(
    terminal: &Terminal,
    format: OutputFormat,
    lines: &[String],
    record: &Value,
) -> anyhow::Result<()> {
    match format {
        OutputFormat::Json => json::write(terminal, record)?,
        OutputFormat::Table => {
            for line in lines {
                terminal.result_line(&crate::render::sanitize::line(line))?;
            }
        }
    }
    terminal.flush()?;
    Ok(())
}

//! The one seam through which results reach stdout: a command hands over what people see and what programs read, side by
//! side; which of the two is written, and as what, is decided here.

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::render::fields::{self, Chosen};
use crate::render::query::{self, Query};
use crate::render::table::{Column, Table};
use crate::render::{csv, json, yaml};
use crate::terminal::Terminal;
use crate::text::sanitize;

#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pub(crate) format: OutputFormat,
    /// The fields of the command's records; empty where it declares none.
    pub(crate) known: Vec<String>,
    pub(crate) fields: Option<Chosen>,
    pub(crate) query: Option<Query>,
}

/// A list: a table for people, records for programs, row by row the same things.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListView {
    pub(crate) table: Table,
    pub(crate) records: Vec<Value>,
}

impl ListView {
    pub(crate) fn new<R, S: Serialize>(
        items: &[R],
        columns: Vec<Column<'_, R>>,
        record: impl Fn(&R) -> S,
    ) -> Self {
        ListView {
            table: Table::new(items, columns),
            records: items.iter().map(|item| json!(record(item))).collect(),
        }
    }
}

/// Writes a list. An empty one is `[]` for programs and nothing at all for people.
pub(crate) fn write_list(terminal: &Terminal, form: &Form, view: &ListView) -> anyhow::Result<()> {
    let facts = terminal.facts;
    let text = if let Some(query) = &form.query {
        query_result_text(form.format, &query.of(&Value::Array(view.records.clone()))?)?
    } else {
        match (form.format, &form.fields) {
            (OutputFormat::Table, _) if view.records.is_empty() => String::new(),
            (OutputFormat::Table, None) => text_of(&view.table.lines(facts.width, facts.color_stdout)),
            (OutputFormat::Table, Some(chosen)) => table_of(chosen, &view.records, facts.width),
            (format, chosen) => list_text(format, &form.known, chosen.as_ref(), &view.records)?,
        }
    };
    finish(terminal, form.format, &text)
}

/// Writes one record: lines for people (not yet made harmless), an object for programs. A query that can't be applied
/// is exit 1, but the whole record is written all the same: what the command did can't be had again.
pub(crate) fn write_record(
    terminal: &Terminal,
    form: &Form,
    lines: &[String],
    record: &Value,
) -> anyhow::Result<()> {
    if let Some(query) = &form.query {
        return write_queried(terminal, form.format, query, record);
    }
    let chosen = form.fields.as_ref();
    let text = match form.format {
        OutputFormat::Table => match chosen {
            Some(chosen) => fields_of(chosen, record),
            None => lines.iter().map(|line| format!("{}\n", sanitize::line(line))).collect(),
        },
        OutputFormat::Csv => list_text(form.format, &form.known, chosen, std::slice::from_ref(record))?,
        format => value_text(format, &chosen.map_or_else(|| record.clone(), |chosen| chosen.of(record)))?,
    };
    finish(terminal, form.format, &text)
}

/// Writes a document that holds a list of rows under a name: whole as `json` and `yaml`, its rows alone as `jsonl` and
/// `csv`. For programs only; people are told as it happens.
pub(crate) fn write_document(
    terminal: &Terminal,
    form: &Form,
    document: &Value,
    rows: &str,
) -> anyhow::Result<()> {
    if let Some(query) = &form.query {
        return write_queried(terminal, form.format, query, document);
    }
    let records = document.get(rows).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let chosen = form.fields.as_ref();
    let text = match (form.format, chosen) {
        (OutputFormat::Table, Some(chosen)) => table_of(chosen, records, terminal.facts.width),
        (OutputFormat::Jsonl | OutputFormat::Csv, _) => list_text(form.format, &form.known, chosen, records)?,
        (format, _) => {
            let mut document = document.clone();
            if let (Some(chosen), Some(place)) = (chosen, document.get_mut(rows)) {
                *place = records.iter().map(|record| chosen.of(record)).collect();
            }
            value_text(format, &document)?
        }
    };
    finish(terminal, form.format, &text)
}

pub(crate) fn write_event(
    terminal: &Terminal,
    form: &Form,
    line: &str,
    record: &Value,
) -> anyhow::Result<()> {
    let for_people = matches!(form.format, OutputFormat::Table | OutputFormat::Plain);
    let text = match (&form.query, &form.fields) {
        (Some(query), _) if for_people => query::plain(&query.of(record)?),
        (Some(query), _) => json::compact(&query.of(record)?),
        (None, Some(chosen)) if for_people => {
            let cells: Vec<String> =
                chosen.paths().iter().map(|path| cell_text(fields::value_at(record, path))).collect();
            format!("{}\n", sanitize::line(&cells.join("  ")))
        }
        (None, None) if for_people => format!("{}\n", sanitize::line(line)),
        (None, chosen) => {
            json::compact(&chosen.as_ref().map_or_else(|| record.clone(), |chosen| chosen.of(record)))
        }
    };
    finish(terminal, form.format, &text)
}

fn write_queried(
    terminal: &Terminal,
    format: OutputFormat,
    query: &Query,
    value: &Value,
) -> anyhow::Result<()> {
    match query.of(value) {
        Ok(found) => finish(terminal, format, &query_result_text(format, &found)?),
        Err(error) => {
            finish(terminal, format, &value_text(format, value)?)?;
            // Not the exit of wrong usage, which says that nothing was sent.
            let error = Error { exit: Exit::Other, ..error };
            Err(error.hint("the whole result is on stdout; what was done stays done").into())
        }
    }
}

fn query_result_text(format: OutputFormat, found: &Value) -> Result<String, Error> {
    match (format, found) {
        (OutputFormat::Jsonl, Value::Array(elements)) => Ok(elements.iter().map(json::compact).collect()),
        (OutputFormat::Csv, found) => csv::query_result(found),
        (format, found) => value_text(format, found),
    }
}

fn list_text(
    format: OutputFormat,
    known: &[String],
    chosen: Option<&Chosen>,
    records: &[Value],
) -> Result<String, Error> {
    match (format, chosen) {
        (OutputFormat::Csv, Some(chosen)) => csv::records(chosen.paths(), records),
        (OutputFormat::Csv, None) => csv::records(&fields::columns(records, known), records),
        (OutputFormat::Jsonl, chosen) => Ok(records
            .iter()
            .map(|record| {
                chosen.map_or_else(|| json::compact(record), |chosen| json::compact(&chosen.of(record)))
            })
            .collect()),
        (format, Some(chosen)) => {
            value_text(format, &records.iter().map(|record| chosen.of(record)).collect())
        }
        (format, None) => value_text(format, &Value::Array(records.to_vec())),
    }
}

fn value_text(format: OutputFormat, value: &Value) -> Result<String, Error> {
    match format {
        OutputFormat::Json => Ok(json::pretty(value)),
        OutputFormat::Jsonl => Ok(json::compact(value)),
        OutputFormat::Csv => csv::query_result(value),
        OutputFormat::Yaml => yaml::document(value),
        OutputFormat::Table | OutputFormat::Plain => Ok(query::plain(value)),
    }
}

fn table_of(chosen: &Chosen, records: &[Value], width: Option<usize>) -> String {
    let column = |path: &'_ String| {
        let path = path.clone();
        let name = path.rsplit('.').next().unwrap_or(&path);
        let is_id = matches!(name, "id" | "uid") || name.ends_with("_uid");
        let title = path.to_uppercase();
        let cell = move |record: &Value| cell_text(fields::value_at(record, &path));
        if is_id { Column::fixed(&title, cell) } else { Column::text(&title, cell) }
    };
    text_of(&Table::new(records, chosen.paths().iter().map(column).collect()).lines(width, false))
}

fn text_of(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn fields_of(chosen: &Chosen, record: &Value) -> String {
    let widest = chosen.paths().iter().map(String::len).max().unwrap_or(0);
    chosen
        .paths()
        .iter()
        .map(|path| {
            let value = cell_text(fields::value_at(record, path));
            format!("{path:<widest$}  {}\n", sanitize::line(&value))
        })
        .collect()
}

fn cell_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn finish(terminal: &Terminal, format: OutputFormat, text: &str) -> anyhow::Result<()> {
    match format {
        OutputFormat::Csv | OutputFormat::Yaml | OutputFormat::Plain => terminal.result_text(text)?,
        OutputFormat::Table | OutputFormat::Json | OutputFormat::Jsonl => terminal.result(text)?,
    }
    terminal.flush()?;
    Ok(())
}

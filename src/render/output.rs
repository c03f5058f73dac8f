//! Writes results to stdout. A command provides the view for people and the records for programs; which one is written,
//! and in which format, is decided here.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::exit::Exit;
use crate::options::OutputFormat;
use crate::render::fields::{self, Chosen};
use crate::render::html::{self, Heading};
use crate::render::query::{self, Query};
use crate::render::table::{Column, Table};
use crate::render::{csv, json, yaml};
use crate::terminal::Terminal;
use crate::text::fit::wrap_record;
use crate::text::sanitize;

#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pub(crate) format: OutputFormat,
    /// Where an HTML page is written instead of stdout.
    pub(crate) file: Option<PathBuf>,
    /// The command, such as "ports list".
    pub(crate) command: String,
    /// The fields of the command's records; empty if it declares none.
    pub(crate) known: Vec<String>,
    pub(crate) fields: Option<Chosen>,
    pub(crate) query: Option<Query>,
}

/// A list: a table for people and records for programs, row by row.
#[derive(Debug)]
pub(crate) struct ListView<'a> {
    pub(crate) table: Table,
    pub(crate) records: Records<'a>,
    /// What stands above the table on a page of its own.
    pub(crate) heading: Heading,
}

/// Made when they are first used: they take more memory than the table, which needs none.
pub(crate) type Records<'a> = LazyCell<Vec<Value>, Box<dyn FnOnce() -> Vec<Value> + 'a>>;

impl<'a> ListView<'a> {
    pub(crate) fn new<R, S: Serialize>(
        items: impl AsRef<[R]> + 'a,
        columns: Vec<Column<'_, R>>,
        record: impl Fn(&R) -> S + 'a,
    ) -> Self {
        let table = Table::new(items.as_ref(), columns);
        let records = move || items.as_ref().iter().map(|item| json!(record(item))).collect();
        ListView { table, records: LazyCell::new(Box::new(records)), heading: Heading::default() }
    }

    /// A list that has only records.
    pub(crate) fn of_records(records: Vec<Value>) -> Self {
        let records: Records<'a> = LazyCell::new(Box::new(|| records));
        ListView { table: Table::default(), records, heading: Heading::default() }
    }

    /// Changes the records as soon as they are made.
    pub(crate) fn change_records(&mut self, change: impl FnOnce(&mut Vec<Value>) + 'a) {
        let mut made = std::mem::replace(&mut self.records, LazyCell::new(Box::new(Vec::new)));
        self.records = LazyCell::new(Box::new(move || {
            change(&mut made);
            std::mem::take(&mut *made)
        }));
    }

    /// The same list with what stands above it on a page of its own.
    #[must_use]
    pub(crate) fn with_heading(self, title: String, notes: Vec<String>) -> Self {
        ListView { heading: Heading { title, notes }, ..self }
    }
}

impl Form {
    /// Writes a list. An empty one is `[]` for programs and no output for people.
    pub(crate) fn write_list(&self, terminal: &Terminal, view: &ListView<'_>) -> anyhow::Result<()> {
        let facts = terminal.facts;
        let text = match (&self.query, self.format, &self.fields) {
            (Some(query), ..) => self.found_text(&query.apply(&Value::Array(view.records.clone()))?)?,
            (_, OutputFormat::Table, None) if view.table.rows.is_empty() => String::new(),
            (_, OutputFormat::Table, Some(_)) if view.records.is_empty() => String::new(),
            (_, OutputFormat::Table, None) => text_of(&view.table.lines(facts.width, facts.color_stdout)),
            (_, OutputFormat::Table, Some(chosen)) => {
                text_of(&table_of(chosen, &view.records).lines(facts.width, false))
            }
            (_, OutputFormat::Html, None) => self.page(&view.heading, &view.table),
            (_, OutputFormat::Html, Some(chosen)) => {
                self.page(&view.heading, &table_of(chosen, &view.records))
            }
            _ => self.list_text(&view.records)?,
        };
        self.finish(terminal, &text)
    }

    /// Writes one record: lines for people (control characters are removed here), an object for programs. If the query
    /// fails, the exit code is 1, but the whole record is written: the result of a change can't be requested again. `is_of_changes`: some were sent.
    pub(crate) fn write_record(
        &self,
        terminal: &Terminal,
        lines: &[String],
        record: &Value,
        is_of_changes: bool,
    ) -> anyhow::Result<()> {
        match terminal.facts.width {
            Some(width) => {
                let fitted: Vec<_> = lines.iter().flat_map(|line| wrap_record(line, width)).collect();
                self.write_text(terminal, &fitted, record, is_of_changes)
            }
            None => self.write_text(terminal, lines, record, is_of_changes),
        }
    }

    /// The same, with lines that stay as they are: text that is copied.
    pub(crate) fn write_text(
        &self,
        terminal: &Terminal,
        lines: &[String],
        record: &Value,
        is_of_changes: bool,
    ) -> anyhow::Result<()> {
        let text = match (&self.query, self.format, &self.fields) {
            (Some(query), ..) => return self.write_found(terminal, query, record, is_of_changes),
            (_, OutputFormat::Table, Some(chosen)) => fields_of(chosen, record),
            (_, OutputFormat::Table, None) => lines.iter().map(|line| harmless_line(line)).collect(),
            (_, OutputFormat::Csv, _) => self.list_text(std::slice::from_ref(record))?,
            (_, format, _) => value_text(format, &self.select(record))?,
        };
        self.finish(terminal, &text)
    }

    /// Writes a document with a list of rows under a name: as a whole in `json` and `yaml`, only its rows in `jsonl`
    /// and `csv`. For programs only.
    pub(crate) fn write_document(
        &self,
        terminal: &Terminal,
        document: &Value,
        rows: &str,
        is_of_changes: bool,
    ) -> anyhow::Result<()> {
        let records = document.get(rows).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let text = match (&self.query, self.format, &self.fields) {
            (Some(query), ..) => return self.write_found(terminal, query, document, is_of_changes),
            (_, OutputFormat::Table, Some(chosen)) => {
                text_of(&table_of(chosen, records).lines(terminal.facts.width, false))
            }
            (_, OutputFormat::Jsonl | OutputFormat::Csv, _) => self.list_text(records)?,
            (_, format, _) => {
                let mut document = document.clone();
                if let Some(place) = document.get_mut(rows).filter(|_| self.fields.is_some()) {
                    *place = records.iter().map(|record| self.select(record).into_owned()).collect();
                }
                value_text(format, &document)?
            }
        };
        self.finish(terminal, &text)
    }

    pub(crate) fn write_event(&self, terminal: &Terminal, line: &str, record: &Value) -> anyhow::Result<()> {
        let for_people = matches!(self.format, OutputFormat::Table | OutputFormat::Plain);
        let text = match (&self.query, &self.fields) {
            (Some(query), _) if for_people => query::plain(&query.apply(record)?),
            (Some(query), _) => json::compact(&query.apply(record)?),
            (None, _) if !for_people => json::compact(&self.select(record)),
            (None, None) => terminal.fold_result(line).iter().map(|line| format!("{line}\n")).collect(),
            (None, Some(chosen)) => {
                let cells: Vec<String> = chosen.paths().iter().map(|path| cell_text(record, path)).collect();
                harmless_line(&cells.join("  "))
            }
        };
        self.finish(terminal, &text)
    }

    fn page(&self, heading: &Heading, table: &Table) -> String {
        let title = Some(heading.title.clone()).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| format!("portgate {}", self.command));
        html::page(&Heading { title, notes: heading.notes.clone() }, table, Timestamp::now())
    }

    fn write_found(
        &self,
        terminal: &Terminal,
        query: &Query,
        value: &Value,
        is_of_changes: bool,
    ) -> anyhow::Result<()> {
        match query.apply(value) {
            Ok(found) => self.finish(terminal, &self.found_text(&found)?),
            Err(error) => {
                self.finish(terminal, &value_text(self.format, value)?)?;
                // Not a usage error, which would mean that nothing was sent.
                let error = Error { exit: Exit::Other, ..error };
                let made = if is_of_changes { "; changes may have been made" } else { "" };
                Err(error.hint(format!("the full result is on stdout{made}")).into())
            }
        }
    }

    /// The result of a query.
    fn found_text(&self, found: &Value) -> Result<String, Error> {
        match (self.format, found) {
            (OutputFormat::Jsonl, Value::Array(elements)) => Ok(elements.iter().map(json::compact).collect()),
            (format, found) => value_text(format, found),
        }
    }

    fn list_text(&self, records: &[Value]) -> Result<String, Error> {
        let shown = records.iter().map(|record| self.select(record));
        match (self.format, &self.fields) {
            (OutputFormat::Csv, Some(chosen)) => csv::records(chosen.paths(), records),
            (OutputFormat::Csv, None) => csv::records(&fields::columns(records, &self.known), records),
            (OutputFormat::Jsonl, _) => Ok(shown.map(|record| json::compact(&record)).collect()),
            (format, _) => value_text(format, &shown.map(Cow::into_owned).collect()),
        }
    }

    /// The selected fields of a record, or all of it.
    fn select<'r>(&self, record: &'r Value) -> Cow<'r, Value> {
        match &self.fields {
            Some(chosen) => Cow::Owned(chosen.select(record)),
            None => Cow::Borrowed(record),
        }
    }

    fn finish(&self, terminal: &Terminal, text: &str) -> anyhow::Result<()> {
        if let Some(file) = &self.file {
            std::fs::write(file, text).map_err(|error| {
                let file = file.display().to_string();
                Error::new(Exit::Other, format!("could not write {file}")).reason(error.to_string())
            })?;
            terminal.say(&format!("wrote {}", file.display()));
            return Ok(());
        }
        match self.format {
            OutputFormat::Csv | OutputFormat::Yaml | OutputFormat::Html | OutputFormat::Plain => {
                terminal.result_text(text)?
            }
            OutputFormat::Table | OutputFormat::Json | OutputFormat::Jsonl => terminal.result(text)?,
        }
        terminal.flush()?;
        if self.format == OutputFormat::Html && terminal.facts.stdout {
            terminal.say("note: to write the page to a file, use -o html=FILE");
        }
        Ok(())
    }
}

fn value_text(format: OutputFormat, value: &Value) -> Result<String, Error> {
    match format {
        OutputFormat::Json => Ok(json::pretty(value)),
        OutputFormat::Jsonl => Ok(json::compact(value)),
        OutputFormat::Csv => csv::query_result(value),
        OutputFormat::Yaml => yaml::document(value),
        OutputFormat::Table | OutputFormat::Html | OutputFormat::Plain => Ok(query::plain(value)),
    }
}

fn table_of(chosen: &Chosen, records: &[Value]) -> Table {
    let column = |path: &'_ String| {
        let path = path.clone();
        let name = path.rsplit('.').next().unwrap_or(&path);
        let is_id = matches!(name, "id" | "uid") || name.ends_with("_uid");
        let title = path.to_uppercase();
        let cell = move |record: &Value| cell_text(record, &path);
        if is_id { Column::new(&title, cell) } else { Column::text(&title, cell) }
    };
    Table::new(records, chosen.paths().iter().map(column).collect())
}

fn text_of(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn harmless_line(text: &str) -> String {
    format!("{}\n", sanitize::line(text))
}

fn fields_of(chosen: &Chosen, record: &Value) -> String {
    let widest = chosen.paths().iter().map(String::len).max().unwrap_or(0);
    let line = |path: &String| harmless_line(&format!("{path:<widest$}  {}", cell_text(record, path)));
    chosen.paths().iter().map(line).collect()
}

fn cell_text(record: &Value, path: &str) -> String {
    match fields::value_at(record, path) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;
    use crate::process_environment::ProcessEnvironment;
    use crate::render::fields::Request;
    use crate::terminal::Facts;

    #[test]
    fn records_are_made_once_and_only_for_a_form_that_writes_them() {
        let facts = Facts::detect(&ProcessEnvironment::default());
        let terminal = Terminal::of_streams(facts, Box::new(io::sink()), Box::new(io::sink()));
        let Ok(Request::Some(chosen)) = Request::parse("n", &["n".to_owned()]) else { panic!("n is known") };
        let made_for = |format, fields| {
            let made = Cell::new(0);
            let view = ListView::new([1, 2], vec![Column::new("N", u8::to_string)], |n| {
                made.set(made.get() + 1);
                json!({"n": n})
            });
            Form { format, fields, ..Form::default() }.write_list(&terminal, &view).unwrap();
            made.get()
        };
        assert_eq!(made_for(OutputFormat::Table, None), 0);
        assert_eq!(made_for(OutputFormat::Html, None), 0);
        assert_eq!(made_for(OutputFormat::Table, Some(chosen)), 2);
        assert_eq!(made_for(OutputFormat::Json, None), 2);
    }
}

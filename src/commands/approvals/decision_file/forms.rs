//! File formats: JSON (an array, or the output of `policy plan`), JSON Lines, or CSV with a header.

use serde_json::{Map, Value};

use super::DecisionFile;
use crate::domain::policy::plan::PLAN_SCHEMA;
use crate::text::Uid;
use crate::text::guard::unguard;
use crate::text::strict_json;

/// A row: values by column name.
pub(super) type Record = Map<String, Value>;

/// Reads the rows, whatever the format.
pub(super) fn records(
    text: &str,
    file: &mut DecisionFile,
    problems: &mut Vec<String>,
) -> Vec<(String, Record)> {
    let first = text.trim_start().chars().next();
    match first {
        Some('[') => match strict_json::parse(text) {
            Ok(entries) => entries_of(entries, problems),
            Err(error) => {
                problems.push(format!("not valid JSON: {error}"));
                Vec::new()
            }
        },
        Some('{') => match strict_json::parse(text) {
            Ok(Value::Object(mut document)) if document.contains_key("decisions") => {
                plan_of(&mut document, file, problems)
            }
            Ok(one) => objects([("line 1".to_owned(), one)], problems),
            Err(_) => lines(text, problems),
        },
        Some(_) => table(text, problems),
        None => Vec::new(),
    }
}

/// The rows of a `policy plan` document.
fn plan_of(
    document: &mut Record,
    file: &mut DecisionFile,
    problems: &mut Vec<String>,
) -> Vec<(String, Record)> {
    match document.get("schema").and_then(Value::as_str) {
        Some(PLAN_SCHEMA) => {}
        other => problems.push(format!("schema is {}, expected {}", other.unwrap_or("missing"), PLAN_SCHEMA)),
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    file.environment = text(document.get("environment"));
    file.api_url = text(document.get("api_url"));
    file.company_uid = text(document.get("company").and_then(|company| company.get("uid"))).map(Uid::from);
    match document.remove("decisions") {
        Some(entries @ Value::Array(_)) => entries_of(entries, problems),
        _ => {
            problems.push("'decisions' is not an array".to_owned());
            Vec::new()
        }
    }
}

fn entries_of(entries: Value, problems: &mut Vec<String>) -> Vec<(String, Record)> {
    let Value::Array(entries) = entries else { return Vec::new() };
    let placed = entries.into_iter().enumerate().map(|(at, one)| (format!("entry {}", at + 1), one));
    objects(placed, problems)
}

fn lines(text: &str, problems: &mut Vec<String>) -> Vec<(String, Record)> {
    let mut values = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match strict_json::parse(line) {
            Ok(value) => values.push((format!("line {}", at + 1), value)),
            Err(error) => problems.push(format!("line {}: not valid JSON: {error}", at + 1)),
        }
    }
    objects(values, problems)
}

fn objects(
    values: impl IntoIterator<Item = (String, Value)>,
    problems: &mut Vec<String>,
) -> Vec<(String, Record)> {
    let mut records = Vec::new();
    for (place, value) in values {
        match value {
            Value::Object(object) => {
                let mut record = Record::new();
                flatten("", object, &mut record);
                records.push((place, record));
            }
            _ => problems.push(format!("{place}: not an object")),
        }
    }
    records
}

/// Flattens nested objects to dotted paths, as in CSV.
fn flatten(above: &str, object: Record, record: &mut Record) {
    for (key, value) in object {
        let path = format!("{above}{key}");
        match value {
            Value::Object(inner) => flatten(&format!("{path}."), inner, record),
            Value::Null => {}
            value => {
                record.insert(path, value);
            }
        }
    }
}

fn table(text: &str, problems: &mut Vec<String>) -> Vec<(String, Record)> {
    // Spreadsheets use different separators by locale.
    let heading = text.trim_start().lines().next().unwrap_or_default();
    let commonest = [b',', b';', b'\t']
        .into_iter()
        .rev()
        .max_by_key(|one| heading.bytes().filter(|byte| byte == one).count());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(commonest.unwrap_or(b','))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heading: Vec<String> = match reader.headers() {
        Ok(heading) => heading.iter().map(str::to_lowercase).collect(),
        Err(error) => {
            problems.push(format!("not valid CSV: {error}"));
            return Vec::new();
        }
    };
    for needed in ["id", "decision"] {
        if !heading.iter().any(|name| name == needed) {
            problems.push(format!("line 1: missing column '{needed}'"));
        }
    }
    if let Some((_, twice)) = heading.iter().enumerate().find(|(at, name)| heading[..*at].contains(name)) {
        problems.push(format!("line 1: duplicate column '{twice}'"));
    }
    if !problems.is_empty() {
        return Vec::new();
    }
    let mut records = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for row in reader.records() {
        match row {
            // Empty rows of a spreadsheet have only separators.
            Ok(row) if row.iter().all(str::is_empty) => {}
            Ok(row) => {
                // The position includes empty lines before the row.
                let begin =
                    row.position().map_or(counted, |at| usize::try_from(at.byte()).unwrap_or(counted));
                let begin =
                    begin + text[begin..].len() - text[begin..].trim_start_matches(['\r', '\n']).len();
                line += text[counted..begin].matches('\n').count();
                counted = begin;
                let place = format!("line {line}");
                let cells = heading.iter().zip(&row).filter(|(_, cell)| !cell.is_empty());
                let record = cells.map(|(name, cell)| (name.clone(), Value::from(unguard(cell)))).collect();
                records.push((place, record));
            }
            Err(error) => problems.push(format!("not valid CSV: {error}")),
        }
    }
    records
}

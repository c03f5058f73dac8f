//! CSV that is safe to open in a spreadsheet.

use serde_json::Value;

use crate::error::Error;
use crate::exit::Exit;
use crate::render::fields;
use crate::text::guard::guard;
use crate::text::sanitize;

/// Records as rows below a header of paths; lists of plain values are joined by semicolons, other nested values are
/// JSON.
pub(crate) fn records(paths: &[String], records: &[Value]) -> Result<String, Error> {
    if paths.is_empty() {
        return Ok(String::new());
    }
    let heading = paths.iter().map(|path| text(path)).collect();
    let rows = records.iter().map(|record| {
        paths.iter().map(|path| fields::value_at(record, path).map_or_else(String::new, cell)).collect()
    });
    lines(std::iter::once(heading).chain(rows))
}

/// Any query result: objects with a header, lists as rows without one, single values under `value`.
pub(crate) fn query_result(value: &Value) -> Result<String, Error> {
    let one = std::slice::from_ref(value);
    let elements = value.as_array().map_or(one, Vec::as_slice);
    if elements.is_empty() {
        return Ok(String::new());
    }
    if elements.iter().all(Value::is_object) {
        return records(&fields::columns(elements, &[]), elements);
    }
    if elements.iter().all(Value::is_array) {
        return lines(
            elements.iter().map(|row| row.as_array().into_iter().flatten().map(cell).collect::<Vec<_>>()),
        );
    }
    lines(std::iter::once(vec!["value".to_owned()]).chain(elements.iter().map(|value| vec![cell(value)])))
}

fn lines(rows: impl Iterator<Item = Vec<String>>) -> Result<String, Error> {
    let failed = |reason: String| Error::new(Exit::Other, "could not write the result as CSV").reason(reason);
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(|error| failed(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(value) => text(value),
        Value::Object(fields) if fields.is_empty() => String::new(),
        Value::Array(elements)
            if elements.iter().all(|element| !element.is_object() && !element.is_array()) =>
        {
            let plain = elements.iter().filter(|element| !element.is_null());
            let words: Vec<String> = plain
                .map(|element| element.as_str().map_or_else(|| element.to_string(), str::to_owned))
                .collect();
            text(&words.join("; "))
        }
        other => other.to_string(),
    }
}

/// Text that a spreadsheet treats as text, with control characters escaped. Not used for numbers.
pub(crate) fn text(text: &str) -> String {
    let harmless = sanitize::block(text);
    if guard(text) == text { harmless.into_owned() } else { format!("'{harmless}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_stay_numbers_and_texts_stay_texts() {
        let list = [
            json!({"room": -400, "name": "-400", "ends": {"vlan": -1}, "notes": ["=a", 1, null], "extra": {}, "ends_of": [[1]]}),
        ];
        let csv = records(&fields::columns(&list, &[]), &list).unwrap();
        assert_eq!(csv, "room,name,ends.vlan,notes,extra,ends_of\n-400,'-400,-1,'=a; 1,,[[1]]\n");
    }

    #[test]
    fn quotes_commas_and_line_breaks_are_quoted() {
        let csv = query_result(&json!([["a,b", "c\"d", "e\nf"]])).unwrap();
        assert_eq!(csv, "\"a,b\",\"c\"\"d\",\"e\nf\"\n");
        assert_eq!(query_result(&json!("x")).unwrap(), "value\nx\n");
        assert_eq!(query_result(&json!([])).unwrap(), "");
    }

    #[test]
    fn a_formula_is_made_text() {
        assert_eq!(text("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(text("Globex Bank"), "Globex Bank");
        assert_eq!(text("\t=1"), "'\\t=1");
        assert_eq!(text("a\u{1b}[2J\u{9b}b\r\u{202e}\nc"), "a\\u{1b}[2J\\u{9b}b\\r\\u{202e}\nc");
    }
}

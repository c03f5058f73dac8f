//! Reads request bodies, and reports errors in terms of the API rather than our types.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::sandbox::refusal::{Answer, Refusal};

/// The longest text of a body that is quoted, in characters.
const QUOTED: usize = 40;

pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Answer<T> {
    let not_json = |error: &serde_json::Error| Refusal::bad("The body is not JSON").detail(error.to_string());
    let mut text = serde_json::Deserializer::from_slice(body);
    let read =
        serde_path_to_error::deserialize(&mut text).map_err(|error| match error.inner().classify() {
            Category::Data => {
                let whole = serde_json::from_slice(body).map_err(|torn| not_json(&torn));
                whole.map_or_else(|refusal| refusal, |whole| refuse(&error, &whole))
            }
            _ => not_json(error.inner()),
        })?;
    text.end().map_err(|rest| not_json(&rest))?;
    Ok(read)
}

/// Reads a body that was taken for JSON already.
pub(crate) fn read_value<T: DeserializeOwned>(body: &Value) -> Answer<T> {
    serde_path_to_error::deserialize(body).map_err(|error| refuse(&error, body))
}

/// What is wrong with a body, and where.
fn refuse(error: &serde_path_to_error::Error<serde_json::Error>, body: &Value) -> Refusal {
    let message = error.inner().to_string();
    let what = without_place(&message);
    if !is_type_error(what) {
        return unexpected(what);
    }
    let expected =
        expected_type(what.rsplit_once(", expected ").map_or("something else", |(_, expected)| expected));
    let value = value_at(body, error.path()).map_or_else(|| "this".to_owned(), describe);
    unexpected(&match error.path().iter().next() {
        None => format!("expected {expected}, not {value}"),
        Some(_) => format!("{}: expected {expected}, not {value}", error.path()),
    })
}

fn value_at<'b>(body: &'b Value, path: &Path) -> Option<&'b Value> {
    path.iter().try_fold(body, |at, segment| match segment {
        Segment::Seq { index } => at.get(index),
        Segment::Map { key } => at.get(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

fn unexpected(what: &str) -> Refusal {
    let named = what.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let twice = what.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`'));
    let detail = match (named, twice) {
        (Some(field), _) => format!("{field} is missing"),
        (None, Some(field)) => format!("{field} is given twice"),
        (None, None) => what.to_owned(),
    };
    Refusal::bad("The body is not valid").detail(detail)
}

fn without_place(error: &str) -> &str {
    error.rfind(" at line ").map_or(error, |end| &error[..end])
}

fn is_type_error(error: &str) -> bool {
    ["invalid type", "invalid value", "invalid length"].iter().any(|start| error.starts_with(start))
}

/// What was expected, without the names of our types.
fn expected_type(expected: &str) -> &str {
    match expected.split_whitespace().next().unwrap_or_default() {
        "struct" | "internally" | "adjacently" | "enum" => "an object",
        "tuple" => "an array",
        "i64" | "u64" | "i32" | "u32" | "usize" => "a whole number",
        "f64" => "a number",
        "a" if expected.starts_with("a boolean") => "true or false",
        "a" if expected.starts_with("a sequence") => "an array",
        "a" if expected.starts_with("a map") => "an object",
        "a" if expected.contains("string") => "text",
        _ => expected,
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
        Value::String(text) if text.chars().count() > QUOTED => {
            format!("the text {:?}...", text.chars().take(QUOTED).collect::<String>())
        }
        Value::String(text) => format!("the text {text:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Part {
        #[allow(dead_code, reason = "read, not used")]
        number: i64,
        #[allow(dead_code, reason = "read, not used")]
        #[serde(default)]
        parts: Vec<Part>,
    }

    fn problem_of(body: &Value) -> String {
        read_value::<Vec<Part>>(body).expect_err("wrong").detail.unwrap_or_default()
    }

    #[test]
    fn the_first_wrong_value_is_named_by_its_place() {
        let wrong =
            json!([{"number": 1, "parts": [{"number": 2}, {"number": "x", "a/b": 1}]}, {"number": "x"}]);
        assert_eq!(problem_of(&wrong), "[0].parts[1].number: expected a whole number, not the text \"x\"");
        assert_eq!(
            problem_of(&json!([{"number": 1}, {"number": "x"}])),
            "[1].number: expected a whole number, not the text \"x\""
        );
        assert_eq!(problem_of(&json!({"number": 1})), "expected an array, not an object");
        assert_eq!(
            problem_of(&json!([{"number": 1, "parts": {}}])),
            "[0].parts: expected an array, not an object"
        );
        assert_eq!(problem_of(&json!([{"parts": []}])), "number is missing");
        let long = "y".repeat(50);
        assert!(problem_of(&json!([{"number": long}])).ends_with(&format!("{}\"...", "y".repeat(40))));
    }

    #[test]
    fn what_only_the_text_shows_is_told_too() {
        let twice = read::<Part>(br#"{"number": 1, "number": 2}"#).expect_err("twice");
        assert_eq!(twice.detail.as_deref(), Some("number is given twice"));
        assert_eq!(read::<Part>(b"{").expect_err("torn").message, "The body is not JSON");
    }

    #[test]
    fn a_huge_body_is_told_at_once() {
        let mut parts = vec![json!({"number": 1}); 20_000];
        parts[19_990] = json!({"number": null});
        assert_eq!(problem_of(&Value::Array(parts)), "[19990].number: expected a whole number, not null");
    }
}

//! Bodies, read; and what is wrong with one, said in the API's terms rather than those of our types.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::sandbox::refusal::{Answer, Refusal};

/// The longest text of a body that is quoted, in characters.
const QUOTED: usize = 40;

/// Reads a body.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Answer<T> {
    serde_json::from_slice(body).map_err(|error| match serde_json::from_slice::<Value>(body) {
        Err(torn) => Refusal::bad("The body is not JSON").detail(torn.to_string()),
        // What only the text shows, such as a field that stands there twice.
        Ok(value) => {
            read_value::<T>(&value).err().unwrap_or_else(|| unexpected(without_place(&error.to_string())))
        }
    })
}

/// Reads a body that was taken for JSON already.
pub(crate) fn read_value<T: DeserializeOwned>(body: &Value) -> Answer<T> {
    T::deserialize(body).map_err(|error| {
        let error = error.to_string();
        if is_type_error(&error) { unexpected(&located::<T>(body)) } else { unexpected(&error) }
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
    Refusal::bad("The body is not what is expected here").detail(detail)
}

fn without_place(error: &str) -> &str {
    error.rfind(" at line ").map_or(error, |end| &error[..end])
}

fn is_type_error(error: &str) -> bool {
    ["invalid type", "invalid value", "invalid length"].iter().any(|start| error.starts_with(start))
}

/// Where the first value of a wrong type is, and what should be there: the shortest beginning of the body that is
/// refused for a type ends with it. Halving finds it, so that a huge body costs little.
fn located<T: DeserializeOwned>(body: &Value) -> String {
    let refusal_of = |nodes: usize| {
        let (beginning, last) = beginning(body, nodes);
        match T::deserialize(&beginning) {
            Err(error) if is_type_error(&error.to_string()) => Some((error.to_string(), last)),
            _ => None,
        }
    };
    let (mut refused, mut found) = (count(body), None);
    let mut accepted = 0;
    while refused - accepted > 1 {
        let middle = accepted + (refused - accepted) / 2;
        match refusal_of(middle) {
            Some(refusal) => (refused, found) = (middle, Some(refusal)),
            None => accepted = middle,
        }
    }
    let Some((error, path)) = found.or_else(|| refusal_of(refused)) else {
        return String::from("a value is of another type than expected");
    };
    let expected = error.rsplit_once(", expected ").map_or("something else", |(_, expected)| expected);
    let value = body.pointer(&path).unwrap_or(&Value::Null);
    let place = dotted(body, &path);
    if place.is_empty() {
        format!("{} is expected here, not {}", said(expected), shown(value))
    } else {
        format!("{place}: {} is expected, not {}", said(expected), shown(value))
    }
}

/// How many values there are, containers among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The first so many values of a body, each container as far as it comes, and the pointer to the last of them.
fn beginning(body: &Value, nodes: usize) -> (Value, String) {
    let mut left = nodes;
    let mut last = String::new();
    let taken = take(body, "", &mut left, &mut last);
    (taken.unwrap_or(Value::Null), last)
}

fn take(value: &Value, pointer: &str, left: &mut usize, last: &mut String) -> Option<Value> {
    *left = left.checked_sub(1)?;
    pointer.clone_into(last);
    Some(match value {
        Value::Array(elements) => {
            let taken = elements.iter().enumerate();
            Value::Array(
                taken
                    .map_while(|(place, element)| take(element, &format!("{pointer}/{place}"), left, last))
                    .collect(),
            )
        }
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map_while(|(name, field)| {
                    let escaped = name.replace('~', "~0").replace('/', "~1");
                    take(field, &format!("{pointer}/{escaped}"), left, last)
                        .map(|taken| (name.clone(), taken))
                })
                .collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    })
}

/// A pointer as people write a place in JSON: `[0].bEnd.vlan`.
fn dotted(body: &Value, pointer: &str) -> String {
    let mut place = String::new();
    let mut at = Some(body);
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        match at {
            Some(Value::Array(elements)) => {
                place.push_str(&format!("[{name}]"));
                at = name.parse::<usize>().ok().and_then(|index| elements.get(index));
            }
            container => {
                if !place.is_empty() {
                    place.push('.');
                }
                place.push_str(&name);
                at = container.and_then(|container| container.get(&name));
            }
        }
    }
    place
}

/// What was expected, without the names of our types.
fn said(expected: &str) -> &str {
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

fn shown(value: &Value) -> String {
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

    fn why(body: &Value) -> String {
        read_value::<Vec<Part>>(body).expect_err("wrong").detail.unwrap_or_default()
    }

    #[test]
    fn the_first_wrong_value_is_named_by_its_place() {
        let wrong =
            json!([{"number": 1, "parts": [{"number": 2}, {"number": "x", "a/b": 1}]}, {"number": "x"}]);
        assert_eq!(why(&wrong), "[0].parts[1].number: a whole number is expected, not the text \"x\"");
        assert_eq!(
            why(&json!([{"number": 1}, {"number": "x"}])),
            "[1].number: a whole number is expected, not the text \"x\""
        );
        assert_eq!(why(&json!({"number": 1})), "an array is expected here, not an object");
        assert_eq!(
            why(&json!([{"number": 1, "parts": {}}])),
            "[0].parts: an array is expected, not an object"
        );
        assert_eq!(why(&json!([{"parts": []}])), "number is missing");
        let long = "y".repeat(50);
        assert!(why(&json!([{"number": long}])).ends_with(&format!("{}\"...", "y".repeat(40))));
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
        assert_eq!(why(&Value::Array(parts)), "[19990].number: a whole number is expected, not null");
    }
}

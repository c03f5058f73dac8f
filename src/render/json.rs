//! JSON documents. Control and bidirectional characters are escaped, which is equivalent for programs and prevents a
//! terminal from interpreting them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::text::sanitize::drives_terminal;

pub(crate) fn pretty(value: &Value) -> String {
    document(format!("{value:#}\n"))
}

pub(crate) fn compact(value: &Value) -> String {
    document(format!("{value}\n"))
}

/// Such characters only occur in strings, where the escape is equivalent.
fn document(json: String) -> String {
    let must_go = |character: char| character != '\n' && drives_terminal(character);
    if !json.contains(must_go) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 32);
    for character in json.chars() {
        if must_go(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn escaping_changes_nothing_for_who_reads_it() {
        let value = json!({"\u{202e}key": "a\u{9b}2J\u{7f}\u{e0041}\n\t\u{1b}[31m 日本 👩‍🚀"});
        for text in [pretty(&value), compact(&value)] {
            assert!(!text.trim_end().replace('\n', "").contains(drives_terminal), "{text:?}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn control_characters_are_escaped_in_both_forms() {
        assert_eq!(pretty(&serde_json::json!({"a": "x\u{9b}y"})), "{\n  \"a\": \"x\\u009by\"\n}\n");
        assert_eq!(compact(&serde_json::json!({"a": []})), "{\"a\":[]}\n");
    }
}

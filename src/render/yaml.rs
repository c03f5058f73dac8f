//! YAML that is read the same by versions 1.1 (PyYAML, Ansible) and 1.2.

use serde_json::Value;
use serde_saphyr::SerializerOptions;

use crate::error::Error;
use crate::exit::Exit;

/// A value as a YAML document. Text that could be read as another type is quoted: `no`, `12:30`, a date.
pub(crate) fn document(value: &Value) -> Result<String, Error> {
    let mut options = SerializerOptions::default();
    // Parsers differ in their rules for spaces and line breaks in blocks.
    options.prefer_block_scalars = false;
    let mut text = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut text, value, options).map_err(|error| {
        Error::new(Exit::Other, "could not write the result as YAML").reason(error.to_string())
    })?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn c08_what_could_be_another_type_is_quoted_as_a_value_and_as_a_key() {
        let words = "no on y True = ~ null 12:30 1:20:30 1_000 0x1f 017 \
            12345e67 00123456 2026-11-26 2026-11-26T10:00:00Z .5 .inf << #x ?";
        for text in words.split(' ').chain(["- a", "a: b", ""]) {
            let expected = format!("\"{text}\"");
            let value = document(&json!({ "id": text })).unwrap();
            assert_eq!(value.replace('\'', "\""), format!("id: {expected}\n"));
            let key = document(&json!({ text: 1 })).unwrap();
            assert_eq!(key, format!("{expected}: 1\n"));
        }
    }

    #[test]
    fn lines_blanks_and_control_characters_stay_what_they_are() {
        let value = document(&json!({ "text": "one \n\n two\t\u{1b}[31m\u{85} " })).unwrap();
        assert_eq!(value, "text: \"one \\n\\n two\\t\\e[31m\\N \"\n");
    }
}

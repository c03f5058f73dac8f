//! The body of a request, from fields or a file.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::commands::input;
use crate::error::Error;
use crate::session::context::Context;

/// Combines fields: raw ones as text, then typed ones.
pub(super) async fn fields(
    context: &Context,
    raw: &[String],
    typed: &[String],
) -> Result<Map<String, Value>, Error> {
    let mut texts = HashMap::new();
    for field in typed {
        if let Some(file) = split_field(field)?.1.strip_prefix('@') {
            texts.insert(file, input::read_text(context, Path::new(file), "the field").await?);
        }
    }
    assemble(raw, typed, &texts)
}

/// Like [`fields`], with the text of the files they name.
fn assemble(
    raw: &[String],
    typed: &[String],
    texts: &HashMap<&str, String>,
) -> Result<Map<String, Value>, Error> {
    let mut fields = Map::new();
    for field in raw {
        let (key, value) = split_field(field)?;
        set_field(&mut fields, key, Value::from(value))?;
    }
    for field in typed {
        let (key, value) = split_field(field)?;
        set_field(&mut fields, key, read_typed(value, texts))?;
    }
    Ok(fields)
}

fn split_field(field: &str) -> Result<(&str, &str), Error> {
    field
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| Error::usage(format!("invalid field '{field}': expected KEY=VALUE")))
}

/// `true`, `false`, `null` and numbers are JSON, `@FILE` is the text of a file, everything else is text.
fn read_typed(value: &str, texts: &HashMap<&str, String>) -> Value {
    if let Some(text) = value.strip_prefix('@').and_then(|file| texts.get(file)) {
        return Value::from(text.as_str());
    }
    match serde_json::from_str(value) {
        Ok(simple @ (Value::Null | Value::Bool(_) | Value::Number(_))) => simple,
        _ => Value::from(value),
    }
}

/// Sets `a`, `a[b]` or `a[]`, at any depth.
fn set_field(fields: &mut Map<String, Value>, key: &str, value: Value) -> Result<(), Error> {
    let wrong = || {
        Error::usage(format!("invalid field key '{key}'"))
            .hint("use a key such as name, limits[speed] or tags[]")
    };
    let (first, mut rest) = key.split_at(key.find('[').unwrap_or(key.len()));
    if first.is_empty() {
        return Err(wrong());
    }
    let mut place = fields.entry(first).or_insert(Value::Null);
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(wrong)?;
        rest = after;
        if place.is_null() {
            *place = if name.is_empty() { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        }
        place = match place {
            Value::Array(list) if name.is_empty() => {
                list.push(Value::Null);
                list.last_mut().ok_or_else(wrong)?
            }
            Value::Object(object) if !name.is_empty() => object.entry(name).or_insert(Value::Null),
            _ => return Err(wrong()),
        };
    }
    *place = value;
    Ok(())
}

/// Fields as query parameters; a list repeats the parameter.
pub(super) fn as_query(fields: &Map<String, Value>) -> Result<Vec<(String, String)>, Error> {
    let mut query = Vec::new();
    for (name, value) in fields {
        let values = match value {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(Error::usage(format!(
                        "field '{name}' is nested, which is not possible in a query"
                    )));
                }
            };
            query.push((name.clone(), text));
        }
    }
    Ok(query)
}

/// A body from a file.
pub(super) async fn from_file(context: &Context, file: &Path) -> Result<Value, Error> {
    let text = input::read_text(context, file, "the body").await?;
    serde_json::from_str(&text).map_err(|error| {
        Error::usage(format!("{} is not valid JSON", file.display())).reason(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(raw: &[&str], typed: &[&str]) -> Result<Value, Error> {
        let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assemble(&own(raw), &own(typed), &HashMap::new()).map(Value::Object)
    }

    #[test]
    fn typed_fields_are_json_where_they_look_like_it() {
        assert_eq!(
            parse(&["a=1"], &["b=1", "c=true", "d=null", "e=text", "f=1.5", "g=007", "h=[1]", "i=", "j=x=y"])
                .unwrap(),
            json!({"a": "1", "b": 1, "c": true, "d": null, "e": "text", "f": 1.5, "g": "007", "h": "[1]", "i": "",
                "j": "x=y"})
        );
    }

    #[test]
    fn keys_nest() {
        assert_eq!(
            parse(&[], &["v[start]=1", "v[end]=2", "t[]=1", "t[]=2", "d[a][b]=3"]).unwrap(),
            json!({"v": {"start": 1, "end": 2}, "t": [1, 2], "d": {"a": {"b": 3}}})
        );
        for wrong in ["a", "=1", "[a]=1", "a[b=1", "a]b[=1"] {
            assert!(parse(&[], &[wrong]).is_err(), "{wrong}");
        }
        assert!(parse(&[], &["a=1", "a[b]=2"]).is_err());
    }

    #[test]
    fn a_query_repeats_lists_and_has_no_objects() {
        let fields = json!({"a": [1, "x"], "b": true});
        let query = as_query(fields.as_object().unwrap()).unwrap();
        let said: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(said, ["a=1", "a=x", "b=true"]);
        assert!(as_query(json!({"a": {"b": 1}}).as_object().unwrap()).is_err());
    }
}

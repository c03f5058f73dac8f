//! The fields of a record by path (`customer.name`). Commands declare the fields of their records; one ending in `.*`
//! stands for any subfield sent by the API.

use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::text::suggest::did_you_mean;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chosen(Vec<String>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// `help`: list the fields.
    Help,
    Some(Chosen),
}

impl Request {
    pub(crate) fn parse(text: &str, known: &[String]) -> Result<Self, Error> {
        if known.is_empty() {
            return Err(Error::usage("--fields can't be used with this command")
                .hint("use -o json to see the result, and --query to select from it"));
        }
        if text.trim().eq_ignore_ascii_case("help") {
            return Ok(Request::Help);
        }
        let paths: Vec<String> =
            text.split(',').map(str::trim).filter(|path| !path.is_empty()).map(str::to_owned).collect();
        if paths.is_empty() {
            return Err(Error::usage("--fields is empty").hint("use --fields help to list the fields"));
        }
        for path in &paths {
            check("--fields", path, known)?;
        }
        Ok(Request::Some(Chosen(paths.iter().map(|path| declared_path(path, known)).collect())))
    }
}

impl Chosen {
    pub(crate) fn paths(&self) -> &[String] {
        &self.0
    }

    /// A record with only these fields, nested as before; missing ones are null.
    pub(crate) fn select(&self, record: &Value) -> Value {
        let mut chosen = json!({});
        for path in &self.0 {
            let place = path.split('.').fold(&mut chosen, |place, name| {
                if !place.is_object() {
                    *place = json!({});
                }
                &mut place[name]
            });
            *place = value_at(record, path).cloned().unwrap_or(Value::Null);
        }
        chosen
    }
}

/// The fields of a command's records, in order, from a complete sample. Open objects are marked with `*`.
pub(crate) fn paths_of(record: &impl Serialize) -> Vec<String> {
    flatten(&json!(record)).into_iter().map(|(path, _)| path).collect()
}

/// Checks that a path is known: declared, a parent of a declared one, or below an open one.
pub(crate) fn check(flag: &str, path: &str, known: &[String]) -> Result<(), Error> {
    let fits = known.iter().any(|declared| match declared.strip_suffix(".*") {
        Some(open) => path.eq_ignore_ascii_case(open) || is_below(path, open),
        None => path.eq_ignore_ascii_case(declared) || is_below(declared, path),
    });
    if fits {
        return Ok(());
    }
    let error = Error::usage(format!("{flag}: unknown field '{path}'"));
    Err(error.hint_each(did_you_mean(path, known)).hint(format!("available fields: {}", known.join(", "))))
}

/// Checks that a list can be sorted by a path: known, and not an object.
pub(crate) fn check_sortable(flag: &str, path: &str, known: &[String]) -> Result<(), Error> {
    let path = path.strip_suffix(".*").unwrap_or(path);
    check(flag, path, known)?;
    let names = known.iter().map(String::as_str);
    let inside: Vec<&str> = names.filter(|declared| is_below(declared, path)).collect();
    if inside.is_empty() {
        return Ok(());
    }
    Err(Error::usage(format!("{flag}: '{path}' has several fields"))
        .hint(format!("use one of {}", inside.join(", ").replace('*', "NAME"))))
}

fn is_below(path: &str, parent: &str) -> bool {
    let start = path.get(..parent.len()).is_some_and(|start| start.eq_ignore_ascii_case(parent));
    start && path[parent.len()..].starts_with('.')
}

/// A known path as it is declared: names are taken in any case, except below an open object.
fn declared_path(path: &str, known: &[String]) -> String {
    let declared = known.iter().map(|declared| declared.strip_suffix(".*").unwrap_or(declared));
    for declared in declared {
        if path.eq_ignore_ascii_case(declared) || is_below(declared, path) {
            return declared[..path.len()].to_owned();
        }
        if is_below(path, declared) {
            return format!("{declared}{}", &path[declared.len()..]);
        }
    }
    path.to_owned()
}

/// The value at a path, if present; names are taken in any case.
pub(crate) fn value_at<'v>(record: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(record, |value, name| {
        let in_any_case = || value.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        value.get(name).or_else(|| in_any_case().map(|(_, value)| value))
    })
}

/// All plain values of a record with their paths; an empty object counts as null.
pub(crate) fn flatten(record: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect("", record, &mut found);
    found
}

fn collect<'v>(path: &str, value: &'v Value, found: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(&path, field, found);
            }
        }
        Value::Object(_) => found.push((path.to_owned(), &Value::Null)),
        leaf => found.push((path.to_owned(), leaf)),
    }
}

/// The column paths of a table of records: those declared, or else those that occur, in order.
pub(crate) fn columns(records: &[Value], known: &[String]) -> Vec<String> {
    let declared: Vec<String> = known.iter().filter(|path| !path.ends_with(".*")).cloned().collect();
    if !declared.is_empty() {
        return declared;
    }
    let mut paths: Vec<String> = Vec::new();
    for record in records {
        for (path, _) in flatten(record) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    // A value that is null in one record may be an object with subfields in another.
    let is_parent = |path: &str| paths.iter().any(|other| is_below(other, path));
    paths.iter().filter(|path| !is_parent(path)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known<const N: usize>(paths: [&str; N]) -> [String; N] {
        paths.map(str::to_owned)
    }

    #[test]
    fn chosen_fields_keep_their_nesting_and_the_order_asked_for() {
        let record = json!({"id": "a", "customer": {"uid": "u", "name": "n"}, "vlan": 7});
        let Ok(Request::Some(chosen)) =
            Request::parse("customer.name, id,a_end.vlan", &known(["id", "customer.name", "a_end.vlan"]))
        else {
            panic!("these are known");
        };
        let text = chosen.select(&record).to_string();
        assert_eq!(text, r#"{"customer":{"name":"n"},"id":"a","a_end":{"vlan":null}}"#);
    }

    #[test]
    fn a_parent_that_is_null_somewhere_gives_no_column_of_its_own() {
        let records = [json!({"a": null, "b": 1}), json!({"a": {"c": 2}, "b": {}, "d": []})];
        assert_eq!(columns(&records, &[]), ["b", "a.c", "d"]);
        assert_eq!(columns(&[], &known(["id", "extra.*"])), ["id"]);
    }

    #[test]
    fn a_field_below_one_that_is_closed_is_unknown() {
        assert!(check("--fields", "id.more", &known(["id"])).is_err());
        assert!(check("--fields", "cust", &known(["customer.name"])).is_err());
        assert!(check("--fields", "extra", &known(["extra.*"])).is_ok());
    }

    #[test]
    fn fields_are_known_and_found_by_their_path() {
        let known = &known(["id", "customer.name", "extra.*"]);
        assert!(Request::parse("id,customer,extra.speed", known).is_ok());
        assert_eq!(Request::parse("help", known).unwrap(), Request::Help);
        assert!(
            Request::parse("custmer", known).unwrap_err().hints[0]
                .text(&crate::error::Invocation::default())
                .contains("customer")
        );
        let record = serde_json::json!({"customer": {"name": "Globex Bank"}});
        assert_eq!(value_at(&record, "customer.name").unwrap(), "Globex Bank");
        assert!(value_at(&record, "customer.uid").is_none());
    }
}

//! Sets one key of a profile. The reader's own rules decide whether the result is valid.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, TableLike, value};

use super::ProfilesFile;
use super::file::edit_document;
use super::read::{self, KEYS};
use crate::error::Error;

/// Sets a key of a profile, or removes it; everything else in the file is kept. A change may complete or repair a damaged
/// profile step by step, but it may not damage one. Also returns whether the key was set before.
pub(crate) fn set(
    folder: &Path,
    name: &str,
    key: &str,
    text: Option<&str>,
) -> Result<(ProfilesFile, bool), Error> {
    let unknown = || {
        let error = Error::usage(format!("unknown setting '{key}'")).resource(key);
        match key {
            "default" => error.hint(format!("to make a profile the default: portgate profile use {name}")),
            _ => read::with_known(&KEYS, error, key, "available settings"),
        }
    };
    let is_known = KEYS.contains(&key);
    if !is_known && text.is_some() {
        return Err(unknown());
    }
    let item = text.map(|text| item(key, text)).transpose()?;
    edit_document(folder, |document| {
        let before = faults_of(document, name);
        let table = table_of(document, name)?;
        let was_set = table.contains_key(key);
        match item {
            Some(item) => put(table, key, item),
            // One that portgate doesn't know can be removed, too.
            None if !was_set && !is_known => return Err(unknown()),
            None => {
                table.remove(key);
            }
        }
        // A backend is either named or given by its URLs.
        match (key, text) {
            ("api_url", Some(_)) => put(table, "environment", value("custom")),
            ("environment", Some(text)) if text != "custom" => {
                table.remove("api_url");
                table.remove("token_url");
            }
            _ => {}
        }
        match faults_of(document, name).into_iter().find(|fault| !before.contains(fault)) {
            Some(fault) => Err(fault),
            None => Ok(was_set),
        }
    })
}

/// What is wrong with a profile.
fn faults_of(document: &DocumentMut, name: &str) -> Vec<Error> {
    let item = document.get("profiles").and_then(Item::as_table_like).and_then(|profiles| profiles.get(name));
    item.and_then(|item| read::profile(name, item).err()).map_or(Vec::new(), |damaged| damaged.faults)
}

/// Replaces a value in its place, with the comment behind it.
fn put(table: &mut dyn TableLike, key: &str, mut item: Item) {
    if let (Some(old), Some(new)) = (table.get(key).and_then(Item::as_value), item.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    table.insert(key, item);
}

fn table_of<'a>(document: &'a mut DocumentMut, name: &str) -> Result<&'a mut dyn TableLike, Error> {
    let profiles = document.get_mut("profiles").and_then(Item::as_table_like_mut);
    let profile = profiles.and_then(|profiles| profiles.get_mut(name)).and_then(Item::as_table_like_mut);
    profile.ok_or_else(|| {
        Error::usage(format!("profile '{name}' not found"))
            .resource(name)
            .hint(format!("create it: portgate profile add {name} --env NAME"))
    })
}

fn item(key: &str, text: &str) -> Result<Item, Error> {
    Ok(match key {
        "read_only" | "require_reason" | "require_ticket" => match text {
            "true" => value(true),
            "false" => value(false),
            _ => return Err(Error::usage(format!("{key} must be true or false"))),
        },
        "secret_command" | "ledger_secret_command" => {
            value(parse_command(text).map_err(Error::usage)?.into_iter().collect::<Array>())
        }
        _ => value(text),
    })
}

/// A command as it is written for a shell: words, with quotes.
pub(crate) fn parse_command(text: &str) -> Result<Vec<String>, String> {
    match shlex::split(text) {
        None => Err("the command has a quote that isn't closed".to_owned()),
        Some(words) if words.first().is_none_or(String::is_empty) => Err("the command is empty".to_owned()),
        Some(words) => Ok(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_would() {
        assert_eq!(parse_command("op read 'op://vault/a b'").unwrap(), ["op", "read", "op://vault/a b"]);
        assert!(parse_command("pass 'show").unwrap_err().contains("quote"));
        assert!(parse_command("  ").unwrap_err().contains("empty"));
        assert!(parse_command("''").unwrap_err().contains("empty"));
    }
}

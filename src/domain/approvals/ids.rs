//! IDs: shown short, accepted as any unique prefix.

use std::collections::BTreeSet;
use std::ops::Bound;

use serde_json::Value;

use crate::error::Error;
use crate::text::Uid;
use crate::text::guard::unguard;
use crate::text::id::{SHORTEST, WHOLE};
use crate::text::strict_json;

/// Minimum number of characters shown.
pub(crate) const SHOWN: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct GivenId(String);

impl GivenId {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let id = unguard(text.trim()).to_ascii_lowercase();
        if !id
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '-' || character == '_')
        {
            return Err(Error::usage(format!("invalid ID '{text}'"))
                .hint(format!("use the full ID from a list, or its first {SHORTEST} or more characters")));
        }
        if id.len() < SHORTEST {
            return Err(Error::usage(format!("ID '{text}' is too short"))
                .hint(format!("use at least {SHORTEST} characters")));
        }
        Ok(GivenId(id))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.0.len() == WHOLE
    }

    pub(crate) fn names(&self, id: &Uid) -> bool {
        id.begins_with(&self.0)
    }
}

/// The IDs in a text, each with its place.
pub(crate) fn words_in(text: &str) -> Result<Vec<(String, String)>, String> {
    let id_in = |place: String, value: &Value| match value.get("id").unwrap_or(value) {
        Value::String(id) => Ok((place, id.clone())),
        _ => Err(format!("{place} has no ID")),
    };
    if text.trim_start().starts_with('[') {
        let entries = strict_json::parse(text).map_err(|error| format!("not valid JSON: {error}"))?;
        return entries
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(at, one)| id_in(format!("entry {}", at + 1), one))
            .collect();
    }
    let mut words = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let place = format!("line {}", at + 1);
        if line.trim_start().starts_with('{') {
            let entry: Value =
                serde_json::from_str(line).map_err(|error| format!("{place} is not valid JSON: {error}"))?;
            words.push(id_in(place, &entry)?);
            continue;
        }
        let line = line.split('#').next().unwrap_or_default();
        let between = |character: char| character.is_whitespace() || matches!(character, ',' | ';');
        let of_line =
            line.split(between).map(|word| word.trim_matches(['"', '\''])).filter(|word| !word.is_empty());
        words.extend(of_line.map(|word| (place.clone(), word.to_owned())));
    }
    if words.first().is_some_and(|(_, word)| word.eq_ignore_ascii_case("id")) {
        words.remove(0);
    }
    Ok(words)
}

/// The first characters of a full UID, where nothing else is near that it could be taken for.
pub(crate) fn short(id: &Uid) -> &str {
    id.as_str().get(..SHOWN).filter(|_| id.as_str().len() == WHOLE).unwrap_or(id.as_str())
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ShortIds {
    all: BTreeSet<Uid>,
}

impl ShortIds {
    /// Short IDs, unique among a set.
    pub(crate) fn from_ids<'a>(ids: impl IntoIterator<Item = &'a Uid>) -> Self {
        ShortIds { all: ids.into_iter().cloned().collect() }
    }

    /// The shortest unique prefix of at least eight characters.
    pub(crate) fn shorten<'a>(&self, id: &'a Uid) -> &'a str {
        let before = self.all.range(..id).next_back();
        let after = self.all.range((Bound::Excluded(id), Bound::Unbounded)).next();
        let own = id.lower_case();
        let shared = [before, after]
            .into_iter()
            .flatten()
            .map(|other| {
                other.lower_case().bytes().zip(own.bytes()).take_while(|(one, two)| one == two).count()
            })
            .max()
            .unwrap_or(0);
        let end = (shared + 1).max(SHOWN);
        id.as_str().get(..end).unwrap_or(id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_and_shortened_to_what_is_unique() {
        assert_eq!(GivenId::parse("7C1E09").unwrap().text(), "7c1e09");
        assert!(GivenId::parse("7c1").is_err());
        assert!(GivenId::parse("7c1e09; rm").is_err());
        let short = ShortIds::from_ids(&["7c1e09ab-1", "7c1e09ab-2", "e04b77f2-9"].map(Uid::from));
        assert_eq!(short.shorten(&"e04b77f2-9".into()), "e04b77f2");
        assert_eq!(short.shorten(&"7c1e09ab-2".into()), "7c1e09ab-2");
        let mixed = ShortIds::from_ids(&["7C1E09AB-1", "7c1e09ab-2"].map(Uid::from));
        assert_eq!(mixed.shorten(&"7C1E09AB-1".into()), "7C1E09AB-1");
    }
}

//! Ids as people use them: shown short, taken as any unique prefix.

use std::collections::BTreeSet;
use std::ops::Bound;

use crate::error::Error;
use crate::text::name::{SHORTEST, WHOLE, begins_with};

/// Characters of an id that are always shown.
pub(crate) const SHOWN: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct GivenId(String);

impl GivenId {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let id = text.trim().to_ascii_lowercase();
        if !id
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '-' || character == '_')
        {
            return Err(Error::usage(format!("'{text}' is no id"))
                .hint(format!("give an id as it is listed, or its first {SHORTEST} or more characters")));
        }
        if id.len() < SHORTEST {
            return Err(Error::usage(format!("'{text}' is too short for an id"))
                .hint(format!("give at least {SHORTEST} characters of it")));
        }
        Ok(GivenId(id))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.0.len() == WHOLE
    }

    pub(crate) fn names(&self, id: &str) -> bool {
        begins_with(id, &self.0)
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ShortIds {
    all: BTreeSet<String>,
}

impl ShortIds {
    /// Short forms that are unique among these ids.
    pub(crate) fn from_ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        ShortIds { all: ids.into_iter().map(str::to_owned).collect() }
    }

    /// The id, cut where it is unique, but never below eight characters.
    pub(crate) fn shorten<'a>(&self, id: &'a str) -> &'a str {
        let bounds = |from, to| self.all.range::<str, (Bound<&str>, Bound<&str>)>((from, to));
        let before = bounds(Bound::Unbounded, Bound::Excluded(id)).next_back();
        let after = bounds(Bound::Excluded(id), Bound::Unbounded).next();
        let shared = [before, after]
            .into_iter()
            .flatten()
            .map(|other| other.bytes().zip(id.bytes()).take_while(|(one, two)| one == two).count())
            .max()
            .unwrap_or(0);
        let end = (shared + 1).max(SHOWN);
        id.get(..end).unwrap_or(id)
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
        let short = ShortIds::from_ids(["7c1e09ab-1", "7c1e09ab-2", "e04b77f2-9"]);
        assert_eq!(short.shorten("e04b77f2-9"), "e04b77f2");
        assert_eq!(short.shorten("7c1e09ab-2"), "7c1e09ab-2");
    }
}

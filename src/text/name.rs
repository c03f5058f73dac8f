//! Names in user input: parsing and lookup.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

use crate::error::Error;
use crate::text::{Uid, sanitize};

/// Maximum number of candidates listed for an ambiguous name.
const MOST_CANDIDATES: usize = 10;

/// Parses the name of a filter, trimmed.
/// An empty name is an error, as it would match everything or nothing if a script's variable is empty.
///
/// ```
/// use portgate::text::name::parse_name;
/// assert_eq!(parse_name(" globex ").unwrap(), "globex");
/// assert!(parse_name("").is_err());
/// assert!(parse_name(" \t").is_err());
/// ```
pub fn parse_name(text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(Error::usage("the value is empty: enter a name, or omit the option")),
        name => Ok(name.to_owned()),
    }
}

/// Parses the name of who makes a change: at most 200 characters, without control characters.
///
/// ```
/// use portgate::text::name::parse_actor;
/// assert_eq!(parse_actor(" ana ").unwrap(), "ana");
/// assert!(parse_actor("ana\nben").is_err());
/// assert!(parse_actor(&"a".repeat(201)).is_err());
/// ```
pub fn parse_actor(text: &str) -> Result<String, String> {
    parse_line(text, "a name is required", "the name")
}

/// A reason to record in the ledger.
///
/// ```
/// use portgate::text::name::parse_reason;
/// assert_eq!(parse_reason(" restored from a backup ").unwrap(), "restored from a backup");
/// assert_eq!(parse_reason(" ").unwrap_err(), "a reason is required, which is recorded in the ledger");
/// ```
pub fn parse_reason(text: &str) -> Result<String, String> {
    parse_line(text, "a reason is required, which is recorded in the ledger", "the reason")
}

fn parse_line(text: &str, missing: &str, what: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err(missing.to_owned()),
        line if line.chars().any(char::is_control) => Err(format!("{what} has control characters")),
        line if line.chars().count() > 200 => Err(format!("{what} is longer than 200 characters")),
        line => Ok(line.to_owned()),
    }
}

/// Parses free text, which may start with a dash but must not be another option after a missing text.
///
/// ```
/// use portgate::text::name::parse_text;
/// assert_eq!(parse_text("-5 dB").unwrap(), "-5 dB");
/// assert!(parse_text("--yes").is_err());
/// assert!(parse_text("-y").is_err());
/// ```
pub fn parse_text(text: &str) -> Result<String, Error> {
    let is_switch = text.len() == 2 && text.starts_with('-') && text.ends_with(char::is_alphabetic);
    match is_switch || text.starts_with("--") {
        true => Err(Error::usage(format!("the text is missing: '{text}' is an option"))),
        false => Ok(text.to_owned()),
    }
}

/// A name for comparison: NFKC, lower case, without invisible characters, with single spaces. Names that look the same
/// are equal.
///
/// ```
/// use portgate::text::name::fold;
/// assert_eq!(fold("Cafe\u{301}  ZÜRICH\u{200b} "), fold("café zürich"));
/// assert_eq!(fold("Ｇｌｏｂｅｘ"), "globex");
/// ```
pub fn fold(name: &str) -> String {
    let visible = name.chars().filter(|character| character.is_whitespace() || !is_unseen(*character));
    // Most names need nothing else.
    let lower: String = match name.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => name.to_ascii_lowercase(),
        false => visible.nfkc().flat_map(char::to_lowercase).nfkc().collect(),
    };
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character is invisible in a name.
fn is_unseen(character: char) -> bool {
    sanitize::drives_terminal(character)
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}'
        )
}

/// A name with the forms in which it is compared, which take longer to make than to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    text: String,
    folded: String,
    looks: [String; 2],
}

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        Name { text: text.to_owned(), folded: fold(text), looks: looks(text) }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As [`is_same`].
    pub(crate) fn is_same(&self, other: &Name) -> bool {
        self.folded == other.folded
    }

    /// As [`only_looks_like`].
    pub(crate) fn only_looks_like(&self, other: &Name) -> bool {
        !self.is_same(other) && self.looks.iter().zip(&other.looks).any(|(one, other)| one == other)
    }
}

/// Whether two names look the same ([`fold`]).
pub fn is_same(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

/// Whether a name only looks like another, for example with letters of another script.
///
/// ```
/// use portgate::text::name::only_looks_like;
/// assert!(only_looks_like("Gl\u{43e}bex Bank", "Globex Bank"));
/// assert!(only_looks_like("Globex \u{392}ank", "Globex Bank"));
/// assert!(!only_looks_like("GLOBEX bank", "Globex Bank"));
/// ```
pub fn only_looks_like(one: &str, other: &str) -> bool {
    Name::new(one).only_looks_like(&Name::new(other))
}

/// Whether a name only looks as if it contained this one ([`only_looks_like`]).
pub(crate) fn only_looks_to_contain(name: &str, part: &str) -> bool {
    let parts = looks(name).into_iter().zip(looks(part));
    !fold(name).contains(&fold(part)) && parts.into_iter().any(|(name, part)| name.contains(&part))
}

/// What a name looks like in small letters, and in the letters it is written with: a capital may look like another letter
/// than its small form.
fn looks(name: &str) -> [String; 2] {
    let look = |text: &str| skeleton(text).collect::<String>();
    [look(&fold(name)), fold(&look(name))]
}

/// A name with the letters escaped that don't occur in the other, which it only looks like.
///
/// ```
/// use portgate::text::name::distinguish;
/// assert_eq!(distinguish("Gl\u{43e}bex Zürich", "Globex Zürich"), "Gl\\u{43e}bex Zürich");
/// ```
pub fn distinguish(name: &str, other: &str) -> String {
    let escape = |letter: char| match letter.is_ascii() || other.contains(letter) {
        true => letter.to_string(),
        false => letter.escape_unicode().to_string(),
    };
    name.chars().map(escape).collect()
}

/// The names that only look like an earlier one, each with that one.
pub(crate) fn look_alikes<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let mut seen: HashMap<String, BTreeMap<String, &'a str>> = HashMap::new();
    let (mut known, mut found) = (HashSet::new(), Vec::new());
    // A customer asks for many things, and folding its name takes longer than finding it.
    for name in names.into_iter().filter(|name| known.insert(*name)) {
        let folded = fold(name);
        let mut first = None;
        for look in looks(name) {
            let alike = seen.entry(look).or_default();
            if !alike.contains_key(&folded) {
                first = first.or(alike.values().next().copied());
                alike.insert(folded.clone(), name);
            }
        }
        found.extend(first.map(|first| (first, name)));
    }
    found
}

/// Whether something has this full name, or an ID matching [`names_id`]. Several things may match.
pub fn is_called(given: &str, name: Option<&str>, id: Option<&Uid>) -> bool {
    let given = given.trim();
    name.is_some_and(|name| is_same(name, given)) || id.is_some_and(|id| id.is_named(given))
}

/// The results of the first way to find something that has any.
pub fn first_found<'a, T>(
    all: impl IntoIterator<Item = &'a T> + Clone,
    ways: &[&dyn Fn(&T) -> bool],
) -> Vec<&'a T> {
    let found = |way: &&dyn Fn(&T) -> bool| -> Vec<&'a T> {
        all.clone().into_iter().filter(|thing| way(thing)).collect()
    };
    ways.iter().map(found).find(|found| !found.is_empty()).unwrap_or_default()
}

/// The only match for a name, if any. Several matches are exit 2, with the candidates as formatted by `label`.
pub fn only_one<T>(
    mut found: Vec<T>,
    given: &str,
    of_what: &str,
    label: impl Fn(&T) -> String,
) -> Result<Option<T>, Error> {
    if found.len() > 1 {
        return Err(Error::usage(format!("'{given}' matches {} {of_what}", found.len()))
            .hint_each(found.iter().take(MOST_CANDIDATES).map(label))
            .resource(given));
    }
    Ok(found.pop())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_thing_is_called_by_its_whole_name_or_the_start_of_its_id() {
        let called = |given| is_called(given, Some("Zürich Ost"), Some(&"a1d0f6c4-1".into()));
        assert!(called("ZÜRICH ost") && called("A1D0F6") && called(" a1d0f6c4-1 "));
        assert!(!called("Zürich") && !called("a1d0f") && !called("") && !called("a1d0f6c4-1x"));
        assert!(!is_called("a1d0f6", None, None));
    }

    #[test]
    fn an_earlier_way_wins_over_a_later_one() {
        let all = ["syd", "sydney"];
        let found =
            |given: &str| first_found(&all, &[&|name| *name == given, &|name| name.starts_with(given)]);
        assert_eq!(found("syd"), [&"syd"]);
        assert_eq!(found("sy"), [&"syd", &"sydney"]);
        assert!(found("mel").is_empty());
    }

    #[test]
    fn several_are_an_error_that_lists_ten() {
        let one = |found: Vec<u32>| only_one(found, "x", "of your ports", u32::to_string);
        assert_eq!((one(vec![7]), one(vec![])), (Ok(Some(7)), Ok(None)));
        let several = one((0..12).collect()).unwrap_err();
        assert_eq!((several.exit, several.hints.len()), (Exit::Usage, 10));
        assert_eq!(several.message, "'x' matches 12 of your ports");
    }
}

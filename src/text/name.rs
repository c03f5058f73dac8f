//! Names and ids as people give them: read, and looked up among what there is.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

use crate::error::Error;
use crate::text::sanitize;

/// The shortest start of an id that stands for it.
pub const SHORTEST: usize = 6;
/// Characters of a whole uid, and of a whole service key.
pub(crate) const WHOLE: usize = 36;
/// Candidates that are listed where a name may mean several, at most.
const MOST_CANDIDATES: usize = 10;

/// Reads the name that a filter looks for, without the blanks around it.
/// Nothing but blanks is an error: it would fit everything, or nothing, where a variable of a script was empty.
///
/// ```
/// use portgate::text::name::parse_name;
/// assert_eq!(parse_name(" globex ").unwrap(), "globex");
/// assert!(parse_name("").is_err());
/// assert!(parse_name(" \t").is_err());
/// ```
pub fn parse_name(text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(Error::usage("it is empty: give a name, or leave the option out")),
        name => Ok(name.to_owned()),
    }
}

/// Reads free text, which may begin with a dash, but is no option that stands where the text was left out.
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
        true => Err(Error::usage(format!("'{text}' reads as an option: the text is missing"))),
        false => Ok(text.to_owned()),
    }
}

/// Whether a given text is an id or the start of one from six characters on; any case.
///
/// ```
/// use portgate::text::name::names_id;
/// assert!(names_id("7C1E09", "7c1e09ab-52d4"));
/// assert!(!names_id("7c1e0", "7c1e09ab-52d4"));
/// ```
pub fn names_id(given: &str, id: &str) -> bool {
    given.len() >= SHORTEST && begins_with(id, given)
}

/// Whether an id begins so; any case.
pub fn begins_with(id: &str, start: &str) -> bool {
    id.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start))
}

/// A name as it is compared: in one form of its letters (NFKC), one case, without what can't be seen, with one blank where
/// there are some. What is equal to the eye is equal so.
///
/// ```
/// use portgate::text::name::folded;
/// assert_eq!(folded("Cafe\u{301}  ZÜRICH\u{200b} "), folded("café zürich"));
/// assert_eq!(folded("Ｇｌｏｂｅｘ"), "globex");
/// ```
pub fn folded(name: &str) -> String {
    let visible = name.chars().filter(|character| character.is_whitespace() || !is_unseen(*character));
    let lower: String = visible.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character takes no place of its own where a name is shown.
fn is_unseen(character: char) -> bool {
    sanitize::drives_terminal(character)
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200c}' | '\u{200d}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}'
        )
}

/// Whether two names are equal to the eye ([`folded`]).
pub fn is_same(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}

/// Whether a name only looks like another, as one does whose letters are of another script.
///
/// ```
/// use portgate::text::name::only_looks_like;
/// assert!(only_looks_like("Gl\u{43e}bex Bank", "Globex Bank"));
/// assert!(!only_looks_like("GLOBEX bank", "Globex Bank"));
/// ```
pub fn only_looks_like(one: &str, other: &str) -> bool {
    let (one, other) = (folded(one), folded(other));
    one != other && skeleton(&one).eq(skeleton(&other))
}

/// Whether a name only looks as if this were a part of it ([`only_looks_like`]).
pub(crate) fn only_looks_to_contain(name: &str, part: &str) -> bool {
    let (name, part) = (folded(name), folded(part));
    let look = |text: &str| skeleton(text).collect::<String>();
    !name.contains(&part) && look(&name).contains(&look(&part))
}

/// A name with its letters escaped that the other, which it only looks like, has none of.
///
/// ```
/// use portgate::text::name::told_apart;
/// assert_eq!(told_apart("Gl\u{43e}bex Zürich", "Globex Zürich"), "Gl\\u{43e}bex Zürich");
/// ```
pub fn told_apart(name: &str, other: &str) -> String {
    let escape = |letter: char| match letter.is_ascii() || other.contains(letter) {
        true => letter.to_string(),
        false => letter.escape_unicode().to_string(),
    };
    name.chars().map(escape).collect()
}

/// The names among these that only look like an earlier one, each with that one.
pub(crate) fn look_alikes<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let mut seen: HashMap<String, BTreeMap<String, &'a str>> = HashMap::new();
    let mut found = Vec::new();
    for name in names {
        let folded = folded(name);
        let alike = seen.entry(skeleton(&folded).collect()).or_default();
        if !alike.contains_key(&folded) {
            found.extend(alike.values().next().map(|&first| (first, name)));
            alike.insert(folded, name);
        }
    }
    found
}

/// Whether a thing is called so: by its whole name, or by its id as [`names_id`] takes it. More than one may be.
pub fn is_called(given: &str, name: Option<&str>, id: Option<&str>) -> bool {
    let given = given.trim();
    name.is_some_and(|name| is_same(name, given)) || id.is_some_and(|id| names_id(given, id))
}

/// What the first of these ways to name a thing finds that finds any.
pub fn first_found<'a, T>(
    all: impl IntoIterator<Item = &'a T> + Clone,
    ways: &[&dyn Fn(&T) -> bool],
) -> Vec<&'a T> {
    let found = |way: &&dyn Fn(&T) -> bool| -> Vec<&'a T> {
        all.clone().into_iter().filter(|thing| way(thing)).collect()
    };
    ways.iter().map(found).find(|found| !found.is_empty()).unwrap_or_default()
}

/// The only thing that was found for a name, if any. More than one is exit 2, with the candidates as `label` tells them.
pub fn only_one<T>(
    mut found: Vec<T>,
    given: &str,
    of_what: &str,
    label: impl Fn(&T) -> String,
) -> Result<Option<T>, Error> {
    if found.len() > 1 {
        return Err(Error::usage(format!("'{given}' may mean {} {of_what}", found.len()))
            .hint_each(found.iter().take(MOST_CANDIDATES).map(label))
            .about(given));
    }
    Ok(found.pop())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_thing_is_called_by_its_whole_name_or_the_start_of_its_id() {
        let called = |given| is_called(given, Some("Zürich Ost"), Some("a1d0f6c4-1"));
        assert!(called("ZÜRICH ost") && called("A1D0F6") && called(" a1d0f6c4-1 "));
        assert!(!called("Zürich") && !called("a1d0f") && !called("") && !called("a1d0f6c4-1x"));
        assert!(!is_called("a1d0f6", None, None));
        assert!(!names_id("ééé", "ééa"), "a start that would cut a character in two");
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
        assert_eq!(several.message, "'x' may mean 12 of your ports");
    }
}

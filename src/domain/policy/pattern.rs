//! Names with `*` and `?` in them.

use std::fmt;

use crate::text::name::fold;

/// A name or a pattern, compared as names are ([`fold`]): `*` stands for any characters, `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    text: String,
    folded: Vec<char>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Pattern { text: text.to_owned(), folded: fold(text).chars().collect() }
    }

    pub(crate) fn fits(&self, name: &str) -> bool {
        let name: Vec<char> = fold(name).chars().collect();
        let (mut at, mut from) = (0, 0);
        // Where the last star was, and how much of the name it has taken so far.
        let mut star: Option<(usize, usize)> = None;
        while from < name.len() {
            match self.folded.get(at) {
                Some('*') => {
                    star = Some((at, from));
                    at += 1;
                }
                Some(&wanted) if wanted == '?' || wanted == name[from] => {
                    at += 1;
                    from += 1;
                }
                _ => match star {
                    Some((star_at, taken)) => {
                        star = Some((star_at, taken + 1));
                        at = star_at + 1;
                        from = taken + 1;
                    }
                    None => return false,
                },
            }
        }
        self.folded[at..].iter().all(|&rest| rest == '*')
    }

    /// Whether it is a name without `*` and `?`.
    pub(crate) fn is_plain(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, name, fits) in [
            ("*", "", true),
            ("*", "SYD1-A", true),
            ("SYD*", "syd1-a", true),
            ("*-A", "SYD1-A", true),
            ("*-A", "SYD1-B", false),
            ("S*1*A", "SYD1-1-A", true),
            ("S*1*B", "SYD1-1-A", false),
            ("?YD1-A", "SYD1-A", true),
            ("?SYD1-A", "SYD1-A", false),
            ("SYD1-A", "SYD1-AB", false),
            ("SYD1-A*", "SYD1-A", true),
            ("ÄÖ?", "äöü", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Pattern::new(pattern).fits(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_fits_whole_names_in_any_case() {
        assert!(Pattern::new("SYD?-*").fits("syd1-a"));
        assert!(!Pattern::new("SYD1").fits("SYD1-A"));
    }
}

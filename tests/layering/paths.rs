//! Reads the paths that a source file names: `crate::a::{b, c::d}`, `super::a`, `self::a`, and those that begin with an
//! imported name or a module of its own.

use std::collections::{BTreeMap, BTreeSet};

/// A path in the code, or the name of a module: its words without `crate`.
pub(crate) type Path = Vec<String>;

/// Reads the paths of one file.
pub(crate) struct Reader<'a> {
    own: Path,
    modules: &'a BTreeSet<Path>,
    /// What the file imports, by the name it has there.
    pub(crate) known: BTreeMap<String, Path>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(own: &[String], modules: &'a BTreeSet<Path>) -> Self {
        Reader { own: own.to_vec(), modules, known: BTreeMap::new() }
    }

    /// The paths of the crate that a text names.
    pub(crate) fn read(&mut self, text: &str) -> Vec<Path> {
        let words = words(text);
        let mut paths = Vec::new();
        // Modules within the file, and how deep in braces each begins.
        let mut inner: Vec<(String, usize)> = Vec::new();
        let mut depth = 0;
        let mut at = 0;
        while at < words.len() {
            let before = at.checked_sub(1).map_or("", |before| words[before]);
            let next = words.get(at + 1).copied().unwrap_or_default();
            let is_import = before == "use" && is_word(words[at]);
            let starts_path = is_word(words[at]) && before != "::" && before != "." && next == "::";
            match words[at] {
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    inner.pop_if(|(_, begin)| *begin == depth);
                }
                "mod" if words.get(at + 2) == Some(&"{") => inner.push((next.to_owned(), depth)),
                quoted if quoted.starts_with('"') => paths.extend(self.read(quoted.trim_matches('"'))),
                _ if is_import || starts_path => {
                    let mut leaves = Vec::new();
                    at = read_tree(&words, at, Vec::new(), &mut leaves);
                    let here: Path =
                        self.own.iter().chain(inner.iter().map(|(name, _)| name)).cloned().collect();
                    for (path, name) in leaves {
                        let Some(path) = self.resolve(&here, path) else { continue };
                        if is_import && inner.is_empty() && path.last() != Some(&"*".to_owned()) {
                            self.known.insert(name, path.clone());
                        }
                        paths.push(path);
                    }
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        paths
    }

    /// The path from the crate's root; none if it is another crate's, or a type's.
    fn resolve(&self, here: &[String], path: Path) -> Option<Path> {
        let mut base = here.to_vec();
        let mut rest = path.as_slice();
        match path[0].as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" | "super" => {
                while let Some(word) = rest.first().filter(|word| ["self", "super"].contains(&word.as_str()))
                {
                    if word == "super" {
                        base.pop();
                    }
                    rest = &rest[1..];
                }
            }
            first if self.known.get(first).is_some_and(|known| *known != path) => {
                base.clone_from(&self.known[first]);
                rest = &rest[1..];
            }
            first => {
                let child: Path = self.own.iter().cloned().chain([first.to_owned()]).collect();
                self.modules.contains(&child).then_some(())?;
                base.clone_from(&self.own);
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }
}

/// Reads the path or the tree of `use` that begins at a word: each path in it with the name it gets. Returns where it ends.
fn read_tree(words: &[&str], mut at: usize, mut path: Path, leaves: &mut Vec<(Path, String)>) -> usize {
    loop {
        match words.get(at).copied().unwrap_or_default() {
            "{" => {
                at += 1;
                while words.get(at).is_some_and(|word| *word != "}") {
                    let end = read_tree(words, at, path.clone(), leaves);
                    at = if words.get(end) == Some(&",") { end + 1 } else { end.max(at + 1) };
                }
                return at + 1;
            }
            // `a::{self}` is a.
            "self" if !path.is_empty() => at += 1,
            word if is_word(word) || word == "*" => {
                path.push(word.to_owned());
                at += 1;
            }
            _ => {}
        }
        match words.get(at).copied() {
            Some("::") => at += 1,
            end => {
                let alias = words.get(at + 1).filter(|_| end == Some("as")).map(|alias| (*alias).to_owned());
                at += if alias.is_some() { 2 } else { 0 };
                if let Some(last) = path.last().cloned() {
                    leaves.push((path, alias.unwrap_or(last)));
                }
                return at;
            }
        }
    }
}

fn is_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The words and signs of a text without its comments. Text in quotes is kept only where it is a path, as in an
/// attribute of serde.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(length) = raw_text(rest) {
            length
        } else if first == '"' {
            let length = quoted(rest, '"');
            let inside = &rest[1..length - 1];
            if ["crate::", "super::", "self::"].iter().any(|start| inside.starts_with(start)) {
                words.push(&rest[..length]);
            }
            length
        } else if first == '\'' {
            let mut after = rest[1..].chars();
            match (after.next(), after.next()) {
                (Some('\\'), _) | (_, Some('\'')) => quoted(rest, '\''),
                // A lifetime.
                _ => 1,
            }
        } else if is_part(first) {
            let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
            words.push(&rest[..length]);
            length
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            if !first.is_whitespace() {
                words.push(&rest[..length]);
            }
            length
        };
        rest = &rest[length..];
    }
    words
}

/// The length of the quoted text at the start.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    panic!("quotes that don't end: {}", text.lines().next().unwrap_or_default());
}

/// The length of the raw text at the start, such as `r#"..."#`, if there is one.
fn raw_text(text: &str) -> Option<usize> {
    let start = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let inside = start.trim_start_matches('#');
    let end = format!("\"{}", &start[..start.len() - inside.len()]);
    let inside = inside.strip_prefix('"')?;
    Some(text.len() - inside.len() + inside.find(&end)? + end.len())
}

/// The length of the comment at the start; such comments may contain others.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        match text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

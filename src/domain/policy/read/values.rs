//! Reads values of a policy file and collects problems with their lines.

use std::ops::Range;

use toml_edit::Table;

use crate::domain::policy::problem::Problem;
use crate::text::Mbps;
use crate::text::suggest::did_you_mean;
use crate::text::word::Word;

/// Older names of keys, still read.
pub(super) const OLD: [&str; 2] = ["min_rate_mbps", "max_rate_mbps"];

pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
}

pub(super) struct Reader<'t> {
    text: &'t str,
    pub(super) problems: Vec<Problem>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Reader { text, problems: Vec::new() }
    }

    pub(super) fn line(&self, span: Option<Range<usize>>) -> usize {
        span.map_or(1, |span| line_at(self.text, span.start))
    }

    pub(super) fn line_of(&self, table: &Table, key: &str) -> usize {
        let span = table.key(key).and_then(toml_edit::Key::span);
        self.line(span.or_else(|| table.span()))
    }

    pub(super) fn note_problem(&mut self, table: &Table, key: &str, message: impl Into<String>) {
        let line = self.line_of(table, key);
        self.problems.push(Problem::error(line, message));
    }

    /// Reports unknown keys; returns whether there are none.
    pub(super) fn check_keys(&mut self, table: &Table, known: &[&str]) -> bool {
        let before = self.problems.len();
        for (key, _) in table.iter().filter(|(key, _)| !known.contains(key)) {
            let line = self.line_of(table, key);
            let hint = did_you_mean(key, known).unwrap_or_else(|| {
                let listed: Vec<&str> = known.iter().copied().filter(|key| !OLD.contains(key)).collect();
                format!("use one of {}", listed.join(", "))
            });
            self.problems.push(Problem::error(line, format!("unknown key '{key}'")).hint(hint));
        }
        self.problems.len() == before
    }

    pub(super) fn value_or_note<T>(
        &mut self,
        table: &Table,
        key: &str,
        value: Result<T, String>,
    ) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(message) => {
                self.note_problem(table, key, format!("{key}: {message}"));
                None
            }
        }
    }

    pub(super) fn text(&mut self, table: &Table, key: &str) -> Option<String> {
        let item = table.get(key)?;
        match item.as_str().map(str::trim) {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            _ => {
                self.note_problem(table, key, format!("{key} must be a non-empty string"));
                None
            }
        }
    }

    pub(super) fn texts(&mut self, table: &Table, key: &str) -> Vec<String> {
        let Some(item) = table.get(key) else { return Vec::new() };
        let one = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let texts: Option<Vec<String>> = match (item.as_str(), item.as_array()) {
            (Some(text), _) => one(text).map(|text| vec![text]),
            (None, Some(array)) if !array.is_empty() => {
                array.iter().map(|value| value.as_str().and_then(one)).collect()
            }
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.note_problem(table, key, format!("{key} must be a non-empty string or an array of strings"));
            Vec::new()
        })
    }

    pub(super) fn words<T: Word>(&mut self, table: &Table, key: &str) -> Vec<T> {
        let mut values = Vec::new();
        for word in self.texts(table, key) {
            match T::from_word(&word) {
                Some(value) => values.push(value),
                None => {
                    let known: Vec<&str> = T::ALL.iter().map(|value| value.word()).collect();
                    self.note_problem(
                        table,
                        key,
                        format!("invalid {key} '{word}': use one of {}", known.join(", ")),
                    );
                }
            }
        }
        values
    }

    pub(super) fn switch(&mut self, table: &Table, key: &str) -> Option<bool> {
        let item = table.get(key)?;
        let value = item.as_bool();
        if value.is_none() {
            self.note_problem(table, key, format!("{key} must be true or false"));
        }
        value
    }

    /// A speed: a number of Mbps, or text with a unit. The key may have an older name.
    pub(super) fn speed(&mut self, table: &Table, keys: &[&str]) -> Option<Mbps> {
        let mut said = keys.iter().copied().filter(|key| table.contains_key(key));
        let key = said.next()?;
        if let Some(other) = said.next() {
            self.note_problem(table, other, format!("use {key} or {other}, not both"));
        }
        let item = table.get(key)?;
        let number = item.as_integer().and_then(|number| u64::try_from(number).ok()).map(Mbps);
        match (number, item.as_str()) {
            (Some(mbps), _) => Some(mbps),
            (None, Some(text)) => self.value_or_note(table, key, text.parse()),
            (None, None) => {
                self.note_problem(
                    table,
                    key,
                    format!("{key} must be a speed: whole Mbps such as 500, or text such as \"1 Gbps\""),
                );
                None
            }
        }
    }

    pub(super) fn number(&mut self, table: &Table, key: &str) -> Option<u64> {
        let item = table.get(key)?;
        let value = item.as_integer().and_then(|number| u64::try_from(number).ok());
        if value.is_none() {
            self.note_problem(table, key, format!("{key} must be a non-negative integer"));
        }
        value
    }
}

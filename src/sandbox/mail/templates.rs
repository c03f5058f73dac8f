//! The email templates of `letters.toml`, and how they are filled in.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::letter::{Letter, Step};
use super::payload::{LISTED, Payload};
use crate::sandbox::event::Kind;
use crate::sandbox::role::Action;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Templates {
    names: HashMap<String, String>,
    facts: HashMap<String, Vec<String>>,
    letters: Vec<Template>,
    html: Html,
}

/// The HTML snippets of an email.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Html {
    pub(super) head: String,
    pub(super) paragraph: String,
    pub(super) facts: String,
    pub(super) fact: String,
    pub(super) facts_end: String,
    pub(super) command: String,
    pub(super) foot: String,
}

pub(super) fn html() -> &'static Html {
    &templates().html
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    event: String,
    when: Option<String>,
    subject: String,
    body: Vec<String>,
    facts: Vec<String>,
    #[serde(default)]
    steps: Vec<(Action, String, String)>,
}

fn templates() -> &'static Templates {
    static TEMPLATES: OnceLock<Templates> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        toml_edit::de::from_str(include_str!("letters.toml")).expect("a file of this crate, tested")
    })
}

pub(super) fn letter(kind: Kind, payload: &Payload<'_>) -> Letter {
    let templates = templates();
    let writer = Writer { templates, payload };
    let template = templates
        .letters
        .iter()
        .filter(|template| template.event == kind.name())
        .find(|template| template.when.as_ref().is_none_or(|test| payload.holds(test)))
        .expect("every event has a letter, tested");
    let mut facts = Vec::new();
    writer.add_facts(&template.facts, &mut facts);
    Letter {
        subject: writer.write(&template.subject).unwrap_or_default(),
        body: template.body.iter().filter_map(|paragraph| writer.write(paragraph)).collect(),
        facts,
        steps: template
            .steps
            .iter()
            .filter_map(|(needs, purpose, words)| {
                Some(Step { purpose, words: writer.write(words)?, needs: *needs })
            })
            .collect(),
    }
}

struct Writer<'a> {
    templates: &'static Templates,
    payload: &'a Payload<'a>,
}

impl Writer<'_> {
    fn add_facts(&self, entries: &'static [String], facts: &mut Vec<(&'static str, String)>) {
        for entry in entries {
            if let Some(list) = entry.strip_prefix('@') {
                self.add_facts(&self.templates.facts[list], facts);
                continue;
            }
            let (label, value) = entry.split_once(": ").expect("a label and a value, tested");
            let times = if value.contains('#') { self.payload.count("asked_for").min(LISTED) } else { 1 };
            for place in 0..times {
                facts.extend(self.write(&value.replace('#', &place.to_string())).map(|value| (label, value)));
            }
        }
    }

    /// Fills in a template; `None` if a required value is missing.
    fn write(&self, template: &str) -> Option<String> {
        self.write_alternative(template).0
    }

    /// Fills in a template up to the enclosing alternative's `|` or `]`, and returns the rest.
    fn write_alternative<'t>(&self, mut rest: &'t str) -> (Option<String>, &'t str) {
        let mut written = Some(String::new());
        while let Some(at) = rest.find(['{', '[', '|', ']']) {
            let (before, from) = rest.split_at(at);
            let piece = if let Some(inner) = from.strip_prefix('{') {
                let (value, after) = inner.split_once('}').expect("a brace that closes, tested");
                rest = after;
                self.value(value)
            } else if from.starts_with('[') {
                let mut chosen = None;
                rest = from;
                while !rest.starts_with(']') {
                    let (alternative, after) = self.write_alternative(&rest[1..]);
                    chosen = chosen.or(alternative);
                    rest = after;
                }
                rest = &rest[1..];
                chosen.or_else(|| Some(String::new()))
            } else {
                return (written.map(|written| written + before), from);
            };
            written = written.zip(piece).map(|(written, piece)| written + before + &piece);
        }
        (written.map(|written| written + rest), "")
    }

    fn value(&self, text: &str) -> Option<String> {
        if let Some(test) = text.strip_prefix('?') {
            return self.payload.holds(test).then(String::new);
        }
        match (text, self.templates.names.get(text)) {
            ("when", _) => Some(self.payload.utc_time()),
            ("charge", _) => Some(self.payload.charge()),
            (_, Some(template)) => self.write(template),
            (_, None) => {
                let (path, filter) = text.split_once('|').unwrap_or((text, "text"));
                self.payload.value(path, filter)
            }
        }
    }
}

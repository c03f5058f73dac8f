//! One of several runs side by side, each for a profile: its results are taken for a common one, and what it says is marked
//! with the profile's name.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::rc::Rc;

use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use crate::domain::approvals::Company;
use crate::render::output::ListView;
use crate::session::profiles::Profile;
use crate::terminal::Terminal;
use crate::text::Uid;
use crate::text::sanitize;

/// The fields that say which profile a record is of.
pub(crate) const FIELDS: [&str; 4] = ["profile", "company.uid", "company.name", "environment"];

/// What one of several runs gave.
#[derive(Debug)]
pub(crate) struct Capture {
    profile: String,
    environment: &'static str,
    company: RefCell<Company>,
    /// A list, or the rows of a document.
    view: RefCell<Option<ListView<'static>>>,
    document: RefCell<Option<Value>>,
    events: Rc<Events>,
}

/// The events of all runs together.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// How many may still be written; `None` for any number.
    pub(crate) left: Cell<Option<u64>>,
    /// Nobody takes more: there have been enough, or the reader is gone.
    pub(crate) over: Notify,
}

impl Capture {
    pub(crate) fn new(profile: &Profile, events: &Rc<Events>) -> Self {
        let company =
            Company { uid: profile.company_uid.clone(), name: profile.company_name.clone(), id: None };
        Capture {
            profile: profile.name.clone(),
            environment: profile.environment.name(),
            company: RefCell::new(company),
            view: RefCell::default(),
            document: RefCell::default(),
            events: Rc::clone(events),
        }
    }

    /// Takes up the company that was read.
    pub(super) fn learn(&self, company: &Company) {
        if company.uid.is_some() || company.name.is_some() {
            self.company.replace(company.clone());
        }
    }

    pub(super) fn take_list(&self, view: &ListView<'_>) {
        let company = self.company.borrow();
        let label = company.name.as_deref().or(company.uid.as_ref().map(Uid::as_str)).unwrap_or("-");
        let records = view.records.iter().map(|record| self.mark(record)).collect();
        self.view.replace(Some(ListView {
            table: view.table.clone().with_front(&[("PROFILE", &self.profile), ("COMPANY", label)]),
            heading: view.heading.clone(),
            ..ListView::of_records(records)
        }));
    }

    /// Takes a document: its rows marked, the rest once.
    pub(super) fn take_document(&self, document: &Value, rows: &str) {
        let mut document = document.clone();
        let records = document.as_object_mut().and_then(|fields| fields.shift_remove(rows));
        let records = records.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let records = records.iter().map(|record| self.mark(record)).collect();
        self.view.replace(Some(ListView::of_records(records)));
        self.document.replace(Some(self.mark(&document)));
    }

    /// The result of the run, if it came so far.
    pub(crate) fn into_result(self) -> (Option<ListView<'static>>, Option<Value>) {
        (self.view.into_inner(), self.document.into_inner())
    }

    /// An event as it is written, unless there have been enough.
    pub(super) fn event(&self, line: &str, record: &Value) -> Option<(String, Value)> {
        match self.events.left.get() {
            Some(0) => return None,
            left => self.events.left.set(left.map(|left| left - 1)),
        }
        Some((format!("{}: {line}", self.profile), self.mark(record)))
    }

    /// Ends all runs if nobody takes more events.
    pub(super) fn end_if(&self, is_closed: bool) {
        if is_closed || self.events.left.get() == Some(0) {
            self.events.over.notify_one();
        }
    }

    /// The record with the profile in front. What it says of its company itself stays.
    fn mark(&self, record: &Value) -> Value {
        let company = self.company.borrow();
        let mut marked = Map::new();
        marked.insert("profile".to_owned(), json!(self.profile));
        marked.insert("company".to_owned(), json!({"uid": company.uid, "name": company.name}));
        marked.insert("environment".to_owned(), json!(self.environment));
        marked.extend(record.as_object().cloned().unwrap_or_default());
        Value::Object(marked)
    }
}

/// Writes lines to the common stderr, each after the profile's name.
pub(super) struct Marked {
    pub(super) terminal: Rc<Terminal>,
    pub(super) profile: String,
    pub(super) line: Vec<u8>,
}

impl Write for Marked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.line.push(*byte);
            if *byte == b'\n' {
                let line = String::from_utf8_lossy(&self.line).into_owned();
                self.terminal.talk(&format!("{}: {line}", sanitize::line(&self.profile)));
                self.line.clear();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! One sending of a change whose readings are given, with what it should lead to.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::api::{Answer, Call, Method};
use crate::change::attempt::{Again, Attempt, Sent};
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::send::send;
use crate::change::stage::Track;
use crate::change::write::{Place, Write};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::ObjectKind;
use crate::options::OutputFormat;
use crate::session::example::{Backend, Response, Run};

/// The message of an unknown outcome.
pub(super) const UNKNOWN: &str = "Unknown: can't tell whether ana was switched";
/// Its lines in the ledger.
pub(super) const SENT_UNKNOWN: &[&str] = &["sending /one - -", "answered /one unknown -"];

/// A change whose readings are given: what is read last is read again.
pub(super) struct Switch {
    pub(super) calls: Vec<Call>,
    readings: RefCell<VecDeque<Result<Place, Error>>>,
    pub(super) can_repeat: bool,
    pub(super) is_final: bool,
    pub(super) has_other_way: bool,
    /// How it ends where it is no longer as it was, unless it was refused: then somebody else made it.
    pub(super) concludes: OutcomeKind,
}

impl Write for Switch {
    type Reading = Place;
    type Seen = Place;
    const KIND: ObjectKind = ObjectKind::User;

    fn subject(&self) -> (&str, Action) {
        ("ana", Action { verb: "switch", participle: "switched" })
    }

    fn state(&self, seen: &Place) -> Option<String> {
        Some(format!("{seen:?}"))
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn can_repeat(&self) -> bool {
        self.can_repeat
    }

    fn is_final(&self) -> bool {
        self.is_final
    }

    async fn read(&self, _: Option<&Answer>) -> Result<Place, Error> {
        let mut readings = self.readings.borrow_mut();
        if readings.len() > 1 { readings.pop_front().unwrap() } else { readings[0].clone() }
    }

    fn place(&self, reading: &Place) -> Place {
        *reading
    }

    async fn conclude(&self, reading: Place, refusal: Option<Error>) -> Outcome<Place> {
        let (id, action) = self.subject();
        let kind = if refusal.is_some() { OutcomeKind::Already } else { self.concludes };
        Outcome::new(id, action, kind).seen(reading)
    }

    async fn has_other_way(&self, _: &Error) -> bool {
        self.has_other_way
    }

    fn last_seen(&self, reading: Option<Place>) -> Option<Place> {
        reading
    }

    fn doubt_hints(&self) -> Vec<Hint> {
        vec!["look".into()]
    }
}

/// One sending, with what it should lead to.
pub(super) struct Case {
    name: &'static str,
    answers: Vec<Option<Response>>,
    readings: Vec<Result<Place, Error>>,
    /// Changes what is sent.
    change: fn(&mut Switch),
    /// Whether an earlier sending may still arrive.
    lost: bool,
    /// How often it was refused and prepared anew before.
    other_ways: u32,
    /// What came of it, see [`told`].
    ended: &'static [&'static str],
    /// What was sent.
    requests: &'static [&'static str],
    /// The steps in the ledger, with the outcome and the state.
    ledger: &'static [&'static str],
}

impl Case {
    pub(super) fn new(name: &'static str, answers: &[Option<Response>], readings: &[Place]) -> Self {
        Case {
            name,
            answers: answers.to_vec(),
            readings: readings.iter().copied().map(Ok).collect(),
            change: |_| (),
            lost: false,
            other_ways: 1,
            ended: &[],
            requests: &["PUT /one {}"],
            ledger: &[],
        }
    }

    pub(super) fn change(self, change: fn(&mut Switch)) -> Self {
        Case { change, ..self }
    }

    pub(super) fn after_loss(self) -> Self {
        Case { lost: true, ..self }
    }

    pub(super) fn after_other_ways(self, other_ways: u32) -> Self {
        Case { other_ways, ..self }
    }

    /// Reading ends with an error.
    pub(super) fn unreadable(mut self, exit: Exit) -> Self {
        self.readings.push(Err(Error::new(exit, "unreadable")));
        self
    }

    pub(super) fn ends(self, ended: &'static [&'static str]) -> Self {
        Case { ended, ..self }
    }

    pub(super) fn ends_unknown(self) -> Self {
        self.ends(&["unknown", UNKNOWN, "look"]).records(SENT_UNKNOWN)
    }

    pub(super) fn sends(self, requests: &'static [&'static str]) -> Self {
        Case { requests, ..self }
    }

    pub(super) fn records(self, ledger: &'static [&'static str]) -> Self {
        Case { ledger, ..self }
    }

    pub(super) async fn check(self) {
        let Case { name, answers, readings, change, lost, other_ways, ended, requests, ledger } = self;
        let backend = Backend::start(answers).await;
        let run = Run::new(OutputFormat::Json, &backend.url);
        let connection = run.connect().await;
        let call = |path| Call::with_body(Method::PUT, path, json!({}));
        let mut write = Switch {
            calls: vec![call("/one")],
            readings: RefCell::new(readings.into()),
            can_repeat: true,
            is_final: false,
            has_other_way: false,
            concludes: OutcomeKind::Done,
        };
        change(&mut write);
        let lost = lost.then(|| Box::new(Error::new(Exit::Timeout, "lost before")));
        let attempt = Attempt { lost, other_ways, ..Attempt::first(&Rc::new(Track::default())) };
        let (sent, last) = send(&connection, &write, &attempt).await;
        let told: Vec<String> = told(&sent).iter().map(|line| line.replace(&backend.url, "URL")).collect();
        assert_eq!(told, ended, "{name}");
        assert_eq!(backend.requests(), requests, "{name}");
        let last = last.map(|call| format!("PUT {} {{}}", call.path));
        assert_eq!(last.as_deref(), requests.last().copied().or(Some("PUT /one {}")), "{name}");
        assert_eq!(recorded(&run), ledger, "{name}");
    }
}

/// What came of it, in lines: the kind with what was seen, the error, the notes; before that how it may be sent again.
fn told(sent: &Sent<Place>) -> Vec<String> {
    let (again, outcome) = match sent {
        Sent::Ended(outcome) => (None, outcome),
        Sent::Again(Again { pause, attempt, otherwise }) => {
            let Attempt { lost, pauses, other_ways, .. } = attempt;
            let lost = lost.as_ref().map(|error| format!(", lost: {}", error.message)).unwrap_or_default();
            let counts = format!("{pauses} pauses, {other_ways} other ways");
            (Some(format!("again after {} s, {counts}{lost}", pause.as_secs())), otherwise)
        }
    };
    let seen = outcome.seen.map(|seen| format!(", {seen:?}")).unwrap_or_default();
    let kind = format!("{}{seen}", outcome.kind.word());
    let error = outcome.error.iter().map(|error| format!("{:?}: {}", error.exit, error.message));
    let hints =
        outcome.error.iter().flat_map(|error| &error.hints).map(|hint| hint.text(&Default::default()));
    let hints = hints.filter(|hint| hint == "look");
    let notes = outcome.notes.iter().cloned();
    again.into_iter().chain([kind]).chain(error).chain(hints).chain(notes).collect()
}

/// The lines of the ledger, in words.
fn recorded(run: &Run) -> Vec<String> {
    let text = std::fs::read_to_string(&run.context.paths.ledger).unwrap_or_default();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let words = |line: Value| {
        let fields = [&line["step"], &line["sent"]["path"], &line["outcome"], &line["read_back"]];
        fields.map(|field| field.as_str().unwrap_or("-").to_owned()).join(" ")
    };
    lines.map(words).collect()
}

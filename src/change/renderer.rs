//! Shows people what happens in a run: nothing else in it prints.

use crate::change::outcome::Outcome;
use crate::change::plan::Question;
use crate::change::subject::Subject;
use crate::change::unwritten::{look, write_error};
use crate::ledger::Head;
use crate::render::error::Style;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::place::say_place;
use crate::text::words;

/// What happens while changes are carried out, for people to see.
pub(super) enum Event<'a> {
    /// The run starts in this session.
    Opened(&'a Connection),
    /// A dry run has a note about a change; `about` names it among several.
    Noted {
        about: Option<&'a str>,
        note: &'a str,
    },
    /// What there is to know about all of them.
    Said(&'a str),
    /// A person is asked; with what is shown above the question.
    Asking {
        above: &'a [String],
        question: &'a Question,
    },
    /// How far the run is.
    Progress(String),
    Warned(&'a str),
    /// The ledger has recorded the run, up to this head; so many entries are still kept on this machine.
    Recorded {
        kept: usize,
        head: Option<Head>,
    },
    /// Some were not sent because the run ended before: by a signal, which is no fault, or otherwise.
    Unsent {
        line: String,
        by_signal: bool,
    },
}

/// Shows people what happens.
pub(crate) struct Renderer<'a> {
    pub(super) context: &'a Context,
    pub(super) all: usize,
    /// Whether each is told as one of several: one that stands alone ends the run with its error, which is told there.
    pub(super) many: bool,
}

/// Shows people what happens, on stderr.
pub(super) fn show(context: &Context, event: &Event<'_>) {
    let terminal = &context.terminal;
    match event {
        Event::Opened(connection) => say_place(context, connection),
        Event::Noted { about: None, note } => terminal.say(&format!("note: {note}")),
        Event::Noted { about: Some(id), note } => terminal.say(&format!("note: {id}: {note}")),
        Event::Said(line) => terminal.say(line),
        Event::Asking { above, question } => {
            above.iter().chain(&question.lines).for_each(|line| terminal.say_field(line));
            for warning in &question.warnings {
                terminal.warn(&warning.text);
                warning.next.iter().for_each(|next| context.say_next(next));
            }
        }
        Event::Progress(words) => terminal.say(words),
        Event::Unsent { line, by_signal: true } => terminal.say(line),
        Event::Unsent { line, by_signal: false } => terminal.warn(line),
        Event::Warned(line) => terminal.warn(line),
        Event::Recorded { kept, head } => {
            if *kept > 0 {
                let (one, many) = ("entry kept on this machine waits", "entries kept on this machine wait");
                let entries = words::count(*kept, one, many);
                terminal.warn(&format!("{entries} to be recorded: portgate ledger sync"));
            }
            head.iter().for_each(|head| terminal.say(&format!("ledger head: {}", head.hash)));
        }
    }
}

impl Renderer<'_> {
    /// Shows people what a dry run would do: on stdout, as it is the result.
    pub(super) fn preview(&self, lines: &[String]) -> anyhow::Result<()> {
        let shown = lines.iter().filter(|_| self.context.tells_people());
        shown.into_iter().try_for_each(|line| Ok(self.context.terminal.result_line(line)?))
    }

    /// Shows people how a change ended.
    pub(super) fn end<S: Subject>(&self, outcome: &Outcome<S>) -> anyhow::Result<()> {
        if self.context.tells_people() { self.tell_outcome(outcome) } else { Ok(()) }
    }

    /// Reports an outcome: the result on stdout, errors on stderr.
    fn tell_outcome<S: Subject>(&self, outcome: &Outcome<S>) -> anyhow::Result<()> {
        let terminal = &self.context.terminal;
        let lines = S::lines(outcome);
        let written =
            lines.iter().try_for_each(|line| terminal.result_line(line)).and_then(|()| terminal.flush());
        if !lines.is_empty() && terminal.is_lost() {
            terminal.say(&S::line(outcome));
        }
        match &outcome.error {
            // Not a failure: the run ends with the signal.
            Some(error) if error.exit.is_signal() => terminal.say(&error.message),
            Some(error) if self.many => {
                // Among several, each says which one it is about.
                let mut error = error.clone();
                if !error.message.contains(&outcome.id) {
                    error.message = format!("{}: {}", outcome.id, error.message);
                }
                crate::render::error::print(terminal, Style::Text, &error.into(), &self.context.invocation());
            }
            _ => {}
        }
        for note in
            outcome.all_notes().filter(|&note| !self.many || outcome.common_note.as_ref() != Some(note))
        {
            terminal.say(&format!("note: {note}"));
        }
        written.map_err(|error| write_error(error.to_string(), look(outcome)))
    }

    /// Shows progress: "2 of 5: reading the request".
    pub(super) async fn with_progress<F: Future>(
        &self,
        position: usize,
        what: impl Fn() -> String,
        future: F,
    ) -> F::Output {
        let place = if self.all > 1 { format!("{} of {}: ", position + 1, self.all) } else { String::new() };
        let what = || format!("{place}{}", what());
        self.context.terminal.with_progress(what, self.context.accessible(), Box::pin(future)).await
    }
}

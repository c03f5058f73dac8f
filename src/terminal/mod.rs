//! The process's streams: results go to stdout, messages to stderr. Messages may contain foreign text, which is
//! neutralised here, line by line.

#[cfg(unix)]
mod decode;
pub(crate) mod interrupt;
mod keys;
mod mode;
pub(crate) mod pick;
pub(crate) mod progress;
pub(crate) mod prompt;

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};

use unicode_width::UnicodeWidthStr;

use crate::error::{Hint, Invocation, Span};
use crate::process_environment::ProcessEnvironment;
use crate::text::fit::{wrap_around, wrap_field, wrap_result};
use crate::text::sanitize;
use crate::text::tone::{self, Tone, Toned};

/// Assumed width if unknown.
const DEFAULT_WIDTH: usize = 80;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    /// Maximum table width; `None` if stdout is not a terminal: nothing is cut or dropped then.
    pub(crate) width: Option<usize>,
    pub(crate) color_stdout: bool,
    pub(crate) color_stderr: bool,
    /// Whether stderr is a terminal that can redraw lines (`TERM` isn't `dumb`).
    pub(crate) redraws: bool,
}

impl Facts {
    /// Reads them from the process and environment (`COLUMNS`, `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`).
    pub(crate) fn detect(environment: &ProcessEnvironment) -> Self {
        let (stdin, stdout, stderr) =
            (io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal());
        let color = |is_terminal: bool| {
            if environment.raw("NO_COLOR").is_some() {
                false
            } else if environment.is_on("CLICOLOR_FORCE") {
                true
            } else {
                is_terminal && environment.text("TERM") != Some("dumb")
            }
        };
        let columns = environment.text("COLUMNS").and_then(|columns| columns.parse().ok());
        let measured = || console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        Facts {
            stdin,
            stdout,
            stderr,
            width: stdout
                .then(|| columns.filter(|&width| width > 0).or_else(measured).unwrap_or(DEFAULT_WIDTH)),
            color_stdout: color(stdout),
            color_stderr: color(stderr),
            redraws: stderr && environment.text("TERM") != Some("dumb"),
        }
    }
}

/// The output streams of the process. Writes to a closed pipe (`| head`) are ignored, and work continues.
pub(crate) struct Terminal {
    pub(crate) facts: Facts,
    out: RefCell<Box<dyn Write>>,
    err: RefCell<Box<dyn Write>>,
    out_closed: Cell<bool>,
    out_failed: Cell<bool>,
    /// Rows written to stderr so far.
    rows: Cell<usize>,
    /// The current spinner, which is cleared before other output.
    progress: RefCell<Option<progress::Spinner>>,
    /// Whether progress is being shown.
    is_busy: Cell<bool>,
    /// Whether the spinner is hidden, for a question.
    is_paused: Cell<bool>,
    /// Notes held back by --quiet: shown only if a question follows, which they explain.
    held: RefCell<Option<String>>,
}

impl Terminal {
    pub(crate) fn of_process(facts: Facts) -> Self {
        // Results come in few large pieces and need no large buffer.
        let stdout = io::BufWriter::with_capacity(1024, io::stdout());
        Terminal::of_streams(facts, Box::new(stdout), Box::new(io::stderr()))
    }

    pub(crate) fn of_streams(facts: Facts, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Terminal {
            facts,
            out: RefCell::new(out),
            err: RefCell::new(err),
            out_closed: Cell::new(false),
            out_failed: Cell::new(false),
            rows: Cell::new(0),
            progress: RefCell::new(None),
            is_busy: Cell::new(false),
            is_paused: Cell::new(false),
            held: RefCell::new(None),
        }
    }

    /// Writes part of the result to stdout unchanged, in a format that is safe. A closed pipe is ignored; other errors,
    /// such as a full disk, are returned.
    pub(crate) fn result(&self, text: &str) -> io::Result<()> {
        if self.out_closed.get() {
            return Ok(());
        }
        self.closed_is_fine(self.out.borrow_mut().write_all(text.as_bytes()))
    }

    /// Writes text of an unsafe format: unchanged, unless stdout is a terminal that would interpret it.
    pub(crate) fn result_text(&self, text: &str) -> io::Result<()> {
        if !self.facts.stdout {
            return self.result(text);
        }
        let harmless: Vec<_> = text.split('\t').map(sanitize::block).collect();
        self.result(&harmless.join("\t"))
    }

    /// Writes a result line for people, broken between words for a terminal.
    pub(crate) fn result_line(&self, line: &str) -> io::Result<()> {
        self.fold_result(line).iter().try_for_each(|line| self.result(&format!("{line}\n")))
    }

    /// The harmless lines of a result for people.
    pub(crate) fn fold_result(&self, line: &str) -> Vec<String> {
        let harmless = sanitize::line(line);
        self.facts.width.map_or_else(|| vec![harmless.to_string()], |width| wrap_result(&harmless, width))
    }

    /// Writes a line of the result that already fits or is for programs.
    pub(crate) fn result_row(&self, line: &str) -> io::Result<()> {
        self.result(&format!("{}\n", sanitize::line(line)))
    }

    /// Writes a note to stderr, unless notes aren't wanted. Errors are ignored.
    pub(crate) fn say(&self, line: &str) {
        for line in self.fold(&sanitize::line(line)) {
            self.note(format!("{line}\n"));
        }
    }

    /// Writes a note on what to do next.
    pub(crate) fn say_next(&self, hint: &Hint, call: &Invocation) {
        for line in self.fold_hint("next: ", hint, call) {
            self.note(format!("{line}\n"));
        }
    }

    /// The lines of a message for a terminal, broken between words.
    pub(crate) fn fold(&self, harmless: &str) -> Vec<String> {
        self.fold_around(harmless, &[])
    }

    fn fold_around(&self, harmless: &str, whole: &[String]) -> Vec<String> {
        let measured = || console::Term::stderr().size_checked().map(|(_, columns)| usize::from(columns));
        match self.facts.width.or_else(measured).filter(|_| self.facts.stderr) {
            Some(width) => wrap_around(harmless, width, whole),
            None => vec![harmless.to_owned()],
        }
    }

    /// The lines of a hint: its commands are never broken, as they are copied.
    fn fold_hint(&self, label: &str, hint: &Hint, call: &Invocation) -> Vec<String> {
        let (mut line, mut commands) = (label.to_owned(), Vec::new());
        for span in hint.spans(call) {
            match span {
                Span::Words(words) => line.push_str(&sanitize::line(&words)),
                Span::Command(command) => {
                    let command = sanitize::line(&command).into_owned();
                    line.push_str(&command);
                    commands.push(command);
                }
            }
        }
        self.fold_around(&line, &commands)
    }

    /// Writes a field to stderr, wrapped below its value.
    pub(crate) fn say_field(&self, line: &str) {
        for line in wrap_field(line, self.columns()) {
            self.say(&line);
        }
    }

    /// A place on the terminal, for [`Terminal::erase_since`].
    pub(crate) fn place(&self) -> usize {
        self.rows.get()
    }

    /// Erases what was written since, if it is still on the screen; `false` if it isn't, or the terminal can't.
    pub(crate) fn erase_since(&self, place: usize) -> bool {
        let rows = self.rows.get().saturating_sub(place);
        let height = console::Term::stderr().size_checked().map_or(0, |(height, _)| usize::from(height));
        if !self.facts.redraws || rows == 0 || rows >= height {
            return false;
        }
        self.talk(&format!("\u{1b}[{rows}A\u{1b}[J"));
        self.rows.set(place);
        true
    }

    /// Columns of the terminal, as far as known.
    pub(crate) fn columns(&self) -> usize {
        self.facts.width.unwrap_or(80)
    }

    pub(crate) fn say_toned(&self, pieces: &[Toned]) {
        self.note(format!("{}\n", tone::line(pieces, self.facts.color_stderr)));
    }

    fn note(&self, line: String) {
        match &mut *self.held.borrow_mut() {
            Some(held) => held.push_str(&line),
            None => self.talk(&line),
        }
    }

    /// Holds notes back from now on (--quiet).
    pub(crate) fn be_quiet(&self) {
        self.held.borrow_mut().get_or_insert_default();
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.held.borrow().is_some()
    }

    /// Shows the notes held back, before a question.
    fn show_held(&self) {
        let held = self.held.borrow_mut().as_mut().map(std::mem::take).unwrap_or_default();
        if !held.is_empty() {
            self.talk(&held);
        }
    }

    /// Writes a line to stderr that is no note: part of an error.
    pub(crate) fn report(&self, line: &str) {
        for line in self.fold(&sanitize::line(line)) {
            self.report_toned(&[line.into()]);
        }
    }

    /// Writes a message to stderr whose label has a colour.
    pub(crate) fn report_labelled(&self, tone: Tone, label: &str, message: &str) {
        let mut lines = self.fold(&sanitize::line(&format!("{label} {message}"))).into_iter();
        let first = lines.next().unwrap_or_default();
        let rest = first.strip_prefix(label).unwrap_or_default().to_owned();
        self.report_toned(&[Toned::new(tone, label), rest.into()]);
        lines.for_each(|line| self.report_toned(&[line.into()]));
    }

    /// Writes what to do about an error.
    pub(crate) fn report_hint(&self, hint: &Hint, call: &Invocation) {
        for line in self.fold_hint("  next: ", hint, call) {
            self.report_toned(&[line.into()]);
        }
    }

    pub(crate) fn report_toned(&self, pieces: &[Toned]) {
        self.talk(&format!("{}\n", tone::line(pieces, self.facts.color_stderr)));
    }

    /// Writes to stderr unchanged: redrawn or coloured text that is already safe.
    pub(crate) fn talk(&self, text: &str) {
        let ended = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let rows = |line: &str| {
            console::strip_ansi_codes(line).trim_end().width().div_ceil(self.columns().max(1)).max(1)
        };
        self.rows.set(self.rows.get() + ended.map(rows).sum::<usize>());
        self.beside_progress(|| {
            let mut err = self.err.borrow_mut();
            let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
        });
    }

    /// Writes a line to stderr, starting with `warning:`.
    pub(crate) fn warn(&self, line: &str) {
        self.report_labelled(Tone::Warn, "warning:", line);
    }

    /// Flushes stdout; call before exiting and before a prompt.
    pub(crate) fn flush(&self) -> io::Result<()> {
        if self.out_closed.get() {
            return Ok(());
        }
        self.beside_progress(|| self.closed_is_fine(self.out.borrow_mut().flush()))
    }

    /// Whether stdout has failed for another reason than a closed pipe, which must be reported.
    pub(crate) fn is_lost(&self) -> bool {
        self.out_failed.get()
    }

    /// Whether the reader of stdout is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.out_closed.get()
    }

    /// Writes with the spinner cleared, as it is on the same terminal.
    fn beside_progress<R>(&self, write: impl FnOnce() -> R) -> R {
        let spinner = self.progress.borrow();
        let shown = spinner.as_ref().filter(|_| !self.is_paused.get());
        shown.into_iter().for_each(progress::Spinner::clear);
        let written = write();
        shown.into_iter().for_each(progress::Spinner::draw);
        written
    }

    fn closed_is_fine(&self, written: io::Result<()>) -> io::Result<()> {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.out_closed.set(true);
                Ok(())
            }
            // Report it once; later writes would fail the same way.
            Err(error) => {
                self.out_closed.set(true);
                self.out_failed.set(true);
                Err(error)
            }
            other => other,
        }
    }
}

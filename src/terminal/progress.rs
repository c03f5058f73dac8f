//! Progress in a terminal: nothing for half a second, then a spinner, and after five seconds how long it has taken.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use console::Term;

use crate::terminal::Terminal;
use crate::text::sanitize;

/// Nothing is shown before.
const SILENCE: Duration = Duration::from_millis(500);
/// The time since the start is shown from then on.
const LONG: Duration = Duration::from_secs(5);
const FRAME: Duration = Duration::from_millis(100);
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl Terminal {
    /// Hides the spinner, for a question.
    pub(crate) fn pause_progress(&self) -> Paused<'_> {
        self.progress.borrow().iter().for_each(Spinner::clear);
        self.is_paused.set(true);
        Paused(self)
    }

    /// Awaits a future and shows progress on stderr if it is a terminal. With `accessible` it is one line without
    /// redrawing. `what` describes the work, and is evaluated each time.
    pub(crate) async fn with_progress<F: Future>(
        &self,
        what: impl Fn() -> String,
        accessible: bool,
        future: F,
    ) -> F::Output {
        let mut future = pin!(future);
        // Work within other work is part of it.
        if !self.facts.stderr || self.is_quiet() || self.is_busy.get() {
            return future.await;
        }
        let _busy = Busy::new(self);
        if let Ok(done) = tokio::time::timeout(SILENCE, &mut future).await {
            return done;
        }
        if accessible || !self.facts.redraws {
            self.say(&format!("{} ...", what()));
            return future.await;
        }
        let shown = Shown::start(self, &what());
        let started = tokio::time::Instant::now();
        let mut frames = tokio::time::interval(FRAME);
        loop {
            tokio::select! {
                done = &mut future => return done,
                _ = frames.tick() => {
                    let waited = SILENCE + started.elapsed();
                    if waited >= LONG {
                        shown.turn(&format!("{} ({} s)", what(), waited.as_secs()));
                    } else {
                        shown.turn(&what());
                    }
                }
            }
        }
    }
}

/// While this lives, the progress of other work isn't shown.
struct Busy<'a>(&'a Terminal);

impl<'a> Busy<'a> {
    fn new(terminal: &'a Terminal) -> Self {
        terminal.is_busy.set(true);
        Busy(terminal)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.is_busy.set(false);
    }
}

/// While this lives, the spinner is hidden.
pub(crate) struct Paused<'a>(&'a Terminal);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.is_paused.set(false);
    }
}

pub(super) struct Spinner {
    term: Term,
    turns: usize,
    words: String,
}

impl Spinner {
    /// Clears the spinner. Errors on stderr are ignored.
    pub(super) fn clear(&self) {
        let _ = self.term.clear_line();
    }

    /// Draws the spinner, cut to the width: a wrapped line could not be cleared.
    pub(super) fn draw(&self) {
        let columns = usize::from(self.term.size().1).saturating_sub(1);
        let line = format!("{} {}", FRAMES[self.turns % FRAMES.len()], self.words);
        let _ = self.term.write_str(&console::truncate_str(&line, columns, "…"));
    }
}

struct Shown<'a> {
    terminal: &'a Terminal,
}

impl<'a> Shown<'a> {
    fn start(terminal: &'a Terminal, what: &str) -> Self {
        let spinner = Spinner { term: Term::stderr(), turns: 0, words: String::new() };
        terminal.progress.replace(Some(spinner));
        let shown = Shown { terminal };
        shown.turn(what);
        shown
    }

    fn turn(&self, words: &str) {
        if let Some(spinner) =
            self.terminal.progress.borrow_mut().as_mut().filter(|_| !self.terminal.is_paused.get())
        {
            spinner.clear();
            spinner.turns += 1;
            spinner.words = sanitize::line(words).into_owned();
            spinner.draw();
        }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if let Some(spinner) = self.terminal.progress.replace(None).filter(|_| !self.terminal.is_paused.get())
        {
            spinner.clear();
        }
    }
}

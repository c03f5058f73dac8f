//! Progress on a terminal: nothing for half a second, then a spinner, after five seconds what is waited for.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use console::Term;

use crate::terminal::Terminal;
use crate::text::sanitize;

/// Until then nothing is shown.
const SILENCE: Duration = Duration::from_millis(500);
/// From then on it says how long it has waited.
const LONG: Duration = Duration::from_secs(5);
const FRAME: Duration = Duration::from_millis(100);
const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl Terminal {
    /// Awaits a future and shows on stderr that something goes on, where stderr is a terminal. `accessible` says it in
    /// lines, once, without redrawing. `what` tells what goes on, whenever it is asked.
    pub(crate) async fn during<F: Future>(
        &self,
        what: impl Fn() -> String,
        accessible: bool,
        future: F,
    ) -> F::Output {
        let mut future = pin!(future);
        if !self.facts.stderr {
            return future.await;
        }
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
                        shown.turn(&format!("{}: waiting for {} s", what(), waited.as_secs()));
                    } else {
                        shown.turn(&what());
                    }
                }
            }
        }
    }
}

pub(super) struct Spinner {
    term: Term,
    turns: usize,
    words: String,
}

impl Spinner {
    /// Takes it away. A stderr that can't be written to changes nothing.
    pub(super) fn clear(&self) {
        let _ = self.term.clear_line();
    }

    /// Draws it, cut where the line ends: a line that wraps could not be taken away again.
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
        let spinner = Spinner { term: Term::stderr(), turns: 0, words: sanitize::line(what).into_owned() };
        spinner.draw();
        terminal.progress.replace(Some(spinner));
        Shown { terminal }
    }

    fn turn(&self, words: &str) {
        if let Some(spinner) = self.terminal.progress.borrow_mut().as_mut() {
            spinner.clear();
            spinner.turns += 1;
            spinner.words = sanitize::line(words).into_owned();
            spinner.draw();
        }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if let Some(spinner) = self.terminal.progress.replace(None) {
            spinner.clear();
        }
    }
}

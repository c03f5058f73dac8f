//! Progress on a terminal: nothing for half a second, then a spinner, after five seconds what is waited for.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::Terminal;

/// Until then nothing is shown.
const SILENCE: Duration = Duration::from_millis(500);
/// From then on it says how long it has waited.
const LONG: Duration = Duration::from_secs(5);
/// Between two frames.
const FRAME: Duration = Duration::from_millis(100);

impl Terminal {
    /// Awaits a future and shows on stderr that something goes on, where stderr is a terminal. `accessible` says it in
    /// lines, once, without redrawing.
    pub async fn during<F: Future>(&self, what: &str, accessible: bool, future: F) -> F::Output {
        let mut future = pin!(future);
        if !self.facts().stderr {
            return future.await;
        }
        if let Ok(done) = tokio::time::timeout(SILENCE, &mut future).await {
            return done;
        }
        if accessible || !self.facts().redraws {
            self.say(&format!("{what} ..."));
            return future.await;
        }
        let shown = Shown::on(self, what);
        let started = tokio::time::Instant::now();
        let mut frames = tokio::time::interval(FRAME);
        loop {
            tokio::select! {
                done = &mut future => return done,
                _ = frames.tick() => {
                    let waited = SILENCE + started.elapsed();
                    if waited >= LONG {
                        shown.bar.set_message(format!("{what}: waiting for {} s", waited.as_secs()));
                    }
                    shown.bar.tick();
                }
            }
        }
    }
}

/// A spinner that is taken away on every way out.
struct Shown<'a> {
    terminal: &'a Terminal,
    bar: ProgressBar,
}

impl<'a> Shown<'a> {
    fn on(terminal: &'a Terminal, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.set_message(what.to_owned());
        terminal.progress.replace(Some(Box::new(bar.clone())));
        Shown { terminal, bar }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.terminal.progress.replace(None);
        self.bar.finish_and_clear();
    }
}

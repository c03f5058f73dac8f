//! The terminal's mode while a question stands: changed for it, and given back on every way out, a signal too.

#[cfg(unix)]
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

/// Gives the terminal back as it was when dropped.
pub(super) struct Mode {
    #[cfg(unix)]
    before: Option<Termios>,
    shows_cursor: bool,
}

impl Mode {
    /// Leaves the mode as it is, whatever whoever asks makes of it; the cursor is shown again at the end.
    pub(super) fn kept() -> Self {
        Mode {
            #[cfg(unix)]
            before: tcgetattr(std::io::stdin()).ok(),
            shows_cursor: true,
        }
    }

    /// Hands over every key at once, unseen, Ctrl-C among them.
    pub(super) fn of_keys() -> Self {
        let mut mode = Mode::kept();
        mode.shows_cursor = false;
        #[cfg(unix)]
        if let Some(before) = &mode.before {
            let mut raw = before.clone();
            raw.make_raw();
            // What is written goes on as before: only reading changes.
            raw.output_modes = before.output_modes;
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &raw);
        }
        mode
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
        if self.shows_cursor {
            let _ = console::Term::stderr().show_cursor();
        }
    }
}

/// Forgets what was typed before: nobody agrees to a question that isn't there yet.
pub(super) fn forget_typed() {
    #[cfg(unix)]
    let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
}

//! The terminal's mode while a question stands, given back on every way out, a signal too. Changed only here, on the thread
//! that asks: a thread that reads might change it once more after it was given back.

#[cfg(unix)]
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};

use crate::terminal::Terminal;

pub(super) struct Mode<'a> {
    #[cfg(unix)]
    before: Option<Termios>,
    /// The terminal that marks what is pasted meanwhile (bracketed paste).
    #[cfg_attr(not(unix), expect(dead_code, reason = "a console marks nothing"))]
    marking: Option<&'a Terminal>,
}

impl<'a> Mode<'a> {
    /// Hands over every key at once, unseen, Ctrl-C among them, and tells what is pasted from what is typed. A read waits for
    /// a tenth of a second at most. What was typed before is forgotten.
    pub(super) fn of_keys(terminal: &'a Terminal) -> Self {
        #[cfg(unix)]
        {
            let mut mode = Mode::with_change(|mode| {
                let written = mode.output_modes;
                mode.make_raw();
                // What is written goes on as before: only reading changes.
                mode.output_modes = written;
                mode.special_codes[SpecialCodeIndex::VMIN] = 0;
                mode.special_codes[SpecialCodeIndex::VTIME] = 1;
            });
            // What a line that was begun before left behind is typed ahead, too.
            forget_typed();
            terminal.talk("\x1b[?2004h");
            mode.marking = Some(terminal);
            mode
        }
        #[cfg(not(unix))]
        Mode { marking: Some(terminal) }
    }

    /// Hands over lines as ever, but doesn't show what is typed.
    #[cfg(unix)]
    pub(super) fn without_echo() -> Self {
        Mode::with_change(|mode| {
            mode.local_modes.remove(LocalModes::ECHO);
            mode.local_modes.insert(LocalModes::ECHONL);
        })
    }

    #[cfg(unix)]
    fn with_change(change: impl FnOnce(&mut Termios)) -> Self {
        let before = tcgetattr(std::io::stdin()).ok();
        if let Some(before) = &before {
            let mut changed = before.clone();
            change(&mut changed);
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &changed);
        }
        Mode { before, marking: None }
    }
}

#[cfg(unix)]
impl Drop for Mode<'_> {
    fn drop(&mut self) {
        if let Some(terminal) = self.marking {
            terminal.talk("\x1b[?2004l");
        }
        if let Some(before) = &self.before {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}

/// Forgets what was typed before: nobody agrees to a question that isn't there yet.
pub(super) fn forget_typed() {
    #[cfg(unix)]
    let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
}

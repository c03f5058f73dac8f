//! The terminal's mode during a prompt, restored in every case, signals included. It is only changed here, on the
//! thread that prompts: a reading thread might change it again after it was restored.

#[cfg(unix)]
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};

use crate::terminal::Terminal;

pub(super) struct Mode<'a> {
    #[cfg(unix)]
    before: Option<Termios>,
    /// Makes the terminal mark pasted text (bracketed paste).
    #[cfg_attr(not(unix), expect(dead_code, reason = "a console doesn't mark pasted text"))]
    marking: Option<&'a Terminal>,
}

impl<'a> Mode<'a> {
    /// Delivers each key immediately without echo, including Ctrl-C, and distinguishes pasted from typed text. A read
    /// waits at most a tenth of a second. Earlier input is discarded.
    pub(super) fn of_keys(terminal: &'a Terminal) -> Self {
        #[cfg(unix)]
        {
            let mut mode = Mode::with_change(|mode| {
                let written = mode.output_modes;
                mode.make_raw();
                // Output stays the same: only reading changes.
                mode.output_modes = written;
                mode.special_codes[SpecialCodeIndex::VMIN] = 0;
                mode.special_codes[SpecialCodeIndex::VTIME] = 1;
            });
            // Discard what is left of a line that was begun before.
            forget_typed();
            terminal.talk("\x1b[?2004h");
            mode.marking = Some(terminal);
            mode
        }
        #[cfg(not(unix))]
        Mode { marking: Some(terminal) }
    }

    /// Delivers lines, without echo.
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

/// Discards earlier input: nobody can agree to a question before it is shown.
pub(super) fn forget_typed() {
    #[cfg(unix)]
    let _ = tcflush(std::io::stdin(), QueueSelector::IFlush);
}

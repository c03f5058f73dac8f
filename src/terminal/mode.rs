//! The terminal's mode while a question stands, given back on every way out, a signal too. Changed only here, on the thread
//! that asks: a thread that reads might change it once more after it was given back.

#[cfg(unix)]
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};

pub(super) struct Mode {
    #[cfg(unix)]
    before: Option<Termios>,
}

impl Mode {
    /// Hands over every key at once, unseen, Ctrl-C among them. A read waits for a tenth of a second at most.
    pub(super) fn of_keys() -> Self {
        #[cfg(unix)]
        {
            Mode::with_change(|mode| {
                let written = mode.output_modes;
                mode.make_raw();
                // What is written goes on as before: only reading changes.
                mode.output_modes = written;
                mode.special_codes[SpecialCodeIndex::VMIN] = 0;
                mode.special_codes[SpecialCodeIndex::VTIME] = 1;
            })
        }
        #[cfg(not(unix))]
        Mode {}
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
        Mode { before }
    }
}

#[cfg(unix)]
impl Drop for Mode {
    fn drop(&mut self) {
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

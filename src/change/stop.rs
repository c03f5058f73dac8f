//! Why a change is not sent: nobody agreed to it, or the run ended before.

use crate::change::outcome::Outcome;
use crate::error::Error;
use crate::exit::Exit;

/// The user's answer for a change.
#[derive(Debug, Clone)]
pub(super) enum Consent<E> {
    /// Yes, with what it exceeds.
    To(Option<E>),
    Refused,
}

/// Why a change was not sent.
pub(super) enum Stop {
    Signal(Exit),
    /// The run ended before.
    Halt(Error),
}

pub(super) type Ended<S> = Result<Outcome<S>, Stop>;

//! The time, injectable, so that tests decide what now is.

use jiff::{SignedDuration, Timestamp};

#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    /// The system's clock, ahead by so much: the sandbox's.
    Ahead(SignedDuration),
}

impl Clock {
    pub(crate) fn now(self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Ahead(ahead) => Timestamp::now().checked_add(ahead).unwrap_or(Timestamp::MAX),
        }
    }
}

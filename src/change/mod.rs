//! Whatever changes something at the backend passes through here.

pub mod consent;
pub mod document;
pub mod outcome;
pub mod preview;
pub mod report;
pub mod send;
pub mod single;

pub use document::{Subject, conclusion};
pub use outcome::{Action, Outcome, OutcomeKind};
pub(crate) use send::{Place, Sender, Write};

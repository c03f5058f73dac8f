//! Text: made harmless, fitted to a width, and read as speeds, spans of time and names. Knows nothing of what it is about.

pub mod amounts;
pub mod fit;
pub mod guard;
pub mod name;
pub mod sanitize;
pub mod span;
pub mod suggest;
pub(crate) mod tone;
pub mod word;
pub mod words;

pub use amounts::Mbps;

//! Text: sanitizing, fitting, and parsing of speeds, durations and names; independent of the domain.

pub mod amounts;
pub mod fit;
pub mod guard;
pub mod id;
pub(crate) mod moment;
pub mod name;
pub mod sanitize;
pub mod span;
pub(crate) mod strict_json;
pub mod suggest;
pub(crate) mod tone;
mod uid;
pub mod word;
pub mod words;

pub use amounts::Mbps;
pub use uid::Uid;

//! Service keys: what one is, the terms it has, and the rules that are checked before any is written.

mod document;
pub mod draft;
pub mod model;
pub mod period;
pub mod terms;

pub use draft::Draft;
pub use model::{KeyRecord, State};

//! Service keys: their terms, and the rules checked before writing.

mod document;
pub(crate) mod draft;
pub(crate) mod model;
pub(crate) mod period;
pub(crate) mod terms;

pub(crate) use draft::Draft;
pub(crate) use model::{KeyRecord, State};

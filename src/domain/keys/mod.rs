//! Service keys: what one is, the terms it has, and the rules that are checked before any is written.

mod document;
pub(crate) mod draft;
pub(crate) mod model;
pub(crate) mod period;
pub(crate) mod terms;

pub(crate) use draft::Draft;
pub(crate) use model::{KeyRecord, State};

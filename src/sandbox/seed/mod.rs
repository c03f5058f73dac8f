//! The data a new file begins with.

mod demo;
mod insert;
mod sized;

pub(crate) use demo::demo;
pub(crate) use insert::key_of_user;
pub use sized::Size;
pub(crate) use sized::sized;

//! The data a new file begins with.

mod demo;
mod insert;
mod sized;

pub(crate) use demo::demo;
pub use sized::Size;
pub(crate) use sized::sized;

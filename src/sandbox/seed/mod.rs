//! The data a new file begins with.

mod demo;
mod insert;

pub(crate) use demo::demo;

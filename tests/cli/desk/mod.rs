//! What stood in a user's way at the desk: a test per row, named after it.

mod help;
mod schemas;
mod screens;
mod words;

//! Turns views into what is printed: tables, JSON, sentences. Knows nothing of commands or of the API.

pub mod error;
pub mod json;
pub mod output;
pub mod sanitize;
pub mod table;
pub mod words;

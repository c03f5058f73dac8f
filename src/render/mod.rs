//! Turns views into what is printed: tables, JSON, sentences. Knows nothing of commands or of the API.

pub mod arrange;
pub mod csv;
pub mod error;
pub mod fields;
pub mod json;
pub mod output;
pub mod query;
pub mod table;
pub mod tint;

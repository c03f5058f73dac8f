//! Renders views as tables, JSON and text; independent of commands and of the API.

pub(crate) mod arrange;
pub(crate) mod bar;
pub(crate) mod cell;
pub(crate) mod csv;
pub(crate) mod error;
pub(crate) mod fields;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod output;
pub(crate) mod query;
pub(crate) mod table;
pub(crate) mod yaml;

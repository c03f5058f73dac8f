//! What people may write where others read it.

use crate::sandbox::refusal::{Answer, Refusal};

/// Refuses line breaks, escape sequences and the like in what is one line to its readers.
pub(crate) fn check_line(what: &str, text: &str) -> Answer<()> {
    if text.chars().any(char::is_control) {
        return Err(Refusal::bad(format!("{what} has a control character in it, such as a line break")));
    }
    Ok(())
}

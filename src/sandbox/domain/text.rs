//! Validation of text from users.

use crate::sandbox::refusal::{Answer, Refusal};

/// Refuses control characters, such as line breaks and escape sequences.
pub(crate) fn check_line(what: &str, text: &str) -> Answer<()> {
    if text.chars().any(char::is_control) {
        return Err(Refusal::bad(format!("{what} contains a control character, such as a line break")));
    }
    Ok(())
}

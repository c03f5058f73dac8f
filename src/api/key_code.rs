//! The text of a service key, of which only the handle is shown.

use std::fmt;

use serde_json::Value;

use crate::api::lenient::{self, Wire};
use crate::text::Uid;

/// Number of characters by which the API finds a key (confirmed: the first 8 are enough).
pub(crate) const HANDLE: usize = 8;

/// The text of a key, 36 characters, or its start; empty if not sent. Anyone who has all of it can order with it, so
/// only the handle is shown.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct KeyCode(Uid);

impl KeyCode {
    /// The full key, to send, or to show on request.
    pub(crate) fn whole(&self) -> &str {
        self.0.as_str()
    }

    /// The first eight characters, which the API accepts for the key and which lists show.
    pub(crate) fn handle(&self) -> &str {
        &self.whole()[..self.whole().floor_char_boundary(HANDLE)]
    }

    pub(crate) fn is_told(&self) -> bool {
        !self.whole().is_empty()
    }
}

impl From<String> for KeyCode {
    fn from(text: String) -> Self {
        KeyCode(text.into())
    }
}

impl Wire for KeyCode {
    fn from_wire(value: Value) -> Self {
        KeyCode(lenient::as_uid(&value).unwrap_or_default())
    }
}

impl fmt::Debug for KeyCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyCode({}…)", self.handle())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_the_first_part_of_a_key_and_all_that_is_shown_unasked() {
        let key = KeyCode::from("3f0c2a91-7b54-4d1e-8c36-9a5e0f7d2b14".to_owned());
        assert_eq!((key.handle(), format!("{key:?}").as_str()), ("3f0c2a91", "KeyCode(3f0c2a91…)"));
        assert_eq!(KeyCode::from(key.whole().to_uppercase()), key);
        assert_eq!(KeyCode::from("3f0c".to_owned()).handle(), "3f0c");
        assert_eq!(KeyCode::from("3f0c2a9é-7b54".to_owned()).handle(), "3f0c2a9");
    }
}

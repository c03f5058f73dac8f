//! The ID of something of the API, which may be spelled in capitals.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::text::id::{begins_with, names_id};

/// The UID of a port, a VXC, a company or a request, spelled as received. Spellings that differ only in case are equal, have
/// one hash and one place in an order. It doesn't deref to its text, which would be compared letter by letter.
///
/// ```
/// use portgate::text::Uid;
/// let uid = Uid::from("7C1E09AB-52d4");
/// assert_eq!(uid, "7c1e09ab-52d4");
/// assert_eq!(uid.to_string(), "7C1E09AB-52d4");
/// ```
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uid(String);

impl Uid {
    /// The text as received, to show or to send.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text in lower case, as most are.
    pub fn lower_case(&self) -> Cow<'_, str> {
        match self.0.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(self.0.to_ascii_lowercase()),
            false => Cow::Borrowed(&self.0),
        }
    }

    /// Whether it starts with the text.
    pub fn begins_with(&self, start: &str) -> bool {
        begins_with(&self.0, start)
    }

    /// As [`names_id`].
    pub fn is_named(&self, given: &str) -> bool {
        names_id(given, &self.0)
    }
}

impl From<String> for Uid {
    fn from(text: String) -> Self {
        Uid(text)
    }
}

impl From<&str> for Uid {
    fn from(text: &str) -> Self {
        Uid(text.to_owned())
    }
}

impl From<Uid> for String {
    fn from(uid: Uid) -> Self {
        uid.0
    }
}

impl From<&Uid> for String {
    fn from(uid: &Uid) -> Self {
        uid.0.clone()
    }
}

impl PartialEq<str> for Uid {
    fn eq(&self, text: &str) -> bool {
        self.0.eq_ignore_ascii_case(text)
    }
}

impl PartialEq<&str> for Uid {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

impl PartialEq for Uid {
    fn eq(&self, other: &Uid) -> bool {
        *self == *other.0
    }
}

impl Eq for Uid {}

impl Hash for Uid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower_case().hash(state);
    }
}

impl PartialOrd for Uid {
    fn partial_cmp(&self, other: &Uid) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Uid {
    fn cmp(&self, other: &Uid) -> Ordering {
        self.lower_case().cmp(&other.lower_case())
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    #[test]
    fn two_spellings_are_one_uid_wherever_it_is_compared() {
        let spelled = ["a1D0-b", "A1d0-B", "a1d0-b"].map(Uid::from);
        assert_eq!(HashSet::from(spelled.clone()).len(), 1);
        assert_eq!(BTreeSet::from(spelled.clone()).len(), 1);
        assert!(spelled.iter().all(|uid| *uid == "A1D0-B" && uid.begins_with("a1D")));
        assert_ne!(spelled[0], "a1d0");
        let sorted = BTreeSet::from(["B", "a", "C"].map(Uid::from));
        assert!(sorted.iter().map(Uid::as_str).eq(["a", "B", "C"]));
    }

    #[test]
    fn it_is_shown_and_stored_as_it_was_received() {
        let uid: Uid = serde_json::from_str("\"A1d0\"").unwrap();
        assert_eq!(
            (format!("{uid:>6}"), serde_json::to_string(&uid).unwrap()),
            ("  A1d0".to_owned(), "\"A1d0\"".to_owned())
        );
    }
}

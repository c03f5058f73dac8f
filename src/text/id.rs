//! IDs in user input, which may be shortened to how they start.

/// Minimum length of an ID prefix.
pub const SHORTEST: usize = 6;
/// Length of a full UID and of a full service key.
pub(crate) const WHOLE: usize = 36;

/// Whether the text is an ID or at least its first 6 characters, in any case.
///
/// ```
/// use portgate::text::id::names_id;
/// assert!(names_id("7C1E09", "7c1e09ab-52d4"));
/// assert!(!names_id("7c1e0", "7c1e09ab-52d4"));
/// ```
pub fn names_id(given: &str, id: &str) -> bool {
    given.len() >= SHORTEST && begins_with(id, given)
}

/// Whether an ID starts with the text, in any case.
pub fn begins_with(id: &str, start: &str) -> bool {
    id.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_would_cut_a_character_in_two_names_nothing() {
        assert!(!names_id("ééé", "ééa"));
    }
}

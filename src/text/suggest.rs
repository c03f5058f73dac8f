//! "Did you mean": suggests a known word for a mistyped one.

/// Suggests the nearest known word if it is near enough; short words allow fewer different letters.
///
/// ```
/// use portgate::text::suggest::did_you_mean;
/// assert_eq!(did_you_mean("costumer", ["customer", "port"]).unwrap(), "did you mean 'customer'?");
/// assert_eq!(did_you_mean("vlan", ["customer", "port"]), None);
/// ```
pub fn did_you_mean<K: AsRef<str>>(typed: &str, known: impl IntoIterator<Item = K>) -> Option<String> {
    nearest(typed, known).map(|nearest| format!("did you mean '{}'?", nearest.as_ref()))
}

/// The nearest known word, if it is near enough.
pub(crate) fn nearest<K: AsRef<str>>(typed: &str, known: impl IntoIterator<Item = K>) -> Option<K> {
    let typed = typed.trim().to_lowercase();
    let farthest = (typed.chars().count() / 3).clamp(1, 3);
    let distances = known.into_iter().map(|word| {
        let distance = strsim::damerau_levenshtein(&word.as_ref().to_lowercase(), &typed);
        (distance, word)
    });
    let near = distances.filter(|(distance, _)| *distance <= farthest);
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn the_nearest_wins_and_the_first_of_two_as_near() {
        let meant = |typed, known: &[&str]| did_you_mean(typed, known);
        assert_eq!(meant("servics", &["service-status", "services"]).unwrap(), "did you mean 'services'?");
        assert_eq!(meant("bat", &["cat", "hat"]).unwrap(), "did you mean 'cat'?");
    }

    #[test]
    fn letters_that_changed_places_are_one_slip_and_case_is_none() {
        assert!(did_you_mean("Odrering", ["ordering"]).is_some());
        assert!(did_you_mean("STAGIGN", ["staging"]).is_some());
    }

    #[test]
    fn of_a_short_word_one_letter_may_be_wrong() {
        assert_eq!(did_you_mean("id", ["vlan", "port"]), None);
        assert!(did_you_mean("dni", ["deny"]).is_none());
        assert!(did_you_mean("por", ["port"]).is_some());
        assert_eq!(did_you_mean("", ["rule"]), None);
    }
}

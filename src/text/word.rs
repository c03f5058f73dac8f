//! Values that people write as one word of a few.

/// A value that is written as a word.
pub trait Word: Sized + Copy + 'static {
    /// All of them, in the order in which they are offered.
    const ALL: &[Self];

    /// The word for it.
    fn word(self) -> &'static str;

    /// The value that this word, in any case, stands for.
    fn from_word(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word().eq_ignore_ascii_case(text))
    }
}

//! Values written as one of a few words.

/// A value written as a word.
pub trait Word: Sized + Copy + 'static {
    /// All values, in the order they are offered.
    const ALL: &[Self];

    /// The word.
    fn word(self) -> &'static str;

    /// Other words for it that are understood, such as the one in a table.
    fn aliases(self) -> &'static [&'static str] {
        &[]
    }

    /// The value of a word, in any case.
    fn from_word(text: &str) -> Option<Self> {
        let is = |word: &str| word.eq_ignore_ascii_case(text.trim());
        Self::ALL
            .iter()
            .copied()
            .find(|value| is(value.word()) || value.aliases().iter().any(|word| is(word)))
    }
}

/// Defines an enum whose values have the same words on the command line, in files and in documents. Other words for a
/// value, such as the one in a table, are understood as well.
macro_rules! words {
    ($(#[$about:meta])* $visible:vis enum $name:ident {
        $($(#[$about_value:meta])* $value:ident = $word:literal $(| $also:literal)*,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        $visible enum $name {
            $($(#[$about_value])* #[serde(rename = $word $(, alias = $also)*)] $value,)*
        }

        impl $name {
            $visible const fn word(self) -> &'static str {
                match self {
                    $($name::$value => $word,)*
                }
            }
        }

        impl crate::text::word::Word for $name {
            const ALL: &'static [Self] = &[$($name::$value),*];

            fn word(self) -> &'static str {
                $name::word(self)
            }

            fn aliases(self) -> &'static [&'static str] {
                match self {
                    $($name::$value => &[$($also),*],)*
                }
            }
        }
    };
}
pub(crate) use words;

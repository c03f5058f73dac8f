//! Values written as one of a few words.

/// A value written as a word.
pub trait Word: Sized + Copy + 'static {
    /// All values, in the order they are offered.
    const ALL: &[Self];

    /// The word.
    fn word(self) -> &'static str;

    /// The value of a word, in any case.
    fn from_word(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word().eq_ignore_ascii_case(text))
    }
}

/// Defines an enum whose values have the same words on the command line, in files and in documents.
macro_rules! words {
    ($(#[$about:meta])* $visible:vis enum $name:ident {
        $($(#[$about_value:meta])* $value:ident = $word:literal,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        $visible enum $name {
            $($(#[$about_value])* #[serde(rename = $word)] $value,)*
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
        }
    };
}
pub(crate) use words;

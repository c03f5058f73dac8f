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

/// An enum whose values are words, the same on the command line, in files and in documents.
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

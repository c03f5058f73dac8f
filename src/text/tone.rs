//! Coloured text. Control characters are removed first, so that only the colours reach a terminal.

use crate::text::Mbps;
use crate::text::sanitize;

/// The meaning of a colour, which is always in the text, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Needs attention first.
    Bad,
    /// Soon, or possibly unintended.
    Warn,
    Good,
    Dim,
    Strong,
    /// The cursor's line.
    Here,
    /// A failure.
    Error,
    /// Production: must not be overlooked.
    Loud,
}

impl Tone {
    /// Colours text that is already safe.
    pub(crate) fn paint(self, harmless: &str) -> String {
        let code = match self {
            Tone::Strong => "1",
            Tone::Dim => "2",
            Tone::Bad => "31",
            Tone::Error => "31;1",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Here => "36",
            Tone::Loud => return format!("\u{1b}[1;37;41m {harmless} \u{1b}[0m"),
        };
        format!("\u{1b}[{code}m{harmless}\u{1b}[0m")
    }
}

/// Text with an optional tone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Toned {
    pub(crate) text: String,
    pub(crate) tone: Option<Tone>,
}

impl Toned {
    pub(crate) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Toned { text: text.into(), tone: Some(tone) }
    }
}

impl From<String> for Toned {
    fn from(text: String) -> Self {
        Toned { text, tone: None }
    }
}

impl From<&str> for Toned {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Mbps> for Toned {
    fn from(speed: Mbps) -> Self {
        speed.to_string().into()
    }
}

/// A dash for unknown values.
impl<T: Into<Toned>> From<Option<T>> for Toned {
    fn from(known: Option<T>) -> Self {
        known.map_or_else(|| "-".into(), Into::into)
    }
}

/// One safe line of these pieces.
pub(crate) fn line(pieces: &[Toned], color: bool) -> String {
    let painted = pieces.iter().map(|piece| {
        let harmless = sanitize::line(&piece.text);
        match piece.tone.filter(|_| color) {
            Some(tone) => tone.paint(&harmless),
            None => harmless.into_owned(),
        }
    });
    painted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_escapes_reach_the_terminal() {
        let pieces = [Toned::new(Tone::Bad, "a\u{1b}[2J"), "\nb".into()];
        assert_eq!(line(&pieces, true), "\u{1b}[31ma\\u{1b}[2J\u{1b}[0m\\nb");
        assert_eq!(line(&pieces, false), "a\\u{1b}[2J\\nb");
    }
}

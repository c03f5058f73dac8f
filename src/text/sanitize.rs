//! Neutralises external text before it reaches a terminal: a company may have any name. Characters that could control a
//! terminal are shown escaped (`\u{1b}`).

use std::borrow::Cow;
use std::fmt::Write as _;

/// One line of safe text: characters that could control a terminal or break a row are escaped.
///
/// ```
/// use portgate::text::sanitize::line;
/// assert_eq!(line("Globex Bank"), "Globex Bank");
/// assert_eq!(line("a\u{1b}[31mb\nc"), "a\\u{1b}[31mb\\nc");
/// assert_eq!(line("x\u{202e}y"), "x\\u{202e}y");
/// assert_eq!(line("日本"), "日本");
/// ```
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// Several lines of safe text: like [`line()`], but keeps line breaks.
///
/// ```
/// use portgate::text::sanitize::block;
/// assert_eq!(block("a\nb\u{7}"), "a\nb\\u{7}");
/// ```
pub fn block(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

fn escape(text: &str, keep_breaks: bool) -> Cow<'_, str> {
    let must_go = |character: char| drives_terminal(character) && !(keep_breaks && character == '\n');
    if !text.contains(must_go) {
        return Cow::Borrowed(text);
    }
    let mut harmless = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            _ if !must_go(character) => harmless.push(character),
            '\n' => harmless.push_str("\\n"),
            '\r' => harmless.push_str("\\r"),
            '\t' => harmless.push_str("\\t"),
            _ => {
                let _ = write!(harmless, "\\u{{{:x}}}", u32::from(character));
            }
        }
    }
    Cow::Owned(harmless)
}

/// Control characters (C0, DEL, C1), line and paragraph separators, direction marks, overrides and isolates,
/// zero-width spaces that hide text, the byte-order mark, interlinear and tag characters.
/// The zero-width joiner and non-joiner are kept: emoji and Persian need them.
pub(crate) fn drives_terminal(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

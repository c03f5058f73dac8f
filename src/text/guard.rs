//! The apostrophe that keeps a spreadsheet from taking a text of a CSV file for a formula, a number or a date.

use std::borrow::Cow;

/// A text as a cell.
///
/// ```
/// use portgate::text::guard::guarded;
/// assert_eq!(guarded("12345e67"), "'12345e67");
/// assert_eq!(guarded("=1+1"), "'=1+1");
/// assert_eq!(guarded("SYD1-A"), "SYD1-A");
/// assert_eq!(guarded("2026-11-26T10:00:00Z"), "2026-11-26T10:00:00Z");
/// ```
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_mistaken(text) { format!("'{text}").into() } else { text.into() }
}

/// What a cell or an argument copied from one stands for.
///
/// ```
/// use portgate::text::guard::unguarded;
/// assert_eq!(unguarded("'12345e67"), "12345e67");
/// assert_eq!(unguarded("'twas"), "'twas");
/// ```
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_mistaken(text)).unwrap_or(cell)
}

/// Whether a spreadsheet would take it for something else than text: it begins a formula, or is written with nothing but
/// what numbers, dates and times are written with.
fn is_mistaken(text: &str) -> bool {
    let begins_formula =
        |first: char| matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let in_number = |letter: char| {
        letter.is_ascii_digit() || matches!(letter, '.' | ',' | ':' | '/' | '-' | '%' | ' ' | 'e' | 'E')
    };
    text.starts_with(begins_formula)
        || text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
            && text.chars().all(in_number)
}

//! The apostrophe that keeps a spreadsheet from taking a text of a CSV file for a formula, a number or a date.

use std::borrow::Cow;

/// A text as a cell.
///
/// ```
/// use portgate::text::guard::guard;
/// assert_eq!(guard("12345e67"), "'12345e67");
/// assert_eq!(guard("=1+1"), "'=1+1");
/// assert_eq!(guard("SYD1-A"), "SYD1-A");
/// assert_eq!(guard("2026-11-26T10:00:00Z"), "2026-11-26T10:00:00Z");
/// ```
pub fn guard(text: &str) -> Cow<'_, str> {
    if is_mistaken(text) { format!("'{text}").into() } else { text.into() }
}

/// What a cell or an argument copied from one stands for.
///
/// ```
/// use portgate::text::guard::unguard;
/// assert_eq!(unguard("'12345e67"), "12345e67");
/// assert_eq!(unguard("'twas"), "'twas");
/// ```
pub fn unguard(cell: &str) -> &str {
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

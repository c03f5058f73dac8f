//! Text fitted to so many columns of a terminal.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Cuts text to so many columns of a terminal, with an ellipsis; a character is never cut in two.
///
/// ```
/// use portgate::text::fit::cut;
/// assert_eq!(cut("Globex Bank", 8), "Globex …");
/// assert_eq!(cut("日本語", 4), "日…");
/// assert_eq!(cut("short", 8), "short");
/// ```
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = cluster.width();
        if used + wide > width.saturating_sub(1) {
            break;
        }
        used += wide;
        kept.push_str(cluster);
    }
    kept.push('…');
    kept
}

/// Breaks text between words into lines of so many columns of a terminal; a word that is longer is broken, too.
///
/// ```
/// use portgate::text::fit::wrap;
/// assert_eq!(wrap("no: e-mail is off, inactive", 14), "no: e-mail is\noff, inactive");
/// assert_eq!(wrap("short", 14), "short");
/// ```
pub fn wrap(text: &str, width: usize) -> String {
    if text.width() <= width || width == 0 {
        return text.to_owned();
    }
    let mut lines = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        if used > 0 && used + 1 + word.width() > width {
            lines.push('\n');
            used = 0;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        for cluster in word.graphemes(true) {
            if used > 0 && used + cluster.width() > width {
                lines.push('\n');
                used = 0;
            }
            lines.push_str(cluster);
            used += cluster.width();
        }
    }
    lines
}

/// As [`cut`], but a mark at the end stays.
pub fn cut_before(text: &str, mark: Option<&str>, width: usize) -> String {
    let marked = mark.and_then(|mark| Some((text.strip_suffix(mark)?, mark)));
    match marked {
        Some((before, mark)) if text.width() > width && mark.width() < width => {
            format!("{}{mark}", cut(before, width - mark.width()))
        }
        _ => cut(text, width),
    }
}

//! Fits text to a number of terminal columns.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::text::sanitize;

/// Columns of the label of a field.
const LONGEST_LABEL: usize = 14;

/// Cuts text to a number of columns, with an ellipsis; characters are never split.
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

/// Cuts text to a number of bytes, with an ellipsis at the end; characters are never split.
pub(crate) fn cut_to_bytes(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)])
}

/// Wraps text at spaces to a number of columns; words that are too long are split.
///
/// ```
/// use portgate::text::fit::wrap;
/// assert_eq!(wrap("no: email off, inactive", 14), "no: email off,\ninactive");
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

/// Labels of messages: what doesn't fit goes on behind them.
const LABELS: [&str; 6] = ["error", "warning", "note", "next", "why", "trace id"];

/// Spaces before what doesn't fit into the line of a result, which would look like another result without them.
const HANGING: usize = 2;

/// The lines of a message, broken at spaces only. A command is never broken, as it is copied: neither in backquotes nor after
/// a colon. A word that is longer than a line stays as it is, for the terminal to break.
///
/// ```
/// use portgate::text::fit::wrap_message;
/// assert_eq!(wrap_message("note: one profile of two", 16), ["note: one", "      profile of", "      two"]);
/// assert_eq!(wrap_message("  next: log in: portgate auth login", 20), ["  next: log in:", "        portgate auth login"]);
/// assert_eq!(wrap_message("run `portgate help` first", 12), ["run", "`portgate help`", "first"]);
/// assert_eq!(
///     wrap_message("note (1 of 2): the reason was sent", 32),
///     ["note (1 of 2): the reason was", "               sent"]
/// );
/// ```
pub fn wrap_message(line: &str, width: usize) -> Vec<String> {
    wrap_around(line, width, &[])
}

/// The lines of a result for people, broken like a message: what doesn't fit goes on further in.
///
/// ```
/// use portgate::text::fit::wrap_result;
/// assert_eq!(wrap_result("accepted 7c1e09ab: order from Globex", 24), ["accepted 7c1e09ab: order", "  from Globex"]);
/// assert_eq!(wrap_result("would send PUT /a {\"b\":\"c d\"}", 20), ["would send PUT /a", "  {\"b\":\"c d\"}"]);
/// ```
pub fn wrap_result(line: &str, width: usize) -> Vec<String> {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    wrap_hanging(line, width, &[], spaces + HANGING)
}

/// The same, where these texts in it aren't broken either.
pub(crate) fn wrap_around(line: &str, width: usize, whole: &[String]) -> Vec<String> {
    let plain = console::strip_ansi_codes(line);
    let text = plain.trim_start_matches(' ');
    wrap_hanging(line, width, whole, plain.len() - text.len() + label_length(text))
}

/// The length of the label that a message begins with; it may be counted: "note (1 of 2): ".
fn label_length(text: &str) -> usize {
    let Some((label, _)) = text.split_once(": ") else { return 0 };
    let name =
        label.strip_suffix(')').and_then(|label| label.split_once(" (")).map_or(label, |(name, _)| name);
    if LABELS.contains(&name) { label.len() + ": ".len() } else { 0 }
}

fn wrap_hanging(line: &str, width: usize, whole: &[String], indent: usize) -> Vec<String> {
    let width_of = console::measure_text_width;
    if width_of(line) <= width {
        return vec![line.to_owned()];
    }
    let indent = if indent < width / 2 { indent } else { 0 };
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut is_empty = true;
    let start = line.len() - line.trim_start_matches(' ').len();
    current.push_str(&line[..start]);
    for part in unbroken_parts(&line[start..], whole) {
        if !is_empty && width_of(&current) + 1 + width_of(part) > width {
            lines.push(std::mem::replace(&mut current, " ".repeat(indent)));
            is_empty = true;
        }
        if !is_empty {
            current.push(' ');
        }
        current.push_str(part);
        is_empty = false;
    }
    lines.push(current);
    lines.into_iter().map(|line| line.trim_end_matches(' ').to_owned()).collect()
}

/// The words of a message, and the commands and JSON objects in it as a whole: they are copied.
fn unbroken_parts<'a>(text: &'a str, whole: &[String]) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let after_colon = parts.last().is_none_or(|before: &&str| before.ends_with(':'));
        let end = if after_colon && rest.starts_with("portgate ") {
            rest.len()
        } else {
            let word = rest.find(' ').unwrap_or(rest.len());
            let quoted = rest.strip_prefix('`').and_then(|rest| rest.find('`')).map_or(0, |close| close + 1);
            let body = if rest.starts_with('{') { rest.rfind('}').unwrap_or(0) } else { 0 };
            let known = whole.iter().filter(|known| rest.starts_with(known.as_str())).map(String::len).max();
            // With what follows it.
            let from = known.unwrap_or(0).max(quoted).max(body).max(word);
            rest[from..].find(' ').map_or(rest.len(), |space| from + space)
        };
        parts.push(&rest[..end]);
        rest = rest[end..].strip_prefix(' ').unwrap_or(&rest[end..]);
    }
    parts
}

/// The lines of a field, a label and its value behind it: what doesn't fit goes on below the value. Other text stays as it
/// is, for the terminal to wrap; so do a command and a long word, such as a path, which are copied. Control characters, line
/// breaks too, are made visible first.
///
/// ```
/// use portgate::text::fit::wrap_field;
/// assert_eq!(wrap_field("Room      1300 of 10000 Mbps", 25), ["Room      1300 of 10000", "          Mbps"]);
/// assert_eq!(wrap_field("File      /home/ana/portgate/policy.toml", 25), ["File      /home/ana/portgate/policy.toml"]);
/// assert_eq!(wrap_field("no field, but a sentence", 10), ["no field, but a sentence"]);
/// assert_eq!(wrap_field("Name      a\nerror: forged, and long", 80), ["Name      a\\nerror: forged, and long"]);
/// ```
pub fn wrap_field(line: &str, width: usize) -> Vec<String> {
    let line = &*sanitize::line(line);
    match value_start(line) {
        Some(start) if line[start..].starts_with("portgate ") => vec![line.to_owned()],
        Some(start) if line.width() > width && width > start + LONGEST_LABEL => {
            let (label, value) = line.split_at(start);
            let lines = wrap_hanging(value, width - start, &[], 0).into_iter().enumerate();
            lines
                .map(|(number, part)| match number {
                    0 => format!("{label}{part}"),
                    _ => format!("{:start$}{part}", ""),
                })
                .collect()
        }
        _ => vec![line.to_owned()],
    }
}

/// The lines of a field, or else of a result.
pub(crate) fn wrap_record(line: &str, width: usize) -> Vec<String> {
    match value_start(line) {
        Some(_) => wrap_field(line, width),
        None => wrap_result(&sanitize::line(line), width),
    }
}

/// Where the value of a field begins.
fn value_start(line: &str) -> Option<usize> {
    let label = line.find("  ").filter(|&end| end > 0 && end < LONGEST_LABEL);
    label.map(|end| end + line[end..].len() - line[end..].trim_start().len())
}

/// Like [`cut`], but keeps a mark at the end.
pub fn cut_before(text: &str, mark: Option<&str>, width: usize) -> String {
    let marked = mark.and_then(|mark| Some((text.strip_suffix(mark)?, mark)));
    match marked {
        Some((before, mark)) if text.width() > width && mark.width() < width => {
            format!("{}{mark}", cut(before, width - mark.width()))
        }
        _ => cut(text, width),
    }
}

//! A table as one HTML page for a mail or a change ticket: nothing is loaded from elsewhere, and there is no script.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::render::bar::Meter;
use crate::render::cell::Cell;
use crate::render::table::Table;
use crate::text::sanitize;
use crate::text::tone::Tone;

/// What stands above the table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heading {
    pub(crate) title: String,
    /// One paragraph each.
    pub(crate) notes: Vec<String>,
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:CanvasText;background:Canvas}\
h1{font-size:1.3rem;margin:0 0 .25rem}p{margin:.15rem 0}footer{margin-top:1rem;opacity:.7;font-size:.85rem}\
table{border-collapse:collapse;margin-top:1rem}th,td{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}\
th{font-size:.75rem;letter-spacing:.04em;opacity:.7;border-bottom:1px solid #8888}td{border-bottom:1px solid #8883}\
td{font-variant-numeric:tabular-nums}.right{text-align:right}.bad{color:#c62828;font-weight:600}.warn{color:#b26a00}.good{color:#2e7d32}.dim{opacity:.6}\
.bar{display:inline-flex;width:10rem;height:.8rem;margin-top:.3rem;background:#8883;border-radius:2px;overflow:hidden}\
.bar span{height:100%}.full{background:#3f6fb5}.half{background:#8fb0e0}.some{background:#e0b34f}.over{outline:2px solid #c62828}";

/// The page; `now` is the time that it tells it was made.
pub(crate) fn page(heading: &Heading, table: &Table, now: Timestamp) -> String {
    let title = escape(&heading.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for note in &heading.notes {
        let _ = writeln!(page, "<p>{}</p>", escape(note));
    }
    page.push_str("<table>\n<thead><tr>");
    for column in &table.columns {
        let _ = write!(page, "<th{}>{}</th>", class(column.right, None), escape(&column.title));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (cell, column) in row.iter().zip(&table.columns) {
            let _ = write!(page, "<td{}>{}</td>", class(column.right, cell.toned().tone), content(cell));
        }
        page.push_str("</tr>\n");
    }
    let version = env!("CARGO_PKG_VERSION");
    let _ = write!(
        page,
        "</tbody>\n</table>\n<footer>Written by portgate {version} at {now:.0}</footer>\n</body>\n</html>\n"
    );
    page
}

fn content(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => escape(&text.text),
        Cell::Meter(meter) => picture(meter),
    }
}

/// A meter as a bar, with its text for readers that see no pictures.
fn picture(meter: &Meter) -> String {
    let over = if meter.is_over() { " over" } else { "" };
    let parts = meter.percentages().into_iter().zip(["full", "half", "some"]);
    let spans: String = parts
        .map(|(share, class)| format!("<span class=\"{class}\" style=\"width:{share}%\"></span>"))
        .collect();
    format!(
        "<span class=\"bar{over}\" role=\"img\" aria-label=\"{}\">{spans}</span>",
        escape(&meter.drawn().text)
    )
}

fn class(right: bool, tone: Option<Tone>) -> String {
    let tone = match tone {
        Some(Tone::Bad | Tone::Error | Tone::Loud) => "bad",
        Some(Tone::Warn) => "warn",
        Some(Tone::Good) => "good",
        Some(Tone::Dim) => "dim",
        Some(Tone::Strong | Tone::Here) | None => "",
    };
    let names: Vec<&str> =
        [if right { "right" } else { "" }, tone].into_iter().filter(|name| !name.is_empty()).collect();
    if names.is_empty() { String::new() } else { format!(" class=\"{}\"", names.join(" ")) }
}

/// Text without control characters or markup.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in sanitize::line(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::table::Column;
    use crate::text::Mbps;

    #[test]
    fn names_are_text_and_bars_are_pictures() {
        let columns = vec![
            Column::text("NAME", |name: &&'static str| *name),
            Column::new("USAGE", |_: &&str| Some(Meter::new([Mbps(5), Mbps(0), Mbps(20)], Mbps(10)))),
            Column::text("NOTE", |_: &&str| "[····················]"),
        ];
        let table = Table::new(&["<script>alert('x')</script>\u{1b}[2J"], columns);
        let heading = Heading { title: "Ports of A & B".to_owned(), notes: vec!["\"6\" ports".to_owned()] };
        let page = page(&heading, &table, Timestamp::UNIX_EPOCH);
        for part in [
            "<title>Ports of A &amp; B</title>",
            "<p>&quot;6&quot; ports</p>",
            "<td>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\\u{1b}[2J</td>",
            "<td class=\"bad\"><span class=\"bar over\" role=\"img\" aria-label=\"[██████████▒▒▒▒▒▒▒▒▒▒]!\">\
             <span class=\"full\" style=\"width:50%\"></span><span class=\"half\" style=\"width:0%\"></span>\
             <span class=\"some\" style=\"width:50%\"></span></span></td>",
            "<td>[····················]</td>",
            "at 1970-01-01T00:00:00Z</footer>",
        ] {
            assert!(page.contains(part), "{part} in\n{page}");
        }
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    }
}

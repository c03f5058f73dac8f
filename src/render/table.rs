//! Tables for people: fitted to the terminal, whole when piped. Columns are dropped in a fixed order before any is cut; what
//! is never cut (ids) stays whole at any width.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Padding, Style};
use unicode_width::UnicodeWidthStr;

use crate::text::fit::{cut, cut_before, wrap};
use crate::text::sanitize;
use crate::text::tone::Tone;

/// Spaces between two columns.
const GAP: usize = 2;
/// A column that may be cut keeps at least so many columns of the terminal.
const NARROWEST: usize = 8;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) right: bool,
    /// When to drop it on a narrow terminal: the highest first; `None` never.
    pub(crate) drop: Option<u8>,
    pub(crate) cut: bool,
    pub(crate) wrap: bool,
    pub(crate) mark: Option<&'static str>,
    /// What its text means, where a colour helps to see it; the text itself says it too.
    pub(crate) tint: Option<fn(&str) -> Option<Tone>>,
}

impl Column {
    pub(crate) const fn fixed(title: &'static str) -> Self {
        Column { title, right: false, drop: None, cut: false, wrap: false, mark: None, tint: None }
    }

    pub(crate) const fn text(title: &'static str) -> Self {
        Column { title, right: false, drop: None, cut: true, wrap: false, mark: None, tint: None }
    }

    #[must_use]
    pub(crate) const fn right(mut self) -> Self {
        self.right = true;
        self
    }

    #[must_use]
    pub(crate) const fn drop_at(mut self, order: u8) -> Self {
        self.drop = Some(order);
        self
    }

    /// Its text goes on in the next line where it would be cut: nothing of it is lost.
    #[must_use]
    pub(crate) const fn wrapped(mut self) -> Self {
        self.wrap = true;
        self
    }

    /// Where its text ends with this mark, the text before it is cut.
    #[must_use]
    pub(crate) const fn marked(mut self, mark: &'static str) -> Self {
        self.mark = Some(mark);
        self
    }

    #[must_use]
    pub(crate) const fn tinted(mut self, tint: fn(&str) -> Option<Tone>) -> Self {
        self.tint = Some(tint);
        self
    }
}

/// The lines of a table; the cells are made harmless here. `width` is the terminal's, `None` when piped.
pub(crate) fn layout(columns: &[Column], rows: &[Vec<String>], width: Option<usize>) -> Vec<String> {
    layout_colored(columns, rows, width, false)
}

/// As [`layout`], with a little colour if asked for.
pub(crate) fn layout_colored(
    columns: &[Column],
    rows: &[Vec<String>],
    width: Option<usize>,
    color: bool,
) -> Vec<String> {
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    layout_titled(&titles, columns, rows, width, color)
}

/// As [`layout_colored`], with headings that are only known now; those of the columns are passed over.
pub(super) fn layout_titled(
    titles: &[&str],
    columns: &[Column],
    rows: &[Vec<String>],
    width: Option<usize>,
    color: bool,
) -> Vec<String> {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| sanitize::line(cell).into_owned()).collect()).collect();
    let titles: Vec<String> = titles.iter().map(|title| sanitize::line(title).into_owned()).collect();
    let natural: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(index, title)| {
            let widest = cells.iter().map(|row| row.get(index).map_or(0, |cell| cell.width())).max();
            widest.unwrap_or(0).max(title.width())
        })
        .collect();
    let least: Vec<usize> = titles.iter().map(|title| title.width()).collect();
    let plan = fit(columns, &natural, &least, width);
    let mut builder = Builder::with_capacity(cells.len() + 1, plan.len());
    builder.push_record(plan.iter().map(|&(index, width)| cut(&titles[index], width)));
    for row in &cells {
        builder.push_record(plan.iter().map(|&(index, width)| {
            let cell = row.get(index).map_or("", String::as_str);
            let shown = match columns[index].wrap {
                true => wrap(cell, width),
                false => cut_before(cell, columns[index].mark, width),
            };
            let tint = columns[index].tint.filter(|_| color);
            match tint.and_then(|tint| tint(&shown)) {
                Some(tone) => tone.paint(&shown),
                None => shown,
            }
        }));
    }
    let mut table = builder.build();
    table.with(Style::empty()).with(Padding::new(0, GAP, 0, 0)).with(Alignment::left());
    for (position, &(index, _)) in plan.iter().enumerate() {
        if columns[index].right {
            table.modify(Columns::one(position), Alignment::right());
        }
    }
    table.to_string().split('\n').map(|line| line.trim_end_matches(' ').to_owned()).collect()
}

fn fit(columns: &[Column], natural: &[usize], least: &[usize], width: Option<usize>) -> Vec<(usize, usize)> {
    let mut plan: Vec<(usize, usize)> = natural.iter().copied().enumerate().collect();
    let Some(width) = width else { return plan };
    let total = |plan: &[(usize, usize)]| {
        plan.iter().map(|(_, width)| width).sum::<usize>() + GAP * plan.len().saturating_sub(1)
    };
    // Text that is cut a little is worth more than a column that is gone.
    let shrink = |plan: &mut Vec<(usize, usize)>, floor: usize| {
        while total(plan) > width {
            let widest = plan
                .iter_mut()
                .filter(|(index, width)| columns[*index].cut && *width > floor.max(least[*index]))
                .max_by_key(|(_, width)| *width);
            match widest {
                Some((_, width)) => *width -= 1,
                None => break,
            }
        }
    };
    shrink(&mut plan, NARROWEST * 2);
    while total(&plan) > width {
        let next = plan
            .iter()
            .enumerate()
            .filter_map(|(position, (index, _))| columns[*index].drop.map(|order| (order, position)))
            .max();
        match next {
            Some((_, position)) => {
                plan.remove(position);
            }
            None => break,
        }
    }
    shrink(&mut plan, NARROWEST);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_terminals_drop_columns_in_order_and_never_cut_what_is_fixed() {
        let columns = [
            Column::fixed("ID"),
            Column::text("NAME"),
            Column::fixed("VLAN").drop_at(1),
            Column::fixed("AGE").drop_at(2),
        ];
        let rows = vec![vec!["0123456789".to_owned(), "n".repeat(30), "1201".to_owned(), "51d".to_owned()]];
        let wide = layout(&columns, &rows, Some(200)).concat();
        assert!(wide.contains("AGE") && wide.contains("VLAN"));
        let narrow = layout(&columns, &rows, Some(34)).concat();
        assert!(!narrow.contains("AGE") && narrow.contains("VLAN"), "{narrow}");
        let narrower = layout(&columns, &rows, Some(12)).concat();
        assert!(narrower.contains("0123456789"), "{narrower}");
        for width in 22..200 {
            let table = layout(&columns, &rows, Some(width));
            assert!(table.iter().all(|line| line.width() <= width), "{width}: {table:?}");
        }
    }

    #[test]
    fn text_that_wraps_is_whole_at_any_width() {
        let columns = [Column::fixed("ID"), Column::text("WHY").wrapped()];
        let why = "no: the role may not subscribe, e-mail is off";
        let rows = vec![vec!["5001".to_owned(), why.to_owned()], vec!["5002".to_owned(), String::new()]];
        for width in 14..60 {
            let table = layout(&columns, &rows, Some(width));
            assert!(table.iter().all(|line| line.width() <= width), "{width}: {table:?}");
            let body: Vec<&str> = table.iter().skip(1).flat_map(|line| line.split_whitespace()).collect();
            assert_eq!(
                body.join("").replace("5001", "").replace("5002", ""),
                why.replace(' ', ""),
                "{width}"
            );
        }
        assert_eq!(layout(&columns, &rows, None).len(), 3, "piped, a row is a line");
    }

    #[test]
    fn a_cell_with_line_breaks_and_escapes_stays_one_row() {
        let rows = vec![vec!["a\nb\u{1b}[2Jc\td".to_owned()]];
        let table = layout(&[Column::text("NAME")], &rows, None);
        assert_eq!(table, ["NAME", "a\\nb\\u{1b}[2Jc\\td"]);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let columns = [Column::fixed("ID"), Column::text("CUSTOMER")];
        let rows = vec![vec!["7c1e09ab".to_owned(), "Globex Bank".to_owned()]];
        assert_eq!(layout(&columns, &rows, None), ["ID        CUSTOMER", "7c1e09ab  Globex Bank"]);
    }
}

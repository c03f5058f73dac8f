//! Tables for people: fitted to the terminal, complete when piped. Columns are dropped in a fixed order before any is
//! cut; columns such as IDs are never cut. A table whose columns can't all be kept has two or more lines per item, if some
//! columns are made for the second one.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Padding, Style};
use unicode_width::UnicodeWidthStr;

use crate::render::cell::Cell;
use crate::text::fit::{cut, cut_before, wrap};
use crate::text::sanitize;
use crate::text::tone::Toned;

/// Spaces between columns.
const GAP: usize = 2;
/// Minimum width of a column when cut.
const NARROWEST: usize = 8;

/// How to fit a column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    pub(crate) title: String,
    pub(crate) right: bool,
    /// Order of dropping on a narrow terminal, highest first; `None` means never.
    drop: Option<u8>,
    pub(crate) cut: bool,
    wrap: bool,
    /// Whether it moves to a second line where not all columns fit into one.
    below: bool,
    mark: Option<&'static str>,
}

/// A column, and how to get its cell from an item.
pub(crate) struct Column<'a, R> {
    look: Look,
    hidden: bool,
    /// The field of the item's record that it shows, for callers that change one column of several.
    field: Option<&'static str>,
    cell: Box<dyn Fn(&R) -> Cell + 'a>,
}

impl<'a, R: 'a> Column<'a, R> {
    /// A column that is never cut.
    pub(crate) fn new<C: Into<Cell>>(title: &str, cell: impl Fn(&R) -> C + 'a) -> Self {
        let look = Look { title: title.to_owned(), ..Look::default() };
        Column { look, hidden: false, field: None, cell: Box::new(move |item| cell(item).into()) }
    }

    /// A column that may be cut.
    pub(crate) fn text<C: Into<Cell>>(title: &str, cell: impl Fn(&R) -> C + 'a) -> Self {
        let mut column = Column::new(title, cell);
        column.look.cut = true;
        column
    }

    pub(crate) fn right(mut self) -> Self {
        self.look.right = true;
        self
    }

    pub(crate) fn drop_at(mut self, order: u8) -> Self {
        self.look.drop = Some(order);
        self
    }

    /// Moves the column to a second line per item if the others don't leave room for it.
    pub(crate) fn move_below(mut self) -> Self {
        self.look.below = true;
        self
    }

    /// Wraps text that doesn't fit instead of cutting it.
    pub(crate) fn wrap(mut self) -> Self {
        self.look.wrap = true;
        self
    }

    /// Keeps this mark at the end of text that is cut.
    pub(crate) fn with_mark(mut self, mark: &'static str) -> Self {
        self.look.mark = Some(mark);
        self
    }

    /// Includes the column only if this holds.
    pub(crate) fn only_if(mut self, holds: bool) -> Self {
        self.hidden = !holds;
        self
    }

    pub(crate) fn with_title(mut self, title: &'static str) -> Self {
        self.look.title = title.to_owned();
        self
    }

    pub(crate) fn of_field(mut self, path: &'static str) -> Self {
        self.field = Some(path);
        self
    }

    pub(crate) fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// Shows this in place of the cell, if present.
    pub(crate) fn with_override(mut self, instead: impl Fn(&R) -> Option<Toned> + 'a) -> Self {
        let cell = self.cell;
        self.cell = Box::new(move |item| instead(item).map_or_else(|| cell(item), Cell::from));
        self
    }

    /// The same column for a list of items containing the original ones.
    pub(crate) fn for_part<S>(self, part: impl Fn(&S) -> &R + 'a) -> Column<'a, S> {
        let Column { look, hidden, field, cell } = self;
        Column { look, hidden, field, cell: Box::new(move |item| cell(part(item))) }
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Look>,
    /// The cells, still with control characters.
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Table {
    pub(crate) fn new<R>(items: &[R], columns: Vec<Column<'_, R>>) -> Self {
        let columns: Vec<Column<'_, R>> = columns.into_iter().filter(|column| !column.hidden).collect();
        let row = |item| columns.iter().map(|column| (column.cell)(item)).collect();
        let rows = items.iter().map(row).collect();
        Table { columns: columns.into_iter().map(|column| column.look).collect(), rows }
    }

    /// Puts columns with the same cell in each row before the others.
    pub(crate) fn with_front(mut self, front: &[(&str, &str)]) -> Self {
        for (place, (title, cell)) in front.iter().enumerate() {
            // The first one identifies the row; the others only describe it.
            let is_more = place > 0;
            let look = Look { title: (*title).to_owned(), cut: is_more, below: is_more, ..Look::default() };
            self.columns.insert(place, look);
            self.rows.iter_mut().for_each(|row| row.insert(place, (*cell).into()));
        }
        self
    }

    /// Adds the rows of another table of the same kind. Columns that only one of them has are empty in the other.
    pub(crate) fn append(&mut self, other: Table) {
        let mut place = 0;
        for look in &other.columns {
            match self.columns.iter().position(|own| own.title == look.title) {
                Some(own) => place = own + 1,
                None => {
                    self.columns.insert(place, look.clone());
                    self.rows.iter_mut().for_each(|row| row.insert(place, "".into()));
                    place += 1;
                }
            }
        }
        for mut row in other.rows {
            let cell = |own: &Look| {
                let place = other.columns.iter().position(|look| look.title == own.title);
                place.map_or_else(|| "".into(), |place| std::mem::replace(&mut row[place], "".into()))
            };
            self.rows.push(self.columns.iter().map(cell).collect());
        }
    }

    /// The lines, with control characters removed. `width` is the terminal's, `None` when piped.
    pub(crate) fn lines(&self, width: Option<usize>, color: bool) -> Vec<String> {
        let Table { columns, rows } = self;
        let harmless = |cell: &Cell| {
            let toned = cell.toned();
            (sanitize::line(&toned.text).into_owned(), toned.tone)
        };
        let cells: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(harmless).collect()).collect();
        let titles: Vec<_> = columns.iter().map(|column| sanitize::line(&column.title)).collect();
        let least: Vec<usize> = titles.iter().map(|title| title.width()).collect();
        let widest = |(index, least): (usize, &usize)| {
            cells.iter().map(|row| row[index].0.width()).max().unwrap_or(0).max(*least)
        };
        let natural: Vec<usize> = least.iter().enumerate().map(widest).collect();
        // The title, and each row, with the lines it takes.
        let draw = |plan: &[(usize, usize)]| {
            let mut heights = vec![1];
            let mut builder = Builder::with_capacity(cells.len() + 1, plan.len());
            builder.push_record(plan.iter().map(|&(index, width)| cut(&titles[index], width)));
            for row in &cells {
                let mut height = 1;
                builder.push_record(plan.iter().map(|&(index, width)| {
                    let (text, tone) = &row[index];
                    let shown = match columns[index].wrap {
                        true => wrap(text, width),
                        false => cut_before(text, columns[index].mark, width),
                    };
                    height = height.max(shown.split('\n').count());
                    match tone.filter(|_| color) {
                        Some(tone) => tone.paint(&shown),
                        None => shown,
                    }
                }));
                heights.push(height);
            }
            let mut table = builder.build();
            table.with(Style::empty()).with(Padding::new(0, GAP, 0, 0)).with(Alignment::left());
            for (position, &(index, _)) in plan.iter().enumerate() {
                if columns[index].right {
                    table.modify(Columns::one(position), Alignment::right());
                }
            }
            let text = table.to_string();
            let mut lines = text.split('\n').map(|line| line.trim_end_matches(' ').to_owned());
            heights.into_iter().map(|height| lines.by_ref().take(height).collect()).collect::<Vec<Vec<_>>>()
        };
        let natural: Vec<(usize, usize)> = natural.into_iter().enumerate().collect();
        let Some(width) = width else { return draw(&natural).concat() };
        let one_line = drop_columns(columns, natural.clone(), &least, width);
        let (first, second): (Vec<_>, Vec<_>) =
            natural.into_iter().partition(|&(index, _)| !columns[index].below);
        if second.is_empty() || first.is_empty() || total(&one_line) <= width {
            return draw(&squeeze(columns, one_line, &least, NARROWEST, width)).concat();
        }
        let fit = |plan, width| {
            squeeze(columns, drop_columns(columns, plan, &least, width), &least, NARROWEST, width)
        };
        let first = fit(first, width);
        // The second line starts below the second column: the first one, an ID, is what separates the items.
        let mut indent = first[0].1 + GAP;
        let mut below = fit(second, width.saturating_sub(indent));
        let mut lines = vec![first];
        if total(&lines[0]) > width || total(&below) > width.saturating_sub(indent) {
            indent = GAP;
            let mut all = lines.remove(0);
            lines.push(vec![all.remove(0)]);
            lines.extend(pack(all, width.saturating_sub(indent)));
            below = squeeze(columns, below, &least, NARROWEST, width.saturating_sub(indent));
        }
        lines.extend(pack(below, width.saturating_sub(indent)));
        // What wraps is whole on the narrowest terminal, too.
        for (index, cell) in lines.iter_mut().flatten().filter(|(index, _)| columns[*index].wrap) {
            *cell = (*cell).min(width.saturating_sub(indent).max(least[*index]));
        }
        let mut drawn: Vec<_> = lines.iter().map(|plan| draw(plan).into_iter()).collect();
        let mut text = Vec::new();
        for _ in 0..=rows.len() {
            for (line, drawn) in drawn.iter_mut().enumerate() {
                let indent = if line == 0 { 0 } else { indent };
                let lines = drawn.next().into_iter().flatten();
                text.extend(lines.map(|line| format!("{:indent$}{line}", "")));
            }
        }
        text
    }
}

type Plan = Vec<(usize, usize)>;

fn total(plan: &[(usize, usize)]) -> usize {
    plan.iter().map(|(_, width)| width).sum::<usize>() + GAP * plan.len().saturating_sub(1)
}

/// As many lines as the columns need.
fn pack(plan: Plan, width: usize) -> Vec<Plan> {
    let mut lines: Vec<Plan> = Vec::new();
    for column in plan {
        match lines.last_mut() {
            Some(line) if total(line) + GAP + column.1 <= width => line.push(column),
            _ => lines.push(vec![column]),
        }
    }
    lines
}

/// Cuts text a little, which is better than dropping a column, then drops columns until the rest fits.
fn drop_columns(columns: &[Look], plan: Plan, least: &[usize], width: usize) -> Plan {
    let mut plan = squeeze(columns, plan, least, NARROWEST * 2, width);
    while total(&plan) > width {
        let next = plan
            .iter()
            .enumerate()
            .filter_map(|(position, (index, _))| columns[*index].drop.map(|order| (order, position)))
            .max();
        let Some((_, position)) = next else { break };
        plan.remove(position);
    }
    plan
}

/// Cuts text, the widest first, to no less than `floor`.
fn squeeze(columns: &[Look], mut plan: Plan, least: &[usize], floor: usize, width: usize) -> Plan {
    while total(&plan) > width {
        let widest = plan
            .iter_mut()
            .filter(|(index, width)| columns[*index].cut && *width > floor.max(least[*index]))
            .max_by_key(|(_, width)| *width);
        let Some((_, width)) = widest else { break };
        *width -= 1;
    }
    plan
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;

//! What a terminal shows in the end of what was written to it.
//!
//! Lines that were drawn over are gone, as they are for a person: a spinner that came or not makes no difference. Colours
//! and bold are written as `‹1›`, and `‹0›` where they end.

/// A character and how it looks: the codes in force, as in `1;33`.
type Cell = (char, String);

#[derive(Default)]
struct Screen {
    rows: Vec<Vec<Cell>>,
    row: usize,
    column: usize,
    style: String,
}

/// The lines of a terminal as wide as that, nothing scrolled away.
pub(super) fn shown(written: &str, columns: usize) -> String {
    let mut screen = Screen::default();
    let mut rest = written.chars();
    while let Some(character) = rest.next() {
        match character {
            '\r' => screen.column = 0,
            '\n' => screen.row += 1,
            '\u{8}' => screen.column = screen.column.saturating_sub(1),
            '\u{1b}' => {
                let kind = rest.next();
                assert_eq!(kind, Some('['), "an escape sequence that isn't known: {written:?}");
                let mut parameters = String::new();
                let last = loop {
                    match rest.next() {
                        Some(end @ '\u{40}'..='\u{7e}') => break end,
                        Some(other) => parameters.push(other),
                        None => panic!("an escape sequence without an end: {written:?}"),
                    }
                };
                screen.sequence(&parameters, last);
            }
            control if control.is_control() => panic!("a control character: {control:?} in {written:?}"),
            other => screen.put(other, columns),
        }
    }
    screen.text()
}

impl Screen {
    fn put(&mut self, character: char, columns: usize) {
        if self.column == columns {
            self.row += 1;
            self.column = 0;
        }
        let cell = (character, self.style.clone());
        let column = self.column;
        let row = self.row_here();
        match row.get_mut(column) {
            Some(there) => *there = cell,
            None => row.push(cell),
        }
        self.column += 1;
    }

    /// The row of the cursor, at least as long as to it.
    fn row_here(&mut self) -> &mut Vec<Cell> {
        if self.rows.len() <= self.row {
            self.rows.resize(self.row + 1, Vec::new());
        }
        let row = &mut self.rows[self.row];
        if row.len() < self.column {
            row.resize(self.column, (' ', String::new()));
        }
        row
    }

    fn sequence(&mut self, parameters: &str, last: char) {
        let by = parameters.parse().unwrap_or(1).max(1);
        match (parameters, last) {
            (_, 'A') => self.row = self.row.saturating_sub(by),
            (_, 'B') => self.row += by,
            (_, 'C') => self.column += by,
            (_, 'D') => self.column = self.column.saturating_sub(by),
            (_, 'G') => self.column = by - 1,
            ("" | "0", 'K') => {
                let column = self.column;
                self.row_here().truncate(column);
            }
            ("2", 'K') => self.row_here().clear(),
            ("" | "0", 'J') => {
                let (row, column) = (self.row, self.column);
                self.row_here().truncate(column);
                self.rows.truncate(row + 1);
            }
            ("" | "0", 'm') => self.style.clear(),
            (more, 'm') => {
                let between = if self.style.is_empty() { "" } else { ";" };
                self.style.push_str(&format!("{between}{more}"));
            }
            // The cursor is hidden, or shown again; what is pasted is marked, or no longer.
            ("?25" | "?2004", 'l' | 'h') => {}
            _ => panic!("an escape sequence that isn't known: {parameters}{last}"),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let mut style = "";
            for (character, wanted) in row {
                if wanted != style {
                    let code = if wanted.is_empty() { "0" } else { wanted };
                    text.push_str(&format!("‹{code}›"));
                    style = wanted;
                }
                text.push(*character);
            }
            if !style.is_empty() {
                text.push_str("‹0›");
            }
            text.push('\n');
        }
        text
    }
}

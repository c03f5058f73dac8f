//! Redraws lines in place.

use unicode_width::UnicodeWidthStr;

use crate::terminal::Terminal;

pub(super) struct Screen<'a> {
    terminal: &'a Terminal,
    /// Columns of each drawn line.
    drawn: Vec<usize>,
    /// Current columns of the terminal.
    columns: usize,
}

impl<'a> Screen<'a> {
    pub(super) fn new(terminal: &'a Terminal) -> Self {
        Screen { terminal, drawn: Vec::new(), columns: 80 }
    }

    pub(super) fn draw(&mut self, lines: &[String], columns: usize) {
        self.columns = columns.max(1);
        let mut text = self.back();
        text.push_str(&lines.join("\r\n"));
        self.drawn = lines.iter().map(|line| console::strip_ansi_codes(line).width()).collect();
        self.terminal.talk(&text);
    }

    pub(super) fn clear(&mut self) {
        let text = self.back();
        self.drawn.clear();
        self.terminal.talk(&text);
    }

    /// Moves to the first drawn line and clears everything below. A terminal that became narrower has wrapped the
    /// lines.
    fn back(&self) -> String {
        let rows: usize = self.drawn.iter().map(|width| width.div_ceil(self.columns).max(1)).sum();
        match rows {
            0 => String::new(),
            1 => "\r\u{1b}[J".to_owned(),
            rows => format!("\r\u{1b}[{}A\u{1b}[J", rows - 1),
        }
    }
}

/// In every case, later output starts on a new line.
impl Drop for Screen<'_> {
    fn drop(&mut self) {
        if !self.drawn.is_empty() {
            self.clear();
        }
    }
}

//! Draws lines in place of those drawn before.

use unicode_width::UnicodeWidthStr;

use crate::terminal::Terminal;

pub(super) struct Screen<'a> {
    terminal: &'a Terminal,
    /// Columns of each line drawn.
    drawn: Vec<usize>,
    /// Columns of the terminal now.
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

    /// To the first line drawn, with everything from there on gone. A terminal that was made narrower has wrapped them.
    fn back(&self) -> String {
        let rows: usize = self.drawn.iter().map(|width| width.div_ceil(self.columns).max(1)).sum();
        match rows {
            0 => String::new(),
            1 => "\r\u{1b}[J".to_owned(),
            rows => format!("\r\u{1b}[{}A\u{1b}[J", rows - 1),
        }
    }
}

/// On every way out: what is said next doesn't stand behind the filter.
impl Drop for Screen<'_> {
    fn drop(&mut self) {
        if !self.drawn.is_empty() {
            self.clear();
        }
    }
}

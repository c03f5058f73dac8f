//! The layout of a selection, fitted to the terminal.

use super::state::State;
use crate::text::fit::cut;
use crate::text::sanitize;
use crate::text::tone::Tone;
use unicode_width::UnicodeWidthStr;

/// Maximum number of visible choices.
const MOST_CHOICES: usize = 15;
/// Columns of what is before a choice.
const MARK: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Size {
    /// Number of visible choices. Question and filter have a line each; help and counts are shown if there is room.
    pub(super) fn page(self, state: &State<'_>) -> usize {
        let lines = self.rows.saturating_sub(self.other_lines());
        (lines / if self.splits(state) { 2 } else { 1 }).clamp(1, MOST_CHOICES)
    }

    /// The last column stays free: some terminals wrap when it is written.
    fn width(self) -> usize {
        self.columns.saturating_sub(1).max(1)
    }

    /// Whether each choice has two lines: they don't all fit into one, and there is room for two.
    fn splits(self, state: &State<'_>) -> bool {
        let choices = state.choices;
        let is_too_wide = |index| MARK + sanitize::line(&choices.text(index)).width() > self.width();
        self.rows >= self.other_lines() + 2
            && !choices.below.is_empty()
            && (0..choices.lines.len()).any(is_too_wide)
    }

    /// Lines other than choices.
    fn other_lines(self) -> usize {
        if self.has_help() { 4 } else { 2 }
    }

    fn has_help(self) -> bool {
        self.rows >= 8
    }
}

/// The lines to draw; the cursor is at the end of the last one, where the filter is typed.
pub(super) fn frame(state: &State<'_>, question: &str, size: Size, color: bool) -> Vec<String> {
    let width = size.width();
    let fit = |text: &str| cut(&sanitize::line(text), width);
    let painted = |tone: Tone, text: String| if color { tone.paint(&text) } else { text };
    let picked = state.picked_indices().len();
    let mut lines = vec![painted(
        Tone::Strong,
        fit(&format!("{question} {picked} of {} selected", state.choices.lines.len())),
    )];
    if size.has_help() {
        lines.push(painted(Tone::Dim, fit(state.note.unwrap_or(help(state)))));
    }
    let page = size.page(state);
    let splits = size.splits(state);
    let first = first_shown(state.cursor, state.shown.len(), page);
    for position in first..(first + page).min(state.shown.len()) {
        let Some((index, is_picked)) = state.choice(position) else { break };
        let here = position == state.cursor;
        let mark = format!("{} [{}] ", if here { '>' } else { ' ' }, if is_picked { 'x' } else { ' ' });
        let texts = match splits {
            false => vec![mark + &state.choices.text(index)],
            true => {
                let below = state.choices.below_of(index).unwrap_or_default();
                vec![mark + &state.choices.lines[index], format!("{:MARK$}{below}", "")]
            }
        };
        lines.extend(texts.iter().map(|text| match (here, is_picked) {
            (true, _) => painted(Tone::Here, fit(text)),
            (false, true) => painted(Tone::Good, fit(text)),
            (false, false) => fit(text),
        }));
    }
    if size.has_help() {
        let below = state.shown.len().saturating_sub(first + page);
        let (shown, all) = (state.shown.len(), state.choices.lines.len());
        let more = match (shown, first, below) {
            (0, _, _) => "  no matches".to_owned(),
            (_, 0, 0) if shown == all => String::new(),
            (_, 0, 0) => format!("  {} hidden by the filter", all - shown),
            (_, above, below) => format!("  {above} more above, {below} below"),
        };
        lines.push(painted(Tone::Dim, fit(&more)));
    }
    // Show the end of a long filter.
    let mut filter = state.filter.clone();
    let label = if size.columns >= 30 { "filter: " } else { "> " };
    while filter.width() + label.len() > width && !filter.is_empty() {
        filter.remove(0);
    }
    lines.push(format!("{label}{filter}"));
    lines
}

fn help(state: &State<'_>) -> &'static str {
    if state.filter.is_empty() {
        "type to filter, tab or space: select, ctrl-t: all, enter: finish, esc: cancel"
    } else {
        "tab: select, ctrl-t: all matches, ctrl-u: clear, enter: finish, esc: cancel"
    }
}

fn first_shown(cursor: usize, shown: usize, page: usize) -> usize {
    let last_first = shown.saturating_sub(page);
    cursor.saturating_sub(page / 2).min(last_first)
}

#[cfg(test)]
mod tests {
    use console::Key;

    use super::super::Choices;
    use super::*;

    #[test]
    fn it_fits_every_terminal_and_the_cursor_is_seen() {
        let lines: Vec<String> =
            (0..40).map(|number| format!("{number:08}  日本 connection request from Globex Bank")).collect();
        let below = vec!["SYD1-A · 500 Mbps · VLAN 1201 TAKEN · room OVER by 400".to_owned(); lines.len()];
        for below in [Vec::new(), below] {
            check(&Choices { below, ..Choices::new(&lines) });
        }
    }

    fn check(choices: &Choices) {
        for (rows, columns) in [(1, 1), (2, 5), (3, 20), (7, 20), (8, 20), (24, 80), (60, 300)] {
            let size = Size { rows, columns };
            let mut state = State::new(choices);
            for step in 0..45 {
                let drawn = frame(&state, "Which to accept?", size, false);
                assert!(rows < 3 || drawn.len() <= rows, "{rows}x{columns}: {drawn:#?}");
                for line in &drawn {
                    assert!(columns < 3 || line.width() < columns, "{rows}x{columns}: {line}");
                }
                let here = drawn.iter().filter(|line| line.starts_with("> [")).count();
                assert_eq!(here, usize::from(columns > 4 && !state.shown.is_empty()), "{drawn:#?}");
                let page = size.page(&state);
                state.press(if step < 42 { Key::ArrowDown } else { Key::Char('日') }, page);
            }
        }
    }

    #[test]
    fn what_is_hidden_is_said() {
        let lines: Vec<String> = ["alpha", "beta", "gamma"].map(str::to_owned).to_vec();
        let choices = Choices::new(&lines);
        let mut state = State::new(&choices);
        state.press(Key::Char('b'), 5);
        let drawn = frame(&state, "Which?", Size { rows: 24, columns: 80 }, false);
        assert_eq!(
            drawn,
            [
                "Which? 0 of 3 selected",
                "tab: select, ctrl-t: all matches, ctrl-u: clear, enter: finish, esc: cancel",
                "> [ ] beta",
                "  2 hidden by the filter",
                "filter: b",
            ]
        );
    }
}

//! The state of a selection: filter, cursor and picked lines; independent of the terminal.

use console::Key;

use super::{Choices, is_control};
use crate::text::name::fold;

const LONGEST_FILTER: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Goes,
    Ends,
    Leaves,
    Interrupted,
}

pub(super) struct State<'a> {
    pub(super) choices: &'a Choices,
    /// What is searched of each line, folded.
    texts: Vec<String>,
    pub(super) filter: String,
    /// The positions of the lines that match the filter.
    pub(super) shown: Vec<usize>,
    /// The cursor's index among them.
    pub(super) cursor: usize,
    picked: Vec<bool>,
    /// Shown until the next key.
    pub(super) note: Option<&'static str>,
}

impl<'a> State<'a> {
    pub(super) fn new(choices: &'a Choices) -> Self {
        let picked = (0..choices.lines.len()).map(|index| choices.is_picked(index)).collect();
        let mut state = State {
            choices,
            texts: (0..choices.lines.len()).map(|index| fold(&choices.text(index))).collect(),
            filter: String::new(),
            shown: Vec::new(),
            cursor: 0,
            picked,
            note: None,
        };
        state.apply_filter();
        state
    }

    /// The choice at a position among the matches, and whether it is picked.
    pub(super) fn choice(&self, position: usize) -> Option<(usize, bool)> {
        let &index = self.shown.get(position)?;
        Some((index, self.picked[index]))
    }

    pub(super) fn picked_indices(&self) -> Vec<usize> {
        self.picked.iter().enumerate().filter(|(_, picked)| **picked).map(|(index, _)| index).collect()
    }

    /// Handles a key; `page` is the number of lines per page.
    pub(super) fn press(&mut self, key: Key, page: usize) -> Step {
        self.note = None;
        let last = self.shown.len().saturating_sub(1);
        match key {
            Key::CtrlC => return Step::Interrupted,
            ref key if *key == Key::Escape || is_control(key, 'd') => return Step::Leaves,
            Key::Enter if self.picked.contains(&true) || self.choices.none_is_fine => return Step::Ends,
            Key::Enter => self.note = Some("nothing selected: press tab to select, esc to cancel"),
            ref key if *key == Key::ArrowUp || is_control(key, 'p') => {
                self.cursor = self.cursor.checked_sub(1).unwrap_or(last);
            }
            ref key if *key == Key::ArrowDown || is_control(key, 'n') => {
                self.cursor = if self.cursor >= last { 0 } else { self.cursor + 1 };
            }
            Key::PageUp => self.cursor = self.cursor.saturating_sub(page),
            Key::PageDown => self.cursor = (self.cursor + page).min(last),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = last,
            // After the first character, a space separates words.
            Key::Char(' ') if self.filter.is_empty() => self.toggle(),
            Key::Tab => {
                self.toggle();
                self.cursor = (self.cursor + 1).min(last);
            }
            ref key if is_control(key, 't') => self.toggle_shown(),
            Key::Backspace => {
                self.filter.pop();
                self.apply_filter();
            }
            ref key if is_control(key, 'u') => {
                self.filter.clear();
                self.apply_filter();
            }
            Key::Char(character) if !character.is_control() => {
                self.add_to_filter(character.encode_utf8(&mut [0; 4]));
            }
            _ => {}
        }
        Step::Goes
    }

    /// Adds pasted text to the filter, and does nothing else with it.
    pub(super) fn add_to_filter(&mut self, text: &str) {
        let room = LONGEST_FILTER.saturating_sub(self.filter.chars().count());
        self.filter.extend(text.chars().filter(|character| !character.is_control()).take(room));
        self.apply_filter();
    }

    fn toggle(&mut self) {
        match self.shown.get(self.cursor) {
            Some(&index) => self.picked[index] = !self.picked[index],
            None => self.note = Some("no matches: press backspace to change the filter"),
        }
    }

    fn toggle_shown(&mut self) {
        let all = self.shown.iter().all(|&index| self.picked[index]);
        for &index in &self.shown {
            self.picked[index] = !all;
        }
    }

    fn apply_filter(&mut self) {
        self.cursor = 0;
        let wanted = fold(&self.filter);
        let terms: Vec<&str> = wanted.split(' ').collect();
        let matches = |text: &String| terms.iter().all(|term| text.contains(term));
        let texts = self.texts.iter().enumerate();
        self.shown = texts.filter(|(_, text)| matches(text)).map(|(index, _)| index).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices() -> Choices {
        Choices::new(
            &["7c1e09ab  Globex Bank on SYD1-A", "e04b77f2  Initech on MEL2-B", "9e4e7a73  日本 on SYD2-A"]
                .map(str::to_owned),
        )
    }

    fn press(state: &mut State<'_>, keys: &[Key]) -> Step {
        keys.iter().map(|key| state.press(key.clone(), 5)).last().unwrap()
    }

    fn type_in(state: &mut State<'_>, text: &str) {
        for character in text.chars() {
            state.press(Key::Char(character), 5);
        }
    }

    #[test]
    fn each_word_must_occur_and_scattered_letters_match_nothing() {
        let lines = ["Globex Bank on SYD1-A", "Global Logistics Bx", "Zürich Ost"].map(str::to_owned);
        let choices = Choices::new(&lines);
        let shown = |filter| {
            let mut state = State::new(&choices);
            type_in(&mut state, filter);
            state.shown
        };
        assert_eq!(shown("globex"), [0]);
        assert_eq!(shown("glob"), [0, 1]);
        assert_eq!(shown(" BANK  syd1 "), [0]);
        assert_eq!(shown("ZU\u{308}rich"), [2]);
        assert!(shown("gbx").is_empty() && shown("globex ost").is_empty());
    }

    #[test]
    fn picks_survive_the_filter() {
        let choices = choices();
        let mut state = State::new(&choices);
        type_in(&mut state, "gl syd");
        assert_eq!(state.shown.len(), 1);
        assert_eq!(press(&mut state, &[Key::Tab]), Step::Goes);
        press(&mut state, &[Key::Char('\u{15}')]);
        assert_eq!((state.filter.as_str(), state.shown.len()), ("", 3));
        type_in(&mut state, "本");
        press(&mut state, &[Key::Tab]);
        assert_eq!(state.picked_indices(), [0, 2]);
        assert_eq!(press(&mut state, &[Key::Enter]), Step::Ends);
    }

    #[test]
    fn a_blank_picks_only_where_nothing_is_typed() {
        let choices = choices();
        let mut state = State::new(&choices);
        press(&mut state, &[Key::ArrowDown, Key::Char(' ')]);
        assert_eq!(state.picked_indices(), [1]);
        press(&mut state, &[Key::Char(' ')]);
        type_in(&mut state, "bank globex ");
        assert_eq!((state.filter.as_str(), state.shown.len()), ("bank globex ", 1));
        assert!(state.picked_indices().is_empty());
        press(&mut state, &[Key::Tab]);
        assert_eq!(state.picked_indices(), [0]);
    }

    #[test]
    fn nothing_picked_is_no_answer_unless_it_is() {
        let mut choices = choices();
        let mut state = State::new(&choices);
        assert_eq!(press(&mut state, &[Key::Enter]), Step::Goes);
        assert!(state.note.is_some());
        type_in(&mut state, "zzz");
        press(&mut state, &[Key::Tab, Key::ArrowDown, Key::ArrowUp, Key::PageDown, Key::End]);
        assert!(state.picked_indices().is_empty() && state.choice(0).is_none());
        choices.none_is_fine = true;
        assert_eq!(press(&mut State::new(&choices), &[Key::Enter]), Step::Ends);
    }

    #[test]
    fn the_cursor_goes_round_and_all_shown_are_picked_at_once() {
        let choices = choices();
        let mut state = State::new(&choices);
        press(&mut state, &[Key::ArrowUp]);
        assert_eq!(state.cursor, 2);
        press(&mut state, &[Key::ArrowDown]);
        assert_eq!(state.cursor, 0);
        type_in(&mut state, "syd");
        press(&mut state, &[Key::Char('\u{14}')]);
        assert_eq!(state.picked_indices(), [0, 2]);
        press(&mut state, &[Key::Char('\u{14}')]);
        assert!(state.picked_indices().is_empty());
        assert_eq!(press(&mut state, &[Key::CtrlC]), Step::Interrupted);
        assert_eq!(press(&mut state, &[Key::Escape]), Step::Leaves);
    }
}

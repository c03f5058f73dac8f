//! Selects several of many lines: type to filter, tab to select, enter to finish.

mod frame;
mod numbers;
mod screen;
mod state;

use console::{Key, Term};

use crate::error::Error;
use crate::terminal::keys::{Event, Keys};
use crate::terminal::mode::Mode;
use crate::terminal::prompt::{Prompter, Typed, interrupted_error, prompt_error};
use frame::{Size, frame};
use screen::Screen;
use state::{State, Step};

#[derive(Debug, Clone, Default)]
pub(crate) struct Choices {
    pub(crate) lines: Vec<String>,
    /// What each line goes on with: behind it where both fit, else below it. Missing values mean nothing.
    pub(crate) below: Vec<String>,
    /// Whether each line is initially selected; missing values mean no.
    pub(crate) picked: Vec<bool>,
    /// Whether an empty selection is allowed.
    pub(crate) none_is_fine: bool,
}

impl Choices {
    /// Lines without an initial selection, of which at least one must be selected.
    #[cfg(test)]
    fn new(lines: &[String]) -> Self {
        Choices { lines: lines.to_vec(), ..Choices::default() }
    }

    /// What is searched: all that is shown of a choice.
    fn text(&self, index: usize) -> String {
        match self.below_of(index) {
            Some(below) => format!("{} · {below}", self.lines[index]),
            None => self.lines[index].clone(),
        }
    }

    fn below_of(&self, index: usize) -> Option<&str> {
        self.below.get(index).map(String::as_str).filter(|below| !below.is_empty())
    }

    fn is_picked(&self, index: usize) -> bool {
        self.picked.get(index).copied().unwrap_or(false)
    }
}

impl Prompter<'_> {
    /// Asks to select some of these; returns their positions in order, `None` if cancelled.
    pub(crate) async fn pick_among(
        self,
        question: &str,
        choices: &Choices,
    ) -> Result<Option<Vec<usize>>, Error> {
        self.terminal.flush().ok();
        self.terminal.show_held();
        if self.is_plain() {
            self.pick_by_number(question, choices).await
        } else {
            self.pick(question, choices).await
        }
    }

    async fn pick(self, question: &str, choices: &Choices) -> Result<Option<Vec<usize>>, Error> {
        let color = self.terminal.facts.color_stderr;
        let _mode = Mode::of_keys(self.terminal);
        let mut keys = Keys::default();
        let mut state = State::new(choices);
        let mut screen = Screen::new(self.terminal);
        let answer = loop {
            let size = size();
            let page = size.page(&state);
            screen.draw(&frame(&state, question, size, color), size.columns);
            let key = match keys.next().await.map_err(prompt_error)? {
                Event::Resized => continue,
                Event::Pasted(text) => {
                    state.add_to_filter(text.trim());
                    continue;
                }
                Event::Key(key) => key,
            };
            match state.press(key, page) {
                Step::Goes => {}
                Step::Leaves => break None,
                Step::Ends => break Some(state.picked_indices()),
                Step::Interrupted => return Err(interrupted_error()),
            }
        };
        drop(screen);
        let said = match &answer {
            Some(picked) => format!("{} selected", picked.len()),
            None => "cancelled".to_owned(),
        };
        self.terminal.say(&format!("{question} {said}"));
        Ok(answer)
    }

    async fn pick_by_number(self, question: &str, choices: &Choices) -> Result<Option<Vec<usize>>, Error> {
        self.terminal.say(question);
        let width = choices.lines.len().to_string().len();
        for (index, line) in choices.lines.iter().enumerate() {
            let mark = if choices.is_picked(index) { " (selected)" } else { "" };
            self.terminal.say(&format!("{:>width$}. {line}{mark}", index + 1));
            if let Some(below) = choices.below_of(index) {
                self.terminal.say(&format!("{:>width$}  {below}", ""));
            }
        }
        let empty = match choices.picked.iter().any(|&picked| picked) {
            true => "empty to keep the selection, 'none' for none",
            false => "empty to cancel",
        };
        loop {
            let question = format!("Numbers (for example 1,3-5) or 'all'; {empty}: ");
            let typed = match self.text_line(&question).await? {
                Typed::Text(typed) => typed,
                Typed::Nothing => String::new(),
                Typed::Back => return Ok(None),
            };
            match numbers::parse(&typed, choices) {
                Ok(picked) if picked.is_empty() && !choices.none_is_fine => return Ok(None),
                Ok(picked) => return Ok(Some(picked)),
                Err(why) => self.terminal.say(&why),
            }
        }
    }
}

fn size() -> Size {
    let (rows, columns) = Term::stderr().size_checked().unwrap_or((24, 80));
    Size { rows: usize::from(rows), columns: usize::from(columns) }
}

fn is_control(key: &Key, letter: char) -> bool {
    matches!(key, Key::Char(character) if u32::from(*character) == u32::from(letter) & 0x1f)
}

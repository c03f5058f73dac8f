//! Prompts on stderr; the default answer is no. Prompts never block the process: a signal ends it and the terminal is
//! restored.

use std::io::{self, BufRead as _};

use console::Key;
use dialoguer::theme::{SimpleTheme, Theme as _};
use secrecy::SecretString;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::error::{Error, Kind};
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::terminal::keys::{Event, Keys};
use crate::terminal::mode::{Mode, forget_typed};
use crate::text::sanitize;
use crate::text::tone::{self, Tone, Toned};
use crate::text::words;

#[derive(Clone, Copy)]
pub(crate) struct Prompter<'a> {
    pub(crate) terminal: &'a Terminal,
    pub(crate) accessible: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The trimmed text.
    Text(String),
    Nothing,
    /// Esc or the end of input: cancelled.
    Back,
}

/// How pasted text is handled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pasted {
    IsTyped,
    IsNoAnswer,
}

enum Line {
    Typed(String),
    /// Text was pasted, which is not accepted as an answer.
    Pasted,
    /// Esc, Ctrl-D on an empty line, or the end of input.
    Left,
}

/// Columns kept free for an answer.
const ROOM_TO_TYPE: usize = 8;

/// Maximum length of a line in characters; more must be pasted text.
const LONGEST_LINE: usize = 2000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice<A> {
    pub(crate) key: char,
    /// Its name, which can be typed as well, or its first word; it starts with or contains the letter.
    pub(crate) name: &'static str,
    pub(crate) answer: A,
}

const YES_OR_NO: [Choice<bool>; 2] =
    [Choice { key: 'y', name: "yes", answer: true }, Choice { key: 'n', name: "no", answer: false }];

impl Prompter<'_> {
    /// Asks yes or no on one line; Enter means no. Call only if prompts are possible. Esc and the end of input are exit
    /// 5, Ctrl-C is exit 130.
    pub(crate) async fn confirm(self, question: &str) -> Result<bool, Error> {
        let mut line = String::new();
        let _ = SimpleTheme.format_confirm_prompt(&mut line, &self.strong(question), Some(false));
        self.decide(&line, &YES_OR_NO, 1).await?.ok_or_else(declined_error)
    }

    /// Asks for consent, or to type the number of changes; no and Enter are exit 5.
    pub(crate) async fn require_consent(self, question: &str, typed: Option<usize>) -> Result<(), Error> {
        let is_given = match typed {
            Some(number) => self.confirm_number(question, number).await?,
            None => self.confirm(question).await?,
        };
        if is_given { Ok(()) } else { Err(declined_error()) }
    }

    /// Asks for a number that confirms a question about so many; no and Enter mean no.
    pub(crate) async fn confirm_number(self, question: &str, number: usize) -> Result<bool, Error> {
        let asked = self.strong(question);
        let mut line = input_line(&format!("{asked} Type {number} to confirm"), Some("no"));
        if self.wraps(&line) {
            line = format!("{asked}\r\n{}", input_line(&format!("Type {number} to confirm"), Some("no")));
        }
        loop {
            let why = match self.line(&line, Pasted::IsNoAnswer).await? {
                Line::Left => return Err(declined_error()),
                Line::Pasted => "pasted text is not accepted".to_owned(),
                Line::Typed(typed) => match typed.trim().to_lowercase().as_str() {
                    "" | "n" | "no" => return Ok(false),
                    typed if typed == number.to_string() => return Ok(true),
                    typed => format!("'{typed}' is not {number}"),
                },
            };
            self.terminal.say(&format!("{why}: type {number} or no"));
        }
    }

    /// Whether what is typed after this would wrap, which it must not.
    fn wraps(self, line: &str) -> bool {
        console::strip_ansi_codes(line).width() + ROOM_TO_TYPE > self.terminal.columns()
    }

    /// Asks for one of several answers. Enter chooses the one at `default`, Esc and the end of input the last one.
    pub(crate) async fn choose<A: Copy>(
        self,
        question: &str,
        choices: &[Choice<A>],
        default: usize,
    ) -> Result<A, Error> {
        let preset = choices.get(default).map(|choice| choice.key.to_string());
        let asked = self.strong(question);
        let mut line = input_line(&format!("{asked} {}", names(choices)), preset.as_deref());
        if self.wraps(&line) {
            line = format!("{}\r\n{}", names(choices), input_line(&asked, preset.as_deref()));
        }
        let last = || choices.last().map(|choice| choice.answer);
        self.decide(&line, choices, default)
            .await?
            .or_else(last)
            .ok_or_else(|| prompt_error(io::Error::other("no answers to choose from")))
    }

    /// Repeats until an answer is entered by letter or name; `None` if cancelled. Text typed before the question or
    /// pasted is not accepted.
    async fn decide<A: Copy>(
        self,
        question: &str,
        choices: &[Choice<A>],
        default: usize,
    ) -> Result<Option<A>, Error> {
        loop {
            let why = match self.line(question, Pasted::IsNoAnswer).await? {
                Line::Left => return Ok(None),
                Line::Pasted => "pasted text is not accepted".to_owned(),
                Line::Typed(typed) => {
                    let typed = typed.trim().to_lowercase();
                    let first_word =
                        |choice: &Choice<A>| choice.name.split(' ').next() == Some(typed.as_str());
                    let named = |choice: &&Choice<A>| {
                        typed == choice.name || first_word(choice) || typed.chars().eq([choice.key])
                    };
                    let chosen = match typed.is_empty() {
                        true => choices.get(default),
                        false => choices.iter().find(named),
                    };
                    match chosen {
                        Some(choice) => return Ok(Some(choice.answer)),
                        None => format!("'{typed}' is not a valid answer"),
                    }
                }
            };
            self.terminal.say(&format!("{why}: type {}", alternatives(choices)));
        }
    }

    /// Asks for an optional line; Esc cancels.
    pub(crate) async fn text_or_back(self, question: &str) -> Result<Typed, Error> {
        self.text_line(&input_line(&self.strong(question), None)).await
    }

    /// Asks for an optional line. Esc and the end of input are exit 5.
    pub(crate) async fn text_or_none(self, question: &str) -> Result<Option<String>, Error> {
        match self.text_or_back(question).await? {
            Typed::Text(text) => Ok(Some(text)),
            Typed::Nothing => Ok(None),
            Typed::Back => Err(declined_error()),
        }
    }

    /// Asks for a line of text; Enter accepts the suggestion. Call only if prompts are possible. Esc and the end of
    /// input are exit 5.
    pub(crate) async fn text(self, question: &str, suggestion: Option<&str>) -> Result<String, Error> {
        let preset = suggestion.map(sanitize::line);
        let line = input_line(&self.strong(question), preset.as_deref());
        loop {
            match (self.text_line(&line).await?, suggestion) {
                (Typed::Text(text), _) => return Ok(text),
                (Typed::Nothing, Some(suggestion)) => return Ok(suggestion.to_owned()),
                (Typed::Nothing, None) => {}
                (Typed::Back, _) => return Err(declined_error()),
            }
        }
    }

    /// Reads a line; the question must be safe.
    pub(super) async fn text_line(self, question: &str) -> Result<Typed, Error> {
        Ok(match self.line(question, Pasted::IsTyped).await? {
            Line::Left | Line::Pasted => Typed::Back,
            Line::Typed(typed) => match typed.trim() {
                "" => Typed::Nothing,
                text => Typed::Text(text.to_owned()),
            },
        })
    }

    /// Reads the answer to a question. Earlier input is ignored.
    async fn line(self, question: &str, pasted: Pasted) -> Result<Line, Error> {
        self.terminal.flush().ok();
        self.terminal.show_held();
        // Also used for plain prompts: otherwise pasted text could not be recognised.
        if self.terminal.facts.redraws {
            return Asked::start(self, question).line(pasted).await;
        }
        forget_typed();
        let line = self.plain_line(question).await?.filter(|line| !line.contains('\u{1b}'));
        Ok(line.map_or(Line::Left, Line::Typed))
    }

    /// Asks for a secret without echo. Call only if prompts are possible.
    pub(crate) async fn secret(self, question: &str) -> Result<SecretString, Error> {
        #[cfg(unix)]
        {
            self.terminal.flush().ok();
            self.terminal.show_held();
            let _mode = Mode::without_echo();
            let line = input_line(&self.strong(question), None);
            let mut typed = self.plain_line(&line).await?.ok_or_else(declined_error)?;
            typed.truncate(typed.trim_end_matches(['\r', '\n']).len());
            Ok(SecretString::from(typed))
        }
        #[cfg(not(unix))]
        {
            self.terminal.flush().ok();
            self.terminal.show_held();
            let question = sanitize::line(question).into_owned();
            let asked = tokio::task::spawn_blocking(|| {
                dialoguer::Password::with_theme(&SimpleTheme).with_prompt(question).report(false).interact()
            });
            match asked.await.map_err(io::Error::other) {
                Ok(Ok(secret)) => Ok(SecretString::from(secret)),
                Ok(Err(dialoguer::Error::IO(error))) if error.kind() == io::ErrorKind::Interrupted => {
                    Err(interrupted_error())
                }
                Ok(Err(dialoguer::Error::IO(error))) | Err(error) => Err(prompt_error(error)),
            }
        }
    }

    /// Reads a line from the terminal; `None` at the end of input. The question must be safe.
    async fn plain_line(self, question: &str) -> Result<Option<String>, Error> {
        self.terminal.talk(question);
        let read = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).map(|bytes| (bytes > 0).then_some(line))
        });
        let mut open = Open { terminal: self.terminal, is_answered: false };
        let line = read.await.map_err(io::Error::other).and_then(|read| read).map_err(prompt_error)?;
        open.is_answered = line.is_some();
        Ok(line)
    }

    /// Whether to prompt in plain lines: by choice, or because the terminal can't redraw.
    pub(super) fn is_plain(self) -> bool {
        self.accessible || !self.terminal.facts.redraws
    }

    /// A question with control characters removed.
    fn strong(self, question: &str) -> String {
        let color = self.terminal.facts.color_stderr && !self.is_plain();
        tone::line(&[Toned::new(Tone::Strong, question)], color)
    }
}

/// A question answered line by line by the terminal itself. If there is no answer (a signal, the end of input), its
/// line is ended for later output.
struct Open<'a> {
    terminal: &'a Terminal,
    is_answered: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.terminal.talk("\n");
        }
    }
}

struct Asked<'a> {
    terminal: &'a Terminal,
    _mode: Mode<'a>,
}

impl<'a> Asked<'a> {
    fn start(prompter: Prompter<'a>, question: &str) -> Self {
        let mode = Mode::of_keys(prompter.terminal);
        prompter.terminal.talk(question);
        Asked { terminal: prompter.terminal, _mode: mode }
    }

    /// Input up to Enter, echoed while typing.
    async fn line(&self, pasted: Pasted) -> Result<Line, Error> {
        let mut keys = Keys::default();
        let mut typed = String::new();
        loop {
            match keys.next().await.map_err(prompt_error)? {
                Event::Key(Key::Enter) => return Ok(Line::Typed(typed)),
                Event::Key(Key::Escape) => return Ok(Line::Left),
                Event::Key(Key::CtrlC) => return Err(interrupted_error()),
                Event::Key(Key::Char('\u{4}')) if typed.is_empty() => return Ok(Line::Left),
                Event::Key(Key::Backspace) => self.take_back(typed.pop()),
                // Ctrl-U clears the line.
                Event::Key(Key::Char('\u{15}')) => {
                    while let Some(last) = typed.pop() {
                        self.take_back(Some(last));
                    }
                }
                Event::Pasted(_) if pasted == Pasted::IsNoAnswer => return Ok(Line::Pasted),
                // Pasted lines are joined: the user has to press Enter.
                Event::Pasted(text) => self.add(&mut typed, &text.trim().replace(['\r', '\n', '\t'], " ")),
                Event::Key(Key::Char(character)) => self.add(&mut typed, character.encode_utf8(&mut [0; 4])),
                Event::Key(_) | Event::Resized => {}
            }
        }
    }

    fn add(&self, typed: &mut String, text: &str) {
        for character in text.chars().filter(|character| !character.is_control()) {
            if typed.len() + character.len_utf8() <= LONGEST_LINE {
                typed.push(character);
                self.terminal.talk(character.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// Erases a character from the terminal, over its columns.
    fn take_back(&self, character: Option<char>) {
        let columns = character.and_then(UnicodeWidthChar::width).unwrap_or(0);
        self.terminal.talk(&"\u{8} \u{8}".repeat(columns));
    }
}

/// In every case, later output starts on a new line.
impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.terminal.talk("\r\n");
    }
}

fn input_line(question: &str, preset: Option<&str>) -> String {
    let mut line = String::new();
    let _ = SimpleTheme.format_input_prompt(&mut line, question, preset);
    line
}

fn names<A>(choices: &[Choice<A>]) -> String {
    labels(choices).join(", ")
}

/// `yes (y) or no (n)`
fn alternatives<A>(choices: &[Choice<A>]) -> String {
    words::alternatives(&labels(choices))
}

fn labels<A>(choices: &[Choice<A>]) -> Vec<String> {
    choices.iter().map(|choice| format!("{} ({})", choice.name, choice.key)).collect()
}

/// The error for a user who declined or cancelled.
pub(crate) fn declined_error() -> Error {
    cancelled_error("nothing was sent")
}

/// The same, where something else than sending was cancelled.
pub(crate) fn cancelled_error(what: &str) -> Error {
    Error::new(Exit::Declined, format!("cancelled; {what}"))
}

/// The error of a question that Ctrl-C ended. What wasn't done is added by the command, or by [`Interrupt::explain`].
///
/// [`Interrupt::explain`]: crate::terminal::interrupt::Interrupt::explain
pub(super) fn interrupted_error() -> Error {
    Error::new(Exit::Interrupted, "cancelled").of_kind(Kind::Interrupted)
}

pub(super) fn prompt_error(error: io::Error) -> Error {
    Error::new(Exit::Usage, "could not prompt")
        .reason(error.to_string())
        .hint("use an option instead: see --help")
}

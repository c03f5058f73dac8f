//! Questions, asked on stderr, only of a person; the default answer is no. None holds up the process: a signal ends it, and
//! the terminal is given back as it was.

use std::io::{self, BufRead as _};

use console::Key;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use secrecy::SecretString;
use unicode_width::UnicodeWidthChar;

use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::terminal::keys::{Event, Keys};
use crate::terminal::mode::{Mode, forget_typed};
use crate::text::sanitize;
use crate::text::tone::{self, Tone, Toned};

#[derive(Clone, Copy)]
pub(crate) struct Prompter<'a> {
    pub(crate) terminal: &'a Terminal,
    pub(crate) accessible: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// This, without the blanks around it.
    Text(String),
    Nothing,
    /// Esc, or the end of the input: the person thought better of it.
    Back,
}

/// Characters of a line at most; more is not typed but pasted.
const LONGEST_LINE: usize = 2000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice<A> {
    pub(crate) key: char,
    /// What it is called, which chooses it too; it begins with the letter, or has it inside.
    pub(crate) name: &'static str,
    pub(crate) answer: A,
}

impl Prompter<'_> {
    /// Asks yes or no. Only to be called where a question may be asked. What was typed before it stood there is no
    /// answer. Ctrl-C is exit 130.
    pub(crate) async fn confirm(self, question: &str) -> Result<bool, Error> {
        self.terminal.flush().ok();
        forget_typed();
        let question = self.question_line(question, " [y/N] ");
        if self.is_plain() {
            let answer = self.line(&question).await?.unwrap_or_default();
            return Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"));
        }
        let asked = Asked::start(self, &question);
        let mut keys = Keys::default();
        let yes = loop {
            match keys.next().await.map_err(prompt_error)? {
                Event::Key(Key::Char('y' | 'Y')) => break true,
                Event::Key(Key::Char('n' | 'N') | Key::Enter | Key::Escape) => break false,
                Event::Key(Key::CtrlC) => return Err(interrupted_error()),
                Event::Key(_) | Event::Resized => {}
            }
        };
        self.terminal.talk(if yes { "yes" } else { "no" });
        drop(asked);
        Ok(yes)
    }

    /// Asks for one of several answers: its letter or its name, and Enter. Enter alone takes the one at `default`, esc and
    /// the end of the input the last one. Anything else is none of them, and asked again.
    pub(crate) async fn choose<A: Copy>(
        self,
        question: &str,
        choices: &[Choice<A>],
        default: usize,
    ) -> Result<A, Error> {
        let names: Vec<String> =
            choices.iter().map(|choice| format!("{} ({})", choice.name, choice.key)).collect();
        let preset = choices.get(default).map(|choice| format!(" [{}]", choice.key)).unwrap_or_default();
        let question = self.question_line(question, &format!(" {}{preset}: ", names.join(", ")));
        let last = choices.len().saturating_sub(1);
        let at = loop {
            let typed = match self.read_typed_line(&question).await? {
                Typed::Back => break last,
                Typed::Nothing => break default,
                Typed::Text(typed) => typed.to_lowercase(),
            };
            let named =
                choices.iter().position(|choice| typed == choice.name || typed.chars().eq([choice.key]));
            match named {
                Some(at) => break at,
                None => self.terminal.say(&format!("'{typed}' is none of {}", names.join(", "))),
            }
        };
        choices
            .get(at)
            .map(|choice| choice.answer)
            .ok_or_else(|| prompt_error(io::Error::other("there is nothing to choose from")))
    }

    /// Asks for a line that may be left empty, and can be left with esc. What was typed before the question stood there is
    /// no part of it.
    pub(crate) async fn text_or_back(self, question: &str) -> Result<Typed, Error> {
        self.read_typed_line(&self.question_line(question, ": ")).await
    }

    async fn read_typed_line(self, question: &str) -> Result<Typed, Error> {
        self.terminal.flush().ok();
        forget_typed();
        let text = if self.is_plain() {
            match self.line(question).await? {
                Some(line) if !line.contains('\u{1b}') => line,
                _ => return Ok(Typed::Back),
            }
        } else {
            match Asked::start(self, question).line().await? {
                Some(line) => line,
                None => return Ok(Typed::Back),
            }
        };
        Ok(match text.trim() {
            "" => Typed::Nothing,
            text => Typed::Text(text.to_owned()),
        })
    }

    pub(crate) async fn text_or_none(self, question: &str) -> Result<Option<String>, Error> {
        let text = if self.is_plain() {
            self.terminal.flush().ok();
            self.line(&self.question_line(question, ": ")).await?.unwrap_or_default()
        } else {
            let question = sanitize::line(question).into_owned();
            self.on_a_thread(move |theme| {
                let input = dialoguer::Input::<String>::with_theme(theme).with_prompt(question);
                input.allow_empty(true).interact()
            })
            .await?
        };
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// Asks for a line of text; Enter alone takes the suggestion. Only to be called where a question may be asked.
    pub(crate) async fn text(self, question: &str, suggestion: Option<&str>) -> Result<String, Error> {
        if self.is_plain() {
            self.terminal.flush().ok();
            let preset = suggestion.map(|suggestion| format!(" [{suggestion}]")).unwrap_or_default();
            let question = self.question_line(question, &format!("{preset}: "));
            loop {
                let Some(typed) = self.line(&question).await? else {
                    return Err(prompt_error(io::ErrorKind::UnexpectedEof.into()));
                };
                match (typed.trim(), suggestion) {
                    ("", None) => {}
                    ("", Some(suggestion)) => return Ok(suggestion.to_owned()),
                    (typed, _) => return Ok(typed.to_owned()),
                }
            }
        }
        let harmless = |text: &str| sanitize::line(text).into_owned();
        let (question, shown) = (harmless(question), suggestion.map(harmless));
        let text = self.on_a_thread(move |theme| {
            let mut input = dialoguer::Input::<String>::with_theme(theme).with_prompt(question);
            if let Some(shown) = shown {
                input = input.default(shown);
            }
            input.interact()
        });
        let text = text.await?;
        Ok(suggestion.filter(|suggestion| text == harmless(suggestion)).unwrap_or(text.trim()).to_owned())
    }

    /// Asks for a secret; what is typed isn't shown. Only to be called where a question may be asked.
    pub(crate) async fn secret(self, question: &str) -> Result<SecretString, Error> {
        #[cfg(unix)]
        {
            self.terminal.flush().ok();
            let _mode = Mode::without_echo();
            let Some(mut typed) = self.line(&format!("{}: ", sanitize::line(question))).await? else {
                return Err(prompt_error(io::ErrorKind::UnexpectedEof.into()));
            };
            typed.truncate(typed.trim_end_matches(['\r', '\n']).len());
            Ok(SecretString::from(typed))
        }
        #[cfg(not(unix))]
        {
            let question = sanitize::line(question).into_owned();
            let asked = self.on_a_thread(move |theme| {
                dialoguer::Password::with_theme(theme).with_prompt(question).report(false).interact()
            });
            asked.await.map(SecretString::from)
        }
    }

    /// Lets dialoguer ask, where it holds up nothing else. Only for what leaves the terminal's mode alone, as its questions
    /// for a line do: a mode set on another thread may be set after the terminal was given back.
    async fn on_a_thread<T: Send + 'static>(
        self,
        ask: impl FnOnce(&dyn Theme) -> dialoguer::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.terminal.flush().ok();
        let plain = self.is_plain() || !self.terminal.facts.color_stderr;
        let asked = tokio::task::spawn_blocking(move || match plain {
            true => ask(&SimpleTheme),
            false => ask(&ColorfulTheme::default()),
        });
        let mut open = Open { terminal: self.terminal, is_answered: false };
        match asked.await {
            Ok(answer) => {
                open.is_answered = answer.is_ok();
                answer.map_err(dialoguer_error)
            }
            Err(error) => Err(prompt_error(io::Error::other(error))),
        }
    }

    /// Reads a line as the terminal hands it over; `None` at the end of the input. The question is harmless already.
    pub(super) async fn line(self, question: &str) -> Result<Option<String>, Error> {
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

    /// Whether it asks in plain lines: as wished, or since the terminal can't be drawn on.
    pub(super) fn is_plain(self) -> bool {
        self.accessible || !self.terminal.facts.redraws
    }

    /// A harmless question, and what follows it.
    fn question_line(self, question: &str, rest: &str) -> String {
        let color = self.terminal.facts.color_stderr && !self.is_plain();
        tone::line(&[Toned::new(Tone::Strong, question), rest.into()], color)
    }
}

/// A question that the terminal itself takes the answer to, line by line. Where none comes (a signal, the end of the
/// input) its line is ended all the same: what is said next has one of its own.
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
    _mode: Mode,
}

impl<'a> Asked<'a> {
    fn start(prompter: Prompter<'a>, question: &str) -> Self {
        let mode = Mode::of_keys();
        // What a line that was begun before left behind is typed ahead, too.
        forget_typed();
        prompter.terminal.talk(question);
        Asked { terminal: prompter.terminal, _mode: mode }
    }

    /// What is typed up to Enter, shown as it is typed; `None` where it is left.
    async fn line(&self) -> Result<Option<String>, Error> {
        let mut keys = Keys::default();
        let mut typed = String::new();
        loop {
            match keys.next().await.map_err(prompt_error)? {
                Event::Key(Key::Enter) => return Ok(Some(typed)),
                Event::Key(Key::Escape) => return Ok(None),
                Event::Key(Key::CtrlC) => return Err(interrupted_error()),
                Event::Key(Key::Char('\u{4}')) if typed.is_empty() => return Ok(None),
                Event::Key(Key::Backspace) => self.take_back(typed.pop()),
                // Ctrl-U: all of it.
                Event::Key(Key::Char('\u{15}')) => {
                    while let Some(last) = typed.pop() {
                        self.take_back(Some(last));
                    }
                }
                Event::Key(Key::Char(character))
                    if !character.is_control() && typed.len() + character.len_utf8() <= LONGEST_LINE =>
                {
                    typed.push(character);
                    self.terminal.talk(character.encode_utf8(&mut [0; 4]));
                }
                Event::Key(_) | Event::Resized => {}
            }
        }
    }

    /// Takes a character back from the terminal, over the columns it has.
    fn take_back(&self, character: Option<char>) {
        let columns = character.and_then(UnicodeWidthChar::width).unwrap_or(0);
        self.terminal.talk(&"\u{8} \u{8}".repeat(columns));
    }
}

/// On every way out: what is said next has a line of its own.
impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.terminal.talk("\r\n");
    }
}

pub(super) fn interrupted_error() -> Error {
    Error::new(Exit::Interrupted, "interrupted; nothing was under way")
}

pub(super) fn prompt_error(error: io::Error) -> Error {
    Error::new(Exit::Usage, "the question could not be asked")
        .because(error.to_string())
        .hint("answer it with a flag instead: see --help")
}

fn dialoguer_error(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == io::ErrorKind::Interrupted { interrupted_error() } else { prompt_error(error) }
}

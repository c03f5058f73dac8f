//! Questions. Asked on stderr, only of a person; the default answer is no.

use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use secrecy::SecretString;

use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;

/// How questions are asked.
#[derive(Clone, Copy)]
pub struct Prompter<'a> {
    /// Where.
    pub terminal: &'a Terminal,
    /// In plain lines, without redrawing.
    pub accessible: bool,
}

impl Prompter<'_> {
    /// Asks yes or no. Only to be called where a question may be asked.
    ///
    /// # Errors
    /// The terminal went away, or Ctrl-C (exit 130).
    pub fn confirm(self, question: &str) -> Result<bool, Error> {
        self.terminal.flush().ok();
        let theme = self.theme();
        dialoguer::Confirm::with_theme(theme.as_ref())
            .with_prompt(question)
            .default(false)
            .wait_for_newline(self.accessible)
            .interact_opt()
            .map(|answer| answer.unwrap_or(false))
            .map_err(prompt_failed)
    }

    /// Lets the person pick several of these lines; answers their positions.
    ///
    /// # Errors
    /// As [`Prompter::confirm`].
    pub fn pick_many(self, question: &str, lines: &[String]) -> Result<Vec<usize>, Error> {
        self.terminal.flush().ok();
        dialoguer::MultiSelect::with_theme(self.theme().as_ref())
            .with_prompt(format!("{question} (space picks, enter ends)"))
            .items(lines)
            .interact_opt()
            .map(Option::unwrap_or_default)
            .map_err(prompt_failed)
    }

    /// Asks for a line of text; Enter alone takes the suggestion. Only to be called where a question may be asked.
    ///
    /// # Errors
    /// As [`Prompter::confirm`].
    pub fn text(self, question: &str, suggestion: Option<&str>) -> Result<String, Error> {
        self.terminal.flush().ok();
        let theme = self.theme();
        let mut input = dialoguer::Input::<String>::with_theme(theme.as_ref()).with_prompt(question);
        if let Some(suggestion) = suggestion {
            input = input.default(suggestion.to_owned());
        }
        let answer = if self.accessible { input.interact() } else { input.interact_text() };
        answer.map(|text| text.trim().to_owned()).map_err(prompt_failed)
    }

    /// Asks for a secret; what is typed isn't shown. Only to be called where a question may be asked.
    ///
    /// # Errors
    /// As [`Prompter::confirm`].
    pub fn secret(self, question: &str) -> Result<SecretString, Error> {
        self.terminal.flush().ok();
        dialoguer::Password::with_theme(self.theme().as_ref())
            .with_prompt(question)
            .report(false)
            .interact()
            .map(SecretString::from)
            .map_err(prompt_failed)
    }

    /// How questions look: plain where asked for, or where there is no colour.
    pub fn theme(self) -> Box<dyn Theme> {
        if self.accessible || !self.terminal.facts().color_stderr {
            Box::new(SimpleTheme)
        } else {
            Box::new(ColorfulTheme::default())
        }
    }
}

/// The error of a prompt that could not be answered.
pub fn prompt_failed(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted {
        return Error::new(Exit::Interrupted, "interrupted; nothing was sent");
    }
    Error::new(Exit::Usage, "the question could not be asked")
        .because(error.to_string())
        .hint("answer it with a flag instead: see --help")
}

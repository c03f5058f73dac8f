//! `portgate completions`, and the answers to what its scripts ask at every Tab.
//!
//! One mechanism: the script of each shell calls portgate itself, with `PORTGATE_COMPLETE` set to the shell's name and
//! the words typed so far behind `--`. So completions know this version's commands and what lists have shown, and never
//! go stale. They use no network and say nothing where something is wrong.

mod answer;
mod candidates;

use std::ffi::OsString;

use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;
use crate::terminal::Terminal;

/// The variable by which a completion script says that it asks, and for which shell.
pub const VARIABLE: &str = "PORTGATE_COMPLETE";

/// For which shell.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate completions bash > /etc/bash_completion.d/portgate
  portgate completions zsh > \"${fpath[1]}/_portgate\"
  portgate completions fish > ~/.config/fish/completions/portgate.fish
  portgate completions powershell >> $PROFILE")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// A shell that can be completed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// Bash 4.4 or newer
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
    /// PowerShell
    #[value(alias = "pwsh")]
    Powershell,
}

impl Shell {
    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Shell::Bash => &Bash,
            Shell::Zsh => &Zsh,
            Shell::Fish => &Fish,
            Shell::Powershell => &Powershell,
        }
    }

    /// The script.
    ///
    /// # Errors
    /// Never, in fact: it is written to memory.
    fn script(self) -> std::io::Result<String> {
        let mut script = Vec::new();
        self.completer().write_registration(VARIABLE, "portgate", "portgate", "portgate", &mut script)?;
        let script = String::from_utf8_lossy(&script);
        let mut text = script.trim().to_owned();
        if self == Shell::Zsh {
            // Read from fpath, the file is the function itself the first time: answer that Tab too.
            text.push_str("\n\nif [ \"$funcstack[1]\" = \"_portgate\" ]; then\n");
            text.push_str("    _clap_dynamic_completer_portgate \"$@\"\nfi");
        }
        text.push('\n');
        Ok(text)
    }
}

/// Prints a script.
///
/// # Errors
/// stdout can't be written to.
pub(super) fn run(terminal: &Terminal, args: &CompletionsArgs) -> anyhow::Result<Exit> {
    terminal.result(&args.shell.script()?)?;
    Ok(Exit::Done)
}

/// Answers a completion script, if one asks. Whatever is wrong: no candidates, no word about it.
pub(crate) fn answer(
    terminal: &Terminal,
    args: &[OsString],
    environment: &ProcessEnvironment,
) -> Option<Exit> {
    let shell = Shell::from_str(environment.text(VARIABLE)?, true).ok();
    let words = args.iter().position(|arg| arg == "--").map(|at| args[at + 1..].to_vec());
    let answer = match (shell, words.filter(|words| !words.is_empty())) {
        (Some(shell), Some(words)) => answer::answer(shell, &words, environment).unwrap_or_default(),
        _ => String::new(),
    };
    let _ = terminal.result(&answer);
    let _ = terminal.flush();
    Some(Exit::Done)
}

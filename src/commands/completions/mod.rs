//! `portgate completions`, and answers to its scripts.
//!
//! The script of each shell calls portgate with `PORTGATE_COMPLETE` set to the shell's name and the words typed so far
//! after `--`, so completions always match this version's commands and what lists have shown. They use no network and
//! print nothing on errors.

mod candidates;

use std::ffi::OsString;
use std::sync::Arc;

use clap::{Args, Command, ValueEnum};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use crate::commands::cli;
use crate::commands::completions::candidates::Line;
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;
use crate::terminal::Terminal;

/// The variable in which a completion script passes the shell's name.
pub(crate) const VARIABLE: &str = "PORTGATE_COMPLETE";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate completions bash \\
    > ~/.local/share/bash-completion/completions/portgate
  portgate completions zsh > \"${fpath[1]}/_portgate\"
  portgate completions fish > ~/.config/fish/completions/portgate.fish
  portgate completions powershell >> $PROFILE")]
pub(crate) struct CompletionsArgs {
    /// Shell to complete for
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
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

    fn script(self) -> std::io::Result<String> {
        let mut script = Vec::new();
        self.completer().write_registration(VARIABLE, "portgate", "portgate", "portgate", &mut script)?;
        let script = String::from_utf8_lossy(&script);
        let mut text = script.trim().to_owned();
        if self == Shell::Zsh {
            // When zsh autoloads the file from fpath, the file is the function: answer the first Tab, too.
            text.push_str("\n\nif [ \"$funcstack[1]\" = \"_portgate\" ]; then\n");
            text.push_str("    _clap_dynamic_completer_portgate \"$@\"\nfi");
        }
        text.push('\n');
        Ok(text)
    }
}

pub(super) fn run(terminal: &Terminal, args: &CompletionsArgs) -> anyhow::Result<Exit> {
    terminal.result(&args.shell.script()?)?;
    Ok(Exit::Done)
}

/// Answers a completion script, if called by one. On any error there are no candidates and no message.
pub(crate) fn answer(
    terminal: &Terminal,
    args: &[OsString],
    environment: &ProcessEnvironment,
) -> Option<Exit> {
    let shell = Shell::from_str(environment.text(VARIABLE)?, true).ok();
    let words = args.iter().position(|arg| arg == "--").map(|at| args[at + 1..].to_vec());
    if let (Some(shell), Some(words)) = (shell, words.filter(|words| !words.is_empty())) {
        let mut answer = Vec::new();
        let _ = candidates_for(shell, words, environment, &mut answer);
        let _ = terminal.result(&String::from_utf8_lossy(&answer));
        let _ = terminal.flush();
    }
    Some(Exit::Done)
}

/// Writes the candidates at the cursor in the format of the shell's script.
fn candidates_for(
    shell: Shell,
    mut words: Vec<OsString>,
    environment: &ProcessEnvironment,
    answer: &mut Vec<u8>,
) -> std::io::Result<()> {
    let line = Arc::new(Line { words: words.clone(), environment: environment.clone() });
    let last = words.len() - 1;
    // Fish and PowerShell pass the words up to the cursor, and no index.
    let index = environment.text("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok()).unwrap_or(last);
    let mut root = cli::command().mut_subcommands(|noun| only_named(noun, &words));
    root.build();
    hide_values(&root, shell, &mut words, index);
    let at_start = words.get(index).is_none_or(|word| word.is_empty());
    let mut root = with_candidates(root, "", at_start, &line);
    let folder = std::env::current_dir().ok();
    shell.completer().write_complete(&mut root, words, folder.as_deref(), answer)
}

/// A noun that no word names is offered, but its commands aren't: they needn't be built.
fn only_named(noun: Command, words: &[OsString]) -> Command {
    let is_named = words.iter().any(|word| {
        noun.get_name() == word.as_os_str() || noun.get_all_aliases().any(|alias| alias == word.as_os_str())
    });
    if is_named { noun } else { noun.defer(|command| command) }
}

/// The engine mistakes a word that is a command's name for that command, as in `--env sandbox`, so values of global
/// options before the cursor are emptied. Completers read the original words.
fn hide_values(root: &Command, shell: Shell, words: &mut [OsString], cursor: usize) {
    for at in 1..cursor.min(words.len()) {
        let Some(long) = words[at - 1].to_str().and_then(|word| word.strip_prefix("--")) else { continue };
        if shell == Shell::Bash && words[at] == "=" {
            // Bash splits `--env=sandbox` into three words.
            words[at] = words[at - 1].clone();
        } else if root
            .get_arguments()
            .any(|arg| arg.get_long() == Some(long) && arg.get_action().takes_values())
        {
            words[at].clear();
        }
    }
}

/// The command and its subcommands, with completers for their values. Aliases, and options until a dash is typed, are
/// hidden: the engine offers hidden items only if there is nothing else.
fn with_candidates(command: Command, noun: &str, hide_options: bool, line: &Arc<Line>) -> Command {
    let command = command.mut_args(|arg| {
        let arg = if hide_options { arg.hide(true) } else { arg };
        match candidates::completer(&arg, noun, line) {
            Some(completer) => arg.add(completer),
            None => arg,
        }
    });
    command.mut_subcommands(|below| {
        let name = below.get_name().to_owned();
        let aliases: Vec<String> = below.get_all_aliases().map(str::to_owned).collect();
        let below = below.visible_alias(None::<&'static str>).aliases(aliases);
        with_candidates(below, if noun.is_empty() { &name } else { noun }, hide_options, line)
    })
}

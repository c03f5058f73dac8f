//! Parses a command line.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::{ArgMatches, Args, FromArgMatches};

use crate::commands::cli::{command, named_command};
use crate::commands::help::page;
use crate::commands::{Command, habits};
use crate::options::{ConsentArgs, GlobalArgs, Output, OutputFormat};

#[derive(Debug)]
pub(crate) struct Cli {
    pub(crate) globals: GlobalArgs,
    pub(crate) command: Command,
}

/// Why a command line was not accepted; also a request for help or the version.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) error: clap::Error,
    page: Option<StyledStr>,
}

impl Refusal {
    /// The page that was asked for, or why the line was not accepted.
    pub(crate) fn text(&self) -> StyledStr {
        self.page.clone().unwrap_or_else(|| self.error.render())
    }
}

/// Parses a command line; the first word is the program's name.
pub(crate) fn parse(words: &[OsString]) -> Result<(Cli, ArgMatches), Refusal> {
    let mut tree = command();
    let matches = match tree.try_get_matches_from_mut(words) {
        Ok(matches) => matches,
        Err(mut error) => {
            habits::hint(&mut error, named_command(&tree), words);
            let page = page::asked_for(&tree, error.kind(), words);
            return Err(Refusal { error, page });
        }
    };
    let read = || -> Result<Cli, clap::Error> {
        let globals = GlobalArgs::from_arg_matches(&matches)?;
        Ok(Cli { globals, command: Command::from_arg_matches(&matches)? })
    };
    match read() {
        Ok(cli) => Ok((cli, matches)),
        Err(error) => Err(Refusal { error: error.format(&mut tree), page: None }),
    }
}

/// The format that a line asks for, even one that isn't accepted: clap stops at the first word that is wrong, and `-o` may
/// come after it.
pub(crate) fn output_among(words: &[OsString]) -> Option<OutputFormat> {
    // With the switches that may stand before it: -yo json.
    let options = ConsentArgs::augment_args(GlobalArgs::augment_args(clap::Command::new("portgate")));
    let mut options = options.no_binary_name(true).disable_help_flag(true).ignore_errors(true);
    let words = words.split(|word| word == "--").next()?;
    (0..words.len()).rev().find_map(|at| {
        let matches = options.try_get_matches_from_mut(words[at..].iter().take(2)).ok()?;
        matches.get_one::<Output>("output").map(|output| output.format)
    })
}

/// The names of the command and its own arguments.
pub(crate) fn path_and_leaf(matches: &ArgMatches) -> (Vec<&str>, &ArgMatches) {
    let (mut path, mut leaf) = (Vec::new(), matches);
    while let Some((name, below)) = leaf.subcommand() {
        path.push(name);
        leaf = below;
    }
    (path, leaf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn options_hold_before_and_behind_the_command_and_a_command_s_name_may_be_a_value() {
        for line in [
            "portgate --env sandbox --profile keys -o json notifications list --no-input",
            "portgate notify list --env sandbox --profile keys --no-input -o json",
        ] {
            let (cli, _) = parse(&words(line)).unwrap();
            let globals = cli.globals;
            assert_eq!(globals.env.as_deref(), Some("sandbox"), "{line}");
            assert_eq!(globals.profile.as_deref(), Some("keys"), "{line}");
            assert!(
                globals.no_input && globals.output.is_some_and(|output| output.format == OutputFormat::Json),
                "{line}"
            );
            assert!(matches!(cli.command, Command::Notify(_)), "{line}");
        }
    }

    #[test]
    fn the_format_is_found_on_a_line_that_is_not_accepted() {
        let found = |line| output_among(&words(line));
        for line in [
            "portgate -o json nonsense",
            "portgate ports list --nonsense 3 -o json",
            "portgate ports list --nonsense --output=json more",
            "portgate approvals accept -yo json",
            "portgate ports list --nonsense -o csv -o json --help",
            "portgate ports list -o json -o nonsense",
        ] {
            assert_eq!(found(line), Some(OutputFormat::Json), "{line}");
        }
        assert_eq!(found("portgate ports list --nonsense -o html=page.html"), Some(OutputFormat::Html));
        for line in ["portgate ports list", "portgate ports list --nonsense -- -o json", "portgate -o"] {
            assert_eq!(found(line), None, "{line}");
        }
    }
}

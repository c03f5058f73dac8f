//! `portgate help`: topics not tied to one command, and help for commands.

pub(crate) mod config;
mod faults;
pub(crate) mod page;
mod schema;

use clap::{Args, ValueEnum};

use crate::commands::{cli, policy};
use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;
use crate::text::fit::wrap;
use crate::text::suggest::did_you_mean;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate help exit-codes
  portgate help output
  portgate help approvals accept")]
pub(crate) struct HelpArgs {
    /// Topic or command; omit for an overview
    #[arg(value_name = "TOPIC|COMMAND")]
    words: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Topic {
    /// Options of every command
    Options,
    /// Meaning of the exit codes
    ExitCodes,
    /// Environment variables, files and their precedence
    Environment,
    /// Settings in config.toml
    Config,
    /// How to select requests by ID and filters
    Filters,
    /// Policy rules and profile limits
    Policy,
    /// Output formats, fields and queries
    Output,
    /// JSON Schemas of documents and lists
    Schema,
    /// Faults for `sandbox serve --fault`
    Faults,
}

impl Topic {
    /// Its text, for a terminal of 80 columns, ending in a line break.
    pub(crate) fn text(self) -> String {
        match self {
            Topic::Options => page::options(),
            Topic::ExitCodes => exit_codes(),
            Topic::Environment => include_str!("environment.txt").to_owned(),
            Topic::Config => config::config(),
            Topic::Filters => include_str!("filters.txt").to_owned(),
            Topic::Policy => format!("{}\n{}", policy::TOPIC, include_str!("policy.txt")),
            Topic::Output => include_str!("output.txt").to_owned(),
            Topic::Schema => schema::text(&[]).unwrap_or_default(),
            Topic::Faults => faults::faults(),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Maximum width of a topic.
const WIDTH: usize = 80;
/// Column at which the meaning of an exit code starts.
const TEXT_AT: usize = 24;

/// All exit codes with their meaning and their type in JSON errors.
fn exit_codes() -> String {
    let mut text = String::from(
        "portgate uses these exit codes; they are never renumbered. With -o json or\n\
         jsonl, the error on stderr has the same code and type.\n\n",
    );
    for exit in Exit::ALL {
        let meaning = wrap(exit.meaning(), WIDTH - TEXT_AT).replace('\n', &format!("\n{:TEXT_AT$}", ""));
        text.push_str(&format!("{:>5}  {:<16} {meaning}\n", exit.code(), exit.name()));
    }
    text.push_str(
        "\nWith one ID, the code is that of its result; with several, it is 12 if any\n\
         failed. If it is 9, 10 or 11, retry later. If it is 14, check the request\n\
         before you retry: portgate approvals show ID.\n",
    );
    text
}

/// Prints a topic, the help of a command or an overview.
pub(super) fn run(terminal: &Terminal, args: &HelpArgs) -> anyhow::Result<Exit> {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    if let [word, more @ ..] = words.as_slice()
        && let Ok(topic) = Topic::from_str(word, true)
        && cli::command().find_subcommand(word).is_none_or(|_| more.is_empty())
    {
        if topic == Topic::Schema {
            terminal.result(&schema::text(more)?)?;
            return Ok(Exit::Done);
        }
        if !more.is_empty() {
            let alone = format!("portgate help {}", topic.name());
            return Err(Error::usage(format!("unexpected argument '{}' after a topic", more.join(" ")))
                .hint(alone)
                .into());
        }
        terminal.result(&topic.text())?;
        return Ok(Exit::Done);
    }
    let mut root = cli::command();
    root.build();
    let mut command = &mut root;
    for (position, word) in words.iter().enumerate() {
        if command.find_subcommand(word).is_none() {
            return Err(unknown_command_error(command, &words[..=position], position == 0).into());
        }
        command = command.find_subcommand_mut(word).expect("it was just found");
    }
    let help = page::page(command, true);
    let text = if terminal.facts.color_stdout { help.ansi().to_string() } else { help.to_string() };
    terminal.result(&text)?;
    if words.is_empty() {
        terminal.result("\nTopics:\n")?;
        for topic in Topic::value_variants() {
            let about = topic.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string));
            terminal.result_row(&format!("  {:<12} {}", topic.name(), about.unwrap_or_default()))?;
        }
    }
    Ok(Exit::Done)
}

fn unknown_command_error(command: &clap::Command, words: &[&str], is_first: bool) -> Error {
    let commands: Vec<String> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .map(|below| below.get_name().to_owned())
        .collect();
    let what = if is_first { "topic or command" } else { "command" };
    let topics: Vec<String> = match is_first {
        true => Topic::value_variants().iter().map(|topic| topic.name()).collect(),
        false => Vec::new(),
    };
    let error = Error::usage(format!("unknown {what} '{}'", words.join(" ")));
    let all = [commands.clone(), topics.clone()].concat();
    let error = error.hint_each(did_you_mean(words.last().copied().unwrap_or_default(), &all));
    if commands.is_empty() {
        return error.hint("run `portgate help` for a list");
    }
    let error = error.hint(format!("available commands: {}", commands.join(", ")));
    if topics.is_empty() { error } else { error.hint(format!("available topics: {}", topics.join(", "))) }
}

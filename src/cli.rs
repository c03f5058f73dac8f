//! The root of the command line: global options and the tree of commands.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, ValueEnum};

use crate::amounts::parse_retries;
use crate::commands::Command;

/// Answer connection requests on the Megaport Marketplace from the command line.
///
/// List what waits for you, accept or deny it, approve speed changes: by hand with good prompts, or from a
/// pipeline with nobody watching. `--env sandbox` tries everything without an account.
#[derive(Debug, Parser)]
#[command(name = "portgate", version, max_term_width = 100)]
#[command(after_help = "Examples:
  portgate --env sandbox approvals list
  portgate approvals accept 7c1e09ab
  portgate help exit-codes

Topics of portgate help: exit-codes, environment, filters, policy, output")]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    /// Options every command takes.
    #[command(flatten)]
    pub globals: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The whole command line.
pub fn command() -> clap::Command {
    Cli::command()
}

/// A command without examples of its own shows the first of each command below it.
pub(crate) fn with_examples(command: clap::Command) -> clap::Command {
    if command.get_after_help().is_some() {
        return command;
    }
    let first: Vec<String> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .filter_map(|below| examples(below).into_iter().next())
        .take(4)
        .collect();
    if first.is_empty() { command } else { command.after_help(format!("Examples:\n{}", first.join("\n"))) }
}

/// The examples in a command's help, each with the blanks before it; one that goes on behind a `\` is one.
pub fn examples(command: &clap::Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = text.lines().skip_while(|line| *line != "Examples:").skip(1);
    let mut examples: Vec<String> = Vec::new();
    for line in lines.take_while(|line| line.starts_with("  ")) {
        match examples.last_mut() {
            Some(last) if last.ends_with('\\') => last.push_str(&format!("\n{line}")),
            _ => examples.push(line.to_owned()),
        }
    }
    examples
}

/// Options every command takes. Those needed rarely are in `--help`, not in `-h`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Environment: production (the default), staging, development or sandbox
    #[arg(long, global = true, value_name = "NAME")]
    pub env: Option<String>,

    /// Profile to use: a company, its environment and where its key is kept
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,

    /// Address of another backend: https, or http to loopback
    #[arg(long, global = true, value_name = "URL", conflicts_with = "env", hide_short_help = true)]
    pub api_url: Option<String>,

    /// Where that backend hands out tokens [default: <api-url>/oauth2/token]
    #[arg(long, global = true, value_name = "URL", requires = "api_url", hide_short_help = true)]
    pub token_url: Option<String>,

    /// In the sandbox, act as this company and role, such as provider:read-only or initech
    #[arg(long = "as", global = true, value_name = "COMPANY[:ROLE]", hide_short_help = true)]
    pub act_as: Option<String>,

    /// The sandbox's database file [default: in your data folder]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub db: Option<PathBuf>,

    /// Form of the result
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum)]
    pub output: Option<OutputFormat>,

    /// Only these fields, as in id,customer.name; 'help' lists what there is
    #[arg(long, global = true, value_name = "FIELDS", conflicts_with = "query")]
    pub fields: Option<String>,

    /// What a JMESPath expression finds in the result, as in '[].id'
    #[arg(long, global = true, value_name = "EXPRESSION")]
    pub query: Option<String>,

    /// Never ask; what would need an answer ends with exit code 2
    #[arg(long, global = true)]
    pub no_input: bool,

    /// Ask in plain numbered lines, without redrawing or colour
    #[arg(long, global = true, hide_short_help = true)]
    pub accessible: bool,

    /// The longest one operation may take, such as 90s or 2m [default: 120s]
    #[arg(long, global = true, value_name = "TIME", hide_short_help = true)]
    pub timeout: Option<String>,

    /// How often a read is tried again [default: 4]
    #[arg(long, global = true, value_name = "N", hide_short_help = true, value_parser = parse_retries, allow_negative_numbers = true)]
    pub max_retries: Option<u32>,
}

/// The forms a result can take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// A table or sentences, for people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// A JSON object a line
    Jsonl,
    /// Lines for a spreadsheet; nested fields as customer.name
    Csv,
    /// One YAML document
    Yaml,
    /// What `--query` finds, for a shell; what it makes of a table, not to be asked for by name.
    #[value(skip)]
    Plain,
}

impl OutputFormat {
    /// Whether the result is for people. Everything else is a form for programs.
    pub fn is_for_people(self) -> bool {
        matches!(self, OutputFormat::Table)
    }

    /// Whether errors too are printed as JSON.
    pub fn is_json(self) -> bool {
        matches!(self, OutputFormat::Json | OutputFormat::Jsonl)
    }
}

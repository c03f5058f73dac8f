//! Options every command takes, and the forms a result can have.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::text::amounts::parse_retries;
use crate::text::span::parse_limit;

/// Options every command takes. Those needed rarely are in `--help`, not in `-h`.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Environment: production (the default), staging, development or sandbox
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) env: Option<String>,

    /// Profile to use: a company, its environment and where its key is kept
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// Managed account that your company acts for as its partner; 'none' for your own company
    #[arg(long, global = true, value_name = "UID|NAME", hide_short_help = true)]
    pub(crate) on_behalf_of: Option<String>,

    /// Address of another backend: https, or http to loopback
    #[arg(long, global = true, value_name = "URL", conflicts_with = "env", hide_short_help = true)]
    pub(crate) api_url: Option<String>,

    /// Where that backend hands out tokens [default: <api-url>/oauth2/token]
    #[arg(long, global = true, value_name = "URL", requires = "api_url", hide_short_help = true)]
    pub(crate) token_url: Option<String>,

    /// In the sandbox, act as this company and role, such as provider:read-only or initech
    #[arg(long = "as", global = true, value_name = "COMPANY[:ROLE]", hide_short_help = true)]
    pub(crate) act_as: Option<String>,

    /// The sandbox's database file [default: in your data folder]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) db: Option<PathBuf>,

    /// Form of the result
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum)]
    pub(crate) output: Option<OutputFormat>,

    /// Only these fields, as in id,customer.name; 'help' lists what there is
    #[arg(long, global = true, value_name = "FIELDS", conflicts_with = "query")]
    pub(crate) fields: Option<String>,

    /// What a JMESPath expression finds in the result, as in '[].id'
    #[arg(long, global = true, value_name = "EXPRESSION")]
    pub(crate) query: Option<String>,

    /// Show each request on stderr; twice, with headers and bodies, without secrets
    #[arg(short, long, global = true, action = ArgAction::Count, hide_short_help = true)]
    pub(crate) verbose: u8,

    /// Append what --verbose shows to this file, not to stderr
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    pub(crate) log_file: Option<PathBuf>,

    /// Never ask; what would need an answer ends with exit code 2
    #[arg(long, global = true)]
    pub(crate) no_input: bool,

    /// Ask in plain numbered lines, without redrawing or colour
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) accessible: bool,

    /// The longest one operation may take, such as 90s or 2m [default: 120s]
    #[arg(long, global = true, value_name = "TIME", hide_short_help = true, value_parser = parse_limit, allow_hyphen_values = true)]
    pub(crate) timeout: Option<Duration>,

    /// How often a read is tried again [default: 4]
    #[arg(long, global = true, value_name = "N", hide_short_help = true, value_parser = parse_retries, allow_negative_numbers = true)]
    pub(crate) max_retries: Option<u32>,
}

/// The forms a result can take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
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
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, OutputFormat::Table)
    }

    /// Whether errors too are printed as JSON.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, OutputFormat::Json | OutputFormat::Jsonl)
    }
}

/// Options of commands that change something: whether to ask, and whether to send.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct ConsentArgs {
    /// Don't ask
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Show what would be sent and what would change; send nothing but reads
    #[arg(long)]
    pub(crate) dry_run: bool,
}

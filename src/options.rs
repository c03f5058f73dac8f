//! Options shared by all commands, and output formats.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, Args, ValueEnum};

use crate::text::amounts::{parse_concurrency, parse_retries};
use crate::text::name::{parse_actor, parse_reason};
use crate::text::span::parse_limit;

/// Options of every command, listed by `portgate help options`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct GlobalArgs {
    /// Environment to use: production (default), staging, development or sandbox
    #[arg(long, global = true, value_name = "NAME", help_heading = IDENTITY)]
    pub(crate) env: Option<String>,

    /// Profile to use: a company, its environment and its API key
    #[arg(long, global = true, value_name = "NAME", help_heading = IDENTITY)]
    pub(crate) profile: Option<String>,

    /// Read from all profiles, or from all profiles of --env; for selected ones, use --profile A,B
    #[arg(long, global = true, conflicts_with_all = ["profile", "on_behalf_of"], help_heading = IDENTITY)]
    pub(crate) all_profiles: bool,

    /// Managed account to act on behalf of; 'none' for your own company
    #[arg(long, global = true, value_name = "UID|NAME", help_heading = IDENTITY)]
    pub(crate) on_behalf_of: Option<String>,

    /// Name to record in the ledger as the person who makes the change [default: the user of the CI run or of this machine]
    #[arg(long, global = true, value_name = "NAME", value_parser = parse_actor, help_heading = IDENTITY)]
    pub(crate) actor: Option<String>,

    /// Make changes even if ledger entries were changed or removed; the reason is recorded
    #[arg(long, global = true, value_name = "REASON", value_parser = parse_reason, help_heading = IDENTITY)]
    pub(crate) accept_broken_chain: Option<String>,

    /// Output format
    #[arg(short, long, global = true, value_name = "FORMAT", value_parser = OutputParser, help_heading = OUTPUT)]
    pub(crate) output: Option<Output>,

    /// Show only these fields, for example id,customer.name ('help' lists all fields)
    #[arg(long, global = true, value_name = "FIELDS", conflicts_with = "query", help_heading = OUTPUT)]
    pub(crate) fields: Option<String>,

    /// Filter the result with a JMESPath expression, for example '[].id'
    #[arg(long, global = true, value_name = "EXPRESSION", help_heading = OUTPUT)]
    pub(crate) query: Option<String>,

    /// Show each request on stderr; use -vv to include headers and bodies, without secrets
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = OUTPUT)]
    pub(crate) verbose: u8,

    /// Suppress notes on stderr; warnings, errors and prompts are still shown
    #[arg(short, long, global = true, help_heading = OUTPUT)]
    pub(crate) quiet: bool,

    /// Append the output of --verbose to a file instead of stderr; this also works with --quiet
    #[arg(long, global = true, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) log_file: Option<PathBuf>,

    /// Show times in UTC instead of the local time zone
    #[arg(long, global = true, help_heading = OUTPUT)]
    pub(crate) utc: bool,

    /// Never prompt; fail with exit code 2 if input is required
    #[arg(long, global = true, help_heading = BEHAVIOUR)]
    pub(crate) no_input: bool,

    /// Use plain numbered prompts, without redrawing or colour
    #[arg(long, global = true, help_heading = BEHAVIOUR)]
    pub(crate) accessible: bool,

    /// Time limit for one operation, such as 90s or 2m [default: 120s]
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_limit, allow_hyphen_values = true, help_heading = BEHAVIOUR)]
    pub(crate) timeout: Option<Duration>,

    /// Maximum number of retries for a read request [default: 4]
    #[arg(long, global = true, value_name = "N", value_parser = parse_retries, allow_negative_numbers = true, help_heading = BEHAVIOUR)]
    pub(crate) max_retries: Option<u32>,

    /// Act as this company and role in the sandbox, for example provider:read-only or initech
    #[arg(long = "as", global = true, value_name = "COMPANY[:ROLE]", help_heading = SANDBOX)]
    pub(crate) act_as: Option<String>,

    /// Database file of the sandbox [default: in your data directory]
    #[arg(long, global = true, value_name = "FILE", help_heading = SANDBOX)]
    pub(crate) db: Option<PathBuf>,

    /// URL of another backend: https, or http for a loopback address
    #[arg(long, global = true, value_name = "URL", conflicts_with = "env", help_heading = BACKEND)]
    pub(crate) api_url: Option<String>,

    /// Token endpoint of that backend [default: <api-url>/oauth2/token]
    #[arg(long, global = true, value_name = "URL", requires = "api_url", help_heading = BACKEND)]
    pub(crate) token_url: Option<String>,
}

const IDENTITY: &str = "Environment and identity";
const OUTPUT: &str = "Output";
const BEHAVIOUR: &str = "Behaviour";
const SANDBOX: &str = "Sandbox";
const BACKEND: &str = "Other backends";

impl GlobalArgs {
    /// Whether the command runs for several profiles.
    pub(crate) fn names_several(&self) -> bool {
        self.all_profiles || self.profile.as_ref().is_some_and(|name| name.contains(','))
    }
}

/// The value of `--output`: a format, and for HTML the file to write it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: OutputFormat,
    pub(crate) file: Option<PathBuf>,
}

/// Parses a format, or `html=FILE`.
#[derive(Debug, Clone, Copy)]
struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Output, clap::Error> {
        match value.to_str().and_then(|text| text.strip_prefix("html=")) {
            Some("") => {
                let why = "the file is missing: use -o html=FILE\n";
                Err(clap::Error::raw(ErrorKind::ValueValidation, why).with_cmd(command))
            }
            Some(file) => Ok(Output { format: OutputFormat::Html, file: Some(file.into()) }),
            None => {
                let format = EnumValueParser::<OutputFormat>::new().parse_ref(command, arg, value)?;
                Ok(Output { format, file: None })
            }
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(OutputFormat::value_variants().iter().filter_map(ValueEnum::to_possible_value)))
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Table or text, for people
    #[default]
    Table,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
    /// Comma-separated values; nested fields are named like customer.name
    Csv,
    /// One YAML document
    Yaml,
    /// One HTML page with the table, for an email or a ticket; lists only. html=FILE writes it to a file
    Html,
    /// The result of `--query` as plain text: replaces `Table`, and can't be chosen by name.
    #[value(skip)]
    Plain,
}

impl OutputFormat {
    /// Whether the result is for people rather than programs.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, OutputFormat::Table)
    }

    /// Whether a list is shown as a table.
    pub(crate) fn is_table(self) -> bool {
        matches!(self, OutputFormat::Table | OutputFormat::Html)
    }

    /// Whether errors are printed as JSON, too.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, OutputFormat::Json | OutputFormat::Jsonl)
    }
}

/// Options of commands that make several changes.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct ConcurrencyArgs {
    /// Changes to carry out at once, 1 to 64 [default: 8]
    #[arg(long, value_name = "N", value_parser = parse_concurrency, allow_negative_numbers = true, hide_short_help = true)]
    pub(crate) concurrency: Option<usize>,

    /// Stop at the first failure
    #[arg(long, hide_short_help = true)]
    pub(crate) fail_fast: bool,
}

/// Options of commands that make changes.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct ConsentArgs {
    /// Skip the confirmation prompt
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Show what would be sent and changed, without sending anything
    #[arg(long)]
    pub(crate) dry_run: bool,
}

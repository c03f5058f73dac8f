//! What `accept`, `deny` and `withdraw` take.

use std::path::PathBuf;

use clap::Args;

use super::expect::ExpectArgs;
use super::grounds::ReasonArgs;
use super::sold::SoldArgs;
use crate::commands::approvals::list::filter::FilterArgs;
use crate::domain::approvals::Kind;
use crate::options::{ConcurrencyArgs, ConsentArgs};
use crate::text::amounts::parse_count;

/// Arguments shared by `accept` and `deny`.
#[derive(Debug, Default, Args)]
pub(in crate::commands) struct DecideArgs {
    /// Request IDs, or their first 6 or more characters; VXC UIDs also work
    #[arg(value_name = "ID")]
    pub(in crate::commands::approvals) ids: Vec<String>,

    /// Select all requests waiting for you: incoming ones and queue entries
    #[arg(long, conflicts_with_all = ["ids", "from_file"])]
    pub(in crate::commands::approvals) all: bool,

    /// Maximum number of requests to decide; required without a prompt with --all, or if more than 50 are selected
    #[arg(long, value_name = "N", value_parser = parse_count, allow_hyphen_values = true, hide_short_help = true)]
    pub(in crate::commands::approvals) max: Option<u64>,

    /// Read IDs from a text or JSON file ('-' for stdin)
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    pub(in crate::commands::approvals) from_file: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::commands::approvals) consent: ConsentArgs,

    #[command(flatten)]
    pub(in crate::commands::approvals) concurrency: ConcurrencyArgs,

    #[command(flatten)]
    pub(in crate::commands::approvals) words: ReasonArgs,

    #[command(flatten)]
    pub(in crate::commands::approvals) expect: ExpectArgs,

    #[command(flatten)]
    pub(in crate::commands::approvals) filters: FilterArgs,
}

/// Restrictions of a command.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::commands) struct Scope {
    /// Filter by type are meant: a filter for what is chosen, an error for what is named.
    pub(in crate::commands) kind: Option<Kind>,
    /// The oversubscription limit.
    pub(in crate::commands) sold: SoldArgs,
}

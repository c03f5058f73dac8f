//! Options for a key's terms, and their errors.

use clap::Args;

use crate::api::vlan::Vlan;
use crate::domain::keys::Draft;
use crate::domain::keys::period::Expiry;
use crate::domain::keys::terms::{LONGEST_DESCRIPTION, Wrong};
use crate::error::Error;
use crate::text::Mbps;
use crate::text::moment::{Moment, parse_moment};
use crate::text::name::parse_text;

/// Terms for `create` and `update`.
#[derive(Debug, Args)]
pub(super) struct TermArgs {
    /// Maximum speed of a connection, such as 500 Mbps or 1 Gbps
    #[arg(long, value_name = "SPEED", allow_negative_numbers = true)]
    max_speed: Option<Mbps>,

    /// Description of the key
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = parse_text)]
    description: Option<String>,

    /// When the key expires: a time from now (or from --starts) such as 30d, or a date such as 2026-03-01
    ///
    /// A date is its first moment. A date or time without a time zone is local: 2026-03-01T18:00, but 2026-03-01T18:00Z is in UTC.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, conflicts_with = "no_expiry", allow_hyphen_values = true)]
    expires_in: Option<Moment>,

    /// The key never expires
    #[arg(long)]
    no_expiry: bool,

    /// Start of validity: a date such as 2026-03-01, or a time from now such as 3d
    ///
    /// Dates and times are read as for --expires-in.
    #[arg(long, value_name = "WHEN", value_parser = parse_moment, allow_hyphen_values = true)]
    starts: Option<Moment>,

    /// Allow any number of connections
    #[arg(long)]
    multi_use: bool,

    /// Allow only one connection (default for a new key)
    #[arg(long, hide_short_help = true, conflicts_with = "multi_use")]
    single_use: bool,

    /// Pre-approve orders made with the key
    #[arg(long)]
    pre_approved: bool,

    /// Require your approval of orders made with the key (default for a new key)
    #[arg(long, hide_short_help = true, conflicts_with = "pre_approved")]
    approval_needed: bool,

    /// VLAN of your end, for a single-use key: 2 to 4093, or 'untagged'
    #[arg(long, value_name = "VLAN", allow_hyphen_values = true)]
    vlan: Option<Vlan>,

    /// Set no VLAN (default for a new key)
    #[arg(long, hide_short_help = true, conflicts_with = "vlan")]
    pub(super) no_vlan: bool,
}

impl TermArgs {
    pub(super) fn draft(&self) -> Draft {
        Draft {
            description: self.description.clone(),
            max_speed: self.max_speed,
            single_use: one_of(self.single_use, self.multi_use),
            pre_approved: one_of(self.pre_approved, self.approval_needed),
            vlan: self.vlan,
            starts: self.starts,
            expiry: self.expires_in.map(Expiry::At).or(self.no_expiry.then_some(Expiry::Never)),
            ..Draft::default()
        }
    }
}

/// The value of two opposite switches, if either is on.
pub(super) fn one_of(on: bool, off: bool) -> Option<bool> {
    on.then_some(true).or(off.then_some(false))
}

/// The error for invalid terms of a key on that port, with the options to change.
pub(super) fn wrong_terms_error(wrong: Wrong, port: &str) -> Error {
    match wrong {
        Wrong::VlanOfMultiUse => Error::usage("only a single-use key can have a VLAN")
            .hint("remove --multi-use or the VLAN (--no-vlan removes it from an existing key)"),
        Wrong::Vlan(vlan) => {
            Error::usage(format!("VLAN {vlan} is not allowed")).hint("use 2 to 4093, or 'untagged'")
        }
        Wrong::NoSpeed => Error::usage("--max-speed must be at least 1 Mbps"),
        Wrong::AbovePortSpeed { speed, most } => {
            Error::usage(format!("--max-speed {speed} exceeds the port's speed"))
                .reason(format!("the speed of {port} is {most} Mbps"))
                .hint(format!("use at most {most}, or omit --max-speed to allow the full speed"))
        }
        Wrong::EndsBeforeStart { start, end } => {
            Error::usage(format!("the key would expire ({end:.0}) before it becomes valid ({start:.0})"))
                .hint("choose a later --expires-in, or an earlier --starts")
        }
        Wrong::OverAtOnce => {
            Error::usage("the key would expire immediately").hint("choose a later --expires-in")
        }
        Wrong::LongDescription => {
            Error::usage(format!("--description is longer than {LONGEST_DESCRIPTION} characters"))
        }
    }
}

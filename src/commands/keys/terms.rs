//! What may be said of a key's terms, and what is wrong with it.

use clap::Args;

use crate::api::vlan::Vlan;
use crate::domain::keys::Draft;
use crate::domain::keys::period::{Expiry, Moment, parse_moment};
use crate::domain::keys::terms::{LONGEST_DESCRIPTION, Wrong};
use crate::error::Error;
use crate::text::Mbps;
use crate::text::name::parse_text;

/// The terms that `create` and `update` take.
#[derive(Debug, Args)]
pub(super) struct TermArgs {
    /// The most one connection may have, in Mbps
    #[arg(long, value_name = "MBPS", allow_negative_numbers = true)]
    max_speed: Option<Mbps>,

    /// What it is for, and whom; an empty text takes it off
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = parse_text)]
    description: Option<String>,

    /// How long it may be used, from now or from --starts: 30d, 12w; or a date as in 2026-03-01
    #[arg(long, value_name = "TIME", value_parser = parse_moment, conflicts_with = "no_expiry", allow_hyphen_values = true)]
    expires_in: Option<Moment>,

    /// It never expires
    #[arg(long)]
    no_expiry: bool,

    /// From when it may be used: a date, or a time from now as in 3d
    #[arg(long, value_name = "WHEN", value_parser = parse_moment, allow_hyphen_values = true)]
    starts: Option<Moment>,

    /// It may be used for any number of connections
    #[arg(long)]
    multi_use: bool,

    /// What is ordered with it is accepted without asking you
    #[arg(long)]
    pre_approved: bool,

    /// VLAN of your end, for a single-use key: a number from 2 to 4093, or 'untagged'
    #[arg(long, value_name = "VLAN", allow_hyphen_values = true)]
    vlan: Option<Vlan>,
}

impl TermArgs {
    pub(super) fn draft(&self) -> Draft {
        Draft {
            description: self.description.clone(),
            max_speed: self.max_speed,
            single_use: self.multi_use.then_some(false),
            pre_approved: self.pre_approved.then_some(true),
            vlan: self.vlan,
            starts: self.starts,
            expiry: self.expires_in.map(Expiry::At).or(self.no_expiry.then_some(Expiry::Never)),
            ..Draft::default()
        }
    }
}

/// What is wrong with the terms of a key on that port, and by which options to mend it.
pub(super) fn wrong_terms_error(wrong: Wrong, port: &str) -> Error {
    match wrong {
        Wrong::VlanOfMultiUse => Error::usage("only a single-use key can fix a VLAN")
            .hint("leave out --multi-use, or leave the VLAN out (--no-vlan takes it off an existing key)"),
        Wrong::Vlan(vlan) => {
            Error::usage(format!("VLAN {vlan} can't be had")).hint("give 2 to 4093, or 'untagged'")
        }
        Wrong::NoSpeed => Error::usage("--max-speed must be at least 1 Mbps"),
        Wrong::AbovePortSpeed { speed, most } => {
            Error::usage(format!("--max-speed {speed} is more than the port has"))
                .because(format!("{port} has {most} Mbps"))
                .hint(format!("give at most {most}, or leave it out for all of it"))
        }
        Wrong::EndsBeforeStart { start, end } => {
            Error::usage(format!("it would end ({end:.0}) before it starts ({start:.0})"))
                .hint("choose a later --expires-in, or an earlier --starts")
        }
        Wrong::OverAtOnce => Error::usage("it would be over at once").hint("choose a later --expires-in"),
        Wrong::LongDescription => {
            Error::usage(format!("--description is longer than {LONGEST_DESCRIPTION} characters"))
        }
    }
}

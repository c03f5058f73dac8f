//! How much of a port may be sold: options, a variable and the profile.

use clap::Args;

use crate::domain::ports::{Ceiling, SetBy};
use crate::error::Error;
use crate::session::context::Context;
use crate::session::profiles::Limits;
use crate::text::amounts::parse_percent;

/// The variable for runners without a profile.
pub(in crate::commands) const VARIABLE: &str = "PORTGATE_MAX_SOLD";

/// The oversubscription limit of a command that accepts.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(in crate::commands) struct SoldArgs {
    /// Maximum share of a port to sell, such as 100%; the profile's max_sold applies if it is lower
    ///
    /// Without either, there is no limit: in a terminal, portgate asks before it oversubscribes a port, and elsewhere it accepts with a note.
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, conflicts_with = "allow_oversubscribed", allow_hyphen_values = true)]
    max_sold: Option<u32>,

    /// Accept even if more of a port would be sold than --max-sold or max_sold allows
    #[arg(long, hide_short_help = true)]
    allow_oversubscribed: bool,
}

/// How to accept above it.
pub(super) fn hint(ceiling: Ceiling) -> String {
    let raise = match ceiling.set_by {
        SetBy::Option(name) => format!("raise {name}"),
        SetBy::Profile | SetBy::Nobody => "change max_sold in the profile".to_owned(),
    };
    format!("use --allow-oversubscribed to accept anyway, or {raise}")
}

impl SoldArgs {
    /// The lowest of the limits; `None` if they are to be ignored.
    pub(in crate::commands) fn ceiling(
        self,
        context: &Context,
        limits: &Limits,
    ) -> Result<Option<Ceiling>, Error> {
        if self.allow_oversubscribed {
            return Ok(None);
        }
        let given = match self.max_sold {
            Some(percent) => Some((percent, SetBy::Option("--max-sold"))),
            None => {
                let variable = context.environment.parse(VARIABLE, parse_percent)?;
                variable.map(|percent| (percent, SetBy::Option(VARIABLE)))
            }
        };
        let profile = limits.max_sold_percent.map(|percent| (percent, SetBy::Profile));
        let lowest = profile.into_iter().chain(given).min_by_key(|&(percent, _)| percent);
        Ok(Some(lowest.map_or(Ceiling::NONE, |(percent, set_by)| Ceiling { percent, set_by })))
    }
}

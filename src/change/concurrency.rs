//! How many changes are carried out at once.

use crate::error::Error;
use crate::options::ConcurrencyArgs;
use crate::session::context::Context;
use crate::text::amounts::parse_concurrency;

/// Without option and variable.
const USUAL: usize = 8;
/// The variable for `--concurrency`.
const VARIABLE: &str = "PORTGATE_CONCURRENCY";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Concurrency {
    pub(crate) most: usize,
    /// Stop at the first failure.
    pub(crate) fail_fast: bool,
}

impl Default for Concurrency {
    /// One after the other.
    fn default() -> Self {
        Concurrency { most: 1, fail_fast: false }
    }
}

impl Concurrency {
    /// From the option or the variable.
    pub(crate) fn resolve(context: &Context, args: ConcurrencyArgs) -> Result<Self, Error> {
        let most = match args.concurrency {
            Some(most) => most,
            None => context.environment.parse(VARIABLE, parse_concurrency)?.unwrap_or(USUAL),
        };
        Ok(Concurrency { most, fail_fast: args.fail_fast })
    }
}

//! The speed and the term that a VXC may have.

use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::products::Product;

/// The terms a contract can have, in months (confirmed).
const TERMS_MONTHS: [i64; 6] = [1, 12, 24, 36, 48, 60];

/// Refuses a rate limit above the speed of the ports.
pub(crate) fn check_speed(rate_limit_mbps: i64, a_port: &Product, b_port: &Product) -> Answer<()> {
    if rate_limit_mbps < 1 {
        return Err(Refusal::bad("rateLimit must be at least 1 Mbps"));
    }
    check_carries(rate_limit_mbps, a_port)?;
    check_carries(rate_limit_mbps, b_port)
}

/// Refuses a port that is slower.
pub(crate) fn check_carries(rate_limit_mbps: i64, port: &Product) -> Answer<()> {
    let Product { speed_mbps, name, .. } = port;
    if rate_limit_mbps <= *speed_mbps {
        return Ok(());
    }
    Err(Refusal::bad(format!("{rate_limit_mbps} Mbps is more than the {speed_mbps} Mbps of {name}")))
}

/// Refuses a term that no contract has (confirmed).
pub(crate) fn check_term(months: i64) -> Answer<()> {
    if TERMS_MONTHS.contains(&months) {
        return Ok(());
    }
    Err(Refusal::bad(format!("The term must be 1, 12, 24, 36, 48 or 60 months, not {months}")))
}

//! The monthly price of a VXC in the sandbox: fictional but consistent.

pub(crate) const CURRENCY: &str = "AUD";

/// The monthly charge for a rate limit in Mbps over a distance band, in [`CURRENCY`].
pub(crate) fn monthly(rate_limit_mbps: i64, distance_band: &str) -> f64 {
    let cents_per_mbps = match distance_band {
        "METRO" => 10,
        "ZONE" => 25,
        _ => 60,
    };
    // Exact: far below 2^53 cents.
    (5_000 + rate_limit_mbps * cents_per_mbps) as f64 / 100.0
}

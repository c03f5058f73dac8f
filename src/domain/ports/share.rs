//! How much of a port is sold, as a share of its speed.

use crate::domain::ports::room::Room;
use crate::text::Mbps;

/// Percent of `speed_mbps` that `sold_mbps` are, rounded up: what is a little over 100 never reads 100. `None` for a port
/// without a speed.
pub(crate) fn percent(sold_mbps: Mbps, speed_mbps: Mbps) -> Option<u64> {
    if speed_mbps == Mbps(0) {
        return None;
    }
    u64::try_from((u128::from(sold_mbps.0) * 100).div_ceil(u128::from(speed_mbps.0))).ok()
}

/// What a port, or the LAG it belongs to, has sold before and after something is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) speed_mbps: Mbps,
    pub(crate) before_mbps: Mbps,
    pub(crate) after_mbps: Mbps,
}

impl Share {
    /// The share before and after `added_mbps` more on top of `already_mbps`, which have been accepted in the meantime.
    pub(crate) fn new(room: Room, already_mbps: Mbps, added_mbps: Mbps) -> Self {
        let before_mbps = room.sold_mbps + already_mbps;
        Share { speed_mbps: room.speed_mbps, before_mbps, after_mbps: before_mbps + added_mbps }
    }

    pub(crate) fn before_percent(self) -> Option<u64> {
        percent(self.before_mbps, self.speed_mbps)
    }

    pub(crate) fn after_percent(self) -> Option<u64> {
        percent(self.after_mbps, self.speed_mbps)
    }

    /// Whether it is above this many percent afterwards.
    pub(crate) fn is_above(self, limit_percent: u32) -> bool {
        u128::from(self.after_mbps.0) * 100 > u128::from(self.speed_mbps.0) * u128::from(limit_percent)
    }

    /// The share before and after, without a mark: `96% → 104%`.
    pub(crate) fn change(self) -> Option<String> {
        Some(format!("{}% → {}%", self.before_percent()?, self.after_percent()?))
    }

    fn words(self) -> Option<String> {
        let over = if self.is_above(100) { " OVER" } else { "" };
        Some(format!("{}{over}", self.change()?))
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.words().as_deref().unwrap_or("-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_in_percent_and_says_over_above_all() {
        assert_eq!(percent(Mbps(9_600), Mbps(10_000)), Some(96));
        assert_eq!(percent(Mbps(10_001), Mbps(10_000)), Some(101));
        assert_eq!(percent(Mbps(1), Mbps(0)), None);
        let room = Room { speed_mbps: Mbps(10_000), sold_mbps: Mbps(9_600), pending_mbps: Mbps(800) };
        assert_eq!(Share::new(room, Mbps(0), Mbps(800)).to_string(), "96% → 104% OVER");
        assert_eq!(Share::new(room, Mbps(0), Mbps(400)).to_string(), "96% → 100%");
    }
}

//! How far a VXC has come.

use crate::text::id::begins_with;

/// The stage of a VXC. Unlike the marker, it is never stale (confirmed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Ordered, not yet up.
    Waiting,
    /// `CONFIGURED` or `LIVE`: it was accepted, whatever the marker says.
    Up,
    Failed,
    /// `CANCELLED`, `CANCELLED_PARENT`.
    Cancelled,
    Decommissioned,
}

impl Stage {
    /// Reads `provisioningStatus`; unknown values count as not yet up.
    pub(crate) fn from_status(provisioning_status: Option<&str>) -> Self {
        const WORDS: [(&str, Stage); 4] = [
            ("LIVE", Stage::Up),
            ("CONFIGURED", Stage::Up),
            ("FAILED", Stage::Failed),
            ("DECOMMISSIONED", Stage::Decommissioned),
        ];
        let status = provisioning_status.unwrap_or_default().trim();
        if begins_with(status, "CANCELLED") {
            return Stage::Cancelled;
        }
        let known = WORDS.iter().find(|(word, _)| status.eq_ignore_ascii_case(word));
        known.map_or(Stage::Waiting, |(_, stage)| *stage)
    }

    /// Whether its VLAN and its speed are free again: of one that stays cancelled the network part could not be taken down
    /// (confirmed).
    pub(crate) fn is_gone(self) -> bool {
        matches!(self, Stage::Failed | Stage::Decommissioned)
    }

    pub(crate) fn is_over(self) -> bool {
        matches!(self, Stage::Failed | Stage::Cancelled | Stage::Decommissioned)
    }
}

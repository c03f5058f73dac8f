//! How far a VXC has come.

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
        match provisioning_status.unwrap_or_default().trim().to_ascii_uppercase().as_str() {
            "CONFIGURED" | "LIVE" => Stage::Up,
            "FAILED" => Stage::Failed,
            "DECOMMISSIONED" => Stage::Decommissioned,
            cancelled if cancelled.starts_with("CANCELLED") => Stage::Cancelled,
            _ => Stage::Waiting,
        }
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

//! Requests that a team shares: claimed by one person, or proposed by one and confirmed by another.

pub(in crate::commands) mod claim;
pub(in crate::commands) mod proposals;

//! The rules: what an approval, a port, a service key, a policy and a notification are. No flags, no tables.

pub mod approvals;
pub mod keys;
pub mod notifications;
pub mod policy;
pub mod ports;

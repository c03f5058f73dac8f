//! The rules: what an approval, a port, a service key, a policy and a notification are. No flags, no tables.

pub(crate) mod approvals;
pub(crate) mod collect;
pub(crate) mod keys;
pub(crate) mod notifications;
pub(crate) mod policy;
pub(crate) mod ports;

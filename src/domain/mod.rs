//! Domain rules for approvals, ports, service keys, policies and notifications, without command-line or output code.

pub(crate) mod approvals;
pub(crate) mod collect;
pub(crate) mod keys;
pub(crate) mod notifications;
pub(crate) mod policy;
pub(crate) mod ports;
pub(crate) mod role;

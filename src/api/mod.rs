//! The client of the Megaport API: lenient when reading (fields may be missing, new, or of another type), strict when
//! writing.

pub(crate) mod backend;
mod body;
mod call;
pub(crate) mod client;
pub(crate) mod credential;
pub(crate) mod employment;
pub(crate) mod failure;
mod key_code;
pub(crate) mod lenient;
mod lenient_read;
pub(crate) mod managed_companies;
pub(crate) mod mend;
pub(crate) mod notification_preferences;
pub(crate) mod order_approvals;
pub(crate) mod ports;
pub(crate) mod products;
pub(crate) mod reach;
mod retry;
pub(crate) mod service_keys;
pub(crate) mod session;
pub(crate) mod shared_reading;
pub(crate) mod trace;
pub(crate) mod transport;
pub(crate) mod vlan;
pub(crate) mod vxc;
mod window;
mod wire;

pub(crate) use body::trace_id;
pub(crate) use call::{Answer, Call, Method};
pub(crate) use client::{Client, LARGEST_LIST, check_envelope};
pub(crate) use failure::SendFailure;
pub(crate) use retry::backoff;

//! The client of the Megaport API: transport, session, retries and the wire types of each resource.
//!
//! Tolerant where it reads (any field may be missing, new, or of another type), strict where it writes.
//! What is confirmed and what is a guess stands in the documentation of each item.

pub mod backend;
mod body;
mod client;
pub mod credential;
pub mod employment;
mod failure;
pub mod lenient;
pub mod notification_preferences;
pub mod order_approvals;
pub mod ports;
pub mod products;
mod retry;
pub mod service_keys;
pub mod session;
mod transport;
pub mod vxc;

pub(crate) use client::check_envelope;
pub use client::{Answer, Call, Client, Method};
pub use failure::SendFailure;
pub(crate) use retry::backoff;

//! Commands that look again: until a request has come as far as asked, or for new requests.

mod poll;
pub(super) mod wait;
pub(super) mod watch;

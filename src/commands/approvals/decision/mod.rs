//! Deciding: read the request, note it, send the answer once, read back, tell the truth.
//!
//! [`prepare()`] reads and checks and says what would be sent; [`execute()`] sends it. Between the two a person may
//! be asked.

mod ended;
mod execute;
mod order;
mod prepare;
mod subject;
mod vlan;

pub(crate) use execute::execute;
pub(crate) use order::{Order, Outcome, action_of};
pub(crate) use prepare::{Preparation, Prepared, prepare};
pub(crate) use subject::{Decider, Named, Reading, no_such_request};

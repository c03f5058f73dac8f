//! One request as it is decided: read it, record the decision, send it, read it back, and report the result.
//!
//! [`prepare()`] reads, checks and builds what would be sent; [`execute()`] sends it. The user may be asked in between.

mod batch;
mod close;
mod difference;
mod ended;
mod execute;
mod named;
mod obstacles;
mod order;
mod prepare;
mod prepared;
mod recent_vlans;
mod subject;
mod vlan;

pub(crate) use batch::{BatchReadings, LARGE, Look};
pub(crate) use execute::{check_claim, execute};
pub(crate) use named::Named;
pub(crate) use order::{Order, Outcome, Rule, action_of};
pub(crate) use prepare::{book, confirm, prepare};
pub(crate) use prepared::{Preparation, Prepared};
pub(crate) use recent_vlans::expect as expect_vlans;
pub(crate) use subject::{Decider, Reading, no_such_request, request_seen};

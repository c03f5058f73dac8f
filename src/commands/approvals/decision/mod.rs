//! Decisions: read the request, record the decision, send it once, read it back, report the result.
//!
//! [`prepare()`] reads, checks and builds what would be sent; [`execute()`] sends it. The user may be asked in between.

mod batch;
mod close;
mod ended;
mod execute;
mod obstacles;
mod order;
mod prepare;
mod subject;
mod vlan;

pub(crate) use batch::{BatchReadings, LARGE, Look};
pub(crate) use execute::{check_claim, execute};
pub(crate) use order::{Order, Outcome, Rule, action_of};
pub(crate) use prepare::{Preparation, Prepared, book, confirm, prepare};
pub(crate) use subject::{Decider, Named, Reading, no_such_request, request_seen};
pub(crate) use vlan::expect as expect_vlans;

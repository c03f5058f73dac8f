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

pub use execute::execute;
pub use order::{Order, Outcome, action_of};
pub use prepare::{Preparation, Prepared, prepare};
pub use subject::{Decider, Named, Reading, not_there};
pub use vlan::RecentVlans;

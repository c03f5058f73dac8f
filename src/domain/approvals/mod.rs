//! What an approval is, where it comes from and how one is decided: the rules, free of arguments and of tables.

pub mod collect;
pub mod company;
pub mod ids;
pub mod marketplace;
pub mod model;
pub mod queue;
pub mod standing;

pub use company::Company;
pub use model::{Approval, Decision, Direction, Kind, Source, Status, WaitingOn};

//! What an approval is, where it comes from and how one is decided: the rules, free of arguments and of tables.

pub mod collect;
pub mod company;
pub mod decide;
pub mod filter;
pub mod id_map;
pub mod ids;
pub mod journal;
pub mod marketplace;
pub mod model;
pub mod queue;
pub mod room;
pub mod scan;

pub use company::Company;
pub use model::{Approval, Decision, Direction, Kind, Source, Status, WaitingOn};

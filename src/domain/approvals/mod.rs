//! What an approval is, where it comes from and how one is decided: the rules, free of arguments and of tables.

pub(crate) mod company;
pub(crate) mod ids;
pub(crate) mod marketplace;
pub(crate) mod model;
pub(crate) mod queue;
pub(crate) mod standing;

pub(crate) use company::{Account, Company};
pub(crate) use model::{Approval, Decision, Direction, Kind, Source, Status, WaitingOn};

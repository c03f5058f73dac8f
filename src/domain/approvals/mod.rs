//! Approvals: what they are, where they come from and how they are decided.

pub(crate) mod company;
pub(crate) mod extra;
pub(crate) mod ids;
pub(crate) mod marketplace;
pub(crate) mod model;
pub(crate) mod queue;
pub(crate) mod second_person;
pub(crate) mod stage;
pub(crate) mod standing;

pub(crate) use company::{Account, Company};
pub(crate) use model::{Approval, Decision, Direction, Held, Kind, Source, Status, WaitingOn};

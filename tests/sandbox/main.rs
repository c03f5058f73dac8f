//! The sandbox over real HTTP, seen by a client that shares nothing with it.

mod common;
mod decide;
mod due;
mod order_approvals;
mod products;
mod robustness;
mod token;

//! The sandbox over real HTTP, seen by a client that shares nothing with it.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![allow(unreachable_pub, reason = "nothing outside can reach into a test binary")]

mod common;
mod company;
mod decide;
mod demo;
mod due;
mod limits;
mod mail;
mod mail_delivery;
mod mail_parties;
mod mail_queue;
mod managed_companies;
mod openapi;
mod order_approvals;
mod ordering;
mod page;
mod play;
mod products;
mod refusals;
mod robustness;
mod role_sweep;
#[path = "../secrets/mod.rs"]
mod secret_search;
mod service_keys;
mod smtp;
mod story;
mod token;
mod w4;
mod watch;

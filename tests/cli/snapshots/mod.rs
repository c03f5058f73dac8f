//! Whole-output snapshots: what every command prints today, to the letter, so that no change of it goes unnoticed.
//!
//! A snapshot holds the command line, the exit code, stdout and stderr. The files are in `snap/`, a folder per noun. A
//! difference fails the test; where it is meant, accept it and read the difference in git:
//!
//! ```sh
//! INSTA_UPDATE=always cargo test --test cli snapshots
//! ```
//!
//! No cargo-insta is needed. Which are missing, and which have no test any more and are to be deleted, `coverage` tells:
//! each command has one at 80 and at 200 columns, of its question too, and one of `-o json`.
//!
//! Everything runs against the embedded sandbox in a home of the test's own. The sandbox's clock is moved so that it is
//! noon when the home is made (`stage::NOON`); what still varies is replaced (`redact`).

mod api;
mod approvals_ask;
mod approvals_decide;
mod approvals_follow;
mod approvals_read;
mod auth;
mod coverage;
mod help;
mod keys_ask;
mod keys_read;
mod keys_write;
mod ledger;
mod limits;
mod misc;
mod notify;
mod policy;
mod ports;
mod profile;
mod redact;
mod sandbox;
mod screen;
mod speed;
mod stage;
mod team;
mod users;

use stage::Stage;

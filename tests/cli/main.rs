//! The real binary, end to end: in an emptied environment, against scripted servers on loopback.
//!
//! One binary, so that linking stays cheap: a file per noun, `common/` is the harness. Tests run in parallel,
//! each with a home and ports of its own; nothing waits by sleeping and nothing asserts how long it took.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![allow(unreachable_pub, reason = "nothing outside can reach into a test binary")]
#![cfg(unix)]

mod after_failures;
mod answers;
mod api;
mod apply;
mod approvals_consent;
mod approvals_decide;
mod approvals_doubt;
mod approvals_faults;
mod approvals_follow;
mod approvals_ids;
mod approvals_list;
mod approvals_review;
mod approvals_session;
mod approvals_settling;
mod approvals_show;
mod approvals_signals;
mod asked_together;
mod auth;
mod book;
mod build_script;
mod cases;
mod cases_data;
mod claims;
mod common;
mod consequences;
mod counted;
mod desk;
mod fault_matrix;
mod faults;
mod generated;
mod harness;
mod help;
mod keyring;
mod keys_again;
mod keys_create;
mod keys_list;
mod keys_sandbox;
mod keys_shelf;
mod keys_update;
mod ledger;
mod ledger_chain;
mod ledger_database;
mod managed_accounts;
mod managed_requests;
mod many;
mod migration_day;
mod notify;
mod notify_sandbox;
mod output;
mod oversold;
mod policy;
mod ports;
mod postgres_harness;
mod profile;
mod prompts;

#[path = "../secrets/mod.rs"]
mod secret_search;
mod secrets;
mod sent_again;
mod snapshots;
mod speed;
mod stable;
mod text;
mod trust;
mod upgrades;
mod users;
mod verbose;
mod vlans_together;

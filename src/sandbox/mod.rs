//! The embedded backend: the Megaport API as megaport-api.md describes it, on loopback, on a SQLite file.
//!
//! It shares no wire types with the client, or both would share the same mistake.

#![allow(dead_code, reason = "schema, events and rules are whole before every route that uses them is")]

mod app;
mod clock;
mod domain;
mod due;
mod events;
mod keys;
mod refusal;
mod routes;
mod seed;
mod server;
mod store;

pub use clock::{Clock, parse_offset};
pub use keys::{ApiKey, api_key};
pub use server::{Embedded, Options, Serving, reset, serve, start_embedded};

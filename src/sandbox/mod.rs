//! The embedded backend: the Megaport API as megaport-api.md describes it, on loopback, on a SQLite file.
//!
//! It shares no wire types with the client, or both would share the same mistake.

#![allow(
    missing_docs,
    reason = "internal but for what tests/sandbox uses: a name that says it needs no sentence"
)]

mod app;
mod clock;
mod domain;
mod due;
mod event;
mod events;
mod keys;
mod mail;
mod openapi;
mod page;
mod play;
mod refusal;
mod routes;
mod seed;
mod server;
mod store;

pub use clock::{Clock, parse_offset, parse_shift};
pub use keys::{ApiKey, api_key, new_api_key};
pub use mail::{Inbox, InboxFilter, Mail, MailRoute, SmtpServer, inbox, mail};
pub use play::{Asked, PortState, Request, SpeedChange, port_down, port_up, request, speed_change};
pub use seed::Size;
pub use server::{Embedded, Options, PreferencesV3, Serving, reset, reset_sized, serve, start_embedded};

//! The embedded backend: the Megaport API as megaport-api.md describes it, on loopback, on a SQLite file.
//!
//! It shares no wire types with the client, to avoid sharing mistakes.

#![allow(
    missing_docs,
    reason = "internal but for what tests/sandbox uses: a name that says it needs no sentence"
)]

mod app;
mod bell;
mod clock;
mod connections;
mod delivery;
mod domain;
mod due;
mod event;
mod events;
mod fault;
mod inbox;
mod keys;
mod mail;
mod not_found;
mod options;
mod pace;
mod page;
mod play;
mod player;
mod price;
mod refusal;
mod role;
mod routes;
mod seed;
mod server;
mod store;
mod stream;
mod turns;
mod writer;

pub use app::PreferencesV3;
pub use clock::Clock;
pub use connections::Limits;
pub use delivery::{MailRoute, SmtpServer};
pub use fault::{FAULTS, Fault, FaultRow, Side};
pub use inbox::{Inbox, InboxFilter, Mail, inbox, mail};
pub use keys::{ApiKey, api_key, new_api_key};
pub use not_found::NotFound;
pub use options::Options;
pub use play::{PlacedRequest, PortState, Request, SpeedChange, request, set_link, speed_change};
pub use seed::Size;
pub use server::{Embedded, Serving, reset, reset_sized, serve, start_embedded};

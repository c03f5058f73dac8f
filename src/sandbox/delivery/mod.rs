//! Delivers emails from the database to a directory or an SMTP server.

pub(crate) mod courier;
mod mime;
pub(crate) mod outbox;
mod route;

pub use route::{MailRoute, SmtpServer};

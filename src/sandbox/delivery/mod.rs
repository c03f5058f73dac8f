//! Takes e-mail that waits in the database to a folder or an SMTP server.

pub(crate) mod courier;
mod mime;
pub(crate) mod outbox;
mod route;

pub use route::{MailRoute, SmtpServer};

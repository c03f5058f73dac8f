//! The destination of emails: the local outbox, or an SMTP server.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::{SmtpTransport, Transport as _};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::outbox;

/// Where the sandbox's emails go.
#[derive(Debug, Clone, Default)]
pub enum MailRoute {
    /// `.eml` files in the directory `<db>.outbox` next to the database.
    #[default]
    Outbox,
    Smtp(SmtpServer),
}

impl MailRoute {
    /// A description of the destination.
    pub fn describe(&self, db: &Path) -> String {
        match self {
            MailRoute::Outbox => outbox::folder(db).display().to_string(),
            MailRoute::Smtp(server) => server.to_string(),
        }
    }
}

/// An SMTP server and how to talk to it. Its password is never shown.
#[derive(Clone)]
pub struct SmtpServer {
    url: SecretString,
    shown: String,
    has_password: bool,
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SmtpServer({})", self.shown)
    }
}

impl fmt::Display for SmtpServer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown)
    }
}

impl SmtpServer {
    /// Reads an address such as `smtp://127.0.0.1:1025`, `smtp://user:password@mail.example:587?tls=required` (STARTTLS)
    /// or `smtps://user:password@mail.example` (TLS from the start).
    ///
    /// # Errors
    /// A message that explains the valid forms; it never contains the password.
    ///
    /// ```
    /// use portgate::sandbox::SmtpServer;
    /// assert_eq!(SmtpServer::parse("smtp://127.0.0.1:1025").unwrap().to_string(), "smtp://127.0.0.1:1025");
    /// assert_eq!(SmtpServer::parse("smtps://me:secret@mail.example").unwrap().to_string(), "smtps://me@mail.example");
    /// assert!(SmtpServer::parse("smtp://me:secret@mail.example").unwrap_err().contains("tls=required"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let usage = "use for example smtp://127.0.0.1:1025, smtp://USER:PASSWORD@HOST:587?tls=required or smtps://USER:PASSWORD@HOST";
        let url =
            Url::parse(text.trim()).map_err(|error| format!("not a valid server URL ({error}); {usage}"))?;
        if !matches!(url.scheme(), "smtp" | "smtps") || url.host_str().is_none_or(str::is_empty) {
            return Err(format!("not a valid SMTP server URL; {usage}"));
        }
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        match (url.scheme(), tls.as_deref()) {
            ("smtps", None) | ("smtp", None | Some("required" | "opportunistic")) => {}
            ("smtps", Some(_)) => return Err("smtps:// is always encrypted; remove ?tls=".into()),
            (_, other) => {
                return Err(format!(
                    "tls={} is not valid; use required or opportunistic",
                    other.unwrap_or_default()
                ));
            }
        }
        let has_password = url.password().is_some();
        if !url.username().is_empty() && !has_password {
            return Err("a user name requires a password".into());
        }
        let encrypted = url.scheme() == "smtps" || tls.as_deref() == Some("required");
        if has_password && !encrypted && !is_loopback(&url) {
            return Err(
                "an unencrypted password is only allowed for this machine; use smtps://, or add ?tls=required".into(),
            );
        }
        let mut shown = url.clone();
        // Neither can fail where there is a host.
        let _ = shown.set_password(None);
        let shown = shown.to_string().trim_end_matches('/').to_owned();
        Ok(SmtpServer { url: SecretString::from(url.to_string()), shown, has_password })
    }

    /// Whether its address holds a password.
    pub fn has_password(&self) -> bool {
        self.has_password
    }

    /// A transport. Certificates are loaded only if TLS is used.
    pub(crate) fn transport(&self, patience: Duration) -> Result<SmtpTransport, String> {
        SmtpTransport::from_url(self.url.expose_secret())
            .map(|builder| builder.timeout(Some(patience)).build())
            .map_err(|error| describe_error(&error))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => match name.trim_matches(['[', ']']).parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        },
        None => false,
    }
}

pub(crate) enum Attempt {
    Sent,
    /// Why it failed for now.
    Later(String),
    /// Why it will always fail.
    Never(String),
}

pub(crate) fn send(transport: &SmtpTransport, message: &lettre::Message) -> Attempt {
    match transport.send(message) {
        Ok(_) => Attempt::Sent,
        Err(error) if error.is_permanent() || error.is_client() => Attempt::Never(describe_error(&error)),
        Err(error) => Attempt::Later(describe_error(&error)),
    }
}

/// An error of lettre's with its causes, on one line.
pub(crate) fn describe_error(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    crate::text::sanitize::line(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_its_password_never_shown() {
        let server = SmtpServer::parse("smtp://me:s3cret@127.0.0.1:2525").unwrap();
        assert!(server.has_password());
        assert!(!format!("{server} {server:?}").contains("s3cret"));
        assert!(SmtpServer::parse("smtp://me:s3cret@[::1]:2525").is_ok());
        assert!(SmtpServer::parse("smtp://me:s3cret@localhost").is_ok());
        assert!(SmtpServer::parse("smtp://me:s3cret@mail.example?tls=required").is_ok());
        for wrong in [
            "127.0.0.1:25",
            "http://mail.example",
            "smtp://",
            "smtp://me@mail.example",
            "smtp://mail.example?tls=maybe",
            "smtps://mail.example?tls=required",
            "smtp://me:s3cret@mail.example",
            "smtp://me:s3cret@mail.example?tls=opportunistic",
            "smtp://me:s3cret@localhost.mail.example",
        ] {
            let reason = SmtpServer::parse(wrong).unwrap_err();
            assert!(!reason.contains("s3cret"), "{reason}");
        }
    }
}

//! The address of a ledger in PostgreSQL: what a `postgres://` URL says, and what the environment adds.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use url::form_urlencoded;

use crate::error::Error;
use crate::files::{check_own, read_regular_text};

/// How long connecting to one host may take, where the address doesn't say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest password file that is read, in bytes.
const LARGEST_PASSWORD_FILE: u64 = 1024 * 1024;
const DEFAULT_PORT: u16 = 5432;

/// The address, without the means to prove who connects but for a password in the URL.
#[derive(Clone)]
pub(crate) struct Address {
    pub(super) config: Config,
    pub(super) tls: Tls,
}

/// How the server is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tls {
    /// Not at all: it is on this machine.
    Plain,
    Verified {
        /// The certificates that are trusted, instead of the system's.
        root: Option<PathBuf>,
        /// The client's certificate and key.
        own: Option<(PathBuf, PathBuf)>,
    },
}

/// What the environment says of PostgreSQL's clients.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientSettings {
    /// `PGUSER`, or the user of this machine.
    pub(crate) user: Option<String>,
    /// `PGPASSWORD`.
    pub(crate) password: Option<SecretString>,
    /// `PGPASSFILE`, or `~/.pgpass`.
    pub(crate) password_file: Option<PathBuf>,
    /// `PGSSLROOTCERT`.
    pub(crate) root: Option<PathBuf>,
}

impl Address {
    /// Whether this text is an address, rather than a path.
    pub(crate) fn is_one(text: &str) -> bool {
        let starts = |scheme: &str| text.starts_with(scheme);
        text.contains("://") || starts("postgres:") || starts("postgresql:") || text.contains("host=")
    }

    /// Parses a URL as libpq does, with `sslmode`, `sslrootcert`, `sslcert` and `sslkey`. TLS is verified unless all hosts
    /// are on this machine, whatever `sslmode` says.
    ///
    /// # Errors
    /// It is not one (exit 2), or it asks for a plain connection to another machine.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |why: String| {
            Error::usage("the address of the ledger is not valid")
                .reason(why)
                .hint("use the path of a file, or an address such as postgres://ana@db.example.net/portgate")
        };
        let rest = text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "postgres" | "postgresql"));
        if rest.is_none() {
            return Err(wrong("it doesn't start with postgres://".to_owned()));
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut root, mut cert, mut key) = (None, None, None, None);
        let mut others = form_urlencoded::Serializer::new(String::new());
        let mut has_others = false;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => root = Some(PathBuf::from(value.as_ref())).filter(|_| value != "system"),
                "sslcert" => cert = Some(PathBuf::from(value.as_ref())),
                "sslkey" => key = Some(PathBuf::from(value.as_ref())),
                "password" => {
                    return Err(wrong(
                        "a password is not allowed in a parameter: write postgres://USER:PASSWORD@HOST"
                            .to_owned(),
                    ));
                }
                _ => {
                    others.append_pair(&name, &value);
                    has_others = true;
                }
            }
        }
        let query = others.finish().replace('+', "%20");
        let address = if has_others { format!("{address}?{query}") } else { address.to_owned() };
        // The parser's message may quote the password.
        let mut config: Config = address.parse().map_err(|_| wrong("it can't be parsed".to_owned()))?;
        if !config.get_hostaddrs().is_empty() {
            return Err(wrong("hostaddr is not supported".to_owned()));
        }
        if config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(name) if name.contains('@'))) {
            return Err(wrong("a host contains '@': write %40 for an @ in the password".to_owned()));
        }
        if config.get_hosts().is_empty() {
            return Err(wrong("it names no host".to_owned()));
        }
        if config.get_dbname().is_none() {
            return Err(wrong("it names no database".to_owned()));
        }
        let is_local = config.get_hosts().iter().all(is_on_this_machine);
        let tls = match mode.as_deref() {
            Some("disable") if !is_local => {
                return Err(wrong(
                    "sslmode=disable is allowed only for a database on this machine".to_owned(),
                ));
            }
            Some("disable") => Tls::Plain,
            None if is_local && root.is_none() => Tls::Plain,
            None | Some("allow" | "prefer" | "require" | "verify-ca" | "verify-full") => {
                let own = match (cert, key) {
                    (Some(cert), Some(key)) => Some((cert, key)),
                    (None, None) => None,
                    _ => return Err(wrong("sslcert and sslkey require each other".to_owned())),
                };
                Tls::Verified { root, own }
            }
            Some(other) => return Err(wrong(format!("sslmode={other} is unknown"))),
        };
        config.ssl_mode(if tls == Tls::Plain { SslMode::Disable } else { SslMode::Require });
        config.application_name("portgate");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_hosts().len() > 1 {
            // A standby is not written to.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        Ok(Address { config, tls })
    }

    pub(crate) fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Whether another host may answer where one doesn't.
    pub(super) fn has_several_hosts(&self) -> bool {
        self.config.get_hosts().len() > 1
    }

    /// Completes it with the user and the password that the environment gives.
    pub(crate) fn with_settings(mut self, settings: &ClientSettings) -> Result<Self, Error> {
        if self.config.get_user().is_none() {
            let user = settings.user.clone().ok_or_else(|| {
                Error::usage("the address of the ledger names no user").hint("add one, or set PGUSER")
            })?;
            self.config.user(user);
        }
        if let (Tls::Verified { root, .. }, Some(set)) = (&mut self.tls, &settings.root) {
            root.get_or_insert_with(|| set.clone());
        }
        if let Some(password) = settings.password.as_ref().filter(|_| !self.has_password()) {
            self.config.password(password.expose_secret());
        }
        if let Some(file) = settings.password_file.as_ref().filter(|_| !self.has_password())
            && let Some(password) = self.password_in(file)?
        {
            self.config.password(password.expose_secret());
        }
        Ok(self)
    }

    pub(super) fn set_password(&mut self, password: &SecretString) {
        self.config.password(password.expose_secret());
    }

    /// The password for this address in a file like `~/.pgpass`; `None` if there is no such file or line.
    fn password_in(&self, file: &Path) -> Result<Option<SecretString>, Error> {
        if !file.exists() {
            return Ok(None);
        }
        let unread = |why: String| {
            Error::usage(format!("could not read the password file {}", file.display())).reason(why)
        };
        let (text, about) =
            read_regular_text(file, LARGEST_PASSWORD_FILE).map_err(|error| unread(error.to_string()))?;
        check_own(&about, 0).map_err(|error| unread(error.to_string()))?;
        check_unshared(&about).map_err(unread)?;
        let user = self.config.get_user().unwrap_or_default();
        let database = self.config.get_dbname().unwrap_or_default();
        let of_host = |(place, host): (usize, &Host)| {
            let port = self.port(place).to_string();
            let password = |name: String| {
                password_for(&text, &[name, port.clone(), database.to_owned(), user.to_owned()])
            };
            match host {
                Host::Tcp(name) => password(name.clone()),
                Host::Unix(folder) => {
                    password(folder.display().to_string()).or_else(|| password("localhost".to_owned()))
                }
            }
        };
        Ok(self.config.get_hosts().iter().enumerate().find_map(of_host).map(SecretString::from))
    }

    fn port(&self, place: usize) -> u16 {
        let ports = self.config.get_ports();
        ports.get(place).or(ports.first()).copied().unwrap_or(DEFAULT_PORT)
    }
}

/// Without the user and the password.
impl fmt::Display for Address {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.config.get_hosts().iter().enumerate().map(|(place, host)| {
            let name = match host {
                Host::Tcp(name) if name.contains(':') => format!("[{name}]"),
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            };
            match self.port(place) {
                DEFAULT_PORT => name,
                port => format!("{name}:{port}"),
            }
        });
        let hosts: Vec<String> = hosts.collect();
        write!(text, "postgres://{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "Address({self})")
    }
}

fn is_on_this_machine(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

/// Refuses a file that others may read, as PostgreSQL's own clients do.
#[cfg(unix)]
fn check_unshared(about: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;
    match about.mode() & 0o077 {
        0 => Ok(()),
        _ => Err("other users may read it: run chmod 600 on it".to_owned()),
    }
}

#[cfg(not(unix))]
fn check_unshared(_: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

/// The password of the first line whose fields match: `host:port:database:user:password`, each may be `*`, with `\` before a
/// `:` or `\` that is part of it.
fn password_for(text: &str, wanted: &[String; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut fields = vec![String::new()];
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => fields.last_mut()?.extend(characters.next()),
                ':' if fields.len() < 5 => fields.push(String::new()),
                character => fields.last_mut()?.push(character),
            }
        }
        let password = fields.pop().filter(|_| fields.len() == wanted.len())?;
        let matches = fields.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
        matches.then_some(password)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_shown(text: &str) -> Result<(String, Tls), String> {
        Address::parse(text)
            .map(|address| (address.to_string(), address.tls.clone()))
            .map_err(|error| error.reason.unwrap_or_default())
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let verified = |root: Option<&str>| Tls::Verified { root: root.map(PathBuf::from), own: None };
        for (text, place, tls) in [
            ("postgres://ana:pw@db.example.net/desk", "postgres://db.example.net/desk", verified(None)),
            ("postgresql://127.0.0.1:6432/desk", "postgres://127.0.0.1:6432/desk", Tls::Plain),
            ("postgres://%2Frun%2Fpostgresql/desk", "postgres:///run/postgresql/desk", Tls::Plain),
            ("postgres://localhost/desk?sslmode=require", "postgres://localhost/desk", verified(None)),
            (
                "postgres://a@one.example.net,two.example.net:5433/desk?sslrootcert=/etc/ca.pem&sslmode=prefer",
                "postgres://one.example.net,two.example.net:5433/desk",
                verified(Some("/etc/ca.pem")),
            ),
            ("postgres://[::1]/desk", "postgres://[::1]/desk", Tls::Plain),
        ] {
            assert_eq!(parse_shown(text), Ok((place.to_owned(), tls)), "{text}");
        }
        let address = Address::parse("postgres://ana:secret@db.example.net/desk").unwrap();
        assert!(!format!("{address:?}").contains("secret"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_a_password() {
        for (text, why) in [
            ("mysql://db.example.net/desk", "it doesn't start with postgres://"),
            ("postgres:/ana:secret@db.example.net/desk", "it doesn't start with postgres://"),
            ("host=db.example.net password=secret", "it doesn't start with postgres://"),
            ("postgres://ana@localhost/desk?hostaddr=192.0.2.2", "hostaddr is not supported"),
            ("postgres://ana:p@ss@localhost/desk", "a host contains '@': write %40 for an @ in the password"),
            ("postgres:///desk", "it names no host"),
            ("postgres://db.example.net", "it names no database"),
            ("postgres://ana:se:cret@db.example.net:port/desk", "it can't be parsed"),
            ("postgres://db.example.net/desk?colour=red", "it can't be parsed"),
            (
                "postgres://db.example.net/desk?sslmode=disable",
                "sslmode=disable is allowed only for a database on this machine",
            ),
            (
                "postgres://localhost,db.example.net/desk?sslmode=disable",
                "sslmode=disable is allowed only for a database on this machine",
            ),
            ("postgres://db.example.net/desk?sslmode=maybe", "sslmode=maybe is unknown"),
            ("postgres://db.example.net/desk?sslcert=a.pem", "sslcert and sslkey require each other"),
        ] {
            assert_eq!(parse_shown(text), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_password_file_is_read_as_libpq_reads_it() {
        let wanted = ["db.example.net", "5432", "desk", "ana"].map(str::to_owned);
        let text = "# comment\nother:*:*:*:no\ndb.example.net:5432:desk:ben:no\n*:*:desk:ana:p\\:w\\\\:d\n*:*:*:*:late\n";
        assert_eq!(password_for(text, &wanted).as_deref(), Some("p:w\\:d"));
        assert_eq!(password_for("db.example.net:5433:desk:ana:no\n", &wanted), None);
        assert_eq!(password_for("db.example.net:5432:desk\n", &wanted), None);
    }
}

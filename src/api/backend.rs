//! The backend and its settings: flag > environment > profile > default.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use url::Url;

use crate::error::Error;
use crate::process_environment::ProcessEnvironment;
use crate::text::amounts::parse_retries;
use crate::text::span::parse_limit;
use crate::text::suggest::did_you_mean;
use crate::text::words::{self, shell_word};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
const DEFAULT_MAX_RETRIES: u32 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Environment {
    /// The real network: circuits cost money.
    Production,
    /// Reset daily; nothing is billed.
    Staging,
    Development,
    /// The embedded backend in this process.
    Sandbox,
    /// A backend chosen with `--api-url`.
    Custom,
}

impl Environment {
    pub(crate) const NAMES: [&'static str; 4] = ["production", "staging", "development", "sandbox"];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Environment::Production => "production",
            Environment::Staging => "staging",
            Environment::Development => "development",
            Environment::Sandbox => "sandbox",
            Environment::Custom => "custom",
        }
    }

    /// Parses a name in any case, including the short forms `prod` and `dev`. An unknown name is a usage error and
    /// never means production.
    pub(crate) fn parse(name: &str) -> Result<Self, Error> {
        match name.trim().to_ascii_lowercase().as_str() {
            "production" | "prod" => Ok(Environment::Production),
            "staging" => Ok(Environment::Staging),
            "development" | "dev" => Ok(Environment::Development),
            "sandbox" => Ok(Environment::Sandbox),
            other => {
                let known = words::alternatives(&Environment::NAMES);
                Err(Error::usage(format!("unknown environment '{name}'"))
                    .hint_each(did_you_mean(other, Environment::NAMES))
                    .hint(format!("use {known}; or choose another backend with --api-url")))
            }
        }
    }

    /// The backend for people: the environment's name, or its URL.
    pub(crate) fn place(self, endpoints: Option<&Endpoints>) -> String {
        match endpoints {
            Some(endpoints) if self == Environment::Custom => endpoints.api_base().to_owned(),
            _ => self.to_string(),
        }
    }

    /// The endpoints (confirmed: megaport-api.md, "Environments"); none for the sandbox and custom backends, whose
    /// endpoints come from elsewhere.
    pub(crate) fn known_endpoints(self) -> Option<Endpoints> {
        let (api, token) = match self {
            Environment::Production => {
                ("https://api.megaport.com", "https://auth-m2m.megaport.com/oauth2/token")
            }
            Environment::Staging => {
                ("https://api-staging.megaport.com", "https://auth-m2m-staging.megaport.com/oauth2/token")
            }
            Environment::Development => {
                ("https://api-mpone-dev.megaport.com", "https://auth-m2m-mpone-dev.megaport.com/oauth2/token")
            }
            Environment::Sandbox | Environment::Custom => return None,
        };
        Some(Endpoints::custom(api, Some(token)).expect("the addresses above are https URLs"))
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// Base URL of the API, without a trailing slash.
    pub(crate) api: Url,
    pub(crate) token: Url,
}

impl Endpoints {
    /// Endpoints of a backend given by its base URL; the default token endpoint is `<base>/oauth2/token`. Plain
    /// http is only allowed for loopback, as a token must not be sent unencrypted.
    pub(crate) fn custom(api: &str, token: Option<&str>) -> Result<Self, Error> {
        Endpoints::from_settings(("--api-url", api), ("--token-url", token))
    }

    /// Like [`Endpoints::custom`], with the names of the settings for errors.
    pub(crate) fn from_settings(
        (api_name, api): (&str, &str),
        (token_name, token): (&str, Option<&str>),
    ) -> Result<Self, Error> {
        let mut api = checked_url(api_name, api)?;
        if api.query().is_some() {
            return Err(Error::usage(format!("{api_name} must not contain a query (?)")));
        }
        let base = api.path().trim_end_matches('/').to_owned();
        api.set_path(&base);
        let token = match token {
            Some(token) => checked_url(token_name, token)?,
            None => checked_url(api_name, &format!("{}/oauth2/token", api.as_str().trim_end_matches('/')))?,
        };
        Ok(Endpoints { api, token })
    }

    /// The options that name them.
    pub(crate) fn options(&self) -> String {
        let api = shell_word(self.api_base());
        let is_default = Endpoints::custom(self.api_base(), None).is_ok_and(|default| default == *self);
        match is_default {
            true => format!("--api-url {api}"),
            false => format!("--api-url {api} --token-url {}", shell_word(self.token.as_str())),
        }
    }

    /// The API's URL, without a trailing slash.
    pub(crate) fn api_base(&self) -> &str {
        self.api.as_str().trim_end_matches('/')
    }
}

/// A URL that a token may be sent to.
fn checked_url(flag: &str, text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|_| {
        Error::usage(format!("{flag} '{text}' is not a URL"))
            .hint("use https://HOST or http://127.0.0.1:PORT")
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::usage(format!("{flag} must not contain a user name or password"))
            .hint("provide the key with auth login, environment variables or a file"));
    }
    if url.fragment().is_some() {
        return Err(Error::usage(format!("{flag} must not contain a fragment (#)")));
    }
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err(Error::usage(format!("{flag} '{text}' uses http for another machine"))
            .reason("keys and tokens would be sent unencrypted")
            .hint("use https; http is only allowed for loopback addresses")),
        other => {
            Err(Error::usage(format!("{flag} '{text}' has the unsupported scheme '{other}'"))
                .hint("use https"))
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Patience {
    /// Time limit for one operation, including retries.
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u32,
}

tokio::task_local! {
    /// The deadline of an operation of several requests, once it has started.
    static UNTIL: Cell<Option<Instant>>;
}

impl Patience {
    /// From flag or environment (`PORTGATE_TIMEOUT`, `PORTGATE_MAX_RETRIES`), otherwise 120 s and 4.
    pub(crate) fn resolve(
        timeout: Option<Duration>,
        max_retries: Option<u32>,
        environment: &ProcessEnvironment,
    ) -> Result<Self, Error> {
        // A variable that an option replaces isn't even read.
        let timeout = match timeout {
            Some(timeout) => timeout,
            None => environment.parse("PORTGATE_TIMEOUT", parse_limit)?.unwrap_or(DEFAULT_TIMEOUT),
        };
        let max_retries = match max_retries {
            Some(retries) => retries,
            None => environment.parse("PORTGATE_MAX_RETRIES", parse_retries)?.unwrap_or(DEFAULT_MAX_RETRIES),
        };
        Ok(Patience { timeout, max_retries })
    }

    /// Runs work with a deadline of its own, which is set by [`Patience::start_operation`]: several may run at once.
    pub(crate) async fn operation<F: Future>(work: F) -> F::Output {
        UNTIL.scope(Cell::new(None), work).await
    }

    /// Sets the deadline of the operation, unless it is set: its requests share the time limit until
    /// [`Patience::end_operation`].
    pub(crate) fn start_operation(&self) {
        let set =
            |until: &Cell<Option<Instant>>| until.set(until.get().or(Some(Instant::now() + self.timeout)));
        let _ = UNTIL.try_with(set);
    }

    pub(crate) fn end_operation(&self) {
        let _ = UNTIL.try_with(|until| until.set(None));
    }

    /// The time left for what starts now.
    pub(crate) fn time_left(&self) -> Duration {
        let until = UNTIL.try_with(Cell::get).ok().flatten();
        until.map_or(self.timeout, |until| until.saturating_duration_since(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn names_and_addresses_are_checked() {
        assert_eq!(Environment::parse("prod").unwrap(), Environment::Production);
        assert!(
            Environment::parse("stagign").unwrap_err().hints[0]
                .text(&crate::error::Invocation::default())
                .contains("staging")
        );
        let own = Endpoints::custom("http://127.0.0.1:8080/", None).unwrap();
        assert_eq!(own.token.as_str(), "http://127.0.0.1:8080/oauth2/token");
        for wrong in ["http://api.example", "https://api.example/?key=1", "https://api.example/#v3"] {
            assert!(Endpoints::custom(wrong, None).is_err(), "{wrong}");
        }
        assert!(Endpoints::custom("https://api.example", Some("https://id.example/token?tenant=1")).is_ok());
        assert!(Endpoints::custom("https://api.example", Some("https://id.example/token#x")).is_err());
    }
}

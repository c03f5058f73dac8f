//! The underlying HTTP client.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::error::Error;
use crate::exit::Exit;
use crate::files::{LARGEST, read_regular};
use crate::process_environment::ProcessEnvironment;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Builds the HTTP client for these endpoints. Loading the system's certificates takes milliseconds, so it is
/// only done if one of them is https; plain http is only used for loopback (see `settings`), without a proxy.
///
/// Redirects are handled by the caller, so that a token never goes to another host.
pub(crate) fn build(urls: &[&Url], environment: &ProcessEnvironment) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("portgate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .referer(false);
    let needs_tls = urls.iter().any(|url| url.scheme() == "https");
    let builder = if needs_tls {
        // Another thread may have been first, with the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        check_certificates(environment)?;
        match proxy(environment)? {
            Some(proxy) => builder.no_proxy().proxy(proxy),
            None => builder,
        }
    } else {
        builder.no_proxy().tls_backend_preconfigured(no_certificates()?)
    };
    builder.build().map_err(|error| {
        Error::new(Exit::Network, "could not create the HTTPS client")
            .reason(chain(&error))
            .hint("install the system's CA certificates (package ca-certificates), or check SSL_CERT_FILE and HTTPS_PROXY")
    })
}

/// The variables for an https proxy, in the order used by curl.
pub(super) const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The https proxy from the environment. An invalid one is an error: connecting directly would not be what was
/// requested.
fn proxy(environment: &ProcessEnvironment) -> Result<Option<reqwest::Proxy>, Error> {
    let named = PROXIES.into_iter().find_map(|name| Some((name, environment.raw(name)?)));
    let Some((name, value)) = named else { return Ok(None) };
    let wrong = || {
        Error::usage(format!("{name} is not a valid proxy"))
            .hint("use the form http://proxy.example:3128, or unset it")
    };
    let text = value.to_str().map(str::trim).ok_or_else(wrong)?;
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&with_scheme).map_err(|error| wrong().reason(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !matches!(url.path(), "" | "/") {
        return Err(wrong().reason("it doesn't have the form http://HOST:PORT"));
    }
    let proxy = reqwest::Proxy::https(url).map_err(|error| wrong().reason(chain(&error)))?;
    Ok(Some(proxy.no_proxy(reqwest::NoProxy::from_env())))
}

pub(super) fn check_proxy(environment: &ProcessEnvironment) -> Result<(), Error> {
    proxy(environment).map(|_| ())
}

/// Checks that the certificates named by the environment can be read: otherwise no certificate would be trusted,
/// silently.
pub(crate) fn check_certificates(environment: &ProcessEnvironment) -> Result<(), Error> {
    let Some(path) = environment.path("SSL_CERT_FILE") else { return Ok(()) };
    let wrong = |why: String| {
        Error::usage(format!("could not use {} (SSL_CERT_FILE)", path.display()))
            .reason(why)
            .hint("use a file with PEM certificates, or unset it")
    };
    let (text, _) = read_regular(&path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    match text.windows(mark.len()).any(|start| start == mark) {
        true => Ok(()),
        false => Err(wrong("it contains no certificate".to_owned())),
    }
}

/// A TLS configuration without trusted certificates: it is cheap, and never used for https.
fn no_certificates() -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Exit::Network, "TLS is not available").reason(error.to_string()))?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// An error and its causes on one line, without repeating the URL.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

//! The HTTP client underneath: built for what it will really be used for.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::error::Error;
use crate::exit::Exit;
use crate::files::{LARGEST, read_regular};
use crate::process_environment::ProcessEnvironment;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Builds the HTTP client for these addresses. Loading the system's certificates takes milliseconds, so it is
/// done only where one of them is https; plain http is loopback (see `settings`), where no proxy stands between.
///
/// Redirects are not followed here: the caller decides, so that a token never goes to another host.
pub(crate) fn build(urls: &[&Url], environment: &ProcessEnvironment) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("portgate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .referer(false);
    let needs_tls = urls.iter().any(|url| url.scheme() == "https");
    let builder = if needs_tls {
        // Another thread may have been first; either way the provider is ring.
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
        Error::new(Exit::Network, "the HTTPS client could not be made")
            .because(chain(&error))
            .hint("check SSL_CERT_FILE and HTTPS_PROXY, if you set them")
    })
}

/// The variables that name a proxy for https, the first one first, as curl reads them.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The proxy that the environment names for https. One that can't be understood is an error: to go direct would be another
/// way than the one asked for.
fn proxy(environment: &ProcessEnvironment) -> Result<Option<reqwest::Proxy>, Error> {
    let named = PROXIES.into_iter().find_map(|name| Some((name, environment.raw(name)?)));
    let Some((name, value)) = named else { return Ok(None) };
    let wrong = || {
        Error::usage(format!("{name} is no proxy"))
            .hint("give one as in http://proxy.example:3128, or unset it")
    };
    let text = value.to_str().map(str::trim).ok_or_else(wrong)?;
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&with_scheme).map_err(|error| wrong().because(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !matches!(url.path(), "" | "/") {
        return Err(wrong().because("it has another form than http://HOST:PORT"));
    }
    let proxy = reqwest::Proxy::https(url).map_err(|error| wrong().because(chain(&error)))?;
    Ok(Some(proxy.no_proxy(reqwest::NoProxy::from_env())))
}

/// Whether the certificates that the environment names can be read: else none at all would be trusted, without a word.
fn check_certificates(environment: &ProcessEnvironment) -> Result<(), Error> {
    let Some(path) = environment.path("SSL_CERT_FILE") else { return Ok(()) };
    let wrong = |why: String| {
        Error::usage(format!("SSL_CERT_FILE: {} can't be used", path.display()))
            .because(why)
            .hint("name a file of certificates in PEM, or unset it")
    };
    let (text, _) = read_regular(&path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    match text.windows(mark.len()).any(|start| start == mark) {
        true => Ok(()),
        false => Err(wrong("it holds no certificate".to_owned())),
    }
}

/// A TLS configuration that trusts nobody: it costs nothing to make, and https is never asked of it.
fn no_certificates() -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Exit::Network, "TLS is not available").because(error.to_string()))?;
    Ok(builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

/// An error and its causes in one line, without the URL twice.
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

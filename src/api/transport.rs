//! The HTTP client underneath: built for what it will really be used for.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::error::Error;
use crate::exit::Exit;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// Builds the HTTP client for these addresses. Loading the system's certificates takes milliseconds, so it is
/// done only where one of them is https; plain http is loopback (see `settings`), where no proxy stands between.
///
/// Redirects are not followed here: the caller decides, so that a token never goes to another host.
pub(crate) fn build(urls: &[&Url]) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("portgate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .referer(false);
    let needs_tls = urls.iter().any(|url| url.scheme() == "https");
    let builder = if needs_tls {
        // Another thread may have been first; either way the provider is ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        builder
    } else {
        builder.no_proxy().tls_backend_preconfigured(no_certificates()?)
    };
    builder.build().map_err(|error| {
        Error::new(Exit::Network, "the HTTPS client could not be made")
            .because(chain(&error))
            .hint("check SSL_CERT_FILE and HTTPS_PROXY, if you set them")
    })
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

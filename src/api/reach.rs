//! Whether an endpoint can be reached at all, for `doctor`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::{Method, header};
use url::Url;

use crate::api::failure::{network_error, timeout_error};
use crate::api::trace::Trace;
use crate::api::transport;
use crate::error::Error;
use crate::process_environment::ProcessEnvironment;

/// A response of whatever status.
pub(crate) struct Reached {
    pub(crate) status: u16,
    /// The backend's clock, in whole seconds.
    pub(crate) date: Option<Timestamp>,
    pub(crate) took: Duration,
}

/// Asks for a page without a token. Any response will do.
pub(crate) async fn reach(
    url: &Url,
    environment: &ProcessEnvironment,
    trace: &Trace,
    limit: Duration,
) -> Result<Reached, Error> {
    let http = transport::build(&[url], environment)?;
    let call = format!("GET {url}");
    let started = Instant::now();
    let exchange = trace.start(&Method::GET, url, 1);
    let answered = match tokio::time::timeout(limit, http.get(url.clone()).send()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(network_error(&call, error)),
        Err(_) => Err(timeout_error(&call, limit)),
    };
    let response = answered.inspect_err(|error| exchange.trace_failure(error))?;
    exchange.trace_response(&response);
    let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|date| date.timestamp());
    Ok(Reached { status: response.status().as_u16(), date, took: started.elapsed() })
}

/// The proxy of https requests, without its password, and the variable that names it.
///
/// # Errors
/// It isn't a proxy.
pub(crate) fn proxy_of(environment: &ProcessEnvironment) -> Result<Option<(&'static str, String)>, Error> {
    transport::check_proxy(environment)?;
    let named = transport::PROXIES.into_iter().find_map(|name| Some((name, environment.text(name)?)));
    Ok(named.map(|(name, text)| (name, text.rsplit_once('@').map_or(text, |(_, host)| host).to_owned())))
}

pub(crate) use transport::check_certificates;

//! Requests to the API: reads are retried, writes are sent once.

use std::time::Instant;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue, LOCATION};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::Url;

use crate::api::backend::{Endpoints, Patience};
use crate::api::body::{self, Streamed};
use crate::api::call::{Answer, Call, Method};
use crate::api::failure::{
    ErrorAnswer, SendFailure, decode_problem, envelope_of, network_error, timeout_error,
    unreadable_answer_error,
};
use crate::api::retry::Tries;
use crate::api::session::Session;
use crate::api::trace::Trace;
use crate::api::window::Pieces;
use crate::api::{retry, transport, wire};
use crate::clock::Clock;
use crate::error::Error;
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;
use crate::text::Uid;

/// Names the managed account that a partner acts for (confirmed).
const CALL_CONTEXT: HeaderName = HeaderName::from_static("x-call-context");

/// Maximum size of all pages of a list, in bytes.
pub(crate) const LARGEST_LIST: usize = 100 * 1024 * 1024;

/// Redirects followed within the same host.
const MOST_REDIRECTS: usize = 5;

/// The envelope of every response; programs only need `data` (confirmed).
#[derive(serde::Deserialize)]
struct Envelope<T> {
    data: T,
}

pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) endpoints: Endpoints,
    pub(crate) session: Session,
    pub(crate) patience: Patience,
    clock: Clock,
    trace: Trace,
    /// The uid of the managed account it acts for.
    account: Option<HeaderValue>,
}

enum Attempt {
    Answered(reqwest::Response),
    /// 401 for a token that can be renewed.
    Unauthorized(Error),
    Refused(Error),
    /// An error status from a gateway, or from a failing backend.
    NoAnswer(Error),
    NotSent(Error),
    Lost(Error),
}

impl Client {
    pub(crate) fn new(
        endpoints: Endpoints,
        session: Session,
        patience: Patience,
        clock: Clock,
        trace: Trace,
        environment: &ProcessEnvironment,
    ) -> Result<Self, Error> {
        let http = transport::build(&[&endpoints.api, &endpoints.token], environment)?;
        Ok(Client { http, endpoints, session, patience, clock, trace, account: None })
    }

    /// Acts for a managed account from now on: every request says so.
    pub(crate) fn act_for(&mut self, account_uid: &Uid) -> Result<(), Error> {
        let named = HeaderValue::from_str(account_uid.as_str()).map_err(|_| {
            Error::new(Exit::Api, format!("'{account_uid}' is not a valid managed account UID"))
        })?;
        self.account = Some(named);
        Ok(())
    }

    pub(crate) async fn token(&self) -> Result<secrecy::SecretString, Error> {
        self.session.bearer(&self.http, &self.trace, self.clock.now(), self.patience.time_left()).await
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        let answer = self.read_answer(call).await?;
        unwrap_envelope(&call.name(), &answer.body)
    }

    pub(crate) async fn read_answer(&self, call: &Call) -> Result<Answer, Error> {
        let mut tries = self.tries();
        loop {
            let answer = self.read_response(call, &mut tries).await?;
            match self.whole(answer, call, tries.deadline).await {
                Err(error) if error.exit == Exit::Network => tries.pause(error).await?,
                read => return read,
            }
        }
    }

    /// Reads a large response as a stream; each try creates a new `decoder`.
    pub(crate) async fn read_streamed<T, D>(&self, call: &Call, decoder: impl Fn() -> D) -> Result<T, Error>
    where
        T: Send + 'static,
        D: FnOnce(Pieces<'_>) -> Result<T, serde_json::Error> + Send + 'static,
    {
        let mut tries = self.tries();
        loop {
            let answer = self.read_response(call, &mut tries).await?;
            let name = call.name();
            match self.in_time(call, tries.deadline, body::decode(answer, &name, decoder())).await? {
                Streamed::Decoded(value) => return Ok(value),
                Streamed::Network(error) => tries.pause(error).await?,
                Streamed::NotUnderstood { start, why } => {
                    return Err(unreadable_answer_error(&name, &start, &why));
                }
            }
        }
    }

    /// Sends a write exactly once, except after a 401 for a token to renew, which changed nothing. A quarter of the
    /// remaining time is reserved for reading back.
    pub(crate) async fn send_once(&self, call: &Call) -> Result<Answer, SendFailure> {
        let deadline = Instant::now() + self.patience.time_left() * 3 / 4;
        let mut renewed = false;
        let answer = loop {
            let failure = match Box::pin(self.attempt(call, 1, deadline)).await {
                Attempt::Answered(answer) => break answer,
                Attempt::Unauthorized(_) if !renewed && self.session.renew() => {
                    renewed = true;
                    continue;
                }
                Attempt::Unauthorized(error) | Attempt::Refused(error) => SendFailure::Refused(error),
                Attempt::NotSent(error) => SendFailure::NotSent(error),
                Attempt::NoAnswer(error) | Attempt::Lost(error) => SendFailure::Lost(error),
            };
            return Err(failure);
        };
        self.whole(answer, call, deadline).await.map_err(SendFailure::Lost)
    }

    async fn whole(
        &self,
        answer: reqwest::Response,
        call: &Call,
        deadline: Instant,
    ) -> Result<Answer, Error> {
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = self.in_time(call, deadline, body::read_whole(answer, &call.name())).await??;
        self.trace.message('<', &headers, Some(&body));
        Ok(Answer { status, headers, body })
    }

    fn tries(&self) -> Tries {
        let Patience { timeout, max_retries, .. } = self.patience;
        Tries { made: 0, most: max_retries, deadline: Instant::now() + self.patience.time_left(), timeout }
    }

    /// Awaits part of a call, until the deadline.
    async fn in_time<F: Future>(&self, call: &Call, deadline: Instant, work: F) -> Result<F::Output, Error> {
        let ended = tokio::time::timeout_at(deadline.into(), work).await;
        ended.map_err(|_| timeout_error(&call.name(), self.patience.timeout))
    }

    /// Reads are tried again, which a change must not be: [`Client::send_once`].
    async fn read_response(&self, call: &Call, tries: &mut Tries) -> Result<reqwest::Response, Error> {
        if call.method != Method::GET {
            return Err(Error::new(Exit::Other, format!("{} is not a read; nothing was sent", call.name())));
        }
        let mut renewed = false;
        loop {
            match Box::pin(self.attempt(call, tries.made + 1, tries.deadline)).await {
                Attempt::Answered(answer) => return Ok(answer),
                Attempt::Unauthorized(_) if !renewed && self.session.renew() => renewed = true,
                Attempt::Refused(error) | Attempt::NoAnswer(error)
                    if error.http_status.is_some_and(retry::may_pass) =>
                {
                    tries.pause(error).await?;
                }
                Attempt::NotSent(error) | Attempt::Lost(error)
                    if error.exit == Exit::Network && error.retryable =>
                {
                    tries.pause(error).await?;
                }
                Attempt::Unauthorized(error)
                | Attempt::Refused(error)
                | Attempt::NoAnswer(error)
                | Attempt::NotSent(error)
                | Attempt::Lost(error) => return Err(error),
            }
        }
    }

    /// One attempt, including redirects within the host; `nth` counts from 1.
    async fn attempt(&self, call: &Call, nth: u32, deadline: Instant) -> Attempt {
        let left = deadline.saturating_duration_since(Instant::now());
        let token = match self.session.bearer(&self.http, &self.trace, self.clock.now(), left).await {
            Ok(token) => token,
            Err(error) => return Attempt::NotSent(error),
        };
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim()));
        let Ok(mut bearer) = bearer else {
            return Attempt::NotSent(
                Error::new(Exit::Authentication, "the access token contains invalid characters")
                    .hint("check MEGAPORT_ACCESS_TOKEN"),
            );
        };
        bearer.set_sensitive(true);
        let secret = token.expose_secret().trim();
        self.trace.hide(secret);
        let mut url = self.url_of(call);
        for _ in 0..=MOST_REDIRECTS {
            let mut request =
                self.http.request(call.method.clone(), url.clone()).header(AUTHORIZATION, bearer.clone());
            if let Some(account) = &self.account {
                request = request.header(CALL_CONTEXT, account);
            }
            if let Some(body) = &call.body {
                request = request.json(body);
            }
            let request = match request.build() {
                Ok(request) => request,
                Err(error) => return Attempt::NotSent(network_error(&call.name(), error)),
            };
            let exchange = self.trace.start(request.method(), &url, nth);
            self.trace.message('>', request.headers(), request.body().and_then(reqwest::Body::as_bytes));
            let sent = self.in_time(call, deadline, self.http.execute(request)).await;
            let response = match sent {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => {
                    let is_unsent = error.is_connect();
                    let error = network_error(&call.name(), error);
                    exchange.trace_failure(&error);
                    return if is_unsent { Attempt::NotSent(error) } else { Attempt::Lost(error) };
                }
                Err(error) => {
                    exchange.trace_failure(&error);
                    return Attempt::Lost(error);
                }
            };
            exchange.trace_response(&response);
            match self.redirect_target(call, &url, &response) {
                Some(next) => url = next,
                None => return self.attempt_outcome(call, response, deadline, secret).await,
            }
        }
        Attempt::NotSent(Error::new(Exit::Api, format!("{} redirects in a loop", call.name())))
    }

    /// The target of a redirect of a read within the same host; writes are never redirected.
    fn redirect_target(&self, call: &Call, from: &Url, response: &reqwest::Response) -> Option<Url> {
        if !response.status().is_redirection() || call.method != Method::GET {
            return None;
        }
        let next = from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()?;
        (next.origin() == from.origin()).then_some(next)
    }

    async fn attempt_outcome(
        &self,
        call: &Call,
        response: reqwest::Response,
        deadline: Instant,
        secret: &str,
    ) -> Attempt {
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Attempt::Answered(response);
        }
        let headers = response.headers().clone();
        let trace_id = body::trace_id(&headers);
        let retry_after = headers
            .get("retry-after")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry::retry_after(value, self.clock.now()));
        // A body that can't be parsed did not come from the API.
        let body = self.in_time(call, deadline, body::read_whole(response, &call.name())).await;
        let body = body.flatten().unwrap_or_default();
        self.trace.message('<', &headers, Some(&body));
        let token_only = self.session.is_token_only();
        let secrets = &[secret];
        let answer = ErrorAnswer { status, trace_id, body: &body, call: &call.name(), token_only, secrets };
        let is_verdict = answer.is_verdict();
        let error = Error { retry_after, ..answer.into_error() };
        let error = match self.account.as_ref().and_then(|account| account.to_str().ok()) {
            Some(account) if status == 403 && is_verdict => Error {
                message: format!("this key isn't allowed to do this on behalf of {account} (403)"),
                ..error
            },
            _ => error,
        };
        match status {
            _ if !is_verdict => Attempt::NoAnswer(error),
            401 if !token_only => {
                Attempt::Unauthorized(error.hint(self.session.credential.origin().remedy()))
            }
            401 => Attempt::Unauthorized(error),
            _ => Attempt::Refused(error),
        }
    }

    fn url_of(&self, call: &Call) -> Url {
        let mut url = self.endpoints.api.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{}", call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }
}

pub(crate) fn unwrap_envelope<T: DeserializeOwned>(call: &str, body: &[u8]) -> Result<T, Error> {
    wire::from_object::<Envelope<T>>(body)
        .map(|envelope| envelope.data)
        .map_err(|error| unreadable_answer_error(call, body, &decode_problem(&error)))
}

/// Whether a response comes from the API: a JSON object with `data` or `message` (confirmed: the envelope of every
/// response).
///
/// # Errors
/// It is anything else, for example a gateway's page.
pub(crate) fn check_envelope(call: &Call, answer: &Answer) -> Result<(), Error> {
    envelope_of(&answer.body)
        .map(|_| ())
        .map_err(|why| unreadable_answer_error(&call.name(), &answer.body, &why))
}

//! The bearer token: given, cached, or fetched with an API key.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::api::credential::{Credential, KeyPair};
use crate::api::failure::{
    ErrorAnswer, decode_problem, looks_like_html, network_error, timeout_error, unreadable_answer_error,
};
use crate::api::retry::{self, backoff};
use crate::api::trace::{Exchange, Trace};
use crate::api::{body, lenient_read, wire};
use crate::error::Error;
use crate::exit::Exit;

/// A token that expires within this time is not used: it must outlive a slow request.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);
/// Assumed lifetime of a token without one; the shortest that can be set for a key (confirmed: 5 min to 24 h).
const ASSUMED_LIFE: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    /// When it expires, by the local clock.
    pub(crate) expires_at: Timestamp,
}

impl Token {
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.expires_at.duration_since(now) > MARGIN
    }
}

/// Caches tokens between runs. Not used for keys from the environment.
pub(crate) trait TokenCache {
    fn load(&self) -> Option<Token>;
    /// Stores a token; if that fails, a new one is fetched next time.
    fn save(&self, token: &Token);
    fn forget(&self);
}

pub(crate) struct Session {
    pub(crate) credential: Credential,
    token_url: Url,
    cache: Option<Box<dyn TokenCache>>,
    current: RefCell<Option<Token>>,
}

impl Session {
    /// A session with this credential. `cache` stores its tokens between runs.
    pub(crate) fn new(credential: Credential, token_url: Url, cache: Option<Box<dyn TokenCache>>) -> Self {
        Session { credential, token_url, cache, current: RefCell::new(None) }
    }

    pub(crate) fn is_token_only(&self) -> bool {
        matches!(self.credential, Credential::AccessToken { .. })
    }

    pub(crate) async fn bearer(
        &self,
        http: &reqwest::Client,
        trace: &Trace,
        now: Timestamp,
        timeout: Duration,
    ) -> Result<SecretString, Error> {
        let key = match &self.credential {
            Credential::AccessToken { token, .. } => return Ok(token.clone()),
            Credential::KeyPair(key) => key,
        };
        if let Some(token) = self.current.borrow().as_ref().filter(|token| token.is_fresh(now)) {
            return Ok(token.secret.clone());
        }
        if let Some(token) =
            self.cache.as_ref().and_then(|cache| cache.load()).filter(|token| token.is_fresh(now))
        {
            *self.current.borrow_mut() = Some(token.clone());
            return Ok(token.secret);
        }
        let token = fetch(http, trace, &self.token_url, key, now, timeout).await?;
        if let Some(cache) = &self.cache {
            cache.save(&token);
        }
        *self.current.borrow_mut() = Some(token.clone());
        Ok(token.secret)
    }

    /// Drops the token after a 401. Returns whether another one can be fetched.
    pub(crate) fn renew(&self) -> bool {
        if self.is_token_only() {
            return false;
        }
        *self.current.borrow_mut() = None;
        if let Some(cache) = &self.cache {
            cache.forget();
        }
        true
    }
}

/// The token endpoint's response (confirmed: megaport-api.md, "Conventions").
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "lenient_read::read")]
    access_token: Option<String>,
    #[serde(default, deserialize_with = "lenient_read::read")]
    expires_in: Option<i64>,
}

/// Number of retries for fetching a token if the endpoint is busy or unreachable: it changes nothing.
const MOST_RETRIES: u32 = 3;

/// Fetches a token, with retries if the endpoint is unavailable. A refused key is exit 3.
async fn fetch(
    http: &reqwest::Client,
    trace: &Trace,
    token_url: &Url,
    key: &KeyPair,
    now: Timestamp,
    timeout: Duration,
) -> Result<Token, Error> {
    let until = Instant::now() + timeout;
    for attempt in 0.. {
        let left = until.saturating_duration_since(Instant::now());
        let exchange = trace.start(&Method::POST, token_url, attempt + 1);
        match fetch_once(http, &exchange, token_url, key, now, left).await {
            Ok(token) => return Ok(token),
            Err(error) => {
                let pause = error.retry_after.unwrap_or_else(|| backoff(attempt));
                let may_pass = error.retryable && error.exit != Exit::Timeout;
                if !may_pass
                    || attempt == MOST_RETRIES
                    || pause >= until.saturating_duration_since(Instant::now())
                {
                    return Err(error);
                }
                tokio::time::sleep(pause).await;
            }
        }
    }
    Err(timeout_error("the token endpoint", timeout))
}

/// `POST` with HTTP Basic and `grant_type=client_credentials` as a form (confirmed).
async fn fetch_once(
    http: &reqwest::Client,
    exchange: &Exchange<'_>,
    token_url: &Url,
    key: &KeyPair,
    now: Timestamp,
    timeout: Duration,
) -> Result<Token, Error> {
    let call = format!("POST {}", token_url.path());
    let secret = key.client_secret.expose_secret();
    // As it stands in the request: Basic.
    let pair = STANDARD.encode(format!("{}:{secret}", key.client_id));
    let secrets = [secret, &pair];
    secrets.iter().for_each(|secret| exchange.hide(secret));
    let send = http
        .post(token_url.clone())
        .basic_auth(&key.client_id, Some(secret))
        .form(&[("grant_type", "client_credentials")])
        .send();
    let exchange = async {
        let answer = send
            .await
            .map_err(|error| network_error(&call, error))
            .inspect_err(|error| exchange.trace_failure(error))?;
        exchange.trace_response(&answer);
        let status = answer.status().as_u16();
        let trace_id = body::trace_id(answer.headers());
        let retry_after = answer
            .headers()
            .get("retry-after")
            .and_then(|value| retry::retry_after(value.to_str().ok()?, now));
        let body = body::read_whole(answer, &call).await?;
        Ok((status, trace_id, retry_after, body))
    };
    let answered = tokio::time::timeout(timeout, exchange).await;
    let (status, trace_id, retry_after, body) =
        answered.unwrap_or_else(|_| Err(timeout_error(&call, timeout)))?;
    if !(200..300).contains(&status) {
        let mut error =
            ErrorAnswer { status, trace_id, body: &body, call: &call, token_only: false, secrets: &secrets }
                .into_error();
        // A refusal is 400 or 401 with `invalid_client` (confirmed).
        if matches!(status, 400 | 401) && !looks_like_html(&body) {
            error.exit = Exit::Authentication;
            error.retryable = false;
            error.message = format!("the API key was rejected by {token_url}");
            if error.reason.as_deref() == Some("invalid_client") {
                error.reason = Some("unknown client ID or wrong secret (invalid_client)".to_owned());
            }
            error.hints = vec![
                "a key only works in the environment it was created in (production, staging, ...): check --env"
                    .into(),
                key.origin.remedy(),
            ];
        }
        return Err(Error { retry_after, ..error });
    }
    let answer: Answer = wire::from_object(&body)
        .map_err(|error| unreadable_answer_error(&call, &body, &decode_problem(&error)))?;
    let secret = answer
        .access_token
        .ok_or_else(|| unreadable_answer_error(&call, &body, "the response has no access_token"))?;
    let life = answer.expires_in.map_or(ASSUMED_LIFE, SignedDuration::from_secs);
    let expires_at = now.checked_add(life).unwrap_or(Timestamp::MAX);
    Ok(Token { secret: SecretString::from(secret), expires_at })
}

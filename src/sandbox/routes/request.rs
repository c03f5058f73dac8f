//! Reads bodies, query strings and UIDs of requests, with errors in the envelope.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::body;
use crate::sandbox::app::App;
use crate::sandbox::refusal::{Answer, Refusal};

/// The largest body that is read.
pub(crate) const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// The bytes of a body that isn't too large.
pub(crate) struct Body(pub(crate) Bytes);

impl FromRequest<App> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        Bytes::from_request(request, app).await.map(Body).map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let message = format!("The body is larger than {BODY_LIMIT_BYTES} bytes");
                Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
            } else {
                Refusal::bad("The body could not be read").detail(rejection.body_text())
            }
        })
    }
}

/// A JSON body. Its `Content-Type` is ignored because clients differ.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let Body(body) = Body::from_request(request, app).await?;
        body::read(&body).map(Json)
    }
}

/// An optional JSON body; `null` counts as absent (confirmed).
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let Body(body) = Body::from_request(request, app).await?;
        if body.trim_ascii().is_empty() {
            return Ok(OptionalJson(T::default()));
        }
        body::read::<Option<T>>(&body).map(|read| OptionalJson(read.unwrap_or_default()))
    }
}

/// The parameters of the query string.
pub(crate) struct Parameters(HashMap<String, String>);

impl FromRequestParts<App> for Parameters {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Query::<HashMap<String, String>>::from_request_parts(parts, app)
            .await
            .map(|Query(parameters)| Parameters(parameters))
            .map_err(|rejection| Refusal::bad("The query string can't be read").detail(rejection.body_text()))
    }
}

impl Parameters {
    /// A parameter; an empty one counts as absent.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that is a whole number.
    pub(crate) fn number(&self, name: &str) -> Answer<Option<i64>> {
        self.text(name).map(|value| number(name, value)).transpose()
    }

    /// A parameter that lists whole numbers: `1,2,3`.
    pub(crate) fn numbers(&self, name: &str) -> Answer<Vec<i64>> {
        self.words(name).map(|value| number(name, value)).collect()
    }

    /// A parameter that lists words: `a,b`.
    pub(crate) fn words<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.text(name).unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty())
    }
}

fn number(name: &str, value: &str) -> Answer<i64> {
    value.parse().map_err(|_| Refusal::bad(format!("{name} must be a whole number, not {value:?}")))
}

/// What the path's braces stand for.
pub(crate) struct PathOf<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for PathOf<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        Path::<T>::from_request_parts(parts, app)
            .await
            .map(|Path(found)| PathOf(found))
            .map_err(|rejection| Refusal::bad("The path can't be read").detail(rejection.body_text()))
    }
}

/// The uid in the path, in lower case as it is stored.
pub(crate) struct Uid(pub(crate) String);

impl FromRequestParts<App> for Uid {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let PathOf(uid) = PathOf::<String>::from_request_parts(parts, app).await?;
        Ok(Uid(uid.to_ascii_lowercase()))
    }
}

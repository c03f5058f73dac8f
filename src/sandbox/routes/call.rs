//! Who a request is from, as its headers say; whether that holds is looked up with the rest.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::sandbox::app::{App, Call};
use crate::sandbox::refusal::Refusal;

impl FromRequestParts<App> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let token = header(&parts.headers, AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned())
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Refusal::unauthorized("An access token is needed: Authorization: Bearer ..."))?;
        let context = header(&parts.headers, "x-call-context").map(|uid| uid.trim().to_ascii_lowercase());
        Ok(Call { app: app.clone(), token, context: context.filter(|uid| !uid.is_empty()) })
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

//! Who a request is from, as its headers say; whether that holds is looked up with the rest.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::sandbox::app::{App, Call};
use crate::sandbox::refusal::{Answer, Refusal};

impl FromRequestParts<App> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let token = header(&parts.headers, AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned())
            .filter(|token| !token.is_empty())
            .ok_or_else(|| Refusal::unauthorized("An access token is required: Authorization: Bearer ..."))?;
        Ok(Call { app: app.clone(), token, context: call_context(&parts.headers)? })
    }
}

/// The uid of the account to act for. What can't be read must not act for the caller's own company.
fn call_context(headers: &HeaderMap) -> Answer<Option<String>> {
    let mut named = headers.get_all("x-call-context").iter();
    let Some(first) = named.next() else { return Ok(None) };
    let uid = first.to_str().map(|uid| uid.trim().to_ascii_lowercase()).unwrap_or_default();
    if uid.is_empty() || named.next().is_some() {
        return Err(Refusal::forbidden("X-Call-Context must name one company that you manage"));
    }
    Ok(Some(uid))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

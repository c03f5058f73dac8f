//! `POST /oauth2/token`: an access token for a key pair.

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_NO_PAD};
use serde_json::json;
use uuid::Uuid;

use super::request::Body;
use crate::sandbox::app::App;
use crate::sandbox::clock::rfc3339;
use crate::sandbox::event::{Event, Kind};
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::credentials::{self, Key};

/// At most one email about failed logins per hour and key.
const TELL_AGAIN_MS: i64 = 60 * 60 * 1000;

/// Answers a token, in OAuth's own shape instead of the envelope (confirmed, megaport-api.md). `grant_type` may
/// stand in a form body or in the query string, the key pair in the Basic header only.
pub(crate) async fn issue(
    State(app): State<App>,
    headers: HeaderMap,
    uri: Uri,
    Body(body): Body,
) -> Answer<Response> {
    let in_query = grant_type(uri.query().unwrap_or_default().as_bytes());
    let Some(grant) = in_query.or_else(|| grant_type(&body)) else {
        return Ok(error_response(StatusCode::BAD_REQUEST, "invalid_request"));
    };
    if grant != "client_credentials" {
        return Ok(error_response(StatusCode::BAD_REQUEST, "unsupported_grant_type"));
    }
    let Some((client_id, secret)) = key_pair(&headers) else {
        return Ok(error_response(StatusCode::UNAUTHORIZED, "invalid_client"));
    };
    let life = app.token_life_s;
    let issued = app
        .writer
        .change(move |connection, now_ms| {
            let Some(key) = credentials::key_by_client_id(connection, &client_id)? else { return Ok(None) };
            if !key.active || !is_same(&key.client_secret, &secret) {
                note_failure(connection, &key, now_ms)?;
                return Ok(None);
            }
            let life = life.unwrap_or(key.token_life_s);
            let token = token_for(&key, now_ms / 1000, life);
            credentials::put_token(connection, &token, &client_id, now_ms, now_ms + life * 1000)?;
            Ok(Some((token, life)))
        })
        .await?;
    Ok(match issued {
        Some((token, life)) => {
            let body = json!({"access_token": token, "expires_in": life, "token_type": "Bearer"});
            ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], axum::Json(body)).into_response()
        }
        None => error_response(StatusCode::UNAUTHORIZED, "invalid_client"),
    })
}

/// A JWT that says who its holder is, as identity providers issue them. In place of a signature it has random bytes: tokens
/// are looked up.
fn token_for(key: &Key, now_s: i64, life_s: i64) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let claims = json!({
        "sub": key.client_id,
        "email": key.owner_email,
        "role": key.role.name(),
        "companyUid": key.company_uid,
        "iat": now_s,
        "exp": now_s + life_s,
    });
    let random = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(random))
}

fn error_response(status: StatusCode, error: &str) -> Response {
    (status, axum::Json(json!({"error": error}))).into_response()
}

fn key_pair(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let pair = STANDARD_PAD_INDIFFERENT.decode(encoded.trim()).ok()?;
    let pair = String::from_utf8(pair).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (client_id, secret) = pair.split_once(':')?;
    Some((client_id.to_owned(), secret.to_owned()))
}

fn grant_type(form: &[u8]) -> Option<String> {
    url::form_urlencoded::parse(form)
        .find(|(name, _)| name == "grant_type")
        .map(|(_, value)| value.into_owned())
}

/// Compares in constant time.
fn is_same(left: &str, right: &str) -> bool {
    left.len() == right.len()
        && left.bytes().zip(right.bytes()).fold(0, |difference, (left, right)| difference | (left ^ right))
            == 0
}

fn note_failure(connection: &rusqlite::Connection, key: &Key, now_ms: i64) -> Result<(), Refusal> {
    let tell = key.failure_told_at.is_none_or(|told_at| now_ms - told_at >= TELL_AGAIN_MS);
    credentials::note_failure(connection, &key.client_id, tell.then_some(now_ms))?;
    if tell {
        let payload = json!({
            "key": {"client_id": key.client_id, "name": key.name},
            "owner": key.owner_name,
            "failures": key.failures + 1,
            "at": rfc3339(now_ms),
        });
        let event = Event {
            kind: Kind::LoginFailed,
            company_id: key.company_id,
            subject_uid: &key.client_id,
            payload,
            at_ms: now_ms,
        };
        events::record(connection, &event)?;
    }
    Ok(())
}

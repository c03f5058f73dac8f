//! The claims of an access token, if it is a JWT. They are not verified: the backend does that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_PAD_INDIFFERENT;
use jiff::Timestamp;
use serde_json::Value;

use crate::text::Uid;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// When it expires (`exp`).
    pub(crate) expires_at: Option<Timestamp>,
    /// Its roles (`role` or `roles`).
    pub(crate) roles: Vec<String>,
    /// Names of the user it was issued for: an email address, a UID or a number. The subject (`sub`) of a machine's
    /// token is its API key, not a user.
    pub(crate) names: Vec<String>,
    /// Its company (`companyUid`).
    pub(crate) company_uid: Option<Uid>,
}

const NAMES: [&str; 8] =
    ["email", "username", "preferred_username", "upn", "sub", "personUid", "personId", "partyId"];

/// Reads a token's claims; none if it isn't a JWT.
pub(crate) fn read(token: &str) -> Claims {
    let parts: Vec<&str> = token.split('.').collect();
    let [_, payload, _] = parts[..] else { return Claims::default() };
    let payload = URL_SAFE_PAD_INDIFFERENT.decode(payload).unwrap_or_default();
    let Ok(payload) = serde_json::from_slice::<Value>(&payload) else { return Claims::default() };
    let expires_at = payload["exp"].as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let roles = match (&payload["role"], &payload["roles"]) {
        (Value::String(role), _) => vec![role.clone()],
        (_, Value::Array(roles)) => roles.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let names = NAMES.iter().filter_map(|name| crate::api::lenient::as_text(&payload[name])).collect();
    let company_uid = payload["companyUid"].as_str().map(Uid::from);
    Claims { expires_at, roles, names, company_uid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_stays_unknown() {
        assert_eq!(read("a.b.c"), Claims::default());
        assert_eq!(read("e30.e30.x"), Claims::default());
        assert_eq!(read("e30.eyJyb2xlcyI6WyJGaW5hbmNlIiwzXX0.x").roles, ["Finance"]);
    }

    #[test]
    fn claims_are_read_where_a_token_has_some() {
        let claims = read("e30.eyJleHAiOjE3MDAwMDAwMDAsInJvbGUiOiJSZWFkIE9ubHkifQ.x");
        assert_eq!(claims.expires_at.unwrap().to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(claims.roles, ["Read Only"]);
        assert_eq!(read("opaque").expires_at, None);
    }
}

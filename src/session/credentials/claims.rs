//! What an access token tells about itself, where it is a JWT. It is read, not verified: the backend does that.

use jiff::Timestamp;
use serde_json::Value;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// When it ends (`exp`).
    pub(crate) expires_at: Option<Timestamp>,
    /// The roles it names (`role` or `roles`).
    pub(crate) roles: Vec<String>,
    /// What it calls the user it was made for, where it does: an e-mail address, a uid, a number. The subject of a
    /// machine's token is its API key (`sub`), which is no user's name.
    pub(crate) names: Vec<String>,
}

const NAMES: [&str; 8] =
    ["email", "username", "preferred_username", "upn", "sub", "personUid", "personId", "partyId"];

/// Reads a token's claims; a token that is no JWT says nothing.
pub(crate) fn read(token: &str) -> Claims {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Claims::default();
    };
    let Some(payload) = base64url(payload).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
    else {
        return Claims::default();
    };
    let expires_at = payload["exp"].as_i64().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let roles = match (&payload["role"], &payload["roles"]) {
        (Value::String(role), _) => vec![role.clone()],
        (_, Value::Array(roles)) => roles.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let names = NAMES.iter().filter_map(|name| crate::api::lenient::as_text(&payload[name])).collect();
    Claims { expires_at, roles, names }
}

/// Decodes base64 as tokens use it: RFC 4648 section 5, without padding.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for character in text.trim_end_matches('=').bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_that_of_the_rfc() {
        assert_eq!(base64url("Zm9vYg").unwrap(), b"foob");
        assert_eq!(base64url("Zm9vYmFy").unwrap(), b"foobar");
        assert_eq!(base64url("-_-_").unwrap(), [0xfb, 0xff, 0xbf]);
        assert_eq!(base64url("a b"), None);
    }

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

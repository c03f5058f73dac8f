//! Tokens cached between runs, only in the keyring, next to the key they were fetched with.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::store::{Entry, Store};
use crate::api::credential::KeyPair;
use crate::api::session::{Token, TokenCache};
use crate::error::newer_version;
use crate::session::profiles::Profile;

const SCHEMA: &str = "portgate.token/v1";

/// The keyring entry of a profile's token for one key. Errors are ignored: a cache is optional.
#[derive(Debug, Clone)]
pub(crate) struct KeyringTokenCache {
    store: Store,
    entry: Entry,
    /// Identifies key and endpoint: a token fetched with another key is ignored.
    fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    schema: String,
    access_token: String,
    /// Seconds since the Unix epoch.
    expires_at: i64,
    fingerprint: String,
}

impl KeyringTokenCache {
    /// The keyring entry of a profile's token.
    pub(crate) fn new(store: Store, profile: &Profile, key: &KeyPair) -> Self {
        let mut digest = Sha256::new();
        let endpoint = profile.endpoints.as_ref().map_or("", |endpoints| endpoints.token.as_str());
        for part in [&key.client_id, key.client_secret.expose_secret(), endpoint] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        let fingerprint = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let entry = Entry::token(profile.environment, &profile.name);
        KeyringTokenCache { store, entry, fingerprint }
    }
}

/// What every version has.
#[derive(Deserialize)]
struct Form {
    schema: String,
}

impl KeyringTokenCache {
    /// Whether a newer portgate keeps its token there, which it would lose.
    fn is_of_newer(&self) -> bool {
        let kept = self.store.read(&self.entry).ok().flatten();
        let form = kept.and_then(|text| serde_json::from_str::<Form>(text.expose_secret()).ok());
        form.is_some_and(|form| newer_version(&form.schema, SCHEMA).is_some())
    }
}

impl TokenCache for KeyringTokenCache {
    fn load(&self) -> Option<Token> {
        let text = self.store.read(&self.entry).ok().flatten()?;
        let stored: Stored = serde_json::from_str(text.expose_secret()).ok()?;
        let ours = stored.schema == SCHEMA && stored.fingerprint == self.fingerprint;
        let expires_at = Timestamp::from_second(stored.expires_at).ok()?;
        ours.then(|| Token { secret: SecretString::from(stored.access_token), expires_at })
    }

    fn save(&self, token: &Token) {
        if self.is_of_newer() {
            return;
        }
        let stored = Stored {
            schema: SCHEMA.to_owned(),
            access_token: token.secret.expose_secret().to_owned(),
            expires_at: token.expires_at.as_second(),
            fingerprint: self.fingerprint.clone(),
        };
        if let Ok(text) = serde_json::to_string(&stored) {
            let _ = self.store.write(&self.entry, &SecretString::from(text));
        }
    }

    fn forget(&self) {
        let _ = self.store.delete(&self.entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::backend::Environment;
    use crate::api::credential::Origin;

    fn key(secret: &str) -> KeyPair {
        let origin = Origin::Keyring { profile: "example".to_owned() };
        KeyPair { client_id: "id".to_owned(), client_secret: SecretString::from(secret), origin }
    }

    fn profile(environment: Environment) -> Profile {
        Profile::new("example", environment, environment.known_endpoints())
    }

    #[test]
    fn a_token_is_kept_for_its_own_key_and_place_only() {
        let store = Store::memory();
        let ends = Timestamp::from_second(2_000_000_000).unwrap();
        let staging = profile(Environment::Staging);
        let cache = KeyringTokenCache::new(store.clone(), &staging, &key("one"));
        assert!(cache.load().is_none());
        cache.save(&Token { secret: SecretString::from("token"), expires_at: ends });
        let token = cache.load().unwrap();
        assert_eq!((token.secret.expose_secret(), token.expires_at), ("token", ends));
        assert!(KeyringTokenCache::new(store.clone(), &staging, &key("two")).load().is_none());
        let production = profile(Environment::Production);
        assert!(KeyringTokenCache::new(store.clone(), &production, &key("one")).load().is_none());
        cache.forget();
        assert!(cache.load().is_none());
    }

    #[test]
    fn the_token_of_a_newer_version_is_not_used_and_stays() {
        let store = Store::memory();
        let staging = profile(Environment::Staging);
        let newer = r#"{"schema":"portgate.token/v2","sealed":"..."}"#;
        let entry = Entry::token(staging.environment, &staging.name);
        store.write(&entry, &SecretString::from(newer)).unwrap();
        let cache = KeyringTokenCache::new(store.clone(), &staging, &key("one"));
        assert!(cache.load().is_none());
        let ends = Timestamp::from_second(2_000_000_000).unwrap();
        cache.save(&Token { secret: SecretString::from("token"), expires_at: ends });
        assert_eq!(store.read(&entry).unwrap().unwrap().expose_secret(), newer);
        // Anything else is replaced.
        store.write(&entry, &SecretString::from(r#"{"schema":"portgate.token/v0"}"#)).unwrap();
        cache.save(&Token { secret: SecretString::from("token"), expires_at: ends });
        assert!(cache.load().is_some());
    }
}

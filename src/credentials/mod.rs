//! Who portgate acts as: an API key or a ready token, and where it came from.

use secrecy::SecretString;

/// Where a credential came from, in words a person can check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The keyring entry of a profile.
    Keyring {
        /// The profile's name.
        profile: String,
    },
    /// Environment variables (named).
    Environment(String),
    /// The output of a profile's `secret_command`.
    SecretCommand {
        /// The profile's name.
        profile: String,
    },
    /// The sandbox's own demo keys.
    Sandbox,
}

impl Origin {
    /// Whether tokens fetched with it may be kept in the keyring: never for keys from the environment.
    pub fn may_cache_tokens(&self) -> bool {
        matches!(self, Origin::Keyring { .. } | Origin::SecretCommand { .. })
    }
}

/// An API key: always a whole pair from one place.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The key's public half.
    pub client_id: String,
    /// The key's secret half.
    pub client_secret: SecretString,
    /// Where the pair came from.
    pub origin: Origin,
}

/// What a session is opened with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key; tokens are fetched with it.
    KeyPair(KeyPair),
    /// An access token given from outside; it can't be renewed.
    AccessToken {
        /// The bearer token.
        token: SecretString,
        /// Where it came from.
        origin: Origin,
    },
}

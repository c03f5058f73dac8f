//! A stored API key: both halves in one entry, with the endpoint they belong to.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::store::{Entry, Store};
use crate::api::credential::{KeyPair, Origin};
use crate::error::{Error, Hint, newer_version};
use crate::exit::Exit;
use crate::session::profiles::{KeyStore, Profile};

const SCHEMA: &str = "portgate.key/v1";
const VERSION: u64 = 1;

/// What every version has.
#[derive(Deserialize)]
struct Form {
    schema: String,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    schema: String,
    client_id: String,
    client_secret: String,
    /// The endpoint that accepted the key. The key is never sent anywhere else, whatever the profiles file says.
    token_url: String,
}

pub(crate) fn save_key(store: &Store, profile: &Profile, key: &KeyPair) -> Result<(), Error> {
    let stored = Stored {
        schema: SCHEMA.to_owned(),
        client_id: key.client_id.clone(),
        client_secret: key.client_secret.expose_secret().to_owned(),
        token_url: token_url(profile)?,
    };
    let text = serde_json::to_string(&stored).expect("four strings are always JSON");
    store.write(&Entry::key(profile.environment, &profile.name), &SecretString::from(text))
}

/// Reads a profile's key from its store, if any. An entry with another key or endpoint than the profile's is exit
/// 3.
pub(crate) fn load_key(store: &Store, profile: &Profile) -> Result<Option<KeyPair>, Error> {
    let Some(text) = store.read(&Entry::key(profile.environment, &profile.name))? else { return Ok(None) };
    let form: Option<Form> = serde_json::from_str(text.expose_secret()).ok();
    if let Some(version) = form.and_then(|form| newer_version(&form.schema, SCHEMA)) {
        let what =
            format!("could not read the key of profile '{}' in {}", profile.name, profile.store.label());
        return Err(Error::new(Exit::Authentication, what)
            .of_newer(version, VERSION)
            .resource(&profile.name));
    }
    let stored: Stored = serde_json::from_str(text.expose_secret())
        .ok()
        .filter(|stored: &Stored| stored.schema == SCHEMA)
        .ok_or_else(|| {
            login_error(
                profile,
                format!(
                    "could not read the entry of profile '{}' in {}",
                    profile.name,
                    profile.store.label()
                ),
            )
        })?;
    if stored.token_url != token_url(profile)? {
        return Err(login_error(
            profile,
            format!("the key of profile '{}' was stored for another backend", profile.name),
        )
        .reason(format!("it belongs to {}", stored.token_url)));
    }
    if profile.client_id.as_deref().is_some_and(|client_id| client_id != stored.client_id) {
        return Err(login_error(
            profile,
            format!(
                "profile '{}' has another client_id than the key in {}",
                profile.name,
                profile.store.label()
            ),
        ));
    }
    Ok(Some(KeyPair {
        client_id: stored.client_id,
        client_secret: SecretString::from(stored.client_secret),
        origin: match profile.store {
            KeyStore::Keyring => Origin::Keyring { profile: profile.name.clone() },
            KeyStore::File => Origin::File { profile: profile.name.clone() },
        },
    }))
}

/// Whether there is an entry for a profile's key, whatever is in it.
pub(crate) fn has_key(store: &Store, profile: &Profile) -> Result<bool, Error> {
    Ok(store.read(&Entry::key(profile.environment, &profile.name))?.is_some())
}

pub(crate) fn missing_key_error(profile: &Profile) -> Error {
    login_error(profile, format!("{} has no key for profile '{}'", profile.store.label(), profile.name))
}

/// An error solved by logging in again.
fn login_error(profile: &Profile, message: String) -> Error {
    Error::new(Exit::Authentication, message)
        .resource(&profile.name)
        .hint(Hint::login_to("log in again: ", &profile.name))
}

/// Removes a profile's key and its cached token; returns whether there was a key.
pub(crate) fn forget_key(store: &Store, profile: &Profile) -> Result<bool, Error> {
    let was_there = store.delete(&Entry::key(profile.environment, &profile.name))?;
    if profile.store == KeyStore::Keyring {
        store.delete(&Entry::token(profile.environment, &profile.name))?;
    }
    Ok(was_there)
}

fn token_url(profile: &Profile) -> Result<String, Error> {
    match &profile.endpoints {
        Some(endpoints) => Ok(endpoints.token.to_string()),
        None => Err(Error::usage("the sandbox doesn't require a key").resource(&profile.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::backend::Environment;

    #[test]
    fn a_key_of_a_newer_version_is_refused_and_left_as_it_is() {
        let store = Store::memory();
        let profile = Profile::new("example", Environment::Staging, Environment::Staging.known_endpoints());
        let entry = Entry::key(profile.environment, &profile.name);
        let newer = r#"{"schema":"portgate.key/v2","client":{"id":"one","secret":"two"}}"#;
        store.write(&entry, &SecretString::from(newer)).unwrap();
        let refused = load_key(&store, &profile).unwrap_err();
        assert_eq!(refused.exit, Exit::Authentication);
        let why = refused.reason.unwrap();
        assert!(why.contains("newer version of portgate") && why.contains("version 2"), "{why}");
        assert_eq!(store.read(&entry).unwrap().unwrap().expose_secret(), newer);
    }
}

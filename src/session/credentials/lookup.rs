//! Finds the credential of a run, in the environment or the profile.

use super::environment::{self, names_set, names_set_with_verb, names_with_verb};
use super::{KeyringTokenCache, Leash, Store, key_entry, secret_command};
use crate::api::backend::{Endpoints, Environment};
use crate::api::credential::{Credential, KeyPair, Origin};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;
use crate::session::profiles::{KeyStore, Profile};
use crate::session::target::{ChosenBy, Target};

#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) credential: Credential,
    /// Where its tokens may be cached between runs, if anywhere.
    pub(crate) token_cache: Option<KeyringTokenCache>,
    /// Notes for the user: a key that isn't the profile's, and ignored variables.
    pub(crate) notes: Vec<String>,
}

/// The source of the credential, before anything is read from the profile.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    Environment(Credential),
    /// The keyring, or the credentials file.
    Stored(&'a Profile),
    SecretCommand(&'a Profile),
    Nowhere,
}

/// Chooses the source of the credential for a backend other than the sandbox, and the notes about it. Reads neither the
/// keyring nor the `secret_command`.
///
/// Environment variables take precedence over the profile's key, unless `--profile` is given. A key from the
/// environment is never sent to a backend it wasn't meant for. It is meant for the one named by `MEGAPORT_API_URL` or
/// `MEGAPORT_ENVIRONMENT`; without these, for the one named by `--env` or `--api-url`; otherwise for production, as in
/// other tools of this API. Half a key, an invalid value or a key meant for another environment is exit 2.
pub(crate) fn choose<'a>(
    target: &'a Target,
    environment: &ProcessEnvironment,
) -> Result<(Source<'a>, Vec<String>), Error> {
    // The profile's key is in the keyring, or its secret comes from the `secret_command`.
    let own = target.profile.as_ref().filter(|profile| profile.client_id.is_some());
    let of_profile = |profile: &'a Profile| match profile.secret_command {
        Some(_) => Source::SecretCommand(profile),
        None => Source::Stored(profile),
    };
    if let Some(profile) = own.filter(|_| target.profile_by == ChosenBy::Flag) {
        let note = names_set_with_verb(environment)
            .map(|unused| format!("using the key of profile '{}'; {unused} ignored", profile.name));
        return Ok((of_profile(profile), note.into_iter().collect()));
    }
    if let Some((credential, mut notes)) = environment::read(environment)? {
        check_meant_for(target, environment)?;
        let instead = own
            .map(|profile| format!(" instead of the key of profile '{}'", profile.name))
            .unwrap_or_default();
        notes.insert(0, format!("using {} for {}{instead}", credential.origin(), target.place()));
        return Ok((Source::Environment(credential), notes));
    }
    Ok((own.map_or(Source::Nowhere, of_profile), Vec::new()))
}

/// The profile whose store the credential is read from, if it is.
pub(crate) fn stored_profile<'a>(
    target: &'a Target,
    environment: &ProcessEnvironment,
) -> Result<Option<&'a Profile>, Error> {
    Ok(match choose(target, environment)?.0 {
        Source::Stored(profile) => Some(profile),
        _ => None,
    })
}

/// Whether finding the credential may take long and needs its own thread: a keyring may ask to be unlocked, and a
/// `secret_command` takes time.
pub(crate) fn may_wait(target: &Target, environment: &ProcessEnvironment) -> Result<bool, Error> {
    let (source, _) = choose(target, environment)?;
    Ok(matches!(source, Source::Stored(_) | Source::SecretCommand(_)))
}

/// Finds the credential at the source given by [`choose`]. No credential, or one that can't be read, is exit 3; a
/// timeout is exit 11. `leash` limits the run time of a `secret_command` and can stop it.
pub(crate) fn find(
    target: &Target,
    environment: &ProcessEnvironment,
    store: &Store,
    leash: &Leash,
) -> Result<Found, Error> {
    let (source, notes) = choose(target, environment)?;
    let (credential, token_cache) = match source {
        Source::Environment(credential) => (credential, None),
        Source::SecretCommand(profile) => (Credential::KeyPair(ask_command(profile, leash)?), None),
        Source::Stored(profile) => {
            let pair =
                key_entry::load_key(store, profile)?.ok_or_else(|| key_entry::missing_key_error(profile))?;
            // Only the keyring keeps tokens: to encrypt the file anew takes longer than to fetch one.
            let is_in_keyring = profile.store == KeyStore::Keyring;
            let cache = is_in_keyring.then(|| KeyringTokenCache::new(store.clone(), profile, &pair));
            (Credential::KeyPair(pair), cache)
        }
        Source::Nowhere => return Err(missing_credential_error(target)),
    };
    Ok(Found { credential, token_cache, notes })
}

fn ask_command(profile: &Profile, leash: &Leash) -> Result<KeyPair, Error> {
    let command = profile.secret_command.as_deref().unwrap_or_default();
    let client_secret = secret_command::run(leash, &profile.name, command)?;
    let origin = Origin::SecretCommand { profile: profile.name.clone() };
    Ok(KeyPair { client_id: profile.client_id.clone().unwrap_or_default(), client_secret, origin })
}

/// Refuses to send a key from the environment to a backend it wasn't meant for; see [`choose`].
fn check_meant_for(target: &Target, environment: &ProcessEnvironment) -> Result<(), Error> {
    let api = |endpoints: &Option<Endpoints>| endpoints.as_ref().map(|endpoints| endpoints.api.clone());
    let (meant, said) = match (environment.text("MEGAPORT_API_URL"), environment.text("MEGAPORT_ENVIRONMENT"))
    {
        (Some(url), _) => {
            let endpoints = Endpoints::from_settings(("MEGAPORT_API_URL", url), ("", None))?;
            (api(&Some(endpoints)), format!("MEGAPORT_API_URL={url}"))
        }
        (None, Some(name)) => {
            let meant = Environment::parse(name)?;
            (api(&meant.known_endpoints()), format!("MEGAPORT_ENVIRONMENT={name}"))
        }
        (None, None) if target.environment_by == ChosenBy::Flag => return Ok(()),
        (None, None) => {
            let production = Environment::Production.known_endpoints();
            (api(&production), "MEGAPORT_ENVIRONMENT is not set, which means production".to_owned())
        }
    };
    if meant == api(&target.endpoints) {
        return Ok(());
    }
    let names = names_set(environment);
    let error = Error::usage(format!("{} set, but not for {}", names_with_verb(&names), target.place()))
        .reason(said.to_string());
    let flag = match (target.environment, &target.endpoints) {
        (Environment::Custom, Some(endpoints)) => format!("MEGAPORT_API_URL={}", endpoints.api),
        _ => format!("MEGAPORT_ENVIRONMENT={}", target.environment),
    };
    Err(error
        .hint(format!("if the key is for this backend, set {flag}; otherwise unset {}", names.join(" and "))))
}

pub(crate) fn missing_credential_error(target: &Target) -> Error {
    let error = Error::new(Exit::Authentication, format!("no credentials for {}", target.place()));
    let login = match (&target.profile, target.environment, &target.endpoints) {
        (Some(profile), ..) => format!("--profile {}", profile.name),
        (None, Environment::Production, _) => String::new(),
        (None, Environment::Custom, Some(endpoints)) => endpoints.options(),
        (None, environment, _) => format!("--env {environment}"),
    };
    let error = match &target.choices[..] {
        [] => error,
        choices => {
            let choices: Vec<String> =
                choices.iter().map(|(name, place)| format!("{name} ({place})")).collect();
            error
                .reason("no profile is given, and none is the default")
                .hint(format!("choose one with --profile NAME: {}", choices.join(", ")))
                .hint("or make one the default: portgate profile use NAME")
                .hint("or list all of them with --all-profiles")
        }
    };
    error
        .hint(Hint::login("log in: ", &login))
        .hint("or set MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY")
        .hint("or use --env sandbox, which requires no credentials")
}

#[cfg(test)]
mod tests;

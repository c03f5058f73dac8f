//! Finds the credential of a run: environment > profile, each taken whole.

use super::environment::{self, names_set, names_set_with_verb, names_with_verb};
use super::{KeyringTokenCache, Leash, Store, key_entry, secret_command};
use crate::api::backend::{Endpoints, Environment};
use crate::api::credential::{Credential, KeyPair, Origin};
use crate::error::Error;
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;
use crate::session::profiles::Profile;
use crate::session::target::{ChosenBy, Target};

#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) credential: Credential,
    /// Where its tokens may be kept between runs; `None` where they must not be.
    pub(crate) token_cache: Option<KeyringTokenCache>,
    /// What a person should hear: where a key came from that isn't the profile's, and what was left unused.
    pub(crate) notes: Vec<String>,
}

/// Where the credential of a run comes from; nothing of a profile has been read yet.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    Environment(Credential),
    Keyring(&'a Profile),
    SecretCommand(&'a Profile),
    Nowhere,
}

/// Decides where the credential comes from, for a backend other than the sandbox (which has its own), and what to say
/// about it. Touches neither the keyring nor the `secret_command`.
///
/// Environment variables are stronger than the profile's key, except against `--profile` on the command line: a flag is
/// stronger still, and it names a key. A key from the environment is never sent to a backend it wasn't meant for: it is
/// meant for the one that `MEGAPORT_API_URL` or `MEGAPORT_ENVIRONMENT` beside it names; where neither is set, for the
/// one that `--env` or `--api-url` names; else for production, as other tools of this API have it. Half a key, a value
/// that can't be one, a key meant for another environment: exit 2.
pub(crate) fn choose<'a>(
    target: &'a Target,
    environment: &ProcessEnvironment,
) -> Result<(Source<'a>, Vec<String>), Error> {
    // Its key is in the keyring, or comes through its `secret_command`.
    let own = target.profile.as_ref().filter(|profile| profile.client_id.is_some());
    let of_profile = |profile: &'a Profile| match profile.secret_command {
        Some(_) => Source::SecretCommand(profile),
        None => Source::Keyring(profile),
    };
    if let Some(profile) = own.filter(|_| target.profile_by == ChosenBy::Flag) {
        let note = names_set_with_verb(environment)
            .map(|unused| format!("using the key of profile '{}'; {unused} not used", profile.name));
        return Ok((of_profile(profile), note.into_iter().collect()));
    }
    if let Some((credential, mut notes)) = environment::read(environment)? {
        check_meant_for(target, environment)?;
        let instead =
            own.map(|profile| format!(", not the key of profile '{}'", profile.name)).unwrap_or_default();
        notes.insert(0, format!("using {} for {}{instead}", credential.origin(), target.place()));
        return Ok((Source::Environment(credential), notes));
    }
    Ok((own.map_or(Source::Nowhere, of_profile), Vec::new()))
}

/// Whether the credential may be long in coming, so that it should be found on a thread of its own: a keyring may ask the
/// person to unlock it, and a `secret_command` takes its time.
pub(crate) fn may_wait(target: &Target, environment: &ProcessEnvironment) -> Result<bool, Error> {
    let (source, _) = choose(target, environment)?;
    Ok(matches!(source, Source::Keyring(_) | Source::SecretCommand(_)))
}

/// Finds the credential for a backend other than the sandbox, from where [`choose`] says. No credential, or one that
/// can't be had: exit 3; where it did not answer in time: exit 11. `leash` is how long a `secret_command` may take, and
/// stops it.
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
        Source::Keyring(profile) => {
            let pair = key_entry::load_key(store, profile)?
                .ok_or_else(|| key_entry::missing_keyring_key_error(profile))?;
            let cache = KeyringTokenCache::new(store.clone(), profile, &pair);
            (Credential::KeyPair(pair), Some(cache))
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

/// Refuses to send a key of the environment to a backend it wasn't meant for; see [`choose`].
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
            (api(&production), "no MEGAPORT_ENVIRONMENT beside it, which means production".to_owned())
        }
    };
    if meant == api(&target.endpoints) {
        return Ok(());
    }
    let names = names_set(environment);
    let error = Error::usage(format!("{} set, but not for {}", names_with_verb(&names), target.place()))
        .because(format!("there is {said}"));
    let flag = match (target.environment, &target.endpoints) {
        (Environment::Custom, Some(endpoints)) => format!("MEGAPORT_API_URL={}", endpoints.api),
        _ => format!("MEGAPORT_ENVIRONMENT={}", target.environment),
    };
    Err(error.hint(format!("if the key belongs there, set {flag}; else unset {}", names.join(" and "))))
}

pub(crate) fn missing_credential_error(target: &Target) -> Error {
    let error = Error::new(Exit::Authentication, format!("no credentials for {}", target.place()));
    let login = match (&target.profile, target.environment, &target.endpoints) {
        (Some(profile), ..) => format!("portgate auth login --profile {}", profile.name),
        (None, Environment::Production, _) => "portgate auth login".to_owned(),
        (None, Environment::Custom, Some(endpoints)) => {
            format!("portgate auth login --api-url {}", endpoints.api)
        }
        (None, environment, _) => format!("portgate auth login --env {environment}"),
    };
    error
        .hint(format!("log in with: {login}"))
        .hint("or set MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY")
        .hint("--env sandbox needs no credentials")
}

#[cfg(test)]
mod tests;

//! Finds the credential of a run: environment > profile, each taken whole.

use super::environment::{self, KEY, names_set};
use super::{Credential, KeyPair, KeyringTokenCache, Origin, Store, key_entry, secret_command};
use crate::error::Error;
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;
use crate::profiles::Profile;
use crate::settings::{Endpoints, Environment};
use crate::target::{ChosenBy, Target};

/// A credential, and what goes with it.
#[derive(Debug)]
pub struct Found {
    /// What to open the session with.
    pub credential: Credential,
    /// Where its tokens may be kept between runs; `None` where they must not be.
    pub token_cache: Option<KeyringTokenCache>,
    /// What a person should hear: where a key came from that isn't the profile's, and what was left unused.
    pub notes: Vec<String>,
}

/// Finds the credential for a backend other than the sandbox (which has its own).
///
/// Environment variables are stronger than the profile's key, except against `--profile` on the command line: a flag
/// is stronger still, and it names a key. A key from the environment is never sent to a backend it wasn't meant for
/// (see [`check_meant_for`]). The keyring is only touched where the profile's key is the one to use.
///
/// # Errors
/// Exit 2: half a key, a key meant for another environment. Exit 3: no credential at all, or one that can't be had from
/// the keyring or the `secret_command`. Exit 11: these did not answer in time.
pub fn find(target: &Target, environment: &ProcessEnvironment, store: &Store) -> Result<Found, Error> {
    let own = target.profile.as_ref().filter(|profile| profile.has_key());
    if let Some(profile) = own.filter(|_| target.profile_by == ChosenBy::Flag) {
        let mut found = of_profile(profile, store)?;
        let unused = names_set(environment);
        if !unused.is_empty() {
            let unused = unused.join(" and ");
            found.notes.push(format!("using the key of profile '{}'; {unused} is not used", profile.name));
        }
        return Ok(found);
    }
    if let Some((credential, mut notes)) = environment::read(environment)? {
        check_meant_for(target, environment)?;
        let instead =
            own.map(|profile| format!(", not the key of profile '{}'", profile.name)).unwrap_or_default();
        notes.insert(0, format!("using {} for {}{instead}", credential.origin(), place(target)));
        return Ok(Found { credential, token_cache: None, notes });
    }
    match own {
        Some(profile) => of_profile(profile, store),
        None => Err(nothing(target)),
    }
}

fn of_profile(profile: &Profile, store: &Store) -> Result<Found, Error> {
    if let (Some(command), Some(client_id)) = (&profile.secret_command, &profile.client_id) {
        let client_secret = secret_command::run(&profile.name, command)?;
        let origin = Origin::SecretCommand { profile: profile.name.clone() };
        let pair = KeyPair { client_id: client_id.clone(), client_secret, origin };
        return Ok(Found { credential: Credential::KeyPair(pair), token_cache: None, notes: Vec::new() });
    }
    match key_entry::load_key(store, profile)? {
        Some(pair) => {
            let token_cache = KeyringTokenCache::new(store.clone(), profile, &pair);
            let credential = Credential::KeyPair(pair);
            Ok(Found { credential, token_cache: Some(token_cache), notes: Vec::new() })
        }
        None => Err(Error::new(
            Exit::Authentication,
            format!("the keyring holds no key for profile '{}'", profile.name),
        )
        .about(&profile.name)
        .hint(format!("log in again: portgate auth login --profile {}", profile.name))),
    }
}

/// Refuses to send a key of the environment to a backend it wasn't meant for: a production key must never reach
/// another token endpoint.
///
/// It is meant for the backend `MEGAPORT_API_URL` or `MEGAPORT_ENVIRONMENT` beside it names; where neither is set, for the one
/// that `--env` or `--api-url` names; else for production, as other tools of this API have it.
fn check_meant_for(target: &Target, environment: &ProcessEnvironment) -> Result<(), Error> {
    let api = |endpoints: &Option<Endpoints>| endpoints.as_ref().map(|endpoints| endpoints.api.clone());
    let (meant, said) = match (environment.text("MEGAPORT_API_URL"), environment.text("MEGAPORT_ENVIRONMENT"))
    {
        (Some(url), _) => {
            let endpoints = Endpoints::named(("MEGAPORT_API_URL", url), ("", None))?;
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
    let what = names_set(environment).join(" and ");
    let error = Error::usage(format!("{what} is set, but not for {}", place(target)))
        .because(format!("there is {said}"));
    let flag = match (target.environment, &target.endpoints) {
        (Environment::Custom, Some(endpoints)) => format!("MEGAPORT_API_URL={}", endpoints.api),
        _ => format!("MEGAPORT_ENVIRONMENT={}", target.environment),
    };
    Err(error.hint(format!("if the key belongs there, set {flag}; else unset {KEY} and what goes with it")))
}

fn place(target: &Target) -> String {
    match &target.endpoints {
        Some(endpoints) if target.environment == Environment::Custom => endpoints.api.to_string(),
        _ => target.environment.to_string(),
    }
}

fn nothing(target: &Target) -> Error {
    let error = Error::new(Exit::Authentication, format!("no credentials for {}", place(target)));
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

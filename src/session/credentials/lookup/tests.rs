use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::error::Invocation;
use crate::session::credentials::save_key;

const PAIR: [(&str, &str); 2] = [("MEGAPORT_ACCESS_KEY", "env-id"), ("MEGAPORT_SECRET_KEY", "env-s3cret")];

fn profile(environment: Environment) -> Profile {
    let mut profile = Profile::new("example", environment, environment.known_endpoints());
    profile.client_id = Some("profile-id".to_owned());
    profile
}

fn target(environment: Environment, environment_by: ChosenBy) -> Target {
    Target {
        environment,
        environment_by,
        endpoints: environment.known_endpoints(),
        profile: None,
        profile_by: ChosenBy::Default,
        profile_is_default: false,
        warnings: Vec::new(),
        choices: Vec::new(),
    }
}

fn with_profile(profile: Profile, profile_by: ChosenBy) -> Target {
    let mut target = target(profile.environment, ChosenBy::Profile);
    (target.profile, target.profile_by) = (Some(profile), profile_by);
    target
}

fn store_with_key(profile: &Profile) -> Store {
    let store = Store::memory();
    let pair = KeyPair {
        client_id: "profile-id".to_owned(),
        client_secret: SecretString::from("profile-s3cret"),
        origin: Origin::Given,
    };
    save_key(&store, profile, &pair).unwrap();
    store
}

fn find_in(target: &Target, variables: &[(&str, &str)], store: &Store) -> Result<Found, Error> {
    find(
        target,
        &ProcessEnvironment::from_variables(variables.iter().copied()),
        store,
        &Leash::new(std::time::Duration::from_secs(60)),
    )
}

fn find_for_production(variables: &[(&str, &str)]) -> Result<Found, Error> {
    find_in(&target(Environment::Production, ChosenBy::Default), variables, &Store::memory())
}

fn pair(found: &Found) -> (&str, &str) {
    match &found.credential {
        Credential::KeyPair(pair) => (&pair.client_id, pair.client_secret.expose_secret()),
        Credential::AccessToken { .. } => panic!("a token"),
    }
}

#[test]
fn a_key_of_the_environment_is_used_and_told() {
    let found = find_for_production(&PAIR).unwrap();
    assert_eq!(pair(&found), ("env-id", "env-s3cret"));
    assert!(found.token_cache.is_none());
    assert!(found.notes[0].contains("MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY"), "{:?}", found.notes);
    assert!(!format!("{found:?}").contains("s3cret"));
}

#[test]
fn half_a_key_names_the_missing_half() {
    for (set, missing) in [(PAIR[0], "MEGAPORT_SECRET_KEY"), (PAIR[1], "MEGAPORT_ACCESS_KEY")] {
        let error = find_for_production(&[set]).unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(error.message.contains(missing), "{error:?}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
    // The profile's half never completes it.
    let profile = profile(Environment::Production);
    let target = with_profile(profile.clone(), ChosenBy::Profile);
    assert_eq!(find_in(&target, &PAIR[..1], &store_with_key(&profile)).unwrap_err().exit, Exit::Usage);
}

#[test]
fn the_secret_may_be_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    crate::files::replace_private_file(&path, b"file-s3cret\r\n").unwrap();
    let variables = [PAIR[0], ("MEGAPORT_SECRET_KEY_FILE", path.to_str().unwrap())];
    let found = find_for_production(&variables).unwrap();
    assert_eq!(pair(&found), ("env-id", "file-s3cret"));
    assert_eq!(found.notes.len(), 1);
    let both = [PAIR[0], PAIR[1], variables[1]];
    assert!(find_for_production(&both).unwrap_err().message.contains("both set"));
    let missing = [PAIR[0], ("MEGAPORT_SECRET_KEY_FILE", "/nowhere/at/all")];
    assert_eq!(find_for_production(&missing).unwrap_err().exit, Exit::Usage);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let found = find_for_production(&variables).unwrap();
        assert!(found.notes[1].contains("chmod 600"), "{:?}", found.notes);
    }
}

#[test]
fn a_secret_of_several_lines_is_refused_unshown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    crate::files::replace_private_file(&path, b"one-s3cret\ntwo-s3cret\n").unwrap();
    let variables = [PAIR[0], ("MEGAPORT_SECRET_KEY_FILE", path.to_str().unwrap())];
    let error = find_for_production(&variables).unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert!(!format!("{error:?}").contains("s3cret"));
}

#[test]
fn a_token_is_stronger_than_a_key_and_says_so() {
    let variables = [("MEGAPORT_ACCESS_TOKEN", "t0ken"), PAIR[0], PAIR[1]];
    let found = find_for_production(&variables).unwrap();
    assert!(
        matches!(&found.credential, Credential::AccessToken { token, .. } if token.expose_secret() == "t0ken")
    );
    assert!(found.notes[1].contains("MEGAPORT_ACCESS_KEY"), "{:?}", found.notes);
}

#[test]
fn a_key_of_the_environment_goes_nowhere_it_was_not_meant_for() {
    let staging = with_profile(profile(Environment::Staging), ChosenBy::Variable);
    let store = store_with_key(&profile(Environment::Staging));
    let error = find_in(&staging, &PAIR, &store).unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    assert!(
        error.hints[0].text(&crate::error::Invocation::default()).contains("MEGAPORT_ENVIRONMENT=staging"),
        "{error:?}"
    );
    // Said to be of staging, it is used.
    let mut declared = PAIR.to_vec();
    declared.push(("MEGAPORT_ENVIRONMENT", "staging"));
    let found = find_in(&staging, &declared, &store).unwrap();
    assert_eq!(pair(&found).0, "env-id");
    assert!(found.notes[0].contains("instead of the key of profile 'example'"), "{:?}", found.notes);
    // A flag says it for this run, unless the variable beside the key says otherwise.
    let by_flag = target(Environment::Staging, ChosenBy::Flag);
    assert_eq!(pair(&find_in(&by_flag, &PAIR, &store).unwrap()).0, "env-id");
    let mut production = PAIR.to_vec();
    production.push(("MEGAPORT_ENVIRONMENT", "production"));
    assert_eq!(find_in(&by_flag, &production, &store).unwrap_err().exit, Exit::Usage);
    let mut address = PAIR.to_vec();
    address.push(("MEGAPORT_API_URL", "https://api.example"));
    assert_eq!(find_in(&by_flag, &address, &store).unwrap_err().exit, Exit::Usage);
}

#[test]
fn a_profile_named_by_flag_uses_its_own_key() {
    let profile = profile(Environment::Staging);
    let target = with_profile(profile.clone(), ChosenBy::Flag);
    let found = find_in(&target, &PAIR, &store_with_key(&profile)).unwrap();
    assert_eq!(pair(&found), ("profile-id", "profile-s3cret"));
    assert!(found.notes[0].contains("MEGAPORT_ACCESS_KEY"), "{:?}", found.notes);
    assert!(found.token_cache.is_some());
}

#[test]
fn a_stored_key_is_bound_to_its_endpoint_and_client_id() {
    let production = profile(Environment::Production);
    let store = store_with_key(&production);
    let quiet = find_in(&with_profile(production.clone(), ChosenBy::Profile), &[], &store).unwrap();
    assert!(quiet.notes.is_empty());
    let mut moved = production.clone();
    moved.endpoints = Some(Endpoints::custom("https://api.example", None).unwrap());
    let error = find_in(&with_profile(moved, ChosenBy::Profile), &[], &store).unwrap_err();
    assert_eq!(error.exit, Exit::Authentication);
    assert!(error.message.contains("another backend"), "{error:?}");
    let mut renamed = production;
    renamed.client_id = Some("other".to_owned());
    assert!(find_in(&with_profile(renamed, ChosenBy::Profile), &[], &store).is_err());
}

#[cfg(unix)]
#[test]
fn a_secret_command_gives_the_secret_half() {
    let mut profile = profile(Environment::Production);
    profile.secret_command = Some(vec!["echo".to_owned(), "command-s3cret".to_owned()]);
    let found = find_in(&with_profile(profile, ChosenBy::Profile), &[], &Store::memory()).unwrap();
    assert_eq!(pair(&found), ("profile-id", "command-s3cret"));
    assert!(found.token_cache.is_none());
}

#[test]
fn nothing_at_all_says_how_to_log_in_and_that_the_sandbox_needs_nothing() {
    let error = find_in(&target(Environment::Staging, ChosenBy::Flag), &[], &Store::memory()).unwrap_err();
    assert_eq!(error.exit, Exit::Authentication);
    let hints: Vec<String> =
        error.hints.iter().map(|hint| hint.text(&Invocation::default().with("--env", "staging"))).collect();
    let hints = hints.join("\n");
    assert!(
        hints.contains("log in: portgate auth login --env staging") && hints.contains("--env sandbox"),
        "{hints}"
    );
    let target = with_profile(profile(Environment::Staging), ChosenBy::Profile);
    let error = find_in(&target, &[], &Store::memory()).unwrap_err();
    assert!(error.message.contains("no key for profile 'example'"), "{error:?}");
}

//! What no run may print or leave in a file, and where showing it is the purpose.

use std::ffi::{OsStr, OsString};

use super::Outcome;
use crate::secret_search::holds;

/// Secrets of the fixtures: the token that a scripted backend gives, and service keys.
const OF_FIXTURES: [&str; 3] =
    ["scripted-token-1", "3f0c2a91-7b54-4d1e-8c36-9a5e0f7d2b14", "b27d4e05-1c8f-4a63-9d70-6e2b5f8a3c47"];
/// Variables whose value is a secret, or has one in it.
const VARIABLES: [&str; 3] = ["MEGAPORT_ACCESS_TOKEN", "MEGAPORT_SECRET_KEY", "PORTGATE_SANDBOX_SMTP"];
/// What is shorter may stand anywhere by chance.
const SHORTEST: usize = 6;
/// Calls that are there to show a secret, by words of their arguments.
const PURPOSE: [&[&str]; 10] = [
    &["auth", "token"],
    &["sandbox", "credentials"],
    // It prints the keys of its demo company.
    &["sandbox", "serve"],
    &["--reveal"],
    &["--handout"],
    &["keys", "create"],
    &["keys", "rotate"],
    // An example of a key.
    &["--help"],
    &["-h"],
    // The answer as it is.
    &["api"],
];

/// The secrets that a run knows: those of the fixtures, and what its variables and its stdin give it.
pub(super) fn known(variables: &[(OsString, OsString)], args: &[OsString], stdin: &[u8]) -> Vec<String> {
    let mut secrets: Vec<String> = OF_FIXTURES.map(str::to_owned).to_vec();
    for (_, value) in variables.iter().filter(|(name, _)| VARIABLES.iter().any(|known| name == known)) {
        let value = value.to_string_lossy();
        // smtp://user:password@host
        let password = value.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
        let password = password.and_then(|(login, _)| login.split_once(':')).map(|(_, password)| password);
        secrets.push(password.map_or_else(|| value.to_string(), str::to_owned));
    }
    if args.iter().any(|arg| arg == "--secret-stdin") {
        secrets.push(String::from_utf8_lossy(stdin).trim().to_owned());
    }
    let is_one =
        |secret: &String| secret.len() >= SHORTEST && secret.contains(|one: char| !one.is_alphabetic());
    secrets.retain(is_one);
    secrets
}

pub(super) fn shows_on_purpose(args: &[OsString]) -> bool {
    PURPOSE.iter().any(|words| words.iter().all(|word| args.iter().any(|arg| arg == OsStr::new(word))))
}

#[track_caller]
pub(super) fn check(secrets: &[String], outcome: &Outcome) {
    for secret in secrets {
        let found = [&outcome.stdout, &outcome.stderr].into_iter().any(|text| holds(text.as_bytes(), secret));
        assert!(!found, "the run printed the secret {secret:?}\n{outcome}");
    }
}

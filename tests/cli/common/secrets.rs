//! What no run may print or leave in a file, and where showing it is the purpose.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Outcome;

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

/// Looks through every file below a folder, but for those that `is_known`.
pub(super) fn check_files(
    folder: &Path,
    secrets: &BTreeSet<String>,
    is_known: &dyn Fn(&Path, &[u8]) -> bool,
) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => check_files(&path, secrets, is_known),
            // The database is the backend itself.
            Ok(kind) if kind.is_file() && !entry.file_name().to_string_lossy().contains("sandbox.db") => {
                let Ok(bytes) = fs::read(&path) else { continue };
                for secret in secrets.iter().filter(|secret| holds(&bytes, secret)) {
                    assert!(is_known(&path, &bytes), "the secret {secret:?} stands in {}", path.display());
                }
            }
            _ => {}
        }
    }
}

/// Whether bytes hold a secret as it is, as it stands in a URL, or in base64 at any place of what was encoded.
fn holds(bytes: &[u8], secret: &str) -> bool {
    let whole = String::from_utf8_lossy(bytes);
    let has = |text: &str| whole.contains(text);
    if has(secret) {
        return true;
    }
    let escaped: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    if has(&escaped) || has(&escaped.to_lowercase()) {
        return true;
    }
    (0..3).any(|before| {
        let encoded = STANDARD_NO_PAD.encode([vec![0; before], secret.as_bytes().to_vec()].concat());
        // The letters that share a byte with what stands around it are left out.
        let from = (before * 8).div_ceil(6);
        let to = (before + secret.len()) * 8 / 6;
        let middle = &encoded[from..to];
        has(middle) || has(&middle.replace('+', "-").replace('/', "_"))
    })
}

#[test]
fn a_secret_is_found_in_each_form() {
    let secret = "n0t-t0/be+seen?";
    for around in ["", "x", "xy", "client:"] {
        let whole = format!("{around}{secret}tail");
        for text in [whole.clone(), STANDARD_NO_PAD.encode(&whole), "a=n0t-t0%2Fbe%2Bseen%3F".to_owned()] {
            assert!(holds(text.as_bytes(), secret), "{text}");
        }
    }
    assert!(!holds(b"n0t-t0/be seen?", secret));
}

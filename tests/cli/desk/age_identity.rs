//! The credentials file, encrypted for an identity of age instead of with a passphrase.

use std::fs;
use std::path::PathBuf;

use super::credentials::{Desk, ID, SECRET, mode};
use crate::common::Outcome;

/// As age-keygen writes it.
const IDENTITY: &str = "# created: 2026-11-27T14:59:18Z\n\
    # public key: age1dt4kspetp6w6t2nhwek8qfghh678n4uvt2mayg36a4vehty3jdxsfklc94\n\
    AGE-SECRET-KEY-1XDZ89RFQGZTASTDAJ5L9J2JY6C58TW2SMZNPWLP2TVC3F9K9V83S6K8R4P\n";
const OTHER: &str = "AGE-SECRET-KEY-17RHNQXEPJGT79XHM7F6WM6076E952R34FRDTUMPG2FWYVEXCMU7QCLNRXL\n";

fn identity(desk: &Desk, name: &str, text: &str) -> PathBuf {
    desk.home.keeps_secret(text.lines().last().unwrap());
    let path = desk.home.write(name, text);
    mode(&path, 0o600);
    path
}

fn log_in(desk: &Desk, identity: &PathBuf) -> Outcome {
    let login = format!("auth login --profile lab --store file --client-id {ID} --secret-stdin");
    let login = desk.home.portgate(&login).at(&desk.script).stdin(format!("{SECRET}\n"));
    login.env("PORTGATE_IDENTITY_FILE", identity).run()
}

fn token(desk: &Desk, variables: &[(&str, &PathBuf)]) -> Outcome {
    let run = desk.home.portgate("auth token");
    variables.iter().fold(run, |run, (name, path)| run.env(*name, *path)).run()
}

#[test]
fn d07_a_key_is_kept_for_an_age_identity() {
    let desk = Desk::new();
    let own = identity(&desk, "own.txt", IDENTITY);
    log_in(&desk, &own).exits(0).stdout_has("in the credentials file");
    assert!(fs::read(desk.file()).unwrap().starts_with(b"age-encryption.org/v1\n-> X25519 "));
    token(&desk, &[("PORTGATE_IDENTITY_FILE", &own)]).exits(0);
    let logout = desk.home.portgate("auth logout").env("PORTGATE_IDENTITY_FILE", &own).run();
    logout.exits(0).stdout_has("from the credentials file");
    assert!(fs::read(desk.file()).unwrap().starts_with(b"age-encryption.org/v1\n-> X25519 "));
}

#[test]
fn d07_a_wrong_or_missing_identity_is_told() {
    let desk = Desk::new();
    let own = identity(&desk, "own.txt", IDENTITY);
    let other = identity(&desk, "other.txt", OTHER);
    log_in(&desk, &own).exits(0);
    let sent = desk.script.requests().len();
    let by_identity = |path: &PathBuf| token(&desk, &[("PORTGATE_IDENTITY_FILE", path)]);
    by_identity(&other).exits(3).stderr_has("wrong identity for credentials file");
    let kind = "is encrypted for an age identity, not with a passphrase";
    token(&desk, &[]).exits(2).stderr_has(kind).stderr_has("PORTGATE_IDENTITY_FILE").stderr_lacks("unset");
    token(&desk, &[("PORTGATE_PASSPHRASE_FILE", &desk.passphrase)])
        .exits(2)
        .stderr_has("contains it, and unset PORTGATE_PASSPHRASE_FILE");
    token(&desk, &[("PORTGATE_PASSPHRASE_FILE", &desk.passphrase)]).exits(2).stderr_has(kind);
    token(&desk, &[("PORTGATE_PASSPHRASE_FILE", &desk.passphrase), ("PORTGATE_IDENTITY_FILE", &own)])
        .exits(2)
        .stderr_has("are both set");
    for (text, why) in [
        ("", "has no identity"),
        ("# nothing\n", "has no identity"),
        ("AGE-SECRET-KEY-1QQQQ\n", "has no valid identity"),
        (&format!("{IDENTITY}{OTHER}"), "has more than one identity"),
    ] {
        let wrong = desk.home.write("wrong.txt", text);
        mode(&wrong, 0o600);
        by_identity(&wrong).exits(2).stderr_has(why);
    }
    mode(&own, 0o644);
    by_identity(&own).exits(2).stderr_has("its mode is 0644, not 0600");
    by_identity(&desk.home.path().join("nowhere")).exits(2).stderr_has("can't be read");
    assert_eq!(desk.script.requests().len(), sent);
}

#[test]
fn d07_a_file_with_a_passphrase_is_not_opened_with_an_identity() {
    let desk = Desk::logged_in();
    let own = identity(&desk, "own.txt", IDENTITY);
    token(&desk, &[("PORTGATE_IDENTITY_FILE", &own)])
        .exits(2)
        .stderr_has("is encrypted with a passphrase, not for an age identity")
        .stderr_has("PORTGATE_PASSPHRASE_FILE");
}

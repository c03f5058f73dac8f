//! Searches what programs print and write for secrets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Looks through every file below a folder, but for those that `is_known`.
pub(crate) fn check_files(
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
pub(crate) fn holds(bytes: &[u8], secret: &str) -> bool {
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

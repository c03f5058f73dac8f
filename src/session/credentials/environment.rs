//! Keys and tokens from environment variables, as used by other tools of this API, or from a file named by one.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::api::credential::{Credential, KeyPair, Origin};
use crate::error::Error;
use crate::files::{check_own, read_regular_text};
use crate::process_environment::ProcessEnvironment;

pub(super) const TOKEN: &str = "MEGAPORT_ACCESS_TOKEN";
pub(super) const KEY: &str = "MEGAPORT_ACCESS_KEY";
pub(super) const SECRET: &str = "MEGAPORT_SECRET_KEY";
/// The variable with the path of the file containing the secret.
pub(super) const SECRET_FILE: &str = "MEGAPORT_SECRET_KEY_FILE";
/// Maximum length of a secret from a file, stdin or a program, in bytes.
pub(crate) const LONGEST_SECRET: u64 = 64 * 1024;

/// The variables that are set.
pub(crate) fn names_set(environment: &ProcessEnvironment) -> Vec<&'static str> {
    [TOKEN, KEY, SECRET, SECRET_FILE].into_iter().filter(|name| environment.raw(name).is_some()).collect()
}

/// The variables that are set, with their verb; `None` if none is.
pub(crate) fn names_set_with_verb(environment: &ProcessEnvironment) -> Option<String> {
    Some(names_set(environment)).filter(|names| !names.is_empty()).map(|names| names_with_verb(&names))
}

/// Names with their verb: `A is`, `A and B are`.
pub(crate) fn names_with_verb(names: &[&str]) -> String {
    format!("{} {}", names.join(" and "), if names.len() == 1 { "is" } else { "are" })
}

/// The credential of the environment, if any, and notes about it. A token takes precedence over a key. Half a key, two
/// secrets or an unreadable file is exit 2.
pub(super) fn read(environment: &ProcessEnvironment) -> Result<Option<(Credential, Vec<String>)>, Error> {
    let mut notes = Vec::new();
    let secret = |name| -> Result<Option<SecretString>, Error> {
        environment.text_or_error(name)?.map(|text| clean(name, &SecretString::from(text))).transpose()
    };
    if let Some(token) = secret(TOKEN)? {
        let others: Vec<&str> = names_set(environment).into_iter().filter(|name| *name != TOKEN).collect();
        if !others.is_empty() {
            notes.push(format!("{} set as well, but ignored", names_with_verb(&others)));
        }
        let origin = Origin::Environment(TOKEN.to_owned());
        return Ok(Some((Credential::AccessToken { token, origin }, notes)));
    }
    let (secret_name, client_secret) = match environment.path(SECRET_FILE) {
        Some(_) if environment.raw(SECRET).is_some() => {
            let both = format!("{SECRET} and {SECRET_FILE} are both set");
            return Err(Error::usage(both).hint("unset one of them"));
        }
        Some(path) => (SECRET_FILE, Some(secret_file(&path, &mut notes)?)),
        None => (SECRET, secret(SECRET)?),
    };
    let (half, hint) = match (environment.text_or_error(KEY)?, client_secret) {
        (None, None) => return Ok(None),
        (Some(_), None) => (
            format!("{KEY} is set, but neither {SECRET} nor {SECRET_FILE} is"),
            format!("set {SECRET}, or unset {KEY}"),
        ),
        (None, Some(_)) => {
            (format!("{secret_name} is set, but {KEY} is not"), format!("set {KEY}, or unset {secret_name}"))
        }
        (Some(client_id), Some(client_secret)) => {
            let client_id = check_client_id(KEY, client_id)?;
            let origin = Origin::Environment(format!("{KEY} and {secret_name}"));
            return Ok(Some((Credential::KeyPair(KeyPair { client_id, client_secret, origin }), notes)));
        }
    };
    Err(Error::usage(half)
        .reason("the client ID and client secret must come from the same source")
        .hint(hint))
}

/// Checks a client ID: one word of visible ASCII without a colon, which HTTP Basic uses as separator.
pub(crate) fn check_client_id(name: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
        Ok(text.to_owned())
    } else {
        Err(Error::usage(format!("{name} is not a valid client ID"))
            .hint("copy the client ID shown with the API key in the Megaport Portal"))
    }
}

/// Trims a secret; the result must be one word of visible ASCII. The error doesn't contain the value.
pub(crate) fn clean(name: &str, secret: &SecretString) -> Result<SecretString, Error> {
    let text = secret.expose_secret().trim();
    if text.is_empty() {
        return Err(Error::usage(format!("{name} is empty")));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::usage(format!(
            "{name} contains spaces, line breaks or characters not used in keys or tokens"
        ))
        .hint("provide only the secret, on one line"));
    }
    Ok(SecretString::from(text))
}

/// Reads the secret from a file. If others can read the file, it is used with a warning, as container platforms mount
/// secrets this way.
fn secret_file(path: &Path, notes: &mut Vec<String>) -> Result<SecretString, Error> {
    let unreadable =
        |why: String| Error::usage(format!("could not read {} ({SECRET_FILE})", path.display())).reason(why);
    let (text, metadata) =
        read_regular_text(path, LONGEST_SECRET).map_err(|error| unreadable(error.to_string()))?;
    check_own(&metadata, 0).map_err(|error| unreadable(error.to_string()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            notes.push(format!("{0} is readable by other users; run: chmod 600 {0}", path.display()));
        }
    }
    clean(&format!("{SECRET_FILE} ({})", path.display()), &SecretString::from(text))
}

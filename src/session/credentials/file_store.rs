//! The credentials file: keys in a file that is encrypted with a passphrase or for an identity of age, for machines without a
//! keyring. It is used for profiles that name it (`store = "file"`), never in place of a keyring that fails.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::zeroize::{Zeroize as _, Zeroizing};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::age::{self, Broken, Identity, Secret};
use super::environment::LONGEST_SECRET;
use crate::error::{Error, Hint, Kind, newer_version};
use crate::exit::Exit;
use crate::files::{LARGEST, check_own, private_file_options, read_regular_text, replace_private_file};
use crate::session::profiles;

const SCHEMA: &str = "portgate.credentials/v1";
const VERSION: u64 = 1;
/// The variable with the path of a file that contains the passphrase.
pub(crate) const PASSPHRASE_FILE: &str = "PORTGATE_PASSPHRASE_FILE";
/// The variable with the path of an identity file of age.
pub(crate) const IDENTITY_FILE: &str = "PORTGATE_IDENTITY_FILE";

/// The file, decrypted once in a run.
#[derive(Debug, Clone)]
pub(crate) struct CredentialsFile {
    path: PathBuf,
    /// None of a file that isn't there.
    secret: Option<Secret>,
    entries: Arc<Mutex<Entries>>,
}

type Entries = BTreeMap<String, SecretString>;

/// What every version has.
#[derive(Deserialize)]
struct Form {
    schema: String,
}

#[derive(Serialize, Deserialize)]
struct Content {
    schema: String,
    entries: BTreeMap<String, String>,
}

impl CredentialsFile {
    pub(crate) fn path(config: &Path) -> PathBuf {
        config.join("credentials.age")
    }

    /// A file that isn't there holds nothing; `secret` is for its first entry.
    pub(crate) fn absent(path: PathBuf, secret: Option<Secret>) -> Self {
        CredentialsFile { path, secret, entries: Arc::default() }
    }

    /// Decrypts what was [`read`]; with a passphrase, that takes half a second.
    pub(crate) fn open(path: PathBuf, encrypted: &[u8], secret: Secret) -> Result<Self, Error> {
        let entries = decrypt(&path, encrypted, &secret)?;
        Ok(CredentialsFile { path, secret: Some(secret), entries: Arc::new(Mutex::new(entries)) })
    }

    pub(super) fn get(&self, entry: &str) -> Option<SecretString> {
        self.entries().get(entry).cloned()
    }

    pub(super) fn put(&self, entry: &str, secret: &SecretString) -> Result<(), Error> {
        self.change(|entries| entries.insert(entry.to_owned(), secret.clone())).map(|_| ())
    }

    /// Removes an entry; returns whether there was one.
    pub(super) fn remove(&self, entry: &str) -> Result<bool, Error> {
        if self.get(entry).is_none() {
            return Ok(false);
        }
        self.change(|entries| entries.remove(entry)).map(|removed| removed.is_some())
    }

    /// Reads it again, changes it and replaces it, one process at a time.
    fn change<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> Result<T, Error> {
        let _lock = profiles::lock(self.path.parent().unwrap_or(Path::new(".")))?;
        let Some(secret) = &self.secret else {
            return Err(Error::new(Exit::Other, format!("{} has no passphrase", name(&self.path))));
        };
        let mut entries = match read(&self.path)? {
            Some(encrypted) => decrypt(&self.path, &encrypted, secret)?,
            None => Entries::new(),
        };
        let answer = change(&mut entries);
        let mut content = Content { schema: SCHEMA.to_owned(), entries: BTreeMap::new() };
        for (entry, kept) in &entries {
            content.entries.insert(entry.clone(), kept.expose_secret().to_owned());
        }
        let unwritten = |why: String| {
            Error::new(Exit::Other, format!("could not write {}", name(&self.path))).reason(why)
        };
        let plain = serde_json::to_vec(&content).map(Zeroizing::new);
        content.entries.values_mut().for_each(|kept| kept.zeroize());
        let plain = plain.map_err(|error| unwritten(error.to_string()))?;
        let encrypted = age::encrypt(secret, &plain)
            .map_err(|_| unwritten("the system has no random numbers".to_owned()))?;
        replace_private_file(&self.path, &encrypted).map_err(|error| unwritten(error.to_string()))?;
        *self.entries() = entries;
        Ok(answer)
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn name(path: &Path) -> String {
    format!("credentials file {}", path.display())
}

/// The encrypted content, or `None` without a file. Only a regular file of this user that nobody else can use is read: a
/// link, another owner or mode is exit 2.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let refused = |why: &str| Error::usage(format!("{} {why}", name(path)));
    let failed = |error: &io::Error| refused("can't be read").reason(error.to_string());
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
        Ok(about) if about.is_symlink() => {
            return Err(refused("is a symbolic link").hint("replace the link with the file"));
        }
        Ok(_) => {}
    }
    let file = private_file_options().read(true).open(path).map_err(|error| failed(&error))?;
    let about = file.metadata().map_err(|error| failed(&error))?;
    if !about.is_file() {
        return Err(refused("is not a regular file"));
    }
    check_private(path, &about, &name(path))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.is_empty() {
        return Err(unusable_error(path, "is empty"));
    }
    Ok(Some(bytes))
}

/// Refuses a file that another user owns or may use.
fn check_private(path: &Path, about: &fs::Metadata, name: &str) -> Result<(), Error> {
    check_own(about, 0).map_err(|error| {
        Error::usage(format!("{name} belongs to another user"))
            .reason(error.to_string())
            .hint("use a file of your own")
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = about.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::usage(format!("{name} can be read by other users"))
                .reason(format!("its mode is {mode:04o}, not 0600"))
                .hint(format!("run: chmod 600 {}", path.display())));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Reads a file with a secret that only this user can use; `name` is for errors.
fn read_secret(path: &Path, name: &str) -> Result<Zeroizing<String>, Error> {
    let (text, about) = read_regular_text(path, LONGEST_SECRET)
        .map_err(|error| Error::usage(format!("{name} can't be read")).reason(error.to_string()))?;
    let text = Zeroizing::new(text);
    check_private(path, &about, name)?;
    Ok(text)
}

/// The identity in a file that `age-keygen` wrote.
pub(crate) fn read_identity(path: &Path) -> Result<Identity, Error> {
    let name = format!("identity file {} ({IDENTITY_FILE})", path.display());
    let text = read_secret(path, &name)?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let hint = "create one with: age-keygen -o FILE";
    let first = lines.next().ok_or_else(|| Error::usage(format!("{name} has no identity")).hint(hint))?;
    if lines.next().is_some() {
        return Err(Error::usage(format!("{name} has more than one identity")));
    }
    Identity::parse(first).ok_or_else(|| {
        Error::usage(format!("{name} has no valid identity"))
            .reason("it must start with AGE-SECRET-KEY-1")
            .hint(hint)
    })
}

/// The passphrase in a file: all of it but the line break at its end.
pub(crate) fn read_passphrase(path: &Path) -> Result<SecretString, Error> {
    let name = format!("passphrase file {} ({PASSPHRASE_FILE})", path.display());
    let text = read_secret(path, &name)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Error::usage(format!("{name} is empty"))),
        passphrase if passphrase.contains(['\r', '\n']) => {
            Err(Error::usage(format!("{name} has more than one line")))
        }
        passphrase => Ok(SecretString::from(passphrase)),
    }
}

fn decrypt(path: &Path, encrypted: &[u8], secret: &Secret) -> Result<Entries, Error> {
    let plain = age::decrypt(secret, encrypted).map_err(|broken| match (broken, secret) {
        (Broken::WrongSecret, Secret::Passphrase(_)) => wrong_passphrase_error(path),
        (Broken::WrongSecret, Secret::Identity(_)) => wrong_identity_error(path),
        (Broken::OtherKind, _) => other_kind_error(path, encrypted, true),
        (Broken::Damaged, _) => unusable_error(path, "is damaged or incomplete"),
        (Broken::Foreign, _) => unusable_error(path, "was not written by portgate"),
    })?;
    let form: Option<Form> = serde_json::from_slice(&plain).ok();
    if let Some(version) = form.and_then(|form| newer_version(&form.schema, SCHEMA)) {
        return Err(Error::new(Exit::Authentication, format!("could not read {}", name(path)))
            .of_newer(version, VERSION)
            .resource(path.display().to_string()));
    }
    let content: Content = serde_json::from_slice(&plain)
        .ok()
        .filter(|content: &Content| content.schema == SCHEMA)
        .ok_or_else(|| unusable_error(path, "was not written by portgate"))?;
    Ok(content.entries.into_iter().map(|(entry, secret)| (entry, SecretString::from(secret))).collect())
}

/// The option of a login that creates the file.
const OPTION: &str = "--store file";

fn wrong_passphrase_error(path: &Path) -> Error {
    Error::new(Exit::Authentication, format!("wrong passphrase for {}", name(path)))
        .of_kind(Kind::WrongPassphrase)
        .resource(path.display().to_string())
        .hint(Hint::login(
            "if you've lost the passphrase, delete the file (this removes all keys in it) and log in again: ",
            OPTION,
        ))
}

fn wrong_identity_error(path: &Path) -> Error {
    Error::new(Exit::Authentication, format!("wrong identity for {}", name(path)))
        .reason(format!("it is not encrypted for the identity in {IDENTITY_FILE}"))
        .resource(path.display().to_string())
        .hint(Hint::login(
            "if you've lost the right one, delete the file (this removes all keys in it) and log in again: ",
            OPTION,
        ))
}

/// The error for a file that is encrypted in another way than it is opened.
pub(crate) fn other_kind_error(path: &Path, encrypted: &[u8], given: bool) -> Error {
    let (how, variable, other) = match age::is_for_identities(encrypted) {
        true => ("for an age identity, not with a passphrase", IDENTITY_FILE, PASSPHRASE_FILE),
        false => ("with a passphrase, not for an age identity", PASSPHRASE_FILE, IDENTITY_FILE),
    };
    let unset = if given { format!(", and unset {other}") } else { String::new() };
    Error::usage(format!("{} is encrypted {how}", name(path)))
        .resource(path.display().to_string())
        .hint(format!("set {variable} to the path of a file that contains it{unset}"))
}

fn unusable_error(path: &Path, why: &str) -> Error {
    Error::new(Exit::Authentication, format!("{} {why}", name(path)))
        .resource(path.display().to_string())
        .hint(Hint::login(
            "restore it from a backup, or delete it (this removes all keys in it) and log in again: ",
            OPTION,
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = CredentialsFile::path(folder.path());
        let secret = || Secret::Passphrase(SecretString::from("a passphrase for a test"));
        let plain = br#"{"schema":"portgate.credentials/v2","entries":[{"name":"new"}]}"#;
        let encrypted = age::encrypt(&secret(), plain).unwrap();
        replace_private_file(&path, &encrypted).unwrap();
        let refused = CredentialsFile::open(path.clone(), &encrypted, secret()).unwrap_err();
        let why = refused.reason.as_deref().unwrap();
        assert!(why.contains("newer version of portgate") && why.contains("version 2"), "{refused:?}");
        assert!(!format!("{refused:?}").contains("delete"), "{refused:?}");
        // Replaced by a newer portgate while this one had it open.
        let open = CredentialsFile { path: path.clone(), secret: Some(secret()), entries: Arc::default() };
        let refused = open.put("key", &SecretString::from("secret")).unwrap_err();
        assert_eq!((refused.exit, refused.reason.as_deref()), (Exit::Authentication, Some(why)));
        assert_eq!(fs::read(&path).unwrap(), encrypted);
    }
}

//! Where keys are stored: the system's keyring, with a time limit, or the credentials file. There is no plain-text fallback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyring::Error as KeyringError;
use secrecy::{ExposeSecret, SecretString};

use super::bounded;
use super::file_store::CredentialsFile;
use crate::api::backend::Environment;
use crate::error::{self, Error, Hint};
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;

/// The service name of portgate's entries.
const SERVICE: &str = "portgate";
/// Time limit for the keyring if nobody can unlock it: a pipeline must not hang on a hidden prompt.
const LIMIT_UNATTENDED: Duration = Duration::from_secs(10);
/// Time limit if the user can enter the keyring's password in its window.
const LIMIT_ATTENDED: Duration = Duration::from_secs(60);

/// The name of an entry: `<environment>/<profile>/<what>`. It is unambiguous, as profile names have no slash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Entry(String);

impl Entry {
    pub(crate) fn key(environment: Environment, profile: &str) -> Self {
        Entry(format!("{environment}/{profile}/key"))
    }

    pub(crate) fn token(environment: Environment, profile: &str) -> Self {
        Entry(format!("{environment}/{profile}/token"))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Store {
    kind: Kind,
    limit: Duration,
    gave_up: Arc<AtomicBool>,
}

#[derive(Debug, Clone)]
enum Kind {
    Keyring,
    None,
    File(CredentialsFile),
    #[cfg(test)]
    Memory(Arc<std::sync::Mutex<std::collections::HashMap<Entry, String>>>),
}

impl Store {
    /// The store named by `PORTGATE_CREDENTIAL_STORE`: `keyring` (default) or `none`, for machines where no keyring may
    /// be used. Nothing is opened yet. `attended` means that a user can be asked.
    pub(crate) fn from_environment(environment: &ProcessEnvironment, attended: bool) -> Result<Self, Error> {
        let kind = match environment.raw("PORTGATE_CREDENTIAL_STORE").map(|name| name.to_string_lossy()) {
            None => Kind::Keyring,
            Some(name) if name == "keyring" => Kind::Keyring,
            Some(name) if name == "none" => Kind::None,
            Some(name) => {
                return Err(Error::usage(format!("invalid PORTGATE_CREDENTIAL_STORE '{name}'"))
                    .hint("use 'keyring' (default) or 'none'"));
            }
        };
        let limit = if attended { LIMIT_ATTENDED } else { LIMIT_UNATTENDED };
        Ok(Store { kind, limit, gave_up: Arc::default() })
    }

    pub(crate) fn of_file(file: CredentialsFile) -> Self {
        Store { kind: Kind::File(file), limit: LIMIT_UNATTENDED, gave_up: Arc::default() }
    }

    #[cfg(test)]
    pub(crate) fn memory() -> Self {
        Store { kind: Kind::Memory(Arc::default()), limit: LIMIT_UNATTENDED, gave_up: Arc::default() }
    }

    /// Whether an error says that there is no keyring, rather than one that can't be opened now.
    pub(crate) fn is_absent(error: &Error) -> bool {
        error.kind == error::Kind::NoKeyring
    }

    /// Checks that secrets can be stored, before any prompt.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.kind {
            Kind::Keyring => {
                self.ask(|| keyring::Entry::store_status().as_ref().map_err(unreachable_keyring).copied())
            }
            Kind::None => Err(switched_off_error()),
            Kind::File(_) => Ok(()),
            #[cfg(test)]
            Kind::Memory(_) => Ok(()),
        }
    }

    /// Reads an entry, if there is one.
    pub(crate) fn read(&self, entry: &Entry) -> Result<Option<SecretString>, Error> {
        #[cfg(test)]
        if let Kind::Memory(entries) = &self.kind {
            return Ok(entries.lock().expect("not poisoned").get(entry).cloned().map(SecretString::from));
        }
        if let Kind::File(file) = &self.kind {
            return Ok(file.get(&entry.0));
        }
        self.with_entry(entry, |entry| match entry.get_password() {
            Ok(secret) => Ok(Some(SecretString::from(secret))),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(error) => Err(error),
        })
    }

    pub(crate) fn write(&self, entry: &Entry, secret: &SecretString) -> Result<(), Error> {
        #[cfg(test)]
        if let Kind::Memory(entries) = &self.kind {
            let secret = secret.expose_secret().to_owned();
            entries.lock().expect("not poisoned").insert(entry.clone(), secret);
            return Ok(());
        }
        if let Kind::File(file) = &self.kind {
            return file.put(&entry.0, secret);
        }
        let secret = secret.clone();
        self.with_entry(entry, move |entry| entry.set_password(secret.expose_secret()))
    }

    /// Deletes an entry; returns whether there was one.
    pub(crate) fn delete(&self, entry: &Entry) -> Result<bool, Error> {
        #[cfg(test)]
        if let Kind::Memory(entries) = &self.kind {
            return Ok(entries.lock().expect("not poisoned").remove(entry).is_some());
        }
        if let Kind::File(file) = &self.kind {
            return file.remove(&entry.0);
        }
        self.with_entry(entry, |entry| match entry.delete_credential() {
            Ok(()) => Ok(true),
            Err(KeyringError::NoEntry) => Ok(false),
            Err(error) => Err(error),
        })
    }

    fn with_entry<T: Send + 'static>(
        &self,
        entry: &Entry,
        work: impl FnOnce(&keyring::Entry) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<T, Error> {
        if matches!(self.kind, Kind::None) {
            return Err(switched_off_error());
        }
        let name = entry.0.clone();
        self.ask(move || {
            keyring::Entry::store_status().as_ref().map_err(unreachable_keyring)?;
            let done = keyring::Entry::new(SERVICE, &name).and_then(|entry| work(&entry));
            done.map_err(|error| keyring_error(&error))
        })
    }

    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        // Don't wait again for a keyring that has hung once.
        let answer =
            if self.gave_up.load(Ordering::Relaxed) { None } else { bounded::run_within(self.limit, work) };
        answer.unwrap_or_else(|| {
            self.gave_up.store(true, Ordering::Relaxed);
            Err(with_alternatives(
                Error::new(
                    Exit::Timeout,
                    format!("the keyring did not respond within {} s", self.limit.as_secs()),
                )
                .reason("it may be locked and waiting for its password in another window")
                .hint("unlock it and try again"),
            ))
        })
    }
}

fn switched_off_error() -> Error {
    let message = "the keyring is disabled (PORTGATE_CREDENTIAL_STORE=none)";
    with_alternatives(Error::new(Exit::Authentication, message).of_kind(error::Kind::NoKeyring))
}

/// Adds the alternatives to a keyring. None of them is chosen unless it is named.
fn with_alternatives(error: Error) -> Error {
    error
        .hint(Hint::login(
            "to work without a keyring, log in with a command that prints the secret: ",
            "--secret-command COMMAND",
        ))
        .hint(Hint::login("or store the key in an encrypted file: ", "--store file"))
        .hint("or set MEGAPORT_ACCESS_KEY with MEGAPORT_SECRET_KEY or MEGAPORT_SECRET_KEY_FILE")
}

fn unreachable_keyring(error: &KeyringError) -> Error {
    with_alternatives(
        Error::new(Exit::Authentication, "no keyring is available on this machine")
            .of_kind(error::Kind::NoKeyring)
            .reason(system_message(error))
            .hint("on Linux, start a Secret Service (for example gnome-keyring) in a D-Bus session"),
    )
}

/// The error for a failed call, without its `Debug` form, which may contain the secret.
fn keyring_error(error: &KeyringError) -> Error {
    let refused = |what: &str| Error::new(Exit::Authentication, what).reason(system_message(error));
    let locked = |what: &str| with_alternatives(refused(what).hint("unlock it and try again"));
    match error {
        KeyringError::NoStorageAccess(_) => locked("the keyring is locked, or has no default collection"),
        KeyringError::PlatformFailure(cause) if is_absent(&cause.to_string()) => unreachable_keyring(error),
        KeyringError::PlatformFailure(cause) if cause.to_string().contains("IsLocked") => {
            locked("the keyring is locked")
        }
        KeyringError::Ambiguous(_) => Error::new(
            Exit::Authentication,
            "the keyring has several entries of the same name",
        )
        .hint(format!(
            "delete the entries of the service '{SERVICE}' with the keyring's own program, then log in again"
        )),
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            Error::new(Exit::Authentication, "the keyring entry was not written by portgate")
                .hint(Hint::login("log in again: ", ""))
        }
        _ => with_alternatives(refused("the keyring could not be used")),
    }
}

fn is_absent(cause: &str) -> bool {
    ["ServiceUnknown", "NameHasNoOwner", "no secret service", "Disconnected"]
        .iter()
        .any(|sign| cause.contains(sign))
}

/// The system's message, without the parts that may contain data.
fn system_message(error: &KeyringError) -> String {
    match error {
        KeyringError::PlatformFailure(cause) | KeyringError::NoStorageAccess(cause) => cause.to_string(),
        KeyringError::NoDefaultStore => "no keyring is supported on this platform".to_owned(),
        KeyringError::TooLong(what, limit) => {
            format!("{what} is longer than the {limit} characters allowed by the keyring")
        }
        KeyringError::Invalid(what, why) => format!("{what}: {why}"),
        KeyringError::NotSupportedByStore(why) => why.clone(),
        _ => "no reason given".to_owned(),
    }
}

//! The system's keyring, reached with a time limit. There is no plain-text place to fall back to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use keyring::Error as KeyringError;
use secrecy::{ExposeSecret, SecretString};

use super::bounded;
use crate::api::backend::Environment;
use crate::error::Error;
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;

/// What portgate's entries are filed under.
const SERVICE: &str = "portgate";
/// How long the keyring may take where nobody is there to unlock it: a pipeline must not hang on a hidden prompt.
const LIMIT_UNATTENDED: Duration = Duration::from_secs(10);
/// How long it may take where a person can type the keyring's password into its own window.
const LIMIT_ATTENDED: Duration = Duration::from_secs(60);

/// The name of an entry: `<environment>/<profile>/<what>`. Profile names have no slash, so it is unambiguous.
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
    #[cfg(test)]
    Memory(Arc<std::sync::Mutex<std::collections::HashMap<Entry, String>>>),
}

impl Store {
    /// The store `PORTGATE_CREDENTIAL_STORE` names: `keyring` (the default) or `none`, for machines where no keyring
    /// may be touched. Nothing is opened yet. `attended` says that a person can be asked.
    pub(crate) fn from_environment(environment: &ProcessEnvironment, attended: bool) -> Result<Self, Error> {
        let kind = match environment.raw("PORTGATE_CREDENTIAL_STORE").map(|name| name.to_string_lossy()) {
            None => Kind::Keyring,
            Some(name) if name == "keyring" => Kind::Keyring,
            Some(name) if name == "none" => Kind::None,
            Some(name) => {
                return Err(Error::usage(format!("PORTGATE_CREDENTIAL_STORE is '{name}'"))
                    .hint("known are 'keyring' (the default) and 'none'"));
            }
        };
        let limit = if attended { LIMIT_ATTENDED } else { LIMIT_UNATTENDED };
        Ok(Store { kind, limit, gave_up: Arc::default() })
    }

    #[cfg(test)]
    pub(crate) fn memory() -> Self {
        Store { kind: Kind::Memory(Arc::default()), limit: LIMIT_UNATTENDED, gave_up: Arc::default() }
    }

    /// Checks that secrets can be kept, before anything is asked of a person.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &self.kind {
            Kind::Keyring => {
                self.ask(|| keyring::Entry::store_status().as_ref().map_err(unreachable_keyring).copied())
            }
            Kind::None => Err(switched_off_error()),
            #[cfg(test)]
            Kind::Memory(_) => Ok(()),
        }
    }

    /// Reads an entry; `None` where there is none.
    pub(crate) fn read(&self, entry: &Entry) -> Result<Option<SecretString>, Error> {
        #[cfg(test)]
        if let Kind::Memory(entries) = &self.kind {
            return Ok(entries.lock().expect("not poisoned").get(entry).cloned().map(SecretString::from));
        }
        self.with(entry, |entry| match entry.get_password() {
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
        let secret = secret.clone();
        self.with(entry, move |entry| entry.set_password(secret.expose_secret()))
    }

    /// Deletes an entry; answers whether there was one.
    pub(crate) fn delete(&self, entry: &Entry) -> Result<bool, Error> {
        #[cfg(test)]
        if let Kind::Memory(entries) = &self.kind {
            return Ok(entries.lock().expect("not poisoned").remove(entry).is_some());
        }
        self.with(entry, |entry| match entry.delete_credential() {
            Ok(()) => Ok(true),
            Err(KeyringError::NoEntry) => Ok(false),
            Err(error) => Err(error),
        })
    }

    fn with<T: Send + 'static>(
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
        // One wait is enough: what hung once would only hang again.
        let answer =
            if self.gave_up.load(Ordering::Relaxed) { None } else { bounded::within(self.limit, work) };
        answer.unwrap_or_else(|| {
            self.gave_up.store(true, Ordering::Relaxed);
            Err(with_alternatives(
                Error::new(
                    Exit::Timeout,
                    format!("the keyring did not answer within {} s", self.limit.as_secs()),
                )
                .because("it may be locked and waiting for its password in another window")
                .hint("unlock it and try again"),
            ))
        })
    }
}

fn switched_off_error() -> Error {
    with_alternatives(Error::new(
        Exit::Authentication,
        "the keyring is switched off (PORTGATE_CREDENTIAL_STORE=none)",
    ))
}

/// The ways to do without a keyring. Writing secrets into a file of portgate's own is none of them.
fn with_alternatives(error: Error) -> Error {
    error.hint(
        "without a keyring: set MEGAPORT_ACCESS_KEY with MEGAPORT_SECRET_KEY or MEGAPORT_SECRET_KEY_FILE, \
         or give the profile a secret_command",
    )
}

fn unreachable_keyring(error: &KeyringError) -> Error {
    with_alternatives(
        Error::new(Exit::Authentication, "no keyring can be reached on this machine")
            .because(system_message(error))
            .hint("on Linux, start a Secret Service (such as gnome-keyring) in a D-Bus session"),
    )
}

/// What a failed call means. An error's `Debug` form is never used: it may hold the secret.
fn keyring_error(error: &KeyringError) -> Error {
    let refused = |what: &str| Error::new(Exit::Authentication, what).because(system_message(error));
    let locked = |what: &str| with_alternatives(refused(what).hint("unlock it and try again"));
    match error {
        KeyringError::NoStorageAccess(_) => locked("the keyring is locked, or has no default collection"),
        KeyringError::PlatformFailure(cause) if is_absent(&cause.to_string()) => unreachable_keyring(error),
        KeyringError::PlatformFailure(cause) if cause.to_string().contains("IsLocked") => {
            locked("the keyring is locked")
        }
        KeyringError::Ambiguous(_) => {
            Error::new(Exit::Authentication, "the keyring holds several entries of the same name").hint(
                format!(
                    "delete those of the service '{SERVICE}' in the keyring's own program, then log in again"
                ),
            )
        }
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            Error::new(Exit::Authentication, "the keyring's entry is not one that portgate wrote")
                .hint("log in again: portgate auth login")
        }
        _ => with_alternatives(refused("the keyring refused")),
    }
}

fn is_absent(cause: &str) -> bool {
    ["ServiceUnknown", "NameHasNoOwner", "no secret service", "Disconnected"]
        .iter()
        .any(|sign| cause.contains(sign))
}

/// What the system said, without the parts that may hold data.
fn system_message(error: &KeyringError) -> String {
    match error {
        KeyringError::PlatformFailure(cause) | KeyringError::NoStorageAccess(cause) => cause.to_string(),
        KeyringError::NoDefaultStore => "there is no keyring for this platform".to_owned(),
        KeyringError::TooLong(what, limit) => {
            format!("{what} is longer than the {limit} characters it takes")
        }
        KeyringError::Invalid(what, why) => format!("{what}: {why}"),
        KeyringError::NotSupportedByStore(why) => why.clone(),
        _ => "no reason given".to_owned(),
    }
}

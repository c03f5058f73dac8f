//! Opens the store of a key: the keyring, or the credentials file, whose passphrase comes from a file or a prompt, or whose
//! identity comes from a file.

use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{Error, Kind};
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::credentials::age::{self, Secret};
use crate::session::credentials::{CredentialsFile, IDENTITY_FILE, PASSPHRASE_FILE, Store, file_store};
use crate::session::profiles::{KeyStore, Profile};

/// How often a wrong passphrase may be typed.
const TRIES: u32 = 3;
const SHORTEST_PASSPHRASE: usize = 8;

/// What the store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Read,
    /// A new file is given a passphrase.
    Store,
}

/// The store of a profile's key.
pub(crate) async fn store_of(context: &Context, profile: &Profile) -> Result<Store, Error> {
    open(context, profile.store, Use::Read).await
}

pub(crate) async fn open(context: &Context, kind: KeyStore, for_what: Use) -> Result<Store, Error> {
    if kind == KeyStore::Keyring {
        return context.credential_store();
    }
    let known = context.credentials_file.borrow().clone();
    let file = match known {
        Some(file) => file,
        None => open_file(context, for_what).await?,
    };
    if for_what == Use::Read {
        context.credentials_file.replace(Some(file.clone()));
    }
    Ok(Store::of_file(file))
}

async fn open_file(context: &Context, for_what: Use) -> Result<CredentialsFile, Error> {
    let path = CredentialsFile::path(&context.paths.config);
    let encrypted = file_store::read(&path)?;
    let given = given_secret(context)?;
    let Some(encrypted) = encrypted else {
        let secret = match (given, for_what) {
            (given, Use::Read) => given,
            (Some(given), Use::Store) => Some(given),
            (None, Use::Store) => Some(Secret::Passphrase(choose_passphrase(context).await?)),
        };
        return Ok(CredentialsFile::absent(path, secret));
    };
    if given.is_none() && age::is_for_identities(&encrypted) {
        return Err(file_store::other_kind_error(&path, &encrypted, false));
    }
    for attempt in 1.. {
        let secret = match &given {
            Some(given) => given.clone(),
            None => {
                check_may_ask(context)?;
                let prompter = context.prompter();
                Secret::Passphrase(prompter.secret("Passphrase for the credentials file (hidden)").await?)
            }
        };
        let (path, encrypted) = (path.clone(), encrypted.clone());
        // On its own thread, so that a signal ends the wait.
        let opening = tokio::task::spawn_blocking(move || CredentialsFile::open(path, &encrypted, secret));
        let opened = context.with_progress("opening the credentials file", opening).await;
        match opened.map_err(|error| Error::new(Exit::Other, error.to_string()))? {
            Err(error) if given.is_none() && attempt < TRIES && error.kind == Kind::WrongPassphrase => {
                context.terminal.say(&format!("{}; try again", error.message));
            }
            opened => return opened,
        }
    }
    unreachable!("the last attempt returns")
}

/// The passphrase or identity that a variable names.
fn given_secret(context: &Context) -> Result<Option<Secret>, Error> {
    let path = |variable| context.environment.path(variable);
    match (path(PASSPHRASE_FILE), path(IDENTITY_FILE)) {
        (None, None) => Ok(None),
        (Some(path), None) => Ok(Some(Secret::Passphrase(file_store::read_passphrase(&path)?))),
        (None, Some(path)) => Ok(Some(Secret::Identity(file_store::read_identity(&path)?))),
        (Some(_), Some(_)) => {
            Err(Error::usage(format!("{PASSPHRASE_FILE} and {IDENTITY_FILE} are both set"))
                .hint("unset one of them"))
        }
    }
}

/// Asks for the passphrase of a new file, twice.
async fn choose_passphrase(context: &Context) -> Result<SecretString, Error> {
    check_may_ask(context)?;
    let prompter = context.prompter();
    loop {
        let chosen = prompter.secret("New passphrase for the credentials file (hidden)").await?;
        if chosen.expose_secret().chars().count() < SHORTEST_PASSPHRASE {
            context
                .terminal
                .say(&format!("the passphrase must have at least {SHORTEST_PASSPHRASE} characters"));
            continue;
        }
        let again = prompter.secret("Confirm the passphrase").await?;
        if chosen.expose_secret() == again.expose_secret() {
            return Ok(chosen);
        }
        context.terminal.say("the passphrases don't match; try again");
    }
}

fn check_may_ask(context: &Context) -> Result<(), Error> {
    match context.why_not_ask() {
        None => Ok(()),
        Some(why) => Err(Error::usage("the credentials file requires a passphrase")
            .reason(why)
            .hint(format!("set {PASSPHRASE_FILE} to the path of a file that contains the passphrase"))),
    }
}

//! Credentials. Secrets are stored in the keyring, or come from the environment, a file, stdin, a prompt or a profile's
//! `secret_command`; never from the command line, and never stored in plain text. An encrypted file stores them for
//! profiles that name it.

pub(crate) mod age;
mod bounded;
pub(crate) mod claims;
mod environment;
pub(crate) mod file_store;
mod key_entry;
mod lookup;
pub(crate) mod secret_command;
mod store;
mod token_cache;

pub(crate) use environment::{
    LONGEST_SECRET, check_client_id, clean, names_set, names_set_with_verb, names_with_verb,
};
pub(crate) use file_store::{CredentialsFile, IDENTITY_FILE, PASSPHRASE_FILE};
pub(crate) use key_entry::{forget_key, has_key, load_key, missing_key_error, save_key};
pub(crate) use lookup::{Source, choose, find, may_wait, missing_credential_error, stored_profile};
pub(crate) use secret_command::{Leash, StopOnDrop, run as run_command};
pub(crate) use store::Store;
pub(crate) use token_cache::KeyringTokenCache;

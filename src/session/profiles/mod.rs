//! Profiles: a company, its environment, where its key is stored, and limits.

mod file;
mod keys;
mod read;
mod set;

pub(crate) use file::{ProfilesFile, edit, lock};
pub(crate) use keys::{Key, OF_FILE, OF_PROFILE};
pub(crate) use read::Damaged;
pub(crate) use set::{parse_command, set};

use crate::api::backend::{Endpoints, Environment};
use crate::domain::approvals::second_person::SecondPerson;
use crate::domain::approvals::{Approval, Decision};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;
use crate::text::word::words;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) environment: Environment,
    /// The endpoints; none for the sandbox.
    pub(crate) endpoints: Option<Endpoints>,
    pub(crate) client_id: Option<String>,
    pub(crate) company_name: Option<String>,
    pub(crate) company_uid: Option<Uid>,
    /// The managed account to act for, by UID or name.
    pub(crate) managed_account: Option<String>,
    /// The program and arguments that print the secret half of the key.
    pub(crate) secret_command: Option<Vec<String>>,
    pub(crate) store: KeyStore,
    /// The ledger: a path, or the address of a database.
    pub(crate) ledger: Option<String>,
    /// The program and arguments that print the password of that database.
    pub(crate) ledger_secret_command: Option<Vec<String>>,
    /// Whether decisions are recorded in a file while the database is away.
    pub(crate) ledger_fallback: bool,
    pub(crate) limits: Limits,
}

words! {
    /// Where portgate stores a profile's key.
    #[derive(Default)]
    pub(crate) enum KeyStore {
        #[default]
        Keyring = "keyring",
        File = "file",
    }
}

impl KeyStore {
    /// As the subject or object of a sentence.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            KeyStore::Keyring => "the keyring",
            KeyStore::File => "the credentials file",
        }
    }
}

impl Profile {
    pub(crate) fn new(name: &str, environment: Environment, endpoints: Option<Endpoints>) -> Self {
        Profile {
            name: name.to_owned(),
            environment,
            endpoints,
            client_id: None,
            company_name: None,
            company_uid: None,
            managed_account: None,
            secret_command: None,
            store: KeyStore::default(),
            ledger: None,
            ledger_secret_command: None,
            ledger_fallback: false,
            limits: Limits { profile: name.to_owned(), ..Limits::default() },
        }
    }

    /// Where its key is, if it has one: `keyring`, `file` or `secret_command`.
    pub(crate) fn key_source(&self) -> Option<&'static str> {
        match self {
            Profile { environment: Environment::Sandbox, .. } | Profile { client_id: None, .. } => None,
            Profile { secret_command: Some(_), .. } => Some("secret_command"),
            Profile { store, .. } => Some(store.word()),
        }
    }

    /// The backend, for people.
    pub(crate) fn place(&self) -> String {
        self.environment.place(self.endpoints.as_ref())
    }
}

/// The limits of a profile. Commands check them before they send; exceeding one is exit code
/// 15.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The name of the profile; without one there are no limits.
    pub(crate) profile: String,
    pub(crate) read_only: bool,
    /// Always confirm writes, even with `--yes` (`confirm = "always"`).
    pub(crate) confirm_always: bool,
    pub(crate) require_reason: bool,
    pub(crate) require_ticket: bool,
    /// Maximum share of a port's speed to sell, in percent (`max_sold = "120%"`).
    pub(crate) max_sold_percent: Option<u32>,
    /// What a second person must confirm (`second_person = "always"`).
    pub(crate) second_person: Option<SecondPerson>,
}

impl Limits {
    /// Whether a second person must confirm this decision, by the profile or by a policy.
    pub(crate) fn needs_second_person(
        &self,
        of_policy: Option<&SecondPerson>,
        decision: Decision,
        approval: &Approval,
    ) -> bool {
        self.second_person.iter().chain(of_policy).any(|rule| rule.is_required(decision, approval))
    }

    /// The error of an exceeded limit: `what` continues the sentence after the profile's name (exit 15).
    pub(crate) fn refused_error(&self, what: &str) -> Error {
        Error::new(Exit::Refused, format!("profile '{}' {what}", self.profile))
    }
}

/// Checks a profile name: letters, digits, `.`, `_` and `-`, at most 64 characters, starting with a letter or digit.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let fits = name.len() <= 64
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "._-".contains(character));
    if fits {
        return Ok(());
    }
    Err(Error::usage(format!("invalid profile name '{name}'"))
        .hint("use up to 64 letters, digits, '.', '_' and '-', starting with a letter or digit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word() {
        assert!(check_name("example-prod").is_ok());
        assert!(check_name("a/b").is_err());
    }
}

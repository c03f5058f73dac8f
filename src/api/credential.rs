//! What a session is opened with, and where it came from.

use std::fmt;

use secrecy::SecretString;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Keyring {
        profile: String,
    },
    Environment(String),
    SecretCommand {
        profile: String,
    },
    /// Given to `auth login` just now, by prompt or stdin.
    Given,
    Sandbox,
}

impl Origin {
    pub(crate) fn remedy(&self) -> String {
        match self {
            Origin::Keyring { profile } => {
                format!(
                    "this one comes from {self}: log in again with portgate auth login --profile {profile}"
                )
            }
            Origin::Environment(_) => {
                format!("this one comes from {self}: set both halves of one that works there")
            }
            Origin::SecretCommand { profile } => format!(
                "its secret comes from {self}: mend what that prints, or the client_id of profile '{profile}'"
            ),
            Origin::Given => "check both halves of the key and give them again".to_owned(),
            Origin::Sandbox => {
                "this one comes from the sandbox: portgate sandbox credentials shows its keys".to_owned()
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Keyring { profile } => write!(formatter, "the keyring (profile '{profile}')"),
            Origin::Environment(variables) => write!(formatter, "{variables}"),
            Origin::SecretCommand { profile } => {
                write!(formatter, "the secret_command of profile '{profile}'")
            }
            Origin::Given => formatter.write_str("what was just given"),
            Origin::Sandbox => formatter.write_str("the sandbox"),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct KeyPair {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) origin: Origin,
}

#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// An API key; tokens are fetched with it.
    KeyPair(KeyPair),
    /// An access token given from outside; it can't be renewed.
    AccessToken { token: SecretString, origin: Origin },
}

impl Credential {
    pub(crate) fn origin(&self) -> &Origin {
        match self {
            Credential::KeyPair(pair) => &pair.origin,
            Credential::AccessToken { origin, .. } => origin,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_key_is_told_where_it_comes_from() {
        let origin = Origin::Environment("MEGAPORT_ACCESS_KEY".to_owned());
        assert_eq!(
            origin.remedy(),
            "this one comes from MEGAPORT_ACCESS_KEY: set both halves of one that works there"
        );
    }
}

//! The credential of a session, and its origin.

use std::fmt;

use secrecy::SecretString;

use crate::error::Hint;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Keyring {
        profile: String,
    },
    /// The encrypted file of `--store file`.
    File {
        profile: String,
    },
    Environment(String),
    SecretCommand {
        profile: String,
    },
    /// Just entered for `auth login`, by prompt or stdin.
    Given,
    Sandbox,
}

impl Origin {
    pub(crate) fn remedy(&self) -> Hint {
        match self {
            Origin::Keyring { profile } | Origin::File { profile } => {
                Hint::login_to(format!("the key comes from {self}: log in again with "), profile)
            }
            Origin::Environment(_) => format!(
                "the key comes from {self}: set both the client ID and the client secret for this environment"
            )
            .into(),
            Origin::SecretCommand { profile } => format!(
                "the secret comes from {self}: correct its output, or the client_id of profile '{profile}'"
            )
            .into(),
            Origin::Given => "check the client ID and client secret, and try again".into(),
            Origin::Sandbox => {
                Hint::call("the key comes from the sandbox: list its keys with ", "sandbox credentials")
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Keyring { profile } => write!(formatter, "the keyring (profile '{profile}')"),
            Origin::File { profile } => write!(formatter, "the credentials file (profile '{profile}')"),
            Origin::Environment(variables) => write!(formatter, "{variables}"),
            Origin::SecretCommand { profile } => {
                write!(formatter, "the secret_command of profile '{profile}'")
            }
            Origin::Given => formatter.write_str("your input"),
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
    /// An API key, used to fetch tokens.
    KeyPair(KeyPair),
    /// A ready-made access token, which can't be renewed.
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
            origin.remedy().text(&crate::error::Invocation::default()),
            "the key comes from MEGAPORT_ACCESS_KEY: set both the client ID and the client secret for this environment"
        );
    }
}

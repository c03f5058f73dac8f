//! Whose notification settings they are: the caller's own, and for an API key its owner's. Wording where the token or the
//! backend tells it, and never guessed.

use crate::api::credential::Credential;
use crate::api::employment::Employment;
use crate::domain::role::{Role, role_of};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Owner {
    User(Box<Employment>),
    /// The owner of this API key, name unknown.
    OfKey(String),
    /// The owner of the access token, name unknown.
    OfToken,
}

impl Owner {
    /// In a sentence: "settings of ...".
    pub(crate) fn label(&self) -> String {
        match self {
            Owner::User(user) => match user.email().filter(|&email| email != user.label()) {
                Some(email) => format!("{} <{email}>", user.label()),
                None => user.label(),
            },
            Owner::OfKey(client_id) => {
                format!("the owner of API key {client_id} (name unknown)")
            }
            Owner::OfToken => "the owner of the access token (name unknown)".to_owned(),
        }
    }

    pub(crate) fn user(&self) -> Option<&Employment> {
        match self {
            Owner::User(user) => Some(user),
            Owner::OfKey(_) | Owner::OfToken => None,
        }
    }

    pub(crate) fn role(&self) -> Option<Role> {
        self.user().and_then(role_of)
    }
}

/// Finds the owner: the one user of the company that one of `names` (what the token says of its subject, or the sandbox of
/// its key) is the e-mail address, uid, number or whole name of.
pub(crate) fn owner_of(credential: &Credential, names: &[String], users: &[Employment]) -> Owner {
    let is_named = |user: &Employment| {
        let id = user.id().map(|id| id.to_string());
        let name = user.name();
        let of_user = [user.email(), user.uid(), id.as_deref(), name.as_deref()];
        of_user.into_iter().flatten().any(|own| names.iter().any(|name| name.eq_ignore_ascii_case(own)))
    };
    let mut named = users.iter().filter(|user| is_named(user));
    match (named.next(), named.next(), credential) {
        (Some(user), None, _) => Owner::User(Box::new(user.clone())),
        (_, _, Credential::KeyPair(key)) => Owner::OfKey(key.client_id.clone()),
        (_, _, Credential::AccessToken { .. }) => Owner::OfToken,
    }
}

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::credential::{KeyPair, Origin};

    fn users() -> Vec<Employment> {
        let users = json!([
            {"personId": 41, "personUid": "u-ana", "firstName": "Ana", "lastName": "Silva",
                "email": "ana@example.com", "securityRoles": ["companyAdmin"]},
            {"personId": 42, "personUid": "u-ben", "firstName": "Ben", "lastName": "Silva", "email": "ben@example.com"},
            {"personId": 43, "firstName": "Ben", "lastName": "Silva"},
        ]);
        serde_json::from_value(users).unwrap()
    }

    fn key() -> Credential {
        let (client_id, origin) = ("client-7".to_owned(), Origin::Given);
        Credential::KeyPair(KeyPair { client_id, client_secret: "".into(), origin })
    }

    fn found(credential: &Credential, names: &[&str]) -> Owner {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        owner_of(credential, &names, &users())
    }

    #[test]
    fn a_user_is_found_by_address_uid_number_or_whole_name() {
        for names in [
            &["ana@example.com"][..],
            &["ANA@EXAMPLE.COM"],
            &["u-ana"],
            &["41"],
            &["ana silva"],
            &["nobody", "u-ana"],
            &["41", "ana@example.com"],
        ] {
            let owner = found(&key(), names);
            assert_eq!(owner.user().and_then(Employment::id), Some(41), "{names:?}");
            assert_eq!(owner.label(), "Ana Silva <ana@example.com>");
        }
        assert_eq!(found(&key(), &["43"]).label(), "Ben Silva");
    }

    #[test]
    fn who_is_not_clear_is_not_guessed() {
        let token = Credential::AccessToken { token: "".into(), origin: Origin::Given };
        for names in
            [&[][..], &["Ana"], &["Silva"], &["ana@example.net"], &["4"], &["Ben Silva"], &["41", "42"]]
        {
            let owner = found(&key(), names);
            assert_eq!(owner, Owner::OfKey("client-7".to_owned()), "{names:?}");
            assert_eq!(owner.label(), "the owner of API key client-7 (name unknown)");
            assert_eq!(found(&token, names), Owner::OfToken, "{names:?}");
            assert_eq!((owner.user(), owner.role()), (None, None));
        }
    }

    #[test]
    fn a_known_owner_has_a_role_if_it_has_one_here() {
        assert_eq!(found(&key(), &["41"]).role(), Some(Role::CompanyAdmin));
        assert_eq!(found(&key(), &["42"]).role(), None);
    }
}

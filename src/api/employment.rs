//! The users of the company: `GET /v2/employment`, and `GET`/`PUT /v2/employee/{personId}` (confirmed).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::call::{Call, Method};
use crate::api::client::Client;
use crate::api::wire::wire;
use crate::error::Error;

wire! {
    /// A user of the company. The list has `personId` and `personUid`, a single user `partyId` and `uid`
    /// (confirmed): [`Employment::id`] and [`Employment::uid`] accept both.
    pub(crate) struct Employment {
        person_id: Option<i64>,
        party_id: Option<i64>,
        person_uid: Option<String>,
        uid: Option<String>,
        first_name: Option<String>,
        last_name: Option<String>,
        name: Option<String>,
        email: Option<String>,
        /// Objects with an `email`, or the addresses themselves.
        emails: Value,
        pub(crate) company_id: Option<i64>,
        pub(crate) company_name: Option<String>,
        pub(crate) phone: Option<String>,
        pub(crate) position: Option<String>,
        pub(crate) security_roles: Vec<String>,
        pub(crate) active: Option<bool>,
        pub(crate) notification_enabled: Option<bool>,
        pub(crate) mfa_enabled: Option<bool>,
        pub(crate) invitation_pending: Option<bool>,
        pub(crate) create_date: Option<Timestamp>,
        pub(crate) last_login_date: Option<Timestamp>,
    }
}

impl Employment {
    pub(crate) fn id(&self) -> Option<i64> {
        self.person_id.or(self.party_id)
    }

    pub(crate) fn uid(&self) -> Option<&str> {
        self.person_uid.as_deref().or(self.uid.as_deref())
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.name.clone().or_else(|| match (&self.first_name, &self.last_name) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (one, None) | (None, one) => one.clone(),
        })
    }

    pub(crate) fn email(&self) -> Option<&str> {
        let first =
            || self.emails.as_array()?.iter().find_map(|one| one.get("email").unwrap_or(one).as_str());
        self.email.as_deref().or_else(first)
    }

    pub(crate) fn label(&self) -> String {
        self.name()
            .or_else(|| self.email().map(str::to_owned))
            .or_else(|| self.id().map(|id| format!("user {id}")))
            .unwrap_or_else(|| "unnamed user".to_owned())
    }

    /// Completes missing fields from `list`: a single user may have fewer fields (no company, for example).
    #[must_use]
    pub(crate) fn or_else_from(self, list: &Employment) -> Employment {
        let list = list.clone();
        Employment {
            person_id: self.person_id.or(self.party_id).or(list.person_id),
            party_id: self.party_id.or(list.party_id),
            person_uid: self.person_uid.or(self.uid).or(list.person_uid),
            uid: list.uid,
            first_name: self.first_name.or(list.first_name),
            last_name: self.last_name.or(list.last_name),
            name: self.name.or(list.name),
            email: self.email.or(list.email),
            emails: if self.emails.is_null() { list.emails } else { self.emails },
            company_id: self.company_id.or(list.company_id),
            company_name: self.company_name.or(list.company_name),
            phone: self.phone.or(list.phone),
            position: self.position.or(list.position),
            security_roles: if self.security_roles.is_empty() {
                list.security_roles
            } else {
                self.security_roles
            },
            active: self.active.or(list.active),
            notification_enabled: self.notification_enabled.or(list.notification_enabled),
            mfa_enabled: self.mfa_enabled.or(list.mfa_enabled),
            invitation_pending: self.invitation_pending.or(list.invitation_pending),
            create_date: self.create_date.or(list.create_date),
            last_login_date: self.last_login_date.or(list.last_login_date),
        }
    }
}

pub(crate) async fn list(client: &Client) -> Result<Vec<Employment>, Error> {
    client.read(&Call::get("/v2/employment")).await
}

pub(crate) async fn read(client: &Client, person_id: i64) -> Result<Employment, Error> {
    client.read(&Call::get(path(person_id))).await
}

/// The request that switches all email to a user on or off. Only the change is sent (confirmed).
pub(crate) fn switch_email(person_id: i64, on: bool) -> Call {
    Call::with_body(Method::PUT, path(person_id), json!({ "notificationEnabled": on }))
}

fn path(person_id: i64) -> String {
    format!("/v2/employee/{person_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_the_list_and_a_user_alone_are_the_same() {
        let of_list: Employment = serde_json::from_value(json!({
            "personId": "7", "personUid": "u-7", "firstName": "Dana", "lastName": "Reyes",
            "emails": [{"email": "dana@examplecloud.example"}], "companyName": "Example Cloud Connect",
        }))
        .unwrap();
        let alone: Employment =
            serde_json::from_value(json!({"partyId": 7, "uid": "u-7", "notificationEnabled": "false"}))
                .unwrap();
        assert_eq!((of_list.id(), of_list.uid()), (alone.id(), alone.uid()));
        let both = alone.or_else_from(&of_list);
        assert_eq!(both.name().as_deref(), Some("Dana Reyes"));
        assert_eq!(both.email(), Some("dana@examplecloud.example"));
        assert_eq!((both.id(), both.notification_enabled), (Some(7), Some(false)));
        assert_eq!(both.company_name.as_deref(), Some("Example Cloud Connect"));
    }
}

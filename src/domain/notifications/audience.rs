//! Who could get e-mail about approvals, as far as it shows: active, e-mail on, a role that may subscribe. Whether
//! somebody chose to is nobody else's to see.

use crate::api::employment::Employment;
use crate::domain::role::{Right, role_of};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hearing {
    /// Whether it could; `None` where the backend doesn't tell all that decides it.
    pub(crate) could: Option<bool>,
    pub(crate) why_not: Vec<&'static str>,
}

pub(crate) fn hearing(user: &Employment) -> Hearing {
    let may_subscribe = role_of(user).map(|role| role.may(Right::Subscribe));
    let facts = [
        (user.active, "not active"),
        (user.notification_enabled, "email off"),
        (may_subscribe, "role can't subscribe"),
    ];
    let why_not: Vec<&'static str> =
        facts.iter().filter(|(holds, _)| *holds == Some(false)).map(|(_, why)| *why).collect();
    let all_known = facts.iter().all(|(holds, _)| holds.is_some());
    let could = if why_not.is_empty() { all_known.then_some(true) } else { Some(false) };
    Hearing { could, why_not }
}

/// How many of these users could, one of them left out.
pub(crate) fn could_hear(users: &[Employment], without: Option<&Employment>) -> usize {
    users
        .iter()
        .filter(|user| without.is_none_or(|one| one.id().is_none() || one.id() != user.id()))
        .filter(|user| hearing(user).could == Some(true))
        .count()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn user(changes: Value) -> Employment {
        let mut user = json!({"personId": 1, "position": "Technical Contact", "active": true, "notificationEnabled": true});
        for (name, value) in changes.as_object().unwrap() {
            user[name] = value.clone();
        }
        serde_json::from_value(user).unwrap()
    }

    #[test]
    fn all_three_must_hold_and_what_is_not_told_is_not_known() {
        assert_eq!(hearing(&user(json!({}))).could, Some(true));
        assert_eq!(hearing(&user(json!({"active": null}))).could, None);
        assert_eq!(hearing(&user(json!({"position": "Boss"}))).could, None);
        let silent =
            hearing(&user(json!({"notificationEnabled": false, "position": "Finance", "active": null})));
        assert_eq!((silent.could, silent.why_not), (Some(false), vec!["email off", "role can't subscribe"]));
    }

    #[test]
    fn the_caller_is_not_a_colleague() {
        let users =
            [user(json!({})), user(json!({"personId": 2})), user(json!({"personId": 3, "active": false}))];
        assert_eq!(could_hear(&users, None), 2);
        assert_eq!(could_hear(&users, Some(&users[0])), 1);
    }
}

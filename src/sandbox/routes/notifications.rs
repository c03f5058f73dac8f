//! `/v2/notificationPreferences` and `/v3/notificationPreferences`: what the owner of a key hears of.
//!
//! The body of v3 isn't public. It answers as v2 does, or, where the server was told so, in a shape that no client
//! knows, or not at all: so that a client's way back to v2 can be tried.

use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::envelope::Envelope;
use super::request::Json;
use crate::sandbox::app::{Call, PreferencesV3};
use crate::sandbox::domain::session::{Session, check_role};
use crate::sandbox::event::Group;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::{Action, Role, may};
use crate::sandbox::store::{companies, preferences};

/// The whole settings, as they are sent back (confirmed, megaport-api.md).
#[derive(Debug, Deserialize)]
pub(crate) struct Preferences {
    destinations: Destinations,
}

#[derive(Debug, Deserialize)]
struct Destinations {
    #[serde(rename = "EMAIL")]
    email: Vec<Setting>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setting {
    message_group: String,
    subscribed: bool,
}

pub(crate) async fn show(call: Call) -> Answer<Envelope<Value>> {
    let found = call.read(|session| view(session, owner_role(session)?)).await?;
    Ok(Envelope::new("Notification preferences", found))
}

pub(crate) async fn replace(call: Call, Json(body): Json<Preferences>) -> Answer<Envelope<Value>> {
    let wanted = settings(&body)?;
    let kept = call
        .write(move |session| {
            let role = owner_role(session)?;
            check_role(role, Action::Subscribe)?;
            for (group, subscribed) in &wanted {
                let user_id = session.caller.holder.user_id;
                preferences::set(session.transaction, user_id, &group.wire_name(), *subscribed)?;
            }
            view(session, role)
        })
        .await?;
    Ok(Envelope::new("Notification preferences have been updated", kept))
}

pub(crate) async fn show_v3(call: Call) -> Answer<Envelope<Value>> {
    match call.app.preferences_v3 {
        PreferencesV3::Destinations => show(call).await,
        PreferencesV3::Other => {
            let found = call.read(view_of_single_notifications).await?;
            Ok(Envelope::new("Notification preferences", found))
        }
        PreferencesV3::Absent => Err(absent()),
    }
}

pub(crate) async fn replace_v3(call: Call, Json(body): Json<Value>) -> Answer<Envelope<Value>> {
    match call.app.preferences_v3 {
        PreferencesV3::Destinations => {
            let body = body::read_value(&body)?;
            replace(call, Json(body)).await
        }
        PreferencesV3::Other => Err(Refusal::bad("The body is not valid")),
        PreferencesV3::Absent => Err(absent()),
    }
}

fn absent() -> Refusal {
    Refusal::not_found("Nothing is served at /v3/notificationPreferences")
}

/// The settings are the owner's, so it is the owner's role that counts, not the key's.
fn owner_role(session: &Session<'_>) -> Answer<Role> {
    companies::user_by_id(session.transaction, session.caller.holder.user_id)?
        .map(|owner| owner.role)
        .ok_or_else(|| Refusal::not_found("The owner of this key no longer exists"))
}

fn settings(body: &Preferences) -> Answer<Vec<(Group, bool)>> {
    let mut wanted: Vec<(Group, bool)> = Vec::new();
    for setting in &body.destinations.email {
        let group = Group::ALL
            .into_iter()
            .find(|group| group.wire_name() == setting.message_group)
            .ok_or_else(|| {
                let names: Vec<String> = Group::ALL.into_iter().map(Group::wire_name).collect();
                Refusal::bad(format!(
                    "messageGroup {:?} is not one of {}",
                    setting.message_group,
                    names.join(", ")
                ))
            })?;
        if wanted.iter().any(|(other, subscribed)| *other == group && *subscribed != setting.subscribed) {
            return Err(Refusal::bad(format!("{} is both on and off", group.wire_name())));
        }
        wanted.push((group, setting.subscribed));
    }
    Ok(wanted)
}

/// What really holds: a role that may not subscribe hears of nothing, whatever it once chose.
fn subscriptions(session: &Session<'_>, role: Role) -> Answer<Vec<(Group, bool)>> {
    let chosen = preferences::of_user(session.transaction, session.caller.holder.user_id)?;
    let on = |group: Group| chosen.get(&group.wire_name()).copied().unwrap_or(group.is_on_by_default());
    Ok(Group::ALL.into_iter().map(|group| (group, may(role, Action::Subscribe) && on(group))).collect())
}

fn view(session: &Session<'_>, role: Role) -> Answer<Value> {
    let settings: Vec<Value> = subscriptions(session, role)?
        .into_iter()
        .map(|(group, subscribed)| {
            json!({"messageGroup": group.wire_name(), "subscribed": subscribed, "details": group.details()})
        })
        .collect();
    Ok(json!({"destinations": {"EMAIL": settings}}))
}

/// A shape made up for clients to stumble over.
fn view_of_single_notifications(session: &Session<'_>) -> Answer<Value> {
    let role = owner_role(session)?;
    let single: Vec<Value> = subscriptions(session, role)?
        .into_iter()
        .flat_map(|(group, subscribed)| {
            group.details().into_iter().map(move |detail| {
                json!({"group": group.wire_name(), "notification": detail, "channels": {"email": subscribed}})
            })
        })
        .collect();
    Ok(json!({"notifications": single}))
}

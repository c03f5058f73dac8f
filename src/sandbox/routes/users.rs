//! `/v2/employment`, `/v2/employee/{personId}` and `/v3/activity`: users and what they did.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::body;
use super::envelope::Envelope;
use super::request::{Json, Parameters, PathOf};
use crate::sandbox::app::Call;
use crate::sandbox::clock::rfc3339;
use crate::sandbox::domain::session::Session;
use crate::sandbox::domain::text::check_line;
use crate::sandbox::event::{Event, Kind};
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::{Action, Role};
use crate::sandbox::store::activity::{self, Activity};
use crate::sandbox::store::companies::{self, NewUser, User};

/// The maximum number of activities returned.
const NEWEST: i64 = 500;

pub(crate) async fn list(call: Call) -> Answer<Envelope<Vec<Value>>> {
    let users = call
        .read(|session| {
            session.caller.require(Action::See)?;
            Ok(companies::users(session.transaction, session.caller.company_id)?)
        })
        .await?;
    Ok(Envelope::new("Employments", users.iter().map(view).collect()))
}

/// A user as the list has it (confirmed, megaport-api.md).
fn view(user: &User) -> Value {
    json!({
        "personId": user.id,
        "personUid": user.uid,
        "employmentId": user.employment_id,
        "companyId": user.company_id,
        "companyName": user.company_name,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "name": user.full_name(),
        "email": user.email,
        "emails": [{"email": user.email}],
        "phone": user.phone,
        "position": user.role.name(),
        "active": user.active,
        "notificationEnabled": user.notification_enabled,
        "securityRoles": [user.role.slug().replace('-', "_")],
        "requireTotp": user.require_totp,
        "mfaEnabled": user.mfa_enabled,
        "invitationPending": user.invitation_pending,
        "createDate": user.created_at,
        "lastLoginDate": user.last_login_at,
    })
}

/// A user alone: with `partyId` and `uid` where the list has `personId` and `personUid` (confirmed).
fn single_view(user: &User) -> Value {
    let mut view = view(user);
    if let Some(fields) = view.as_object_mut() {
        fields.shift_remove("personId");
        fields.shift_remove("personUid");
        fields.shift_insert(0, String::from("partyId"), json!(user.id));
        fields.shift_insert(1, String::from("uid"), json!(user.uid));
    }
    view
}

/// A user to invite.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewEmployment {
    first_name: String,
    last_name: String,
    email: String,
    phone: Option<String>,
    position: String,
    notification_enabled: Option<bool>,
}

pub(crate) async fn invite(
    call: Call,
    Json(body): Json<NewEmployment>,
) -> Answer<(StatusCode, Envelope<Value>)> {
    let role = role(&body.position)?;
    check_email(&body.email)?;
    check_person(&body.first_name, &body.last_name)?;
    check_line("phone", body.phone.as_deref().unwrap_or_default())?;
    let created = call
        .write(move |session| {
            let Session { transaction, caller, .. } = session;
            caller.require(Action::Administer)?;
            refuse_known_email(session, &body.email, None)?;
            let new = NewUser {
                uid: &Uuid::new_v4().to_string(),
                company_id: caller.company_id,
                first_name: body.first_name.trim(),
                last_name: body.last_name.trim(),
                email: body.email.trim(),
                phone: body.phone.as_deref(),
                role,
                notification_enabled: body.notification_enabled.unwrap_or(true),
                invitation_pending: true,
                created_at: session.now_ms,
            };
            let user = own_user(session, new.insert(transaction)?)?;
            tell(session, Kind::UserInvited, &user, "User invited", &[])?;
            Ok(json!({
                "companyId": user.company_id,
                "employmentId": user.employment_id,
                "employeeId": user.id,
            }))
        })
        .await?;
    Ok((StatusCode::CREATED, Envelope::new("Employment created", created)))
}

pub(crate) async fn show(call: Call, PathOf(id): PathOf<String>) -> Answer<Envelope<Value>> {
    let id = person_id(&id)?;
    let user = call
        .read(move |session| {
            session.caller.require(Action::See)?;
            own_user(session, id)
        })
        .await?;
    Ok(Envelope::new("Employee", single_view(&user)))
}

/// The changes to a user; only changed fields are sent.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserChange {
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    position: Option<String>,
    active: Option<bool>,
    notification_enabled: Option<bool>,
}

impl UserChange {
    /// Whether it changes more than the email setting.
    fn is_more_than_the_switch(&self) -> bool {
        self.first_name.is_some()
            || self.last_name.is_some()
            || self.email.is_some()
            || self.phone.is_some()
            || self.position.is_some()
            || self.active.is_some()
    }

    fn is_empty(&self) -> bool {
        !self.is_more_than_the_switch() && self.notification_enabled.is_none()
    }
}

pub(crate) async fn change(
    call: Call,
    PathOf(id): PathOf<String>,
    Json(body): Json<Value>,
) -> Answer<Envelope<Value>> {
    let id = person_id(&id)?;
    // Confirmed: a one-element array is sent too.
    let body = match body {
        Value::Array(mut elements) if elements.len() == 1 => elements.remove(0),
        other => other,
    };
    let change: UserChange = body::read_value(&body)?;
    let user = call.write(move |session| change_user(session, id, &change)).await?;
    Ok(Envelope::new("Employee has been updated", single_view(&user)))
}

/// Only while nobody has come to the invitation; after that a user is deactivated (confirmed).
pub(crate) async fn delete(call: Call, PathOf(id): PathOf<String>) -> Answer<Envelope<Value>> {
    let id = person_id(&id)?;
    call.write(move |session| {
        let user = own_user(session, id)?;
        session.caller.require(Action::Administer)?;
        if !user.invitation_pending {
            return Err(Refusal::bad(format!(
                "{} has accepted the invitation: a user can be deactivated, not deleted",
                user.full_name()
            )));
        }
        companies::delete_user(session.transaction, id)?;
        session.note("Invitation withdrawn", &user.full_name())?;
        Ok(())
    })
    .await?;
    Ok(Envelope::new("Employee has been deleted", Value::Null))
}

fn change_user(session: &Session<'_>, id: i64, change: &UserChange) -> Answer<User> {
    let before = own_user(session, id)?;
    if change.is_empty() {
        return Err(Refusal::bad("The request contains no changes"));
    }
    // Users who may subscribe can turn their own email on and off.
    if change.is_more_than_the_switch() || id != session.caller.holder.user_id {
        session.caller.require(Action::Administer)?;
    } else {
        session.caller.require(Action::Subscribe)?;
    }
    if before.invitation_pending {
        return Err(Refusal::bad(format!("{} has not accepted the invitation yet", before.full_name())));
    }
    let mut user = before.clone();
    if let Some(first_name) = &change.first_name {
        user.first_name = first_name.trim().to_owned();
    }
    if let Some(last_name) = &change.last_name {
        user.last_name = last_name.trim().to_owned();
    }
    check_person(&user.first_name, &user.last_name)?;
    if let Some(email) = &change.email {
        check_email(email)?;
        refuse_known_email(session, email, Some(id))?;
        user.email = email.trim().to_owned();
    }
    if let Some(phone) = &change.phone {
        check_line("phone", phone)?;
        user.phone = Some(phone.clone()).filter(|phone| !phone.is_empty());
    }
    if let Some(position) = &change.position {
        user.role = role(position)?;
    }
    user.active = change.active.unwrap_or(user.active);
    if before.active && !user.active {
        // Confirmed: the address is free again.
        user.email = deactivated_address(&user);
    }
    user.notification_enabled = change.notification_enabled.unwrap_or(user.notification_enabled);
    refuse_last_admin_gone(session, &before, &user)?;
    companies::set_user(session.transaction, &user)?;
    let changes: Vec<&str> = [
        ("name", (&before.first_name, &before.last_name) != (&user.first_name, &user.last_name)),
        ("email address", before.email != user.email),
        ("phone", before.phone != user.phone),
        ("role", before.role != user.role),
        ("active", before.active != user.active),
        ("email", before.notification_enabled != user.notification_enabled),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect();
    if !changes.is_empty() {
        tell(session, Kind::UserChanged, &user, "User changed", &changes)?;
    }
    Ok(user)
}

fn deactivated_address(user: &User) -> String {
    let (local, domain) = user.email.split_once('@').unwrap_or((&user.email, ""));
    format!("{local}-deactivated-{}@{domain}", user.id)
}

fn refuse_last_admin_gone(session: &Session<'_>, before: &User, after: &User) -> Answer<()> {
    let is_admin = |user: &User| user.active && user.role == Role::CompanyAdmin;
    if !is_admin(before) || is_admin(after) {
        return Ok(());
    }
    let users = companies::users(session.transaction, session.caller.company_id)?;
    if users.iter().any(|user| user.id != after.id && is_admin(user)) {
        return Ok(());
    }
    Err(Refusal::bad("A company must have at least one active Company Admin"))
}

fn refuse_known_email(session: &Session<'_>, email: &str, except: Option<i64>) -> Answer<()> {
    let users = companies::users(session.transaction, session.caller.company_id)?;
    let known =
        users.iter().any(|user| Some(user.id) != except && user.email.eq_ignore_ascii_case(email.trim()));
    if known { Err(Refusal::bad(format!("{} is already a user", email.trim()))) } else { Ok(()) }
}

fn check_person(first_name: &str, last_name: &str) -> Answer<()> {
    for name in [first_name, last_name] {
        if name.trim().is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(Refusal::bad("A name must have 1 to 64 characters without control characters"));
        }
    }
    Ok(())
}

fn check_email(email: &str) -> Answer<()> {
    let email = email.trim();
    let plain = email.len() <= 254
        && !email.chars().any(|character| character.is_control() || character.is_whitespace());
    match email.split_once('@') {
        Some((local, domain))
            if plain && !local.is_empty() && domain.contains('.') && !domain.contains('@') =>
        {
            Ok(())
        }
        _ => Err(Refusal::bad(format!("{email:?} is not a valid email address"))),
    }
}

fn role(position: &str) -> Answer<Role> {
    Role::parse(position).ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
        Refusal::bad(format!("position {position:?} is not one of {}", names.join(", ")))
    })
}

fn person_id(text: &str) -> Answer<i64> {
    text.parse().map_err(|_| Refusal::not_found(format!("There is no person {text}")))
}

fn own_user(session: &Session<'_>, id: i64) -> Answer<User> {
    let user = companies::user_by_id(session.transaction, id)?
        .ok_or_else(|| Refusal::not_found(format!("There is no person {id}")))?;
    if user.company_id != session.caller.company_id {
        return Err(Refusal::forbidden(format!("The person {id} is not in your company")));
    }
    Ok(user)
}

/// The number of a user of the own company, by number or uid.
fn person_named(session: &Session<'_>, asked: &str) -> Answer<i64> {
    let id = match asked.parse() {
        Ok(id) => Some(id),
        Err(_) => companies::user_id(session.transaction, &asked.to_ascii_lowercase())?,
    };
    let id = id.ok_or_else(|| Refusal::not_found(format!("There is no person {asked}")))?;
    Ok(own_user(session, id)?.id)
}

fn tell(session: &Session<'_>, kind: Kind, user: &User, name: &str, changes: &[&str]) -> Answer<()> {
    let Session { transaction, caller, .. } = session;
    let full_name = user.full_name();
    let payload = json!({
        "user": {"uid": user.uid, "name": full_name, "email": user.email, "role": user.role.name(),
            "gets_email": user.notification_enabled},
        "changes": changes,
        "changed_by": caller.signature(),
        "at": rfc3339(session.now_ms),
    });
    let event =
        Event { kind, company_id: user.company_id, subject_uid: &user.uid, payload, at_ms: session.now_ms };
    events::record(transaction, &event)?;
    session.note(name, &full_name)?;
    Ok(())
}

/// What happened in the company: a bare array, without the envelope (confirmed).
pub(crate) async fn activity(call: Call, parameters: Parameters) -> Answer<axum::Json<Vec<Value>>> {
    let person = parameters.text("personIdOrUid").map(str::to_owned);
    let company = parameters.text("companyIdOrUid").map(str::to_ascii_lowercase);
    let found = call
        .read(move |session| {
            let Session { transaction, caller, .. } = session;
            caller.check_own_company(company.as_deref())?;
            let user_id = person.map(|asked| person_named(session, &asked)).transpose()?;
            // Confirmed: what one did oneself is for every role.
            if user_id != Some(caller.holder.user_id) {
                caller.require(Action::Administer)?;
            }
            Ok(activity::newest(transaction, caller.company_id, user_id, NEWEST)?)
        })
        .await?;
    Ok(axum::Json(found.iter().map(activity_view).collect()))
}

fn activity_view(activity: &Activity) -> Value {
    json!({
        "loginName": activity.login_name,
        "personId": activity.person_id,
        "name": activity.name,
        "description": activity.description,
        "createDate": activity.created_at,
        "userType": activity.user_type,
    })
}

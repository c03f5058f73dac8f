//! `/v2/employment`: the company's users.

use axum::extract::State;
use serde_json::{Value, json};

use super::envelope::Envelope;
use crate::sandbox::app::{Access, App};
use crate::sandbox::domain::role::Action;
use crate::sandbox::refusal::Answer;
use crate::sandbox::store::companies::{self, User};

pub(crate) async fn list(access: Access, State(app): State<App>) -> Answer<Envelope<Vec<Value>>> {
    let users = app
        .read(access, |session| {
            session.caller.must(Action::See)?;
            Ok(companies::users(&session.transaction, session.caller.company_id)?)
        })
        .await?;
    Ok(Envelope::of("Employments", users.iter().map(view).collect()))
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
        "name": format!("{} {}", user.first_name, user.last_name),
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

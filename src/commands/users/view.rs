//! How users are shown.

use jiff::Timestamp;
use serde::Serialize;

use crate::api::employment::Employment;
use crate::domain::notifications::hearing;
use crate::domain::role::role_of;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::text::moment::Moments;
use crate::text::words;

/// A user in machine-readable output. The names are stable.
#[derive(Debug, Default, Serialize)]
pub(in crate::commands) struct Record {
    id: Option<i64>,
    uid: Option<String>,
    name: Option<String>,
    email: Option<String>,
    role: Option<String>,
    active: Option<bool>,
    invitation_pending: Option<bool>,
    email_enabled: Option<bool>,
    could_hear_of_approvals: Option<bool>,
    why_not: Vec<&'static str>,
    mfa_enabled: Option<bool>,
    phone: Option<String>,
    created_at: Option<Timestamp>,
    last_login_at: Option<Timestamp>,
}

impl Record {
    pub(super) fn from_user(user: &Employment) -> Self {
        let hearing = hearing(user);
        Record {
            id: user.id(),
            uid: user.uid().map(str::to_owned),
            name: user.name(),
            email: user.email().map(str::to_owned),
            role: role(user),
            active: user.active,
            invitation_pending: user.invitation_pending,
            email_enabled: user.notification_enabled,
            could_hear_of_approvals: hearing.could,
            why_not: hearing.why_not,
            mfa_enabled: user.mfa_enabled,
            phone: user.phone.clone(),
            created_at: user.create_date,
            last_login_at: user.last_login_date,
        }
    }
}

pub(super) fn list<'a>(users: &'a [&Employment], now: Timestamp) -> ListView<'a> {
    let columns = vec![
        Column::text("NAME", |user: &&Employment| user.label()),
        // It is copied.
        Column::new("ADDRESS", |user: &&Employment| user.email().map(str::to_owned)).wrap(),
        Column::new("ROLE", |user: &&Employment| role(user)),
        Column::new("STATE", |user: &&Employment| state(user)).drop_at(4),
        Column::new("EMAIL", |user: &&Employment| on_off(user.notification_enabled)).move_below(),
        Column::text("APPROVAL EMAILS", |user: &&Employment| hears(user)).wrap().move_below(),
        Column::new("LAST SEEN", |user: &&Employment| {
            user.last_login_date.map(|at| words::age(Some(at), now))
        })
        .drop_at(5)
        .move_below(),
    ];
    ListView::new(users, columns, |user| Record::from_user(user))
}

/// "Dana Reyes, Technical Admin", for a list of choices.
pub(super) fn name_and_role(user: &Employment) -> String {
    [user.name(), role(user)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

pub(super) fn lines(user: &Employment, now: Timestamp, moments: &Moments) -> Vec<String> {
    let or_unknown = |told: Option<String>| Some(told.unwrap_or_else(|| "unknown".to_owned()));
    let seen = |at: Timestamp| format!("{} ({} ago)", moments.format(at), words::age(Some(at), now));
    words::labelled_lines([
        ("User", Some(user.label())),
        ("Address", or_unknown(user.email().map(str::to_owned))),
        ("Role", or_unknown(role(user))),
        ("State", Some(state(user).to_owned())),
        ("Email", Some(on_off(user.notification_enabled).to_owned())),
        ("Approvals", Some(hears(user))),
        ("Two-factor", user.mfa_enabled.map(|mfa| if mfa { "set up" } else { "not set up" }.to_owned())),
        ("Phone", user.phone.clone()),
        ("Created", user.create_date.map(|at| moments.format(at))),
        ("Last seen", user.last_login_date.map(seen)),
        ("Number", user.id().map(|id| id.to_string())),
        ("UID", user.uid().map(str::to_owned)),
    ])
}

/// The role as known, or as sent by the API.
fn role(user: &Employment) -> Option<String> {
    role_of(user).map(|role| role.name().to_owned()).or_else(|| user.position.clone())
}

fn state(user: &Employment) -> &'static str {
    match (user.active, user.invitation_pending) {
        (Some(false), _) => "inactive",
        (_, Some(true)) => "invited",
        (Some(true), _) => "active",
        (None, _) => "?",
    }
}

fn on_off(flag: Option<bool>) -> &'static str {
    flag.map_or("?", |on| if on { "on" } else { "off" })
}

/// Whether the user could get approval emails, and why not.
fn hears(user: &Employment) -> String {
    let hearing = hearing(user);
    match hearing.could {
        Some(true) => "if subscribed to Ordering".to_owned(),
        Some(false) => format!("no: {}", hearing.why_not.join(", ")),
        None => "unknown".to_owned(),
    }
}

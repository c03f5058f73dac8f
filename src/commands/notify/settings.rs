//! The user's settings, their owner, and notes about them.

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::api::employment::{self, Employment};
use crate::api::notification_preferences::{self as preferences, Choice, Preferences};
use crate::domain::notifications::{Owner, could_hear, is_ordering, owner_of, slug, title};
use crate::domain::role::{Right, Role};
use crate::error::Hint;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::credentials::claims;
use crate::session::owner;
use crate::session::place;
use crate::text::words;

/// The settings and related data.
pub(super) struct Settings {
    pub(crate) connection: Connection,
    pub(crate) preferences: Preferences,
    pub(crate) owner: Owner,
    /// The company's users, if they can be read.
    users: Option<Vec<Employment>>,
}

pub(super) async fn read(context: &Context, mut connection: Connection) -> anyhow::Result<Settings> {
    owner::check_key(context, &connection).await?;
    let client = &connection.client;
    // Fetch the token first: otherwise both reads would fail for lack of it.
    let token = client.token().await?;
    let reading = async { tokio::join!(preferences::read(client), employment::list(client)) };
    let (preferences, users) = context.with_progress("reading the notification settings", reading).await;
    let preferences = preferences?;
    // Nothing fails if the users can't be read: they only tell the owner and who else could be notified.
    let users = users.ok();
    let mut names = claims::read(token.expose_secret()).names;
    names.extend(connection.who.key_owner.clone());
    let known = users.as_deref().unwrap_or_default();
    let owner = owner_of(&client.session.credential, &names, known);
    if connection.company.name.is_none() {
        connection.company.name = known.iter().find_map(|user| user.company_name.clone());
    }
    Ok(Settings { connection, preferences, owner, users })
}

impl Settings {
    /// Shows environment, company and the owner of the settings.
    pub(super) fn say_whose(&self, context: &Context) {
        place::say_place_with(context, &self.connection, &format!(" · settings of {}", self.owner.label()));
    }

    /// Warns if approval emails won't arrive, and shows how many other users can receive them.
    pub(super) fn warn_if_not_hearing(&self, context: &Context, preferences: &Preferences) {
        if let Some(role) = self.owner.role().filter(|role| !role.may(Right::Subscribe)) {
            context.terminal.warn(&format!(
                "the {} role can't subscribe to notifications; {}",
                role.name(),
                Right::Subscribe.use_key()
            ));
        }
        if let Some(user) = self.owner.user().filter(|user| user.notification_enabled == Some(false)) {
            let who = user.email().map_or_else(|| user.label(), str::to_owned);
            context.terminal.warn("email is turned off for this user, so none of these emails are sent");
            context.say_next(&Hint::call("", format!("users update {who} --email on")));
        }
        let ordering = preferences.choices().into_iter().find(|choice| is_ordering(&choice.group));
        if ordering.is_some_and(|choice| choice.subscribed == Some(false)) {
            context.terminal.warn(&format!(
                "you aren't subscribed to Ordering, so you won't receive emails about connection requests and speed changes; {}",
                self.others_sentence()
            ));
            if self.owner.role().is_none_or(|role| role.may(Right::Subscribe)) {
                context.say_next(&Hint::call("", "notify subscribe ordering"));
            }
        }
    }

    /// How many other users can receive approval emails.
    fn others_sentence(&self) -> String {
        let Some(users) = &self.users else {
            return "whether other users can receive them could not be read".to_owned();
        };
        let told = "can receive them if subscribed to Ordering (you can't see other users' subscriptions)";
        match self.owner.user() {
            Some(user) => {
                let count = could_hear(users, Some(user));
                format!("{} {told}", words::count(count, "colleague", "colleagues"))
            }
            None => {
                let count = could_hear(users, None);
                let count = words::count(count, "user", "users");
                format!("{count} of the company, possibly including the owner of these settings, {told}")
            }
        }
    }
}

/// A group in machine-readable output. The names are stable.
pub(in crate::commands) fn record(choice: &Choice) -> Value {
    json!({
        "group": choice.group,
        "name": slug(title(&choice.group)),
        "subscribed": choice.subscribed,
        "details": choice.details,
    })
}

/// The owner of the settings in machine-readable output; unknown values are null.
pub(in crate::commands) fn owner_record(owner: &Owner) -> Value {
    let user = owner.user();
    json!({
        "name": user.and_then(Employment::name),
        "email": user.and_then(Employment::email),
        "role": owner.role().map(Role::name),
        "client_id": match owner { Owner::OfKey(client_id) => Some(client_id), _ => None },
    })
}

//! Writes keys. `PUT` replaces and can be repeated; a repeated `POST` would create a second key.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::api::service_keys::{self, KeyCode, KeyTerms, ServiceKey, create_call, key_in, replace_call};
use crate::api::{Answer, Call, Client};
use crate::change::{Action, Outcome, OutcomeKind, Place, Planned, Write};
use crate::commands::roles;
use crate::domain::keys::terms::{Difference, differences, unmet_differences};
use crate::domain::role::Right;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::ObjectKind;
use crate::text::Mbps;

pub(super) const CREATE: Action = Action { verb: "create", participle: "created" };

/// A new key on a port of that speed.
pub(super) struct KeyCreation<'a> {
    client: &'a Client,
    pub(super) wanted: KeyTerms,
    port_speed: Option<Mbps>,
    /// The keys that existed before, to recognise the new one if the response is lost.
    before: HashSet<KeyCode>,
    calls: [Call; 1],
}

pub(super) enum NewKey {
    Read(Box<ServiceKey>),
    /// The backend returned it, but it can't be read.
    Answered(Box<ServiceKey>),
    /// No new key matches, or more than one.
    None,
}

impl<'a> KeyCreation<'a> {
    pub(super) async fn prepare(
        client: &'a Client,
        wanted: KeyTerms,
        port_speed: Option<Mbps>,
    ) -> Result<Self, Error> {
        let keys = service_keys::list(client, port_of(&wanted).as_deref()).await?;
        Ok(KeyCreation::new(client, wanted, port_speed, keys))
    }

    /// A creation that ignores these existing keys.
    pub(super) fn new(
        client: &'a Client,
        wanted: KeyTerms,
        port_speed: Option<Mbps>,
        keys: Vec<ServiceKey>,
    ) -> Self {
        let before = keys.into_iter().map(|key| key.key).collect();
        let calls = [create_call(&wanted)];
        KeyCreation { client, wanted, port_speed, before, calls }
    }

    /// The one new key that is as requested.
    async fn find_new(&self) -> Result<NewKey, Error> {
        let now = service_keys::list(self.client, port_of(&self.wanted).as_deref()).await?;
        let mut new = now.into_iter().filter(|key| {
            key.key.is_told()
                && !self.before.contains(&key.key)
                && unmet_differences(&self.wanted, &KeyTerms::from_key(key), self.port_speed).is_empty()
        });
        Ok(match (new.next(), new.next()) {
            (Some(only), None) => NewKey::Read(Box::new(only)),
            _ => NewKey::None,
        })
    }
}

impl Write for KeyCreation<'_> {
    type Reading = NewKey;
    type Seen = ServiceKey;

    const KIND: ObjectKind = ObjectKind::ServiceKey;

    fn subject(&self) -> (&str, Action) {
        ("the service key", CREATE)
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn can_repeat(&self) -> bool {
        false
    }

    async fn read(&self, answer: Option<&Answer>) -> Result<NewKey, Error> {
        let Some(made) = answer.and_then(key_in) else { return self.find_new().await };
        Ok(match service_keys::read(self.client, &made.key).await {
            Ok(read) => NewKey::Read(Box::new(read)),
            Err(_) => NewKey::Answered(Box::new(made)),
        })
    }

    fn place(&self, reading: &NewKey) -> Place {
        match reading {
            NewKey::Read(_) => Place::Settled,
            NewKey::Answered(_) => Place::NotShown,
            NewKey::None => Place::Before,
        }
    }

    async fn conclude(&self, reading: NewKey, refusal: Option<Error>) -> Outcome<ServiceKey> {
        let (id, action) = self.subject();
        match (reading, refusal) {
            // Even if there is a matching key, this one was refused.
            (reading, Some(error)) => self.refuse(Some(reading), error),
            (NewKey::Read(key), None) => compare(*key, &self.wanted, self.port_speed, action),
            (reading, None) => {
                Outcome::new(id, action, OutcomeKind::Unknown).seen(self.last_seen(Some(reading)))
            }
        }
    }

    fn refuse(&self, _: Option<NewKey>, error: Error) -> Outcome<ServiceKey> {
        let (id, action) = self.subject();
        Outcome::failure(id, action, error)
    }

    fn last_seen(&self, reading: Option<NewKey>) -> Option<ServiceKey> {
        match reading? {
            NewKey::Read(key) | NewKey::Answered(key) => Some(*key),
            NewKey::None => None,
        }
    }

    fn state(&self, key: &ServiceKey) -> Option<String> {
        Some(state_of(key))
    }

    fn doubt_hints(&self) -> Vec<Hint> {
        vec![
            "it was sent once and won't be retried, to avoid creating two keys".into(),
            Hint::call("wait a minute, then look for it with ", "keys list")
                .and("; only if it isn't listed, create it again"),
        ]
    }
}

/// A replacement of all terms of a key just read.
pub(super) struct KeyReplacement<'a> {
    client: &'a Client,
    pub(super) before: ServiceKey,
    pub(super) wanted: KeyTerms,
    action: Action,
    calls: [Call; 1],
}

impl<'a> KeyReplacement<'a> {
    pub(super) fn new(client: &'a Client, before: ServiceKey, wanted: KeyTerms, action: Action) -> Self {
        let calls = [replace_call(&before, &wanted)];
        KeyReplacement { client, before, wanted, action, calls }
    }

    pub(super) fn changes(&self) -> Vec<Difference> {
        differences(&KeyTerms::from_key(&self.before), &self.wanted, self.port_speed())
    }

    /// Why it can't be sent if the key has changed since it was shown: all of it would be overwritten.
    pub(super) fn changed_since(&self, shown: &ServiceKey) -> Option<Error> {
        let moved =
            differences(&KeyTerms::from_key(shown), &KeyTerms::from_key(&self.before), self.port_speed());
        let because: Vec<String> = moved.iter().map(Difference::sentence).collect();
        let handle = self.before.handle();
        (!moved.is_empty()).then(|| {
            Error::new(
                Exit::Conflict,
                format!("service key {handle} was changed by someone else in the meantime; nothing was sent"),
            )
            .reason(because.join(", "))
            .hint("run the command again to review the change")
            .resource(handle)
        })
    }

    pub(super) fn preview(&self) -> Planned {
        let [call] = self.calls.clone();
        let changes = self.changes();
        plan_call(call, &changes, changes_sentence(self.before.handle(), &changes))
    }

    fn port_speed(&self) -> Option<Mbps> {
        self.before.product_dto.port_speed
    }
}

impl Write for KeyReplacement<'_> {
    type Reading = ServiceKey;
    type Seen = ServiceKey;

    const KIND: ObjectKind = ObjectKind::ServiceKey;

    fn subject(&self) -> (&str, Action) {
        (self.before.handle(), self.action)
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    async fn read(&self, _: Option<&Answer>) -> Result<ServiceKey, Error> {
        service_keys::read(self.client, &self.before.key).await
    }

    fn place(&self, now: &ServiceKey) -> Place {
        let terms = KeyTerms::from_key(now);
        let as_asked = unmet_differences(&self.wanted, &terms, self.port_speed()).is_empty();
        match as_asked
            || !differences(&KeyTerms::from_key(&self.before), &terms, self.port_speed()).is_empty()
        {
            true => Place::Settled,
            false => Place::Before,
        }
    }

    async fn conclude(&self, now: ServiceKey, refusal: Option<Error>) -> Outcome<ServiceKey> {
        let ended = compare(now, &self.wanted, self.port_speed(), self.action);
        match refusal {
            Some(error) if ended.kind != OutcomeKind::Done => self.refuse(ended.seen, error),
            Some(_) => Outcome { kind: OutcomeKind::Already, ..ended },
            None => ended,
        }
    }

    fn explain(&self, error: Error) -> Error {
        roles::explain(Right::ServiceKeys, error).resource(self.before.handle())
    }

    fn last_seen(&self, reading: Option<ServiceKey>) -> Option<ServiceKey> {
        reading
    }

    fn state(&self, key: &ServiceKey) -> Option<String> {
        Some(state_of(key))
    }

    fn doubt_hints(&self) -> Vec<Hint> {
        let handle = self.before.handle();
        vec![
            Hint::call("check with ", format!("keys show {handle}"))
                .and(", then run the same command again if needed"),
        ]
    }
}

/// A key as it was read back, in a word.
fn state_of(key: &ServiceKey) -> String {
    let active = if key.active == Some(true) { "active" } else { "inactive" };
    format!("{} {active}", key.handle())
}

fn port_of(wanted: &KeyTerms) -> Option<String> {
    wanted.product_uid.clone().map(String::from).or_else(|| wanted.product_id.map(|id| id.to_string()))
}

/// The outcome, from the key as read back: done, or a conflict that lists the differences (exit 13).
fn compare(
    key: ServiceKey,
    wanted: &KeyTerms,
    port_speed: Option<Mbps>,
    action: Action,
) -> Outcome<ServiceKey> {
    let unmet =
        unmet_differences(wanted, &KeyTerms::from_key(&key), port_speed.or(key.product_dto.port_speed));
    let handle = key.handle().to_owned();
    if unmet.is_empty() {
        return Outcome::new(handle, action, OutcomeKind::Done).seen(key);
    }
    let differing: Vec<String> = unmet
        .iter()
        .map(|one| {
            let [wanted, is] = [&one.from, &one.to].map(|value| match value {
                serde_json::Value::Null => "none".to_owned(),
                other => other.to_string(),
            });
            format!("{} is {is}, not {wanted}", one.field)
        })
        .collect();
    let error = Error::new(Exit::Conflict, format!("service key {handle} was not changed as requested"))
        .reason(differing.join("; "))
        .hint(
            Hint::call("check with ", format!("keys show {handle}"))
                .and(": someone else may have changed it"),
        )
        .resource(&handle);
    Outcome::new(handle, action, OutcomeKind::Conflict).seen(key).error(error)
}

/// A request to send, with only the handle of the key.
pub(super) fn plan_call(mut call: Call, changes: &[Difference], sentence: String) -> Planned {
    if let Some(Value::String(key)) = call.body.as_mut().and_then(|body| body.get_mut("key")) {
        *key = format!("{}…", KeyCode::from(std::mem::take(key)).handle());
    }
    Planned { call, sentences: vec![sentence], changes: json!(changes) }
}

pub(super) fn changes_sentence(handle: &str, changes: &[Difference]) -> String {
    let changes: Vec<String> = changes.iter().map(Difference::sentence).collect();
    format!("{handle}: {}", changes.join(", "))
}

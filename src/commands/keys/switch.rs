//! `portgate keys activate` and `portgate keys deactivate`

use std::convert::Infallible;

use clap::Args;

use super::choose::{self, GivenKey};
use super::view;
use super::write::KeyReplacement;
use crate::api::service_keys::{self, KeyTerms, ServiceKey};
use crate::change::{
    self, Action, Attempt, Change, Concurrency, Manner, Outcome, OutcomeKind, Plan, Preparation, Preview,
    Question, Sent, Together, consent, output,
};
use crate::domain::keys::{KeyRecord, State};
use crate::error::Error;
use crate::exit::Exit;
use crate::options::{ConcurrencyArgs, ConsentArgs};
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::owner;
use crate::text::words;

/// Activate service keys
///
/// Anyone who has an active key can order with it. All other properties of the key are not affected.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys activate 3f0c2a91
  portgate keys activate 3f0c2a91 b27d4e05 --yes -o json
  portgate keys list --inactive --query '[].key' | \\
    xargs portgate keys activate --dry-run")]
pub(crate) struct ActivateArgs {
    #[command(flatten)]
    pub(super) common: SwitchArgs,
}

/// Deactivate service keys
///
/// Orders with an inactive key are rejected. Existing connections and all other properties of the key are not affected.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys deactivate 3f0c2a91
  portgate keys deactivate 3f0c2a91 b27d4e05 --yes -o json
  portgate keys list --unused --active --query '[].key' | \\
    xargs portgate keys deactivate --dry-run")]
pub(crate) struct DeactivateArgs {
    #[command(flatten)]
    pub(super) common: SwitchArgs,
}

/// Arguments of both commands.
#[derive(Debug, Args)]
pub(super) struct SwitchArgs {
    /// Keys, or their first 6 or more characters
    #[arg(value_name = "KEY", required = true)]
    keys: Vec<GivenKey>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    concurrency: ConcurrencyArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    Activate,
    Deactivate,
}

impl Switch {
    fn action(self) -> Action {
        match self {
            Switch::Activate => Action { verb: "activate", participle: "activated" },
            Switch::Deactivate => Action { verb: "deactivate", participle: "deactivated" },
        }
    }

    fn consequence(self, count: usize) -> &'static str {
        match (self, count) {
            (Switch::Activate, 1) => "Anyone who has this key can order with it again.",
            (Switch::Activate, _) => "Anyone who has one of these keys can order with it again.",
            (Switch::Deactivate, 1) => {
                "New orders with this key will be rejected; existing connections are not affected."
            }
            (Switch::Deactivate, _) => {
                "New orders with these keys will be rejected; existing connections are not affected."
            }
        }
    }

    fn question(self, count: usize) -> Question {
        let verb = if self == Switch::Activate { "Activate" } else { "Deactivate" };
        let text = format!("{verb} {}?", words::count(count, "service key", "service keys"));
        Question { lines: vec![self.consequence(count).to_owned()], text, ..Question::default() }
    }
}

pub(super) async fn run(context: &Context, args: SwitchArgs, switch: Switch) -> anyhow::Result<Exit> {
    let concurrency = Concurrency::resolve(context, args.concurrency)?;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    owner::check_key(context, &connection).await?;
    let mut given = args.keys.clone();
    let mut seen = std::collections::HashSet::new();
    given.retain(|key| seen.insert(key.clone()));
    let mut chosen: Vec<Chosen> = Vec::new();
    let several = choose::read_several_of_mine(context, &mut connection, &given).await?;
    for (key, read) in given.iter().zip(several) {
        // Ambiguous keys must not lead to part of the work.
        if let Err(error) = &read
            && !matches!(error.exit, Exit::NotFound | Exit::Forbidden)
        {
            return Err(error.clone().into());
        }
        let shown = read.as_ref().map_or_else(|_| key.shown_name(), ServiceKey::handle).to_owned();
        let code = |read: &Result<ServiceKey, Error>| read.as_ref().ok().map(|key| key.key.clone());
        if read.is_err() || chosen.iter().all(|(_, other)| code(other) != code(&read)) {
            chosen.push((shown, read));
        }
    }
    let manner = Manner { concurrency, ..Manner::default() };
    let switching = Switching { connection: &connection, switch };
    let ended = change::run(context, &permit, &switching, chosen, manner).await?;
    ended.end(context, permit, |outcomes| output::write(context, outcomes, 0))
}

/// A key in a question: description, port, use, and whether it is already switched.
fn describe(shown: &str, read: &Result<ServiceKey, Error>, on: bool, now: jiff::Timestamp) -> String {
    let key = match read {
        Err(error) => return format!("{shown}  {}", error.message),
        Ok(key) => key,
    };
    let record = KeyRecord::from_key(key, now, false);
    let mut parts = vec![
        record.description.as_deref().unwrap_or("no description").to_owned(),
        record.port().to_owned(),
        view::usage(&record).to_owned(),
    ];
    if record.pre_approved == Some(true) {
        parts.push("pre-approved".to_owned());
    }
    parts.push(match record.last_used_at {
        Some(used) => format!("last used {} ago", words::age(Some(used), now)),
        None => "never used".to_owned(),
    });
    if record.active == Some(on) {
        parts.push(format!("already {}", if on { "active" } else { "inactive" }));
    }
    format!("{shown}  {}", parts.join(", "))
}

/// A key as named and as read.
type Chosen = (String, Result<ServiceKey, Error>);

struct Switching<'a> {
    connection: &'a Connection,
    switch: Switch,
}

impl Switching<'_> {
    fn is_on(&self) -> bool {
        self.switch == Switch::Activate
    }

    fn record(&self, key: &ServiceKey) -> KeyRecord {
        KeyRecord::from_key(key, self.connection.clock.now(), false)
    }

    /// Notes why an activated key still can't be used.
    fn with_obstacle(&self, mut outcome: Outcome<KeyRecord>) -> Outcome<KeyRecord> {
        let on = outcome.seen.as_ref().filter(|seen| self.is_on() && seen.state != State::Inactive);
        if let Some(obstacle) = on.and_then(|seen| seen.state.obstacle()).filter(|_| outcome.kind.is_ok()) {
            outcome.notes.push(format!("it still can't be used: {obstacle}"));
        }
        outcome
    }
}

impl<'a> Plan for Switching<'a> {
    const NOUN: &'static str = "service key";
    type Item = Chosen;
    type Ready = KeyReplacement<'a>;
    type Seen = KeyRecord;
    type Excess = Infallible;

    fn connection(&self) -> &Connection {
        self.connection
    }

    fn subject(&self, (shown, _): &Chosen) -> (String, Action) {
        (shown.clone(), self.switch.action())
    }

    fn outcome_if_stopped(&self, (shown, read): &Chosen) -> Option<Outcome<KeyRecord>> {
        let error = read.as_ref().err()?;
        Some(Outcome::failure(shown, self.switch.action(), error.clone()))
    }

    async fn prepare(
        &self,
        _: usize,
        chosen: &Chosen,
        _: Option<&Self::Ready>,
    ) -> Preparation<Self::Ready, KeyRecord> {
        let (shown, read) = chosen;
        let client = &self.connection.client;
        let code = read.as_ref().map(|key| key.key.clone()).unwrap_or_default();
        let settled = match service_keys::read(client, &code).await {
            Ok(key) if key.active != Some(self.is_on()) => {
                let wanted = KeyTerms { active: self.is_on(), ..KeyTerms::from_key(&key) };
                let replacement = KeyReplacement::new(client, key, wanted, self.switch.action());
                return Preparation::Ready(Box::new(replacement));
            }
            Ok(key) => self.with_obstacle(
                Outcome::new(shown, self.switch.action(), OutcomeKind::Already).seen(self.record(&key)),
            ),
            Err(error) => return self.fail(chosen, error),
        };
        Preparation::Settled(Box::new(settled))
    }

    fn compare(
        &self,
        (shown, read): &Chosen,
        replacement: &Self::Ready,
        before: Option<&Self::Ready>,
    ) -> Option<Outcome<KeyRecord>> {
        let earlier = before.map(|before| &before.before).or(read.as_ref().ok())?;
        Some(Outcome::failure(shown, self.switch.action(), replacement.changed_since(earlier)?))
    }

    fn together(&self, chosen: &[Chosen], _: Option<usize>) -> Option<Together<Infallible>> {
        let now = self.connection.clock.now();
        let describe = |(shown, read): &Chosen| describe(shown, read, self.is_on(), now);
        let changes = |(_, read): &Chosen| read.as_ref().is_ok_and(|key| key.active != Some(self.is_on()));
        let asked: Vec<_> = chosen.iter().enumerate().filter(|(_, key)| changes(key)).collect();
        if asked.is_empty() {
            return None;
        }
        Some(Together {
            overview: chosen.iter().map(describe).collect(),
            question: self.switch.question(asked.len()),
            asked: asked.into_iter().map(|(position, _)| (position, None)).collect(),
        })
    }

    fn question(&self, _: &Self::Ready, _: Option<&Infallible>) -> Question {
        self.switch.question(1)
    }

    async fn preview(
        &self,
        _: usize,
        _: &Chosen,
        replacement: &Self::Ready,
        _: Option<&Infallible>,
    ) -> Preview<KeyRecord> {
        let seen = Some(self.record(&replacement.before));
        Preview { seen, ..Preview::of_calls([replacement.preview()]) }
    }
}

impl Change for Switching<'_> {
    async fn send(
        &self,
        _: usize,
        _: &Chosen,
        replacement: &mut Self::Ready,
        attempt: &Attempt,
    ) -> Sent<KeyRecord> {
        let (sent, _) = change::send(self.connection, replacement, attempt).await;
        sent.map(|ended| self.with_obstacle(ended.map(|key| self.record(&key))))
    }
}

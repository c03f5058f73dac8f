//! `portgate notify subscribe` and `unsubscribe`, and the change made by `edit`.

use std::cell::RefCell;

use clap::Args;
use serde_json::{Value, json};

use super::settings::{self, Settings};
use crate::api::notification_preferences::{self as preferences, Choice, Preferences};
use crate::api::{Answer, Call};
use crate::change::{
    self, Action, Attempt, Found, Outcome, OutcomeKind, Permit, Place, Planned, Preview, Question, Record,
    Sent, Single, Write, consent,
};
use crate::commands::roles;
use crate::domain::notifications::{Group, title};
use crate::domain::role::Right;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::{Object, ObjectKind};
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;

/// Subscribe to the emails of one or more groups
///
/// The groups are security, people, company, financial, ordering, service-status and services. They can be written in any case, with spaces, hyphens or underscores. The settings are your own; with an API key,
/// they are those of its owner.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify subscribe ordering
  portgate notify subscribe ordering service-status
  portgate notify subscribe SERVICE_STATUS --dry-run")]
#[command(mut_arg("groups", |arg| arg.help("Groups to subscribe to")))]
pub(crate) struct SubscribeArgs {
    #[command(flatten)]
    pub(super) common: ChangeArgs,
}

/// Unsubscribe from the emails of one or more groups
///
/// The groups are security, people, company, financial, ordering, service-status and services. They can be written in any case, with spaces, hyphens or underscores. The settings are your own; with an API key,
/// they are those of its owner.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify unsubscribe financial
  portgate notify unsubscribe people company --dry-run")]
#[command(mut_arg("groups", |arg| arg.help("Groups to unsubscribe from")))]
pub(crate) struct UnsubscribeArgs {
    #[command(flatten)]
    pub(super) common: ChangeArgs,
}

/// Arguments of both commands.
#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    /// Groups to change
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,

    /// Show what would be sent and changed, without sending anything
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(context: &Context, args: ChangeArgs, subscribed: bool) -> anyhow::Result<Exit> {
    let groups = args.groups.iter().map(|group| Group::parse(group)).collect::<Result<Vec<_>, _>>()?;
    // Users change their own settings without confirmation, unless the profile always requires it.
    let (connection, permit) =
        consent::open(context, ConsentArgs { yes: true, dry_run: args.dry_run }).await?;
    let settings = settings::read(context, connection).await?;
    settings.say_whose(context);
    let wanted = wanted_groups(&settings.preferences, &groups, subscribed)?;
    let read = Some(settings.preferences.clone());
    apply(context, permit, &settings, &wanted, read).await
}

const SETTINGS: &str = "the notification settings";
const CHANGE: Action = Action { verb: "change", participle: "changed" };

/// A group as spelled by the API, and whether to subscribe.
pub(super) type Wanted = (String, bool);

/// The named groups, as spelled by the API.
fn wanted_groups(
    preferences: &Preferences,
    groups: &[Group],
    subscribed: bool,
) -> Result<Vec<Wanted>, Error> {
    let choices = preferences.choices();
    let mut wanted: Vec<Wanted> = Vec::new();
    for group in groups {
        let found = choices.iter().find(|choice| group.is_spelled(&choice.group)).ok_or_else(|| {
            let offered: Vec<&str> = choices.iter().map(|choice| title(&choice.group)).collect();
            Error::new(Exit::NotFound, format!("notification group {} is not available", group.title()))
                .reason(format!("available groups: {}", offered.join(", ")))
                .resource(group.title())
        })?;
        if !wanted.iter().any(|(known, _)| *known == found.group) {
            wanted.push((found.group.clone(), subscribed));
        }
    }
    Ok(wanted)
}

/// Changes the settings if needed, and reports them. `read` are the settings if just read: all of them are sent, so
/// they have to be current.
pub(super) async fn apply(
    context: &Context,
    permit: Permit,
    settings: &Settings,
    wanted: &[Wanted],
    read: Option<Preferences>,
) -> anyhow::Result<Exit> {
    let change = GroupsChange { settings, wanted, read: RefCell::new(read), after: RefCell::default() };
    let ended = change::run_single(context, permit, &change, |_| {}).await?;
    if let Some(after) = &*change.after.borrow() {
        settings.warn_if_not_hearing(context, after);
    }
    Ok(ended)
}

/// A change of some groups.
struct GroupsChange<'a> {
    settings: &'a Settings,
    wanted: &'a [Wanted],
    /// The settings as just read.
    read: RefCell<Option<Preferences>>,
    /// The settings as read back, if they are as requested.
    after: RefCell<Option<Preferences>>,
}

impl<'a> GroupsChange<'a> {
    /// Splits the groups into those already as requested and those to change.
    fn split(&self, settings: &Preferences) -> (Vec<&'a Wanted>, Vec<&'a Wanted>) {
        let choices = settings.choices();
        self.wanted.iter().partition(|wanted| holds(&choices, wanted))
    }

    fn record(&self, before: &Preferences, after: &Preferences) -> Record {
        let (already, changed) = self.split(before);
        let mut lines = already_lines(&already);
        lines.extend(changed.iter().map(|(group, on)| format!("{} {}", state(*on), title(group))));
        if lines.is_empty() {
            lines.push("no changes; nothing was sent".to_owned());
        }
        let names = |wanted: &[&Wanted]| wanted.iter().map(|(group, _)| group.clone()).collect::<Vec<_>>();
        Record {
            done: lines.join("; "),
            lines,
            look: Hint::call("list them: ", "notify list"),
            value: json!({
                "owner": settings::owner_record(&self.settings.owner),
                "changed": names(&changed),
                "already": names(&already),
                "groups": after.choices().iter().map(settings::record).collect::<Vec<_>>(),
            }),
        }
    }
}

impl<'a> Single for GroupsChange<'a> {
    const NOUN: &'static str = "notification settings";
    type Ready = SettingsChange<'a>;

    fn connection(&self) -> &Connection {
        &self.settings.connection
    }

    fn subject(&self) -> (String, Action) {
        (SETTINGS.to_owned(), CHANGE)
    }

    async fn prepare(&self) -> Result<Found<SettingsChange<'a>>, Error> {
        let Self { settings, wanted, .. } = self;
        let Settings { connection, preferences, .. } = settings;
        let just_read = self.read.take();
        let before = match just_read {
            Some(read) => read,
            None => preferences::read_version(&connection.client, preferences.version).await?,
        };
        let (_, changing) = self.split(&before);
        if changing.is_empty() {
            let record = self.record(&before, &before);
            self.after.replace(Some(before));
            return Ok(Found::Already(record));
        }
        let mut changed = before.clone();
        for (group, subscribed) in &changing {
            changed.set(group, *subscribed);
        }
        Ok(Found::Ready(SettingsChange { settings, before, wanted, calls: [changed.put()] }))
    }

    fn question(&self, change: &SettingsChange<'a>) -> Question {
        let (_, changing) = self.split(&change.before);
        let mut lines: Vec<String> =
            changing.iter().map(|(group, on)| format!("{} {}", verb(*on), title(group))).collect();
        let text = match lines.as_slice() {
            [_] => format!("{}?", lines.remove(0)),
            _ => "Save these notification settings?".to_owned(),
        };
        Question { lines, text, ..Question::default() }
    }

    fn preview(&self, change: &SettingsChange<'a>) -> Preview<Record> {
        let [call] = change.calls.clone();
        let (already, changing) = self.split(&change.before);
        let would = |(group, on): &&Wanted| {
            format!(
                "would {} {}",
                if *on { "subscribe you to" } else { "unsubscribe you from" },
                title(group)
            )
        };
        let sentences = changing.iter().map(would).chain(already_lines(&already)).collect();
        Preview::of_calls([Planned { call, sentences, changes: Value::Null }])
    }

    async fn send(&self, change: &SettingsChange<'a>, attempt: &Attempt) -> Sent<Record> {
        let (mut sent, _) = change::send(&self.settings.connection, change, attempt).await;
        let Outcome { kind, seen, .. } = sent.outcome_mut();
        *seen = seen.take().filter(|_| kind.is_ok());
        self.after.borrow_mut().clone_from(seen);
        sent.map(|ended| ended.map(|after| self.record(&change.before, &after)))
    }
}

/// All settings, with some groups changed.
struct SettingsChange<'a> {
    settings: &'a Settings,
    before: Preferences,
    wanted: &'a [Wanted],
    calls: [Call; 1],
}

impl Write for SettingsChange<'_> {
    type Reading = Preferences;
    type Seen = Preferences;

    const KIND: ObjectKind = ObjectKind::NotificationSettings;

    fn subject(&self) -> (&str, Action) {
        (SETTINGS, CHANGE)
    }

    fn object(&self) -> Object {
        let switch = |(group, on): &Wanted| format!("{} {}", title(group), if *on { "on" } else { "off" });
        let groups: Vec<String> = self.wanted.iter().map(switch).collect();
        Object::new(Self::KIND, groups.join(", "), CHANGE.verb)
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    async fn read(&self, _: Option<&Answer>) -> Result<Preferences, Error> {
        preferences::read_version(&self.settings.connection.client, self.before.version).await
    }

    fn place(&self, now: &Preferences) -> Place {
        let (before, now) = (self.before.choices(), now.choices());
        let (already, changing): (Vec<_>, Vec<_>) =
            self.wanted.iter().partition(|wanted| holds(&before, wanted));
        let keeps = |wanted: &[&Wanted]| wanted.iter().all(|wanted| holds(&now, wanted));
        let changed = changing.iter().any(|wanted| holds(&now, wanted));
        if before == now {
            Place::Before
        } else if changed || !keeps(&already) {
            Place::Settled
        } else {
            // Someone else has changed another group: the prepared set of groups is outdated.
            Place::NotShown
        }
    }

    async fn conclude(&self, now: Preferences, refusal: Option<Error>) -> Outcome<Preferences> {
        let (id, action) = self.subject();
        let as_asked = self.wanted.iter().all(|wanted| holds(&now.choices(), wanted));
        match refusal {
            None if as_asked => Outcome::new(id, action, OutcomeKind::Done).seen(now),
            Some(_) if as_asked => Outcome::new(id, action, OutcomeKind::Already).seen(now),
            Some(error) => self.refuse(Some(now), error),
            None => {
                let error = not_kept_error(&now.choices(), self.wanted);
                self.refuse(Some(now), error)
            }
        }
    }

    fn explain(&self, error: Error) -> Error {
        roles::explain(Right::Subscribe, error)
    }

    fn last_seen(&self, now: Option<Preferences>) -> Option<Preferences> {
        now
    }

    fn doubt_hints(&self) -> Vec<Hint> {
        vec![Hint::call("check with ", "notify list").and("; it is safe to run the command again")]
    }
}

fn already_lines(already: &[&Wanted]) -> Vec<String> {
    already.iter().map(|(group, on)| format!("already {} {}", state(*on), title(group))).collect()
}

fn holds(choices: &[Choice], wanted: &Wanted) -> bool {
    choices.iter().any(|choice| choice.group == wanted.0 && choice.subscribed == Some(wanted.1))
}

fn not_kept_error(read: &[Choice], wanted: &[Wanted]) -> Error {
    let lost: Vec<&str> =
        wanted.iter().filter(|wanted| !holds(read, wanted)).map(|(group, _)| title(group)).collect();
    Error::new(
        Exit::Conflict,
        "the notification settings were not changed as requested, although the API confirmed it",
    )
    .reason(format!("unchanged: {}", lost.join(", ")))
    .hint(Hint::call("someone else may have changed them in the meantime: check with ", "notify list"))
}

fn state(on: bool) -> &'static str {
    if on { "subscribed to" } else { "unsubscribed from" }
}

fn verb(on: bool) -> &'static str {
    if on { "Subscribe to" } else { "Unsubscribe from" }
}

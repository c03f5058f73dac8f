//! `portgate notify subscribe` and `unsubscribe`, and what `edit` does with what was picked.

use clap::Args;
use serde_json::{Value, json};

use super::settings::{self, Settings};
use crate::api::notification_preferences::{self as preferences, Choice, Preferences};
use crate::api::{Answer, Call, Client};
use crate::change::preview::{self, Planned};
use crate::change::{Action, Outcome, OutcomeKind, Place, Write, consent, report, single};
use crate::domain::notifications::{Group, title};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// Get e-mail about groups: security, people, company, financial, ordering, service-status, services.
///
/// A group is written in any case, with spaces, hyphens or underscores. These are the caller's own settings; with an API key
/// they are its owner's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify subscribe ordering
  portgate notify subscribe ordering service-status
  portgate notify subscribe SERVICE_STATUS --dry-run")]
pub(crate) struct SubscribeArgs {
    #[command(flatten)]
    common: ChangeArgs,
}

/// Get no more e-mail about groups: security, people, company, financial, ordering, service-status, services.
///
/// A group is written in any case, with spaces, hyphens or underscores. These are the caller's own settings; with an API key
/// they are its owner's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify unsubscribe financial
  portgate notify unsubscribe people company --dry-run")]
pub(crate) struct UnsubscribeArgs {
    #[command(flatten)]
    common: ChangeArgs,
}

/// What both take.
#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,

    /// Show the request that would be sent and what would change; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn subscribe(context: &Context, args: SubscribeArgs) -> anyhow::Result<Exit> {
    run(context, args.common, true).await
}

pub(super) async fn unsubscribe(context: &Context, args: UnsubscribeArgs) -> anyhow::Result<Exit> {
    run(context, args.common, false).await
}

async fn run(context: &Context, args: ChangeArgs, subscribed: bool) -> anyhow::Result<Exit> {
    let groups = args.groups.iter().map(|group| Group::parse(group)).collect::<Result<Vec<_>, _>>()?;
    let settings = settings::read(context).await?;
    settings.say_whose(context);
    let wanted = wanted(&settings.preferences, &groups, subscribed)?;
    apply(context, settings, &wanted, args.dry_run, Asked::WhereTheProfileSays).await
}

/// Whether a person agreed to the very change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Yes.
    Already,
    /// Not yet; only a profile that says so makes it needed.
    WhereTheProfileSays,
}

/// A group as the API spells it, and what it is to be.
pub(super) type Wanted = (String, bool);

/// The groups named, as the API spells them.
fn wanted(preferences: &Preferences, groups: &[Group], subscribed: bool) -> Result<Vec<Wanted>, Error> {
    let choices = preferences.choices();
    let mut wanted: Vec<Wanted> = Vec::new();
    for group in groups {
        let found = choices.iter().find(|choice| group.is(&choice.group)).ok_or_else(|| {
            let offered: Vec<&str> = choices.iter().map(|choice| title(&choice.group)).collect();
            Error::new(Exit::NotFound, format!("the backend offers no group {} here", group.title()))
                .because(format!("it offers {}", offered.join(", ")))
                .about(group.title())
        })?;
        if !wanted.iter().any(|(known, _)| *known == found.group) {
            wanted.push((found.group.clone(), subscribed));
        }
    }
    Ok(wanted)
}

/// Changes the settings, unless they are so already, reads them back and says what they are. Whose they are has been said.
pub(super) async fn apply(
    context: &Context,
    settings: Settings,
    wanted: &[Wanted],
    dry_run: bool,
    asked: Asked,
) -> anyhow::Result<Exit> {
    let before = settings.preferences.choices();
    let (already, changing): (Vec<&Wanted>, Vec<&Wanted>) =
        wanted.iter().partition(|wanted| holds(&before, wanted));
    let mut changed = settings.preferences.clone();
    for (group, subscribed) in &changing {
        changed.set(group, *subscribed);
    }
    let mut lines: Vec<String> =
        already.iter().map(|(group, on)| format!("already {} {}", state(*on), title(group))).collect();
    let limits = &settings.connection.limits;
    if dry_run {
        let would = |(group, on): &&Wanted| format!("would be {} {}", state(*on), title(group));
        let planned = Planned {
            call: changed.put(),
            sentences: changing.iter().map(would).collect(),
            changes: Value::Null,
        };
        let planned = if changing.is_empty() { Vec::new() } else { vec![planned] };
        preview::write(context, &planned, &lines)?;
        let limited = consent::check_limits(context, limits).err().filter(|_| !changing.is_empty());
        return consent::after_dry_run(context, Ok(Exit::Done), limited);
    }
    if !changing.is_empty() {
        consent::check_limits(context, limits)?;
        // It is the caller's own setting: asked about only where the profile says always.
        if limits.confirm_always && asked == Asked::WhereTheProfileSays {
            let what: Vec<String> =
                changing.iter().map(|(group, on)| format!("{} {}", verb(*on), title(group))).collect();
            consent::confirm(context, &format!("{}?", what.join(", "))).await?;
        }
    }
    let client = &settings.connection.client;
    let write = SettingsChange { client, settings: &settings, wanted, calls: [changed.put()] };
    let outcome = if changing.is_empty() {
        let (id, action) = write.subject();
        Outcome::new(id, action, OutcomeKind::Already).seen(settings.preferences.clone())
    } else {
        single::send(context, client, "sending the settings", &write).await
    };
    let written = match &outcome.seen {
        Some(after) if outcome.kind.is_ok() => {
            lines.extend(changing.iter().map(|(group, on)| format!("{} {}", state(*on), title(group))));
            let names =
                |wanted: &[&Wanted]| wanted.iter().map(|(group, _)| group.clone()).collect::<Vec<_>>();
            let record = json!({
                "owner": settings::owner_record(&settings.owner),
                "changed": names(&changing),
                "already": names(&already),
                "groups": after.choices().iter().map(settings::record).collect::<Vec<_>>(),
            });
            let done = lines.join("; ");
            let look = "see them with: portgate notify list";
            let written = report::write_record(context, &lines, &record, &done, look);
            if written.is_ok() {
                settings.warn_if_not_hearing(context, after);
            }
            written
        }
        _ => Ok(()),
    };
    single::finish(context, &outcome, written)
}

/// The settings sent as a whole, with some groups changed.
struct SettingsChange<'a> {
    client: &'a Client,
    settings: &'a Settings,
    wanted: &'a [Wanted],
    calls: [Call; 1],
}

impl Write for SettingsChange<'_> {
    type Reading = Preferences;
    type Seen = Preferences;

    fn subject(&self) -> (&str, Action) {
        ("the set of notification groups", Action { verb: "change", participle: "changed" })
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    async fn read(&self, _: Option<&Answer>) -> Result<Preferences, Error> {
        preferences::read_version(self.client, self.settings.preferences.version).await
    }

    fn place(&self, now: &Preferences) -> Place {
        let (before, now) = (self.settings.preferences.choices(), now.choices());
        let unchanged = self.wanted.iter().all(|wanted| {
            let of = |choices: &[Choice]| {
                choices.iter().find(|choice| choice.group == wanted.0).and_then(|choice| choice.subscribed)
            };
            of(&before) == of(&now)
        });
        let as_asked = self.wanted.iter().all(|wanted| holds(&now, wanted));
        if unchanged && !as_asked { Place::Before } else { Place::Settled }
    }

    fn conclude(&self, now: Preferences, refusal: Option<Error>) -> Outcome<Preferences> {
        let (id, action) = self.subject();
        let as_asked = self.wanted.iter().all(|wanted| holds(&now.choices(), wanted));
        match refusal {
            _ if as_asked => Outcome::new(id, action, OutcomeKind::Done).seen(now),
            Some(error) => self.refuse(Some(now), error),
            None => {
                let error = self.settings.explain(not_kept(&now.choices(), self.wanted));
                Outcome::failure(id, action, error).seen(now)
            }
        }
    }

    fn refuse(&self, now: Option<Preferences>, error: Error) -> Outcome<Preferences> {
        let (id, action) = self.subject();
        Outcome::failure(id, action, self.settings.explain(error)).seen(now)
    }

    fn last_seen(&self, now: Option<Preferences>) -> Option<Preferences> {
        now
    }

    fn doubt_hints(&self) -> Vec<String> {
        vec!["look with `portgate notify list`; the same command again does no harm".to_owned()]
    }
}

fn holds(choices: &[Choice], wanted: &Wanted) -> bool {
    choices.iter().any(|choice| choice.group == wanted.0 && choice.subscribed == Some(wanted.1))
}

fn not_kept(read: &[Choice], wanted: &[Wanted]) -> Error {
    let lost: Vec<&str> =
        wanted.iter().filter(|wanted| !holds(read, wanted)).map(|(group, _)| title(group)).collect();
    Error::new(Exit::Conflict, "the backend said yes, but the settings read back are not what was asked for")
        .because(format!("unchanged: {}", lost.join(", ")))
        .hint("somebody else may have changed them in between: look with `portgate notify list`")
}

fn state(on: bool) -> &'static str {
    if on { "subscribed to" } else { "unsubscribed from" }
}

fn verb(on: bool) -> &'static str {
    if on { "Subscribe to" } else { "Unsubscribe from" }
}
